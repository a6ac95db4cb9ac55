"""Commits named by versions, tags, images and addresses of pip. Pure.

Each may be another project's.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.keys import SOME_ID, make_record
from bisect_parity.evidence.model import Record, Trust

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Source

LONGEST_TEXT = 4000
MOST_RECORDS = 20
_VERSION = re.compile(  # of setuptools-scm, versioneer, `git describe`, and PyTorch's own builds
    r"(?<=\w)[-+.](?:\d{1,6}[-.])?g(?:it)?(?!20\d{6}(?![0-9a-z]))([0-9a-f]{7,40})(?![0-9a-z])([-.+](?:dirty|d\d{8}))?"
)
_HINT = re.compile(r"\+|git|[-.]g")  # without which there is none of them
_ADDRESS = re.compile(r"(?<![\w+])git\+\S{1,400}?@([0-9a-f]{7,64})(?![0-9a-z])()")
_LOCAL = re.compile(r"(?<=\d)\+([0-9a-f]{7,12})(?![0-9a-z])()")  # as OpenMMLab and DeepSpeed write theirs
_LABELLED = re.compile(  # within a line: `Git info for Megatron: git-hash=1a2b3c4 git-branch=main`
    r"(?<![\w-])git[-_ ]?(?:hash|commit|sha|rev(?:ision)?)\s?[=:]\s?`?([0-9a-f]{7,40})(?![0-9a-z])()"
)
_BANNER = re.compile(  # `SolverX 3.2 (git 1a2b3c4)`, `Built from revision 1a2b3c4`
    r"(?i)(?<![\w/.-])(?:git|commit|rev|revision|changeset|hash|sha-?1?|version|build)"
    r"(?:[ _-](?:commit|revision|hash|sha-?1?|id))?[ :=#(\[@'`]{1,4}"
    r"(?-i:(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])([0-9a-f]{7,40}(?![\w./]).*))"
)
_OF_ANOTHER = re.compile(
    r"(?i)\b(?:revert\w*|cherry|fix\w*|regress\w*|introduc\w*|since|bisect\w*|broke\w*|culprit|bad|good|merge\w*"
    r"|parent|before|previous\w*|baseline|submodule|upstream|old(?:er)?|cached|deployed|compar\w*|reference|expected"
    r"|data(?: ?sets?)?|weights|checkpoint|git (?:show|log|diff|checkout))\b"
)
_IMAGE = re.compile(
    r"[\w.-]{1,200}(?::\d{1,5})?(?:/[\w.-]{1,200}){0,8}:(?:[\w.-]{1,100}-)?([0-9a-f]{7,40})()"
)
_IMAGE_KEY = re.compile(r"(?i)(?:(?:docker|container|oci)[ _-]?)?image(?:[ _-]?(?:tag|name|ref))?")
_TAG_KEY = re.compile(r"(?i)(?:(?:git|vcs|scm|code|release)[ _-]?)?(?:tag|describe)")
_TAG = re.compile(r"(\w[\w./+-]{0,99}?)(-dirty)?")


def embedded_records(key: str, text: str, trust: Trust, source: Source) -> tuple[Record, ...]:
    """The ids within a text: `1.2.1.dev3+g1a2b3c4`, `git+https://host/repo@1a2b3c4`, `git-hash=1a2b3c4`.

    Args:
        key: what the text stands under; an image's name ends with an id, and `git_tag` names a tag.
        text: a value, or a line.
        trust: who wrote it.
        source: where.
    """
    if len(text) > LONGEST_TEXT or (_HINT.search(text) is None and _whole(key) is None):
        return ()
    patterns = [*((_VERSION, _ADDRESS) if "g" in text else ()), *((_LOCAL,) if "+" in text else ())]
    patterns += [_LABELLED] if "git" in text else []
    found = [each for pattern in patterns for each in pattern.finditer(text)]
    is_id = True
    if not found and (whole := _whole(key)) is not None and (named := whole.fullmatch(text.strip())):
        found, is_id = [named], whole is _IMAGE
    return tuple(
        Record(each[1], key, trust, is_id, source, True if each[2] else None) for each in found[:MOST_RECORDS]
    )


def banner_records(line: str, source: Source) -> tuple[Record, ...]:
    """The id that a program's banner names in words, unless its line speaks of another commit.

    Args:
        line: one of the first of a log.
        source: where.
    """
    found = _BANNER.search(line[:LONGEST_TEXT]) if SOME_ID.search(line) is not None else None
    if found is None or _OF_ANOTHER.search(line) is not None:
        return ()
    record = make_record("a banner", found[1], Trust.HEADER, source)
    return () if record is None else (record,)


@functools.lru_cache(maxsize=4096)
def _whole(key: str) -> re.Pattern[str] | None:
    """What the whole text under a key may name a commit by."""
    if _IMAGE_KEY.fullmatch(key):
        return _IMAGE
    return _TAG if _TAG_KEY.fullmatch(key) else None
