"""Times as all documents and logs write them."""

from __future__ import annotations

from datetime import UTC, datetime

UTC_STAMP = "%Y%m%dT%H%M%SZ"


def utc_text(moment: datetime | None = None) -> str:
    """A moment (now, unless given): UTC, ISO 8601, in milliseconds."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def utc_stamp() -> str:
    """Now, as it is written in names of folders: UTC, in seconds."""
    return datetime.now(UTC).strftime(UTC_STAMP)
