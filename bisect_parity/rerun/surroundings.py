"""What recorded runs are held against: the texts of their programs, and files and code as they are now."""

from __future__ import annotations

import functools
import hashlib
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.digest import file_digest, has_digest
from bisect_parity.history.working_diff import working_diff
from bisect_parity.rerun.standing import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository
    from bisect_parity.rerun.lineage import RecordedRun
    from bisect_parity.rerun.recorded_run import OriginalRun

LARGEST_TEXT_BYTES = 2**20
DIFF = ("--no-ext-diff", "--no-textconv")


def program_texts(repository: Repository, top: Path, run: OriginalRun) -> tuple[str, ...]:
    """The texts among what a command line names, as they were then, and the command line itself.

    Args:
        repository: where the run's commit may be.
        top: of the user's working tree.
        run: a recorded run.
    """
    contents = [_content(repository, top, run, path) for path in sorted(run.named)]
    texts = [content.decode("utf-8", "replace") for content in contents if content and b"\0" not in content]
    return (" ".join(run.argv), *texts)


def _content(repository: Repository, top: Path, run: OriginalRun, path: str) -> bytes:
    """A file as a run had it; empty where it is not to be had, or too large."""
    for place in (top / path, run.folder / "untracked" / path):
        if has_digest(place, run.needed.get(path)):
            return place.read_bytes() if place.stat().st_size <= LARGEST_TEXT_BYTES else b""
    if run.commit is None:
        return b""
    (found,) = repository.objects([f"{run.commit}:{path}"])
    return found[2] if found and found[1] == "blob" and len(found[2]) <= LARGEST_TEXT_BYTES else b""


def surroundings(
    repository: Repository, top: Path, states: CodeStates, runs: Sequence[RecordedRun]
) -> Surroundings:
    """The files that runs read and wrote, and the code, as they are now in the user's working tree.

    Args:
        repository: of the runs.
        top: of the working tree.
        states: with the code paths.
        runs: as `linked` gives them.

    Raises:
        RepositoryError: git cannot compare a commit with the working tree.
    """
    paths = {path for one in runs for path in one.reads}
    paths |= {one.place_of(file) for one in runs for file in one.run.written}
    digests = {path: _digest(top / path) for path in sorted(paths)}
    entries = {one.run.entry for one in runs}
    differing = functools.cache(functools.partial(_differing, repository))
    diff_digest = functools.cache(functools.partial(_diff_digest, repository))
    changed: dict[str, tuple[str, ...] | None] = {}
    for one in runs:
        commit = one.run.commit
        if commit is None:
            changed[one.name] = ()
            continue
        names = differing(commit)
        if names is not None and one.run.diff_sha256 is not None:
            is_same = diff_digest(commit) == one.run.diff_sha256
            names = () if is_same else tuple(sorted({*names, *one.run.changes}))
        code = None if names is None else [name for name in names if states.holds(name)]
        changed[one.name] = None if code is None else tuple(_own(code, one, entries, repository, top))
    return Surroundings(digests, changed)


def _own(
    code: Sequence[str], one: RecordedRun, entries: set[str], repository: Repository, top: Path
) -> Iterator[str]:
    """Changed code that a run may rest on: not its inputs, nor scripts of other runs that it never names."""
    texts: Sequence[str] | None = None
    for name in code:
        if name in entries and name not in one.reads:
            texts = program_texts(repository, top, one.run) if texts is None else texts
            word = re.compile(rf"(?<!\w){re.escape(PurePosixPath(name).stem)}(?!\w)")
            if not any(word.search(text) for text in texts):
                continue
        if name not in one.reads:
            yield name


def _digest(path: Path) -> str | None:
    try:
        return file_digest(path).sha256
    except OSError:
        return None


def _differing(repository: Repository, commit: str) -> tuple[str, ...] | None:
    """The tracked files that are otherwise in the working tree; None where the commit is not here."""
    if repository.try_resolve(commit) is None:
        return None
    found = working_diff(repository, "-z", "--name-only", "--no-renames", *DIFF, commit, "--")
    return tuple(os.fsdecode(found).split("\0")[:-1])


def _diff_digest(repository: Repository, commit: str) -> str:
    """Of the whole difference, as `record` makes it."""
    return hashlib.sha256(working_diff(repository, "--binary", "--full-index", *DIFF, commit)).hexdigest()
