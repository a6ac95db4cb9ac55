"""Commits as the answer of a search describes them: author, date, changed files, parameters and lines."""

from __future__ import annotations

import itertools
import os
import re
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.commit_summary import (
    ChangedFile,
    CommitChange,
    CommitSummary,
    StandingLine,
    StatedParameter,
)
from bisect_parity.history.export import SUBMODULE
from bisect_parity.history.read_files import read_by_code
from bisect_parity.history.renames import statuses_with_renames
from bisect_parity.history.submodules import commits_of_move
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bisect_parity.history.repository import Repository
    from bisect_parity.params.model import Value

FORMAT = "--format=%H%x1f%P%x1f%cI%x1f%an%x1f%s"

SUBMODULE_NAME = "submodule "  # before the path, among parameters
BLAMED_FILES, BLAMED_LINES = 10, 20  # lines a file
_BLAMED = re.compile(r"([0-9a-f]{40,64}) \d+ (\d+)")


def commit_summaries(repository: Repository, commits: Iterable[str]) -> dict[str, CommitSummary]:
    """Parents, date, author and subject of commits, in their order.

    Raises:
        RepositoryError: a commit is not in the repository.
    """
    wanted = list(dict.fromkeys(commits))
    if not wanted:
        return {}
    request = "".join(f"{commit}\n" for commit in wanted).encode()
    options = ("--no-walk=unsorted", "--encoding=UTF-8", "-z", FORMAT, "--stdin")
    found = {}
    for line in repository.git("log", *options, stdin=request).decode(errors="replace").split("\0"):
        if line:
            commit, parents, date, author, subject = line.split("\x1f", 4)
            date = date.replace("Z", "+00:00")  # one form for every git: newer ones write Z
            found[commit] = CommitSummary(commit, tuple(parents.split()), date, author, subject)
    return found


def outside_code(
    repository: Repository, one: str, other: str, code_states: CodeStates, *, with_usual: bool = False
) -> tuple[str, ...]:
    """The files, and submodules, that differ between two commits, and are no code by the user's paths alone.

    What never counts without such paths (evidence, documentation, plans) is left out, unless `with_usual`, or
    unless the code of `other` names it.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    paths = repository.fields("diff-tree", "-r", "--name-only", one, other)
    usual = CodeStates(repository, ())
    outside = [path for path in paths if not code_states.holds(path)]
    read = read_by_code(repository, (path for path in outside if not usual.holds(path)), other)
    return tuple(path for path in outside if with_usual or path in read or usual.holds(path))


def reverts_of(repository: Repository, commit: str, end: str) -> tuple[str, ...]:
    """Commits after `commit`, up to `end`, whose messages say that they revert it, newest first.

    By its id, or by its subject, unless the id of another commit of this history is named: ids change when
    commits are rebased, and web sites name none.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    subject = os.fsdecode(repository.git("log", "-1", "--format=%s", commit)).rstrip("\n")
    quoted = re.sub(r"[][\\.^$*+?(){}|]", r"\\\g<0>", subject)
    said = (f"--grep=This reverts commit {commit}", *([f'--grep=^Revert "{quoted}"'] if subject else []))
    words = ("log", "-z", "--format=%H %b", "--extended-regexp", *said, f"{commit}..{end}")
    found = [os.fsdecode(text).partition(" ") for text in repository.git(*words).split(b"\0") if text]
    return tuple(revert for revert, _, body in found if not _names_another(repository, body, commit, end))


def _names_another(repository: Repository, body: str, commit: str, end: str) -> bool:
    named = re.findall(r"This reverts commit ([0-9a-f]{7,64})\b", body)
    is_it = any(commit.startswith(name) for name in named)
    words = ("merge-base", "--is-ancestor")
    return not is_it and any(repository.git_result(*words, name, end).status == 0 for name in named)


def with_files(repository: Repository, facts: CommitSummary, code_states: CodeStates) -> CommitSummary:
    """`facts` with the code files that the commit changes against its first parent."""
    if not facts.parents:
        return facts
    statuses = statuses_with_renames(repository, facts.parents[0], facts.commit)
    changed = _changed_files(iter(statuses), code_states)
    return evolve(facts, files=tuple(changed))


def _changed_files(fields: Iterator[str], code_states: CodeStates) -> Iterator[ChangedFile]:
    """The code files among the fields of `--name-status -z`: a status and a path, of a rename both paths."""
    for status in fields:
        old, new = (next(fields), next(fields)) if status.startswith("R") else (None, next(fields))
        if code_states.holds(new):
            yield ChangedFile(status[0], new, old)
        elif old is not None and code_states.holds(old):
            yield ChangedFile("D", old)


