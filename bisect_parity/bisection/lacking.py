"""Commits that lack a path which the case names: the test was added later, or had another name."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.bisection.case_files import kinds_at, named_paths, warn_of_case
from bisect_parity.bisection.untracked_needs import is_product, untracked_need
from bisect_parity.errors import CheckError
from bisect_parity.history.renames import renamed_files
from bisect_parity.logs import logger
from bisect_parity.parity.brought import refuse_missing
from bisect_parity.wording import SHORT, is_line_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.model import Check
    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository
    from bisect_parity.parity.case import Case

TOLD = 5
TEXT_BYTES = 8000  # that git, too, looks at to tell text from binary files


def _lacking(repository: Repository, case: Case, commit: str, end: str) -> tuple[str, ...]:
    """Files that a case names and a commit lacks, relative to the top.

    Only those that are somebody's work count, and not what a build makes: the other end of the range holds
    them, or the user's directory does as text that git does not ignore.

    Args:
        repository: where the commit is.
        case: with its commands.
        commit: full id.
        end: full id of the commit at the other end.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    names = set(named_paths(case))
    there = kinds_at(repository, end, names)
    found = {name for name in names if there.get(name) == "blob" or _is_text(repository, name)}
    return tuple(sorted(found - kinds_at(repository, commit, found).keys()))


def look_over(repository: Repository, case: Case, code_states: CodeStates, old: str | None, new: str) -> None:
    """Say on standard error what may lead a search astray, before any check is run.

    Args:
        repository: where the commits are.
        case: that is to be checked.
        code_states: with the code paths.
        old, new: full ids of the ends; None for one that is yet to be found.

    Raises:
        BisectParityError: the case brings along what is not there, or git cannot read a commit.
    """
    warn_of_case(repository, case, new, code_states)
    if old is not None:
        _warn_of_lacking(repository, case, old, new)
    refuse_missing(case, repository.work_tree or repository.home)


def _warn_of_lacking(repository: Repository, case: Case, commit: str, end: str) -> None:
    """Say on standard error that an end lacks what the test names, before a check of it is run.

    Args, raises:
        as `_lacking`.
    """
    moved = moved_text(repository, case, commit, end)
    for sentence in moved:
        logger().warning(sentence)
    missing = _lacking(repository, case, commit, end) if case.test and not moved else ()
    if missing:
        logger().warning(
            f"{commit[:SHORT]} lacks {', '.join(missing[:TOLD])}, which the test names: unless it can do"
            f" without, add {_addition(case, missing)}"
        )


