"""Commits that lack a file of the test's: it is newer than they are, and none of them can be tested."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.bisection.case_files import named_paths
from bisect_parity.errors import CheckError
from bisect_parity.logs import logger
from bisect_parity.wording import SHORT, is_line_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.bisection.model import Check
    from bisect_parity.history.repository import Repository
    from bisect_parity.parity.case import Case

__all__ = ["lacking_text", "refuse_lacking", "warn_of_lacking"]

TOLD = 5
TEXT_BYTES = 8000  # that git, too, looks at to tell text from binary files


def _lacking(repository: Repository, case: Case, commit: str, end: str) -> tuple[str, ...]:
    """Files that a test names and a commit lacks, relative to the top; empty for a case that is no test.

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
    names = set(named_paths(case)) if case.test else set()
    found = _files_of(repository, end, names) | {name for name in names if _is_text(repository, name)}
    return tuple(sorted(found - _files_of(repository, commit, found)))


def warn_of_lacking(repository: Repository, case: Case, commit: str, end: str) -> None:
    """Say on standard error that an end lacks what the test names, before a check of it is run.

    Args, raises:
        as `_lacking`.
    """
    missing = _lacking(repository, case, commit, end)
    if missing:
        logger().warning(
            f"{commit[:SHORT]} lacks {', '.join(missing[:TOLD])}, which the test names: unless it can do"
            f" without, add {_addition(case, missing)}"
        )


def refuse_lacking(repository: Repository, case: Case, check: Check, ends: Sequence[str], again: str) -> None:
    """Give up at an end that cannot be tested where it lacks a file of the test's: so do its neighbours.

    Args:
        as `lacking_text`.

    Raises:
        CheckError: it is so.
    """
    told = lacking_text(repository, case, check, ends, again) if check.verdict == "skip" else ()
    if told:
        raise CheckError(*told)


def lacking_text(
    repository: Repository, case: Case, check: Check, ends: Sequence[str], again: str
) -> tuple[str, ...]:
    """What an end lacks of the files that the test names, and what to do; empty where it lacks none.

    Args:
        repository: where the commits are.
        case: as frozen.
        check: of an end, or of a commit on the way back to one.
        ends: full ids of both ends, the older one first.
        again: the command that asks the same question.
    """
    end = ends[0] if check.commit == ends[1] else ends[1]
    missing = _lacking(repository, case, check.commit, end)
    if not missing:
        return ()
    top = repository.work_tree or repository.home
    away = [path for path in missing if not (top / path).exists()]
    first = f"Put it into your directory: git show {end[:SHORT]}:{away[0]} > {away[0]}. " if away else ""
    added = _added(repository, missing[0], check.commit, end)
    if added not in ("", end):
        first = f"Name {added[:SHORT]}, which adds {missing[0]}, as that end, or bring it along. {first}"
    how = f"{again} {_addition(case, missing)}" if is_line_test(case.name) else _addition(case, missing)
    return (
        f"{check.commit[:SHORT]} lacks {', '.join(missing[:TOLD])}, which the test names ({check.reason})",
        f"{first}To test each commit with it as it is now: {how}",
    )


def _addition(case: Case, missing: Sequence[str]) -> str:
    """What to add so that files are brought along: options, or a key of the case."""
    if is_line_test(case.name):
        return " ".join(f"--bring {shlex.quote(path)}" for path in missing)
    return f"`bring = {json.dumps([*case.bring, *missing])}` in [case.{case.name}]"


def _added(repository: Repository, path: str, commit: str, end: str) -> str:
    """The first commit on the way to `end` that adds a file; empty where none does."""
    words = ("--diff-filter=A", "--format=%H", f"{commit}..{end}", "--", f":(top,literal){path}")
    answer = repository.git_result("log", *words)
    return answer.stdout.decode("ascii", "replace").strip().rpartition("\n")[2]


def _files_of(repository: Repository, commit: str, names: Iterable[str]) -> set[str]:
    """Those of some paths that are files of a commit."""
    wanted = sorted(names)
    listed = repository.fields("ls-tree", "--full-tree", commit, "--", *wanted) if wanted else []
    return {path for head, _, path in (entry.partition("\t") for entry in listed) if " blob " in head}


def _is_text(repository: Repository, name: str) -> bool:
    """Whether a path is a text file of the user's that git does not ignore."""
    place = Path(repository.work_tree or repository.home, name)
    try:
        is_text = place.is_file() and b"\0" not in _head(place)
    except OSError:
        return False
    return is_text and repository.git_result("check-ignore", "-q", "--", str(place)).status == 1


def _head(file: Path) -> bytes:
    with file.open("rb") as content:
        return content.read(TEXT_BYTES)
