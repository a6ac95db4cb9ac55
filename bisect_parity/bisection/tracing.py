"""Which files the steps of a case really opened, told by strace where it is installed."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from attrs import evolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bisect_parity.parity.case import Case

__all__ = ["opened_paths", "strace", "traced"]

# -ff: a file for each process, so that no call is cut in two; -y: what was opened; "?": not on all machines
OPTIONS = ("-ff", "-qq", "-y", "-e", "trace=?open,openat,?openat2,?creat,execve", "-e", "signal=none")
_OPENED = re.compile(r".*= \d+<(?P<path>/.*)>\n?")
_RUN = re.compile(r'execve\("(?P<path>(?:[^"\\]|\\.)*)".*\) = 0\n?')
_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|([0-7]{1,3})|(.))")
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


def strace(environment: Mapping[str, str]) -> str | None:
    """The path of strace; None where it is not installed."""
    return shutil.which("strace", path=environment.get("PATH"))


def traced(case: Case, program: str, folder: Path) -> Case:
    """The case with every command started under strace, which writes to `folder`; a function is none."""

    def words(command: tuple[str, ...], name: str) -> tuple[str, ...]:
        log = str(folder / f"{name}.strace").replace("{", "{{").replace("}", "}}")
        return (program, *OPTIONS, "-o", log, *command)

    return evolve(
        case,
        prepare=tuple(words(command, f"prepare-{at}") for at, command in enumerate(case.prepare, 1)),
        reference=words(case.reference, "reference"),
        candidate=case.candidate if isinstance(case.candidate, str) else words(case.candidate, "candidate"),
    )


def opened_paths(folder: Path, worktree: Path) -> frozenset[str]:
    """The files below `worktree` that were opened or run, relative to it.

    What is run by a relative path is looked for from the top of the work tree, where every step starts.
    """
    tops = {f"{worktree}/", f"{os.path.realpath(worktree)}/"}
    found: set[str] = set()
    for log in folder.glob("*.strace.*"):
        for path in _paths(log, worktree):
            found.update(path[len(top) :] for top in tops if path.startswith(top))
    return frozenset(found)


def _paths(log: Path, worktree: Path) -> Iterator[str]:
    with log.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            opened = _OPENED.fullmatch(line)
            if opened is not None:
                yield _unescaped(opened["path"])
                continue
            run = _RUN.fullmatch(line)
            if run is not None:
                yield os.path.normpath(worktree / _unescaped(run["path"]))


def _unescaped(text: str) -> str:
    """A path that strace wrote with C's escapes, as it is."""

    def letter(found: re.Match[bytes]) -> bytes:
        if found[1] is not None:
            return bytes([int(found[1], 16)])
        if found[2] is not None:
            return bytes([int(found[2], 8) & 255])
        return _LETTERS.get(found[3], found[3])

    return os.fsdecode(_ESCAPE.sub(letter, os.fsencode(text)))
