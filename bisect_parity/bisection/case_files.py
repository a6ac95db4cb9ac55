"""What may be wrong with a case at a commit: files that it uses and no code path holds, empty submodules."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from bisect_parity.history.submodules import empty_submodules
from bisect_parity.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository
    from bisect_parity.parity.case import Case

__all__ = ["named_outside_code", "warn_of_case"]

TOLD = 5
_NAME = re.compile(r"[^\s'\"=:;,&|()<>$]+")  # in words that are scripts, too
_WORKTREE = "{worktree}"


def named_outside_code(
    repository: Repository, case: Case, commit: str, code_states: CodeStates
) -> tuple[str, ...]:
    """Tracked files and folders that the commands name and that are no code, relative to the top.

    Two commits that differ in them would count as equal. What a pinned reference runs counts once for all.

    Args:
        repository: where the commit is.
        case: with its commands.
        commit: full id; only what is there counts.
        code_states: with the code paths.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    names = dict.fromkeys(_names(case))
    if not names:
        return ()
    listed = repository.fields("ls-tree", "--full-tree", commit, "--", *names)
    return tuple(
        path
        for head, _, path in (entry.partition("\t") for entry in listed)
        if not code_states.holds(f"{path}/any" if " tree " in head else path)
        and not any(code.startswith(f"{path}/") for code in code_states.paths)
    )


def warn_of_case(repository: Repository, case: Case, commit: str, code_states: CodeStates) -> None:
    """Say on standard error what `named_outside_code` finds, and which submodules no check can fill.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    found = named_outside_code(repository, case, commit, code_states)
    if found:
        more = " and more" if len(found) > TOLD else ""
        logger().warning(
            f"case {case.name} uses {', '.join(found[:TOLD])}{more}, which no code path holds: commits that"
            " change it count as equal, unless you add it to [code] paths"
        )
    empty = [path for path in empty_submodules(repository, commit) if code_states.holds(path)]
    if empty:
        more = " and more" if len(empty) > TOLD else ""
        logger().warning(
            f"submodules that were never initialised are empty in every check: {', '.join(empty[:TOLD])}"
            f"{more}. To fill them: git submodule update --init"
        )


def _names(case: Case) -> Iterator[str]:
    """Words of the commands that may be paths below the top, and the modules that Python is to run."""
    if isinstance(case.candidate, str):
        yield from _module_paths(case.candidate.partition(":")[0])
    steps = {
        name: words for name, words in case.steps().items() if name != "reference" or not case.reference_at
    }
    for command in (*steps.values(), *case.prepare):
        is_module = False
        for word in command:
            for name in _NAME.findall(word.replace(f"{_WORKTREE}/", "")):
                path = os.path.normpath(name)
                if is_module:
                    yield from _module_paths(name)
                elif "{" not in path and not path.startswith(("/", "..", "-")) and path != ".":
                    yield path
            is_module = word == "-m"


def _module_paths(module: str) -> Iterator[str]:
    path = module.replace(".", "/")
    for folder in ("", "src/"):
        yield from (f"{folder}{path}", f"{folder}{path}.py")
