"""In a large history the commits that change evidence are those that reading every tree would find."""

from __future__ import annotations

import pytest

from bisect_parity.history import additions, tree_changes
from bisect_parity.history.additions import read_file_changes
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Thirty commits on main and on three side branches; some of them add, edit or delete evidence."""
    made = GitRunner(tmp_path_factory.mktemp("made") / "r")
    made.commit({"src/a": "0"}, "Root")
    kept: list[str] = []
    for number in range(30):
        if number % 8 == 3:
            made.checkout(f"side{number}", create=True)
        files: dict[str, str | None] = {"src/a": str(number)}
        if number % 5 in (0, 2):
            name = f"reports/{number}/x"
            files[name] = str(number)
            kept.append(name)
        if kept and number % 10 == 9:
            files[kept[0]] = "edited"
            files[kept.pop()] = None
        made.commit(files, f"Commit {number}")
        if number % 8 == 6:
            side = made.git("branch", "--show-current").strip()
            made.checkout("main")
            made.commit({"src/b": str(number)}, "Meanwhile")
            made.merge(side)
    made.git("merge", "-q", "--no-commit", "--no-ff", "-s", "ours", "HEAD~3")
    made.commit({"reports/by-merge": "1"}, "A merge that adds evidence")
    return Repository.open(made.top, Journal(None, ["x"]))


@pytest.mark.parametrize("samples", [1, 2, 7, 4096])
def test_every_change_is_found_in_the_same_order(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, samples: int
) -> None:
    monkeypatch.setattr(tree_changes, "FIRST_SAMPLES", samples)
    monkeypatch.setattr(tree_changes, "PIECES", 2)
    names = repository.git("ls-files", "-z", "reports").decode().split("\0")[:-1]
    assert len(names) > 8
    whole = read_file_changes(repository, ["reports"]).history(names)
    monkeypatch.setattr(additions, "LARGE_HISTORY", 0)
    found = read_file_changes(repository, ["reports"], CommitTable.load(repository)).history(names)
    for name in names:
        assert whole.changes(name)
        assert found.changes(name) == whole.changes(name)
    assert found.added("reports/by-merge") == whole.added("reports/by-merge")


def test_a_folder_that_no_commit_holds_has_no_changes(repository: Repository) -> None:
    assert tree_changes.changing_commits(repository, CommitTable.load(repository), ["nowhere"]) == []
