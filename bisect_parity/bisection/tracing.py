"""Which files the steps of a case really opened, according to strace, where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from bisect_parity.parity.placeholders import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bisect_parity.parity.case import Case

# -ff: a file for each process, so that no call is cut in two; -y: the paths of descriptors
OPTIONS = ("-ff", "-qq", "-y", "-e", "trace=%file", "-e", "signal=none")
_OPENED = re.compile(r".*= \d+<(?P<path>/.*)>\n?")
_LOOKED_AT = re.compile(
    r'(?P<call>\w+)\((?:AT_FDCWD(?:<(?P<place>[^>]*)>)?, )?"(?P<path>(?:[^"\\]|\\.)*)".*\) = \d+\n?'
)
_NAMED = re.compile(r'\w+\((?:AT_FDCWD(?:<(?P<place>[^>]*)>)?, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_SYSTEM = ("/usr/", "/lib", "/etc/", "/proc/", "/sys/", "/dev/", "/bin/", "/sbin/", "/run/", "/var/")
_INSTALLED = re.compile(
    r"/(?:site-packages|dist-packages|lib/python[\d.]+|\.git|__pycache__)/|\.so(?:[.\d]*)$"
)
_PACKAGE = str(Path(__file__).parent.parent)
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
        opened: opened or run, with the folders and links that lead there.
        looked_at: these, and those that were only asked for: does it exist, how large is it?
        outside: absolute paths of other files that were opened, but for those of the system and of Python.
    """

    opened: frozenset[str]
    looked_at: frozenset[str]
    outside: frozenset[str] = frozenset()


def touched(folder: Path, worktree: Path) -> Touched:
    """Read what strace wrote to `folder`.

    A relative path whose folder strace does not show is looked for from the top of the worktree, where every
    step starts.
    """
    tops = {f"{worktree}/", f"{os.path.realpath(worktree)}/"}
    opened: set[str] = set()
    looked_at: set[str] = set()
    outside: set[str] = set()
    for log in folder.glob("*.strace.*"):
        for path, is_opened in _paths(log, worktree):
            below = next((path[len(top) :] for top in tops if path.startswith(top)), None)
            if below is not None:
                kind = opened if is_opened else looked_at
                kind.update((below, *map(str, PurePosixPath(below).parents)))
            elif is_opened:
                outside.add(path)
    own = {path for path in outside if _may_matter(path) and not path.startswith(f"{folder}/")}
    return Touched(frozenset(opened), frozenset(opened | looked_at), frozenset(own))


def _may_matter(path: str) -> bool:
    """Whether a file outside of the worktree is no part of the system, of Python, of git, or of the tool."""
    if path.startswith(_SYSTEM) or _INSTALLED.search(path) or not os.path.isfile(path):  # noqa: PTH113 - many
        return False
    return not path.startswith(tuple(f"{place}/" for place in (sys.prefix, sys.base_prefix, _PACKAGE)))


def _paths(log: Path, worktree: Path) -> Iterator[tuple[str, bool]]:
    with log.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            found = _OPENED.fullmatch(line)
            if found is not None:
                yield _unescaped(found["path"]), True
                named = _NAMED.match(line)  # where links are on the way, another path
                if named is not None:
                    place = _unescaped(named["place"]) if named["place"] else str(worktree)
                    yield os.path.normpath(os.path.join(place, _unescaped(named["path"]))), True  # noqa: PTH118
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
