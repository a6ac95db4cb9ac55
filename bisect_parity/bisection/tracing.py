"""Which files the steps of a case really opened, according to strace, where it is installed."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from bisect_parity.parity.placeholders import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bisect_parity.parity.case import Case

__all__ = ["Touched", "strace", "touched", "traced"]

# -ff: a file for each process, so that no call is cut in two; -y: the paths of descriptors
OPTIONS = ("-ff", "-qq", "-y", "-e", "trace=%file", "-e", "signal=none")
_OPENED = re.compile(r".*= \d+<(?P<path>/.*)>\n?")
_LOOKED_AT = re.compile(
    r'(?P<call>\w+)\((?:AT_FDCWD(?:<(?P<place>[^>]*)>)?, )?"(?P<path>(?:[^"\\]|\\.)*)".*\) = \d+\n?'
)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|([0-7]{1,3})|(.))")
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


def strace(environment: Mapping[str, str]) -> str | None:
    """The path of strace; None where it is not installed."""
    return shutil.which("strace", path=environment.get("PATH"))


def traced(case: Case, program: str, folder: Path) -> Case:
    """The case with every command started under strace, which writes to `folder`; a function's, too."""

    def words(command: tuple[str, ...], name: str) -> tuple[str, ...]:
        return (program, *OPTIONS, "-o", literal(str(folder / f"{name}.strace")), *command)

    prepare = tuple(words(command, f"prepare-{at}") for at, command in enumerate(case.prepare, 1))
    steps: dict[str, Any] = {name: words(command, name) for name, command in case.steps().items()}
    return evolve(case, prepare=prepare, **steps)


@frozen
class Touched:
    """What the steps of a case did with files below the worktree; paths are relative to it.

    Attributes:
        opened: opened or run.
        looked_at: these, and those that were only asked for: does it exist, how large is it?
    """

    opened: frozenset[str]
    looked_at: frozenset[str]


def touched(folder: Path, worktree: Path) -> Touched:
    """Read what strace wrote to `folder`.

    A relative path whose folder strace does not show is looked for from the top of the worktree, where every
    step starts.
    """
    tops = {f"{worktree}/", f"{os.path.realpath(worktree)}/"}
    opened: set[str] = set()
    looked_at: set[str] = set()
    for log in folder.glob("*.strace.*"):
        for path, is_opened in _paths(log, worktree):
            for top in tops:
                if path.startswith(top):
                    (opened if is_opened else looked_at).add(path[len(top) :])
    return Touched(frozenset(opened), frozenset(opened | looked_at))


def _paths(log: Path, worktree: Path) -> Iterator[tuple[str, bool]]:
    with log.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            found = _OPENED.fullmatch(line)
            if found is not None:
                yield _unescaped(found["path"]), True
                continue
            found = _LOOKED_AT.fullmatch(line)
            if found is not None:
                place = _unescaped(found["place"]) if found["place"] else str(worktree)
                path = os.path.normpath(os.path.join(place, _unescaped(found["path"])))  # noqa: PTH118 - many
                yield path, found["call"].startswith("exec")


def _unescaped(text: str) -> str:
    """A path that strace wrote with C's escapes, as it is."""

    def letter(match: re.Match[bytes]) -> bytes:
        if match[1] is not None:
            return bytes([int(match[1], 16)])
        if match[2] is not None:
            return bytes([int(match[2], 8) & 255])
        return _LETTERS.get(match[3], match[3])

    return os.fsdecode(_ESCAPE.sub(letter, os.fsencode(text)))
