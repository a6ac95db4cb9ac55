"""Ids under keys that are not known to name the commit of a run, and in lines of logs. Pure.

Each may be anything: it counts only if it names a commit here, and those without a telling key only if they
all name the same one. Keys and lines that speak of another commit (`base_sha`, "compared with") do not count.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.keys import name_words, one_line
from bisect_parity.evidence.model import Record, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.model import Source

LOOSE = "mentioned"  # in the place of a key, or before one
LONGEST_TEXT = 400
MOST_RECORDS = 8
_TOKEN = re.compile(  # with a letter and a digit, if it is not whole: numbers and words are no ids
    r"(?<![0-9A-Za-z])g?(?:(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])([0-9a-f]{7,39})|([0-9a-f]{40}|[0-9a-f]{64}))"
    r"(?:[-_.+ (]{0,3}(?P<dirty>dirty|modified)\b|(?P<star>[*+])(?!\w))?(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_OF_COMMITS = re.compile(
    r"commit(?:tish|hash|sha|id)?|sha1?|rev|revision|changeset|git(?:commit|hash|sha|rev)?|vcs|scm|checkout|describe"
    r"|head|abbrev"
)
_OF_CODE = re.compile(r"ref|hash|version|build|release|image|container|tag")
_OF_OTHERS = re.compile(  # another commit of the same repository, most of all
    r"(?:merge)?base(?:line)?|basis|parents?|prev(?:ious)?|prior|before|old(?:er|est)?|last|target|upstream|origin"
    r"|reference|expected|golden|good|bad|first|fix(?:ed|es)?|since|until|introduced|culprit|broken|blame|bisect"
    r"|compared?|against|onto|start|end|newest|latest|min(?:imum)?|initial|control|submodule|fork|cherry|picked"
    r"|data(?:sets?)?|models?|weights|pretrained|checkpoints?|resume|config|schema|cache|workflow"
)
_OTHER_LINE = re.compile(
    r"(?i)\b(?:revert\w*|cherry|fix(?:es|ed)?|regress\w*|introduc\w*|since|until|bisect\w*|broke\w*|culprit|bad"
    r"|good|merge\w*|parents?|before|after|previous\w*|prev|baseline|base|reference|golden|expected|submodule"
    r"|upstream|compar\w*|against|vs|versus|old(?:er)?|earlier|rebas\w*|onto|ancestor|diff\w*|last|pull\w*|see|skip\w*"
    r"|cache\w*|stale|deploy\w*|data(?:\s?sets?)?|weights|checkpoint\w*|resum\w*|restor\w*|workflows?|third_party"
    r"|git (?:show|log|diff|checkout|reset|blame|restore|branch|tag|push|fetch|worktree|rev-list))\b"
    r"|[0-9a-f]\.{2,3}[0-9a-f]"
)
_LOG_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z (?=\S)"
)  # before each line of a server's log


def without_log_time(line: str) -> str:
    """A line of a build server's log, without the time that the server put before it."""
    found = _LOG_TIME.match(line) if line[:2] == "20" else None
    return line if found is None else line[found.end() :]


def is_loose(record: Record) -> bool:
    """Whether a record has no telling key."""
    return record.key.startswith(LOOSE)


def keyed_records(key: str, text: str, trust: Trust, source: Source) -> tuple[Record, ...]:
    """The ids in a value: `"image_tag": "main-1a2b3c4"`, `"app_version": "1.2.3 (1a2b3c4)"`.

    Args:
        key: the last name that it stands under. If it says nothing, only a whole id counts, as loose.
        text: the value.
        trust: who wrote it.
        source: where.
    """
    kind = _kind(key) if len(text) <= LONGEST_TEXT and _OTHER_LINE.search(text) is None else None
    if kind is None:
        return ()
    if kind is not LOOSE:
        return tuple(_records(kind, text, min(trust, Trust.HEADER), source))
    whole = _TOKEN.fullmatch(text.strip())
    return () if whole is None or whole[2] is None else (_record(LOOSE, whole, Trust.HEADER, source),)


def line_records(line: str, source: Source) -> tuple[Record, ...]:
    """The ids that a line of a log speaks of, as loose ones, unless it speaks of another commit."""
    if len(line) > LONGEST_TEXT or _TOKEN.search(line) is None or _OTHER_LINE.search(line) is not None:
        return ()
    return tuple(_records(LOOSE, line, Trust.HEADER, source))


def _records(key: str, text: str, trust: Trust, source: Source) -> Iterator[Record]:
    found = (
        each for each in _TOKEN.finditer(text) if not text.startswith("sha256:", max(each.start() - 7, 0))
    )
    for _, each in zip(range(MOST_RECORDS), found, strict=False):
        yield _record(key, each, trust, source)


def _record(key: str, found: re.Match[str], trust: Trust, source: Source) -> Record:
    dirty = True if found["dirty"] or found["star"] else None
    return Record(one_line(found[1] or found[2]).lower(), key, trust, True, source, dirty)


@functools.lru_cache(maxsize=4096)
def _kind(key: str) -> str | None:
    """The key of the records below a key; None if it is of another commit, or of an entry of a list."""
    words = name_words(key)
    if "[" in key or any(_OF_OTHERS.fullmatch(word) for word in words):
        return None
    if any(_OF_COMMITS.fullmatch(word) for word in words):
        return key
    return f"{LOOSE} as {key}" if any(_OF_CODE.fullmatch(word) for word in words) else LOOSE
