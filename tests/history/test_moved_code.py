from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.renames import MovedCode, moved_code
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

CODE = "one\ntwo\nthree\n"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository")


def found(sandbox: Sandbox, *paths: str, one: str = "HEAD~2", other: str = "HEAD") -> MovedCode | None:
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    return moved_code(
        repository, CodeStates(repository, paths), repository.resolve(one), repository.resolve(other)
    )


@pytest.fixture
def renamed(sandbox: Sandbox) -> tuple[Sandbox, str]:
    """`heat/` is `heatsim/` from the second of three commits on, which is returned."""
    sandbox.commit({"heat/solver.py": CODE, "main.c": "1"})
    commit = sandbox.commit({"heat/solver.py": None, "heatsim/solver.py": CODE})
    sandbox.commit({"main.c": "2"})
    return sandbox, commit


@pytest.mark.parametrize(("inside", "outside"), [("heatsim", "heat"), ("heat", "heatsim")])
def test_a_rename_that_takes_code_across_the_border_is_found(
    renamed: tuple[Sandbox, str], inside: str, outside: str
) -> None:
    sandbox, commit = renamed
    move = found(sandbox, inside, "main.c")
    assert move == MovedCode(commit, f"{inside}/solver.py", f"{outside}/solver.py")
    assert move.missing_path == outside


def test_paths_that_hold_both_names_are_complete(renamed: tuple[Sandbox, str]) -> None:
    assert found(renamed[0], "heat", "heatsim") is None
    assert found(renamed[0]) is None


def test_a_rename_before_both_commits_does_not_matter(renamed: tuple[Sandbox, str]) -> None:
    assert found(renamed[0], "heatsim", "main.c", one="HEAD~1") is None


def test_a_path_that_is_new_without_a_rename_is_no_move(sandbox: Sandbox) -> None:
    sandbox.commit({"main.c": "1"})
    sandbox.commit({"sim/solver.py": CODE, "sim/__init__.py": ""})
    sandbox.commit({"main.c": "2"})
    assert found(sandbox, "sim", "main.c") is None
