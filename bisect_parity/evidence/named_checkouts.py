"""Commits that a text checks out: `git checkout 1a2b3c4` in a list of commands, a script or a log. Pure.

Each counts only if it names a commit or a tag here. A text that works on one checkout and then on another is
of several runs, or compares them, and says nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import define, field

from bisect_parity.evidence.model import Record, Trust

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Source

KEY = "git checkout"
LONGEST_LINE = 1000
_ID = re.compile(r"[0-9a-f]{7,64}")
_OPTION = r"(?:(?:-[bBcC]|--create|--force-create|--reason)[ =]\S{1,200}|-{1,2}(?!-)[\w-]{1,40})"
_NAME = r"(?:['\"]?(?:tags/)?(?P<name>\w[\w./+-]{0,99})['\"]?)"
_END = r"(?=\s*(?:$|&&|\|\||[;|#`)}\"']))"  # a path behind it would mean that files were taken from it
_COMMANDS = (
    re.compile(rf"(?<![\w.-])git (?:checkout|switch)(?: {_OPTION}){{0,6}} {_NAME}{_END}"),
    re.compile(rf"(?<![\w.-])git reset (?:-q )?--hard(?: -q)? {_NAME}{_END}"),
    re.compile(rf"(?<![\w.-])git worktree add(?: {_OPTION}){{0,6}} (?!-)\S{{1,400}} {_NAME}{_END}"),
    re.compile(rf"^(?:Note: )(?:switching to|checking out) {_NAME}\.?\s*$"),
)
_BRANCH = re.compile(rf"(?<![\w.-])git clone (?:\S{{1,400}} ){{0,8}}?(?:-b|--branch)[ =]{_NAME}(?=\s|$)")


_OF_GIT = re.compile(  # a command of git that is no run, or what it answers; and comments
    r"[\s$>+]*(?:#|git\b|Switched to|Already on|Your branch|Previous HEAD|HEAD is|Note:|branch '|Updating"
    r"|Fast-forward)|\s*$"
)


@define
class Checkouts:
    """Goes through a text line by line, and remembers what it checks out, and where it works.

    Attributes:
        trust: who wrote the text.
    """

    trust: Trust
    _current: Record | None = None
    _used: dict[str, Record] = field(factory=dict)

    def at(self, line: str, source: Source) -> None:
        """Take the next line."""
        if ("git" in line or "Note" in line) and (found := _checked_out(line)) is not None:
            is_id = _ID.fullmatch(found["name"]) is not None
            self._current = Record(found["name"], KEY, self.trust, is_id, source)
            if not line[found.end() :].strip(" \t#'\"`)&|;"):
                return  # nothing is done behind it
        elif self._current is None or self._current.text in self._used or _OF_GIT.match(line):
            return
        if self._current is not None:
            self._used.setdefault(self._current.text, self._current)

    def records(self) -> tuple[Record, ...]:
        """The id of the checkout that is worked on, or the name, which may be that of a tag."""
        if len(self._used) > 1 or self._current is None:
            return ()
        return (*(self._used.values() or (self._current,)),)


def _checked_out(line: str) -> re.Match[str] | None:
    """The last commit that a line checks out."""
    found = [each for pattern in (*_COMMANDS, _BRANCH) for each in pattern.finditer(line[:LONGEST_LINE])]
    return max(found, key=re.Match.start, default=None)
