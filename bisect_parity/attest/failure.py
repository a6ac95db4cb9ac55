"""What `verify` says of one thing that is not as it was stated."""

from __future__ import annotations

from attrs import frozen


@frozen
class Failure:
    """Something that is not as it was.

    Attributes:
        kind: "statement", "signature", "criteria", "file changed", "file missing", "file added",
            "file renamed", "commit", "history rewritten" or "code state".
        subject: the file, commit or key that it is about.
        says: what changed, in one sentence.
    """

    kind: str
    subject: str
    says: str
