"""A branch that somebody else landed: the reflog still knows where its runs were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.model import Caveat, ResolutionClass
from bisect_parity.provenance.resolve import resolve_bundles
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

STAMP = "20250908T181500Z"
RUN = EPOCH + 8100
NAME = f"reports/{STAMP}/benchmark_results.json"


def rebased(main: GitRunner) -> None:
    main.git("cherry-pick", "origin/topic~1", "origin/topic", when=RUN + 2000)


def squashed(main: GitRunner) -> None:
    main.git("merge", "-q", "--squash", "origin/topic", when=RUN + 2000)
    main.git("commit", "-q", "-m", "topic (#1)", "--author", "Lab <lab@example.org>", when=RUN + 2000)


def landed(tmp_path: Path, land: Callable[[GitRunner], None]) -> tuple[GitRunner, str]:
    """My clone after somebody else landed a branch of mine, and the commit of the run on that branch."""
    hub = GitRunner(tmp_path / "hub", bare=True)
    mine = GitRunner(tmp_path / "mine")
    mine.commit({"a.py": "A = 0\n"}, "start", when=EPOCH)
    mine.git("remote", "add", "origin", str(hub.top))
    mine.git("push", "-q", "-u", "origin", "main")
    mine.checkout("topic", create=True, when=RUN - 700)
    true = mine.commit({"a.py": "A = 1\n"}, "try", when=RUN - 600)
    mine.commit({NAME: '{"correlation": 0.9}'}, "results", when=RUN + 300)
    mine.git("push", "-q", "origin", "topic")
    theirs = GitRunner(tmp_path / "theirs", person=("Keeper", "keeper@example.org"))
    theirs.git("remote", "add", "origin", str(hub.top))
    theirs.git("pull", "-q", "origin", "main", when=RUN + 1000)
    theirs.commit({"notes.md": "notes\n"}, "notes", when=RUN + 1500)
    theirs.git("fetch", "-q", "origin")
    land(theirs)
    theirs.git("push", "-q", "origin", "main", ":topic")
    mine.checkout("main", when=RUN + 4000)
    mine.git("pull", "-q", "--ff-only", "--prune", when=RUN + 4100)
    mine.git("branch", "-q", "-D", "topic")
    return mine, true


def resolve(top: Path) -> Resolution:
    repository = Repository.open(top, Journal(None, ["x"]))
    (found,) = resolve_bundles(repository, discover(top, Settings().evidence), Settings())
    return found


@pytest.mark.parametrize("land", [rebased, squashed])
def test_a_run_on_a_branch_that_somebody_else_landed_is_found_in_the_reflog(
    tmp_path: Path, land: Callable[[GitRunner], None]
) -> None:
    mine, true = landed(tmp_path, land)
    found = resolve(mine.top)
    assert found.commit == true
    assert found.resolution_class is ResolutionClass.INFERRED
    assert found.probability > 0.9


def test_without_the_reflog_a_squashed_branch_leaves_doubt_and_says_why(tmp_path: Path) -> None:
    mine, _ = landed(tmp_path, squashed)
    found = resolve(mine.clone(tmp_path / "fresh").top)
    assert found.resolution_class is ResolutionClass.AMBIGUOUS
    assert found.probability < 0.6
    assert "a branch that was squashed may have held its code state" in found.note
    (added_by,) = (clue for clue in found.clues if clue.kind == "added-by")
    assert added_by.caveat is Caveat.REWRITTEN
    assert "somebody else made it" in added_by.says


def test_a_damaged_commit_that_only_the_reflog_reaches_is_done_without(tmp_path: Path) -> None:
    mine, true = landed(tmp_path, squashed)
    tree = mine.git("rev-parse", f"{true}^{{tree}}")
    (mine.top / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    assert resolve(mine.top).commit is not None


SQUASHES = ["topic (squashed)", "Squashed commit of the following:", "Merged in topic (pull request #3)"]


@pytest.mark.parametrize(
    "message", ["topic", "squash! topic", "Squashed 'lib/' changes from 12..34", *SQUASHES]
)
def test_a_squash_of_one_s_own_leaves_doubt_as_well(tmp_path: Path, message: str) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a.py": "A = 0\n"}, "start", when=RUN - 9000)
    repo.commit({"a.py": "A = 1\n", NAME: '{"correlation": 0.9}'}, message, when=RUN + 2000)
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = resolve(repo.top)
    is_squash = message in SQUASHES
    assert (found.probability < 0.7) == is_squash
    assert ("a branch that was squashed may have held its code state" in found.note) == is_squash
    (added_by,) = (clue for clue in found.clues if clue.kind == "added-by")
    assert (added_by.caveat is Caveat.REWRITTEN) == is_squash
    assert ("its message says that it holds a branch" in added_by.says) == is_squash


@pytest.mark.parametrize("ahead", [-600, 600])
def test_a_run_before_the_squashed_work_of_its_author_may_have_been_on_the_branch(
    tmp_path: Path, ahead: int
) -> None:
    server = GitRunner(tmp_path / "r", person=("Server", "server@example.org"))
    ada = GitRunner(server.top, init=False, person=("Ada", "ada@example.org"))
    server.commit({"a.py": "A = 0\n"}, "start", when=RUN - 9000)
    (server.top / "a.py").write_text("A = 1\n")
    server.git("commit", "-qam", "topic (#1)", "--author", "Ada <ada@example.org>", when=RUN + ahead)
    ada.commit({NAME: '{"correlation": 0.9}'}, "results", when=RUN + 900)
    server.git("reflog", "expire", "--expire=now", "--all")
    found = resolve(server.top)
    assert (found.probability < 0.7) == (ahead > 0)
