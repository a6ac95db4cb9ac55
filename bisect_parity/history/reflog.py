"""Reflogs: who was checked out when, parsed from the files or tables themselves.

`HEAD@{date}` answers with the oldest entry for any time before it; here that time is unknown.
"""

from __future__ import annotations

import bisect
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.history.commit_details import zone_seconds
from bisect_parity.history.reftable import read_stack
from bisect_parity.history.repository import OWN_WORKTREE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bisect_parity.history.repository import Repository

LOST = "lost"  # the kind of what stands for entries that were expired
SIZE_LIMIT_BYTES = 256 * 2**20
_LINE = re.compile(
    rb"(?P<old>[0-9a-f]{40}(?:[0-9a-f]{24})?) (?P<new>[0-9a-f]{40}(?:[0-9a-f]{24})?) "
    rb"(?P<who>[^\n]*?) (?P<time>\d{1,12}) (?P<zone>[+-]\d{4})(?:\t(?P<message>[^\n]*))?"
)
_KIND = re.compile(r"[a-z-]+(?: \([a-z -]+\))?")
_REBASE = re.compile(r"(?:pull|rebase)\b.*? (?P<step>\([a-z -]+\)):")  # options and remotes may stand before
_BISECT = re.compile(r"checkout: moving from [0-9a-f]{40,64} to [0-9a-f]{40,64}$")


@frozen
class ReflogEntry:
    """One move of a ref.

    Attributes:
        old, new: full ids; all zeros where there was no commit.
        time: POSIX seconds.
        zone: seconds east of UTC.
        message: as git wrote it, such as "commit: fix" or "checkout: moving from a to b".
        line: of the file, or which of the ref's moves, from 1.
    """

    old: str
    new: str
    time: int
    zone: int
    message: str
    line: int

    @property
    def kind(self) -> str:
        """What made the entry: "commit", "commit (amend)", "checkout", "rebase (pick)", "pull", ...

        A checkout from one full id to another, as `git bisect` makes them, is "bisect"; the steps of a pull
        that rebases are those of the rebase.
        """
        if _BISECT.match(self.message):
            return "bisect"
        if rebase := _REBASE.match(self.message):
            return f"rebase {rebase['step']}"
        found = _KIND.match(self.message)
        return found[0] if found else ""

    @property
    def is_created_here(self) -> bool:
        """Whether the new commit was made in this clone, not fetched."""
        kind = self.kind
        if kind in ("rebase (start)", "rebase (abort)"):
            return False
        if kind in ("merge", "pull"):
            return any(words in self.message for words in ("Merge made by", "In-index merge"))
        return kind.startswith(("commit", "cherry-pick", "revert", "am", "rebase"))


@frozen
class Reflog:
    """The reflog of one ref in one worktree, oldest entry first.

    Attributes:
        ref: such as "HEAD", "refs/heads/main", "refs/remotes/origin/main".
        path: the file, relative to the common git directory; with reftables, where it would be.
        entries: in the order of the file.
        problems: lines that could not be read.
    """

    ref: str
    path: str
    entries: tuple[ReflogEntry, ...]
    problems: int = 0

    def at(self, seconds: float) -> ReflogEntry | None:
        """The last entry not later than a time; None before the first: that time is unknown."""
        place = bisect.bisect_right(self.entries, seconds, key=lambda entry: entry.time)
        return self.entries[place - 1] if place else None


def parse(ref: str, path: str, data: bytes) -> Reflog:
    """Parse a reflog file; malformed lines are counted, and times that run backwards are put in order."""
    entries, problems = [], 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            problems += 1
            continue
        entries.append(
            ReflogEntry(
                old=found["old"].decode(),
                new=found["new"].decode(),
                time=int(found["time"]),
                zone=zone_seconds(found["zone"].decode()),
                message=(found["message"] or b"").decode(errors="replace"),
                line=number,
            )
        )
    return Reflog(ref, path, _by_time(entries), problems)


def _by_time(entries: Iterable[ReflogEntry]) -> tuple[ReflogEntry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.time))  # those of one second keep their order


def read_reflogs(repository: Repository) -> tuple[Reflog, ...]:
    """All reflogs of a repository: HEAD of every worktree, branches, remotes, others; none in bare ones.

    Those of our own worktrees are left out: what a search checks out there is nobody's checkout.

    Raises:
        RepositoryError: a reftable is damaged.
    """
    common = repository.common_dir
    if (common / "reftable" / "tables.list").exists():
        of_tables = _read_tables(common, repository.id_length // 2)
        return tuple(sorted(of_tables, key=lambda reflog: (reflog.ref != "HEAD", reflog.path)))
    files = [(common / "logs" / "HEAD", "HEAD")]
    files += [(place / "logs" / "HEAD", "HEAD") for place in _linked(common)]
    refs = common / "logs" / "refs"
    files += [(path, path.relative_to(common / "logs").as_posix()) for path in _files_below(refs)]
    found = []
    for path, ref in files:
        try:
            if not path.is_file() or path.stat().st_size > SIZE_LIMIT_BYTES:
                continue
            data = path.read_bytes()
        except OSError:
            continue
        found.append(parse(ref, path.relative_to(common).as_posix(), data))
    return tuple(reflog for reflog in found if reflog.entries or reflog.problems)


def _linked(common: Path) -> list[Path]:
    """The git directories of the linked worktrees of the user."""
    return [p for p in sorted(common.glob("worktrees/*")) if not (p / OWN_WORKTREE).exists()]


def _read_tables(common: Path, id_bytes: int) -> Iterator[Reflog]:
    """The reflogs in the reftables of a common git directory, and of its worktrees."""
    for place in (common, *_linked(common)):
        if not (place / "reftable" / "tables.list").exists():
            continue
        entries: dict[str, list[ReflogEntry]] = {}
        for record in read_stack(place / "reftable", id_bytes):
            of_ref = entries.setdefault(os.fsdecode(record.ref), [])
            if any(record.old) or any(record.new):  # else it says that there is a reflog, and no more
                of_ref.append(
                    ReflogEntry(
                        old=record.old.hex(),
                        new=record.new.hex(),
                        time=record.time,
                        zone=zone_seconds(f"{record.zone:+05d}"),
                        message=record.message.decode(errors="replace").rstrip("\n"),
                        line=len(of_ref) + 1,
                    )
                )
        for ref, found in entries.items():
            path = (place / "logs" / ref).relative_to(common).as_posix()
            yield Reflog(ref, path, _by_time(found))


def _files_below(folder: Path) -> Iterable[Path]:
    """The files in a folder and below; folders that cannot be read are left out."""
    found = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return sorted(path for path in found if not path.is_symlink())