def moved_text(repository: Repository, case: Case, old: str, new: str) -> tuple[str, ...]:
    """What a case names that has another name at one end, and what to do; empty where both ends have it.

    Args:
        repository: where the commits are.
        case: with its commands.
        old, new: full ids of the ends, the older one first.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    names = set(named_paths(case))
    before, after = (kinds_at(repository, commit, names).keys() for commit in (old, new))
    if before == after:
        return ()
    pairs = renamed_files(repository, old, new)
    moved = [(_moved(path, [(to, of) for of, to in pairs]), path) for path in sorted(after - before)]
    moved += [(path, _moved(path, pairs)) for path in sorted(before - after)]
    for first, second in moved:
        if first and second and not {first, second} <= names:
            added = _added(repository, second, old, new)
            commit, name = (new, first) if first in before else (old, second)
            says = f"{commit[:SHORT]} lacks {name}, which case {case.name} names: "
            if added and kinds_at(repository, f"{added}^", [first]):
                at = added[:SHORT]
                says += (
                    f"until {at} it is {first}, and from then on {second}. Search on one side of {at} at a"
                )
                says += " time, with the name that holds there; or let a command choose:"
                return (f"{says} sh -c 'P={second}; test -e $P || P={first}; ...'",)
            return (f"{says}in the old end it is {first}, in the new one {second}, with other names between",)
    return ()


def _moved(path: str, renames: Sequence[tuple[str, str]]) -> str:
    """The other name of a file or folder, by the renames of files (its name, the other); "" if unknown."""
    for one, other in renames:
        tail = one.removeprefix(path)
        if tail != one and (not tail or (tail.startswith("/") and other.endswith(tail))):
            return other.removesuffix(tail)
    return ""


def refuse_lacking(repository: Repository, case: Case, check: Check, ends: Sequence[str], again: str) -> None:
    """Give up at an end that cannot be tested where it lacks a file of the test's: so do its neighbours.

    Args:
        as `lacking_text`.

    Raises:
        CheckError: it is so.
    """
    if check.verdict == "skip" and (
        told := lacking_text(repository, case, (check.commit, check.reason), ends, again)
    ):
        raise CheckError(*told)


def lacking_text(
    repository: Repository, case: Case, failed: tuple[str, str], ends: Sequence[str], again: str
) -> tuple[str, ...]:
    """What an end lacks of the files that the test names, and what to do; empty where it lacks none.

    Args:
        repository: where the commits are.
        case: as frozen.
        failed: full id of a commit that cannot be tested, an end or one on the way back to it; and why.
        ends: full ids of both ends, the older one first.
        again: the command that asks the same question.
    """
    commit, reason = failed
    end = ends[0] if commit == ends[1] else ends[1]
    missing = _lacking(repository, case, commit, end) if case.test else ()
    if not missing:
        return needed_text(repository, case, commit, reason, again)
    top = repository.work_tree or repository.home
    away = [path for path in missing if not (top / path).exists()]
    first = f"Put it into your directory: git show {end[:SHORT]}:{away[0]} > {away[0]}. " if away else ""
    added = _added(repository, missing[0], commit, end)
    if added not in ("", end):
        first = f"If {added[:SHORT]}, which adds {missing[0]}, is like that end, name it instead. {first}"
    how = _addition(case, missing, again)
    return (
        f"{commit[:SHORT]} lacks {', '.join(missing[:TOLD])}, which the test names ({reason})",
        f"{first}To test each commit with it as it is now: {how}",
    )


def bringing_text(
    repository: Repository, case: Case, commit: str, ends: Sequence[str], again: str
) -> tuple[str, ...]:
    """That a commit lacks what a case runs and an end has, and how every commit gets it; else nothing.

    Args:
        repository: where the commits are.
        case: as frozen.
        commit: full id of one that cannot be tested.
        ends: full ids of both ends.
        again: the command that asks the same question.
    """
    for end in ends:
        missing = () if commit == end else _lacking(repository, case, commit, end)
        if missing:
            break
    else:
        return ()
    added = _added(repository, missing[0], commit, end)[:SHORT]
    since = f" ({missing[0]} came with {added})" if added else ""
    called = "the test" if is_line_test(case.name) else f"case {case.name}"
    lacks = f"{commit[:SHORT]} lacks {', '.join(missing[:TOLD])}, which {called} names{since}."
    how = _addition(case, missing, again)
    how += "" if is_line_test(case.name) else ", and then: bisect-parity init --freeze"
    return (f"{lacks} If it works with older code, too, take it to each commit as it is now: {how}",)


def needed_text(repository: Repository, case: Case, commit: str, reason: str, again: str) -> tuple[str, ...]:
    """What a check did not find and the user's directory has, and what to do; empty where that is nothing.

    Args:
        repository: with the user's directory.
        case: that was checked.
        commit: at which.
        reason: what the check said.
        again: the command that asks the same question.

    Raises:
        RepositoryError: git cannot list the files.
    """
    need = untracked_need(repository, reason)
    if need is None:
        return ()
    path, place = need
    lacks = f"{commit[:SHORT]} lacks {path}, which is untracked in your directory ({reason})"
    if is_product(repository, path):  # brought along, it would be the same at each commit
        how = "--test 'make && ...'" if is_line_test(case.name) else f"`prepare` in [case.{case.name}]"
        return lacks, f"Your build made it, from one commit: have each check build its own ({how})"
    how = _addition(case, [place], again)
    return lacks, f"To take {place} along to each commit, as it is now: {how}"


def _addition(case: Case, missing: Sequence[str], again: str = "") -> str:
    """What to add so that files are brought along: options of the command `again`, or a key of the case."""
    if is_line_test(case.name):
        return " ".join([*filter(None, [again]), *(f"--bring {shlex.quote(path)}" for path in missing)])
    return f"`bring = {json.dumps([*case.bring, *missing])}` in [case.{case.name}]"


def _added(repository: Repository, path: str, commit: str, end: str) -> str:
    """The first commit on the way to `end` that adds a file; empty where none does."""
    words = ("--diff-filter=A", "--format=%H", f"{commit}..{end}", "--", f":(top,literal){path}")
    answer = repository.git_result("log", *words)
    return answer.stdout.decode("ascii", "replace").strip().rpartition("\n")[2]


def _is_text(repository: Repository, name: str) -> bool:
    """Whether a path is a text file of the user's that git does not ignore."""
    place = Path(repository.work_tree or repository.home, name)
    try:
        if not place.is_file():  # a pipe would be waited for
            return False
        with place.open("rb") as content:
            is_text = b"\0" not in content.read(TEXT_BYTES)
    except OSError:
        return False
    return is_text and repository.git_result("check-ignore", "-q", "--", str(place)).status == 1
