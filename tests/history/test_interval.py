"""What lies between two commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.interval import Interval, intervals
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_commits_merges_and_those_that_touch_the_code_are_counted_either_way_round(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "repository")
    first = sandbox.commit({"src/a.py": "1", "notes.md": "1"})
    sandbox.commit({"notes.md": "2"})
    sandbox.git("checkout", "-q", "-b", "side")
    sandbox.commit({"src/a.py": "2"})
    sandbox.git("checkout", "-q", "main")
    sandbox.commit({"notes.md": "3"})
    sandbox.git("merge", "-q", "--no-edit", "side")
    last = sandbox.commit({"notes.md": "4"})
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    states = CodeStates(repository, ["src"])
    expected = Interval(commits=5, merges=1, touching=1, code_states=2, same_code=False)
    assert intervals(repository, states, [(first, last)])[first, last] == expected
    assert intervals(repository, states, [(last, first)])[last, first] == expected


def test_a_change_that_is_taken_back_leaves_equal_code(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "repository")
    first = sandbox.commit({"src/a.py": "1"})
    sandbox.commit({"src/a.py": "2"})
    last = sandbox.commit({"src/a.py": "1"})
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    states = CodeStates(repository, ["src"])
    assert intervals(repository, states, [(first, last)])[first, last] == Interval(2, 0, 2, 2, same_code=True)
    assert intervals(repository, states, [(first, first)])[first, first] == Interval(
        0, 0, 0, 1, same_code=True
    )


def test_of_pairs_with_a_commit_that_is_gone_nothing_is_told(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "repository")
    first = sandbox.commit({"src/a.py": "1"})
    last = sandbox.commit({"src/a.py": "2"})
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    found = intervals(repository, CodeStates(repository, ["src"]), [(first, "f" * 40), (first, last)])
    assert found == {(first, last): Interval(1, 0, 1, 2, same_code=False)}