def change_of(
    repository: Repository, facts: CommitSummary, end: str, code_states: CodeStates
) -> CommitChange:
    """What a commit changes in the parameters of the code, and which of its lines stand at `end`.

    Args:
        repository: where the commits are.
        facts: of the commit, with its files.
        end: full id of a commit that comes after it.
        code_states: with the code paths.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    from bisect_parity.params.code import defaults_at  # noqa: PLC0415 - grammars are slow to import

    if not facts.parents:
        return CommitChange()
    sides = defaults_at(repository, (facts.parents[0], facts.commit), code_states.paths)
    before, now = (side.values() for side in sides)
    moved = {file.old_path: file.path for file in facts.files if file.old_path is not None}
    before = {_name_now(name, moved): value for name, value in before.items()}
    changed = [*_submodules(repository, facts), *_changed(before, now)]
    paths = [file.path for file in facts.files if file.status != "D"][:BLAMED_FILES]
    lines = [line for path in paths for line in _standing_lines(repository, facts, end, path)]
    return CommitChange(
        tuple(itertools.starmap(StatedParameter, changed)), tuple(itertools.starmap(StandingLine, lines))
    )


def _changed(
    before: Mapping[str, Value], now: Mapping[str, Value]
) -> Iterator[tuple[str, str | None, str | None]]:
    """What both sides state differently, then what only one states.

    Left out is what moved to another file, and what the code computes.
    """
    from bisect_parity.params.model import shown  # noqa: PLC0415 - as in `change_of`
    from bisect_parity.params.noise import noise_reason  # noqa: PLC0415 - as in `change_of`

    old, new = ({name: shown(value.value) for name, value in side.items()} for side in (before, now))
    gone, came = (
        {(name.rpartition(": ")[2], one[name]) for name in one.keys() - other.keys()}
        for one, other in ((old, new), (new, old))
    )
    elsewhere = gone & came
    for name in (*sorted(old.keys() & new.keys()), *sorted(old.keys() ^ new.keys())):
        texts = old.get(name), new.get(name)
        has_moved = None in texts and (name.rpartition(": ")[2], texts[0] or texts[1]) in elsewhere
        values = [side[name] for side in (before, now) if name in side]
        if texts[0] != texts[1] and not has_moved and not noise_reason(name, values):
            yield name, *texts


def _name_now(name: str, moved: Mapping[str, str]) -> str:
    """The name of a parameter after the files that state it were renamed."""
    path, colon, own = name.partition(": ")
    return f"{moved.get(path, path)}{colon}{own}"


def _submodules(repository: Repository, facts: CommitSummary) -> Iterator[tuple[str, str, str]]:
    """The submodules whose commit is another than at the first parent: a name, and both ids."""
    options = ("-r", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=M")
    fields = repository.fields("diff-tree", *options, facts.parents[0], facts.commit)
    for head, path in zip(fields[0::2], fields[1::2], strict=True):
        before_mode, _, before, now, _ = head.split()
        if before_mode == f":{SUBMODULE}":
            yield f"{SUBMODULE_NAME}{path}", before[:SHORT], now[:SHORT]


def submodule_moves(repository: Repository, facts: CommitSummary) -> list[tuple[str, str, str, int]]:
    """The submodules that a commit moves forward: path, both ids, and how many commits that takes in."""
    if not facts.parents:
        return []
    found = []
    for name, before, now in _submodules(repository, facts):
        path = name.removeprefix(SUBMODULE_NAME)
        if count := commits_of_move(repository, facts.commit, path, before, now):
            found.append((path, before, now, count))
    return found


def _standing_lines(
    repository: Repository, facts: CommitSummary, end: str, path: str
) -> Iterator[tuple[str, int, str]]:
    """The lines of a file at `end` that the commit wrote, by `git blame`."""
    limits = (f"^{facts.parents[0]}", end, "--", path)
    blamed = repository.git_result("blame", "--line-porcelain", *limits)
    number, count = 0, 0
    for line in blamed.stdout.decode(errors="replace").split("\n"):
        if header := _BLAMED.match(line):
            number = int(header[2]) if header[1] == facts.commit else 0
        elif line.startswith("\t") and number and count < BLAMED_LINES:
            count += 1
            yield path, number, line[1:]
