from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.facts import (
    change_of,
    commit_facts,
    outside_code,
    reverts_of,
    suspects,
    with_files,
)
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository")


def opened(sandbox: Sandbox) -> tuple[Repository, CodeStates]:
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    return repository, CodeStates(repository, ["src"])


def test_facts_are_those_of_the_commits_in_their_order(sandbox: Sandbox) -> None:
    first = sandbox.commit({"src/a": "1"})
    second = sandbox.commit({"src/a": "2"})
    repository, _ = opened(sandbox)
    found = commit_facts(repository, [second, first, second])
    assert list(found) == [second, first]
    assert found[second].parents == (first,)
    assert found[first].parents == ()
    assert (found[first].author, found[first].subject) == ("A", "a commit")
    assert found[first].date == "2025-10-09T12:00:00+00:00"
    assert commit_facts(repository, []) == {}


def test_only_code_files_that_a_commit_changes_are_told(sandbox: Sandbox) -> None:
    root = sandbox.commit({"src/a": "1", "src/b": "1"})
    last = sandbox.commit({"src/a": None, "src/c d": "1", "src/b": "2", "README": "x"})
    repository, states = opened(sandbox)
    facts = commit_facts(repository, [root, last])
    assert with_files(repository, facts[last], states).files == (
        ("D", "src/a"),
        ("M", "src/b"),
        ("A", "src/c d"),
    )
    assert with_files(repository, facts[root], states).files == ()


def test_what_differs_outside_the_code_paths_is_told_but_for_evidence_and_documentation(
    sandbox: Sandbox,
) -> None:
    one = sandbox.commit({"src/a": "1", "lib/b.c": "1", "README.md": "1", "Makefile": "all:"})
    other = sandbox.commit({"src/a": "2", "lib/b.c": "2", "README.md": "2", "reports/run/x.json": "{}"})
    repository, states = opened(sandbox)
    assert outside_code(repository, one, other, states) == ("lib/b.c",)
    assert outside_code(repository, one, other, CodeStates(repository, ())) == ()


def test_reverts_are_known_by_what_git_writes_into_their_messages(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    commit = sandbox.commit({"src/a": "2"})
    sandbox.git("revert", "--no-edit", commit)
    revert = sandbox.git("rev-parse", "HEAD")
    end = sandbox.commit({"src/a": "3"})
    repository, _ = opened(sandbox)
    assert reverts_of(repository, commit, end) == (revert,)
    assert reverts_of(repository, revert, end) == ()


def test_a_submodule_that_moves_is_a_change_with_both_commits(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    commits = []
    for digit in "12":
        sandbox.git("update-index", "--add", "--cacheinfo", f"160000,{digit * 40},src/lib")
        sandbox.git("commit", "-q", "-m", f"lib at {digit}")
        commits.append(sandbox.git("rev-parse", "HEAD"))
    repository, states = opened(sandbox)
    facts = with_files(repository, commit_facts(repository, commits)[commits[1]], states)
    change = change_of(repository, facts, commits[1], states)
    assert change.parameters == (("submodule src/lib", "1" * 12, "2" * 12),)


def test_suspects_are_what_a_clean_worktree_lacks(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1", "src/b": "1", "README": "1", ".gitignore": "*.o\nbuild/\n"})
    for name in ("src/x.o", "build/y", "new folder/z", "README"):
        (sandbox.top / name).parent.mkdir(exist_ok=True)
        (sandbox.top / name).write_text("2")
    (sandbox.top / "src/a").write_text("2")
    sandbox.git("mv", "src/b", "src/c")
    before = sandbox.snapshot()
    found = suspects(*opened(sandbox))
    assert found is not None
    assert found.untracked == ("new folder/",)
    assert set(found.ignored) == {"build/", "src/x.o"}
    assert found.modified == ("src/a", "src/b", "src/c")
    assert sandbox.snapshot() == before


@pytest.mark.parametrize(
    "beside", [{"reports/x": "1"}, {}], ids=["tracked files beside it", "nothing beside it"]
)
def test_caches_come_last_and_our_own_output_is_no_suspect(sandbox: Sandbox, beside: dict[str, str]) -> None:
    sandbox.commit({"src/a": "1", **beside, ".gitignore": "__pycache__/\n*.bin\n.mypy_cache/\n"})
    for name in (".mypy_cache/a", "__pycache__/b.pyc", "src/dump.bin", "reports/bisect-parity/1/bisect.md"):
        (sandbox.top / name).parent.mkdir(exist_ok=True, parents=True)
        (sandbox.top / name).write_text("x")
    found = suspects(*opened(sandbox))
    assert found is not None
    assert found.ignored == ("src/dump.bin", ".mypy_cache/", "__pycache__/")
    assert found.untracked == ()


def test_the_evidence_itself_comes_late_among_the_suspects_and_the_settings_are_none(
    sandbox: Sandbox,
) -> None:
    sandbox.commit({"src/a": "1"})
    for name in ("reports/20250909-161714/x", "bisect-parity.toml", "notes.md", "zone.bin"):
        (sandbox.top / name).parent.mkdir(exist_ok=True, parents=True)
        (sandbox.top / name).write_text("x")
    found = suspects(*opened(sandbox))
    assert found is not None
    assert found.untracked == ("zone.bin", "notes.md", "reports/")


def test_a_bare_repository_has_no_suspects(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    repository = Repository.open(tmp_path / "bare.git", Journal(None, ["test"]))
    assert suspects(repository, CodeStates(repository, [])) is None
