"""A run that names its branch was made on it, wherever its results were committed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[GitRunner, list[str]]:
    """Runs on a release branch, in a worktree of its own; their results were committed on main."""
    repo = GitRunner(tmp_path_factory.mktemp("released") / "r")
    repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    repo.git("branch", "rel", when=EPOCH)
    linked = repo.worktree(repo.top.with_name("rel"), "rel")
    linked.git("checkout", "-q", "rel", when=EPOCH + 1800)
    truth = []
    for n, name in enumerate(("rel", "refs/heads/rel", "other", "HEAD"), 1):
        begin = EPOCH + n * 4 * HOUR
        truth.append(linked.commit({"b.py": f"B = {n}\n"}, "fix", when=begin))
        repo.commit({"a.py": f"A = {n}\n"}, "code", when=begin + HOUR)
        run = {"rmse": n / 7, "started_at": begin + 1.2 * HOUR, "git_branch": name}
        repo.commit({f"results/{n}/scores.json": json.dumps(run)}, "results", when=begin + 1.4 * HOUR)
    return repo, truth


@pytest.mark.parametrize("has_reflog", [True, False])
def test_a_run_is_on_the_branch_that_it_names(
    released: tuple[GitRunner, list[str]], tmp_path: Path, *, has_reflog: bool
) -> None:
    repo, truth = released
    place = repo if has_reflog else repo.clone(tmp_path / "fresh", "--no-local")
    found = resolutions(place.top)
    on_branch = [found[f"results/{n}"].commit == commit for n, commit in enumerate(truth, 1)]
    assert on_branch == [True, True, False, False]  # of a branch that is not here nothing is known
    says = [
        clue.says.rpartition(": ")[2]
        for n in (2, 3)
        for clue in found[f"results/{n}"].clues
        if clue.kind == "branch"
    ]
    if not has_reflog:  # one that begins now tells nothing of then
        place.git("branch", "rel", "origin/rel", when=EPOCH + 99 * HOUR)
        later = resolutions(place.top)
        assert [later[f"results/{n}"].commit for n in (1, 2)] == truth[:2]
    assert says == ["its reflog was read" if has_reflog else "its history was read", "no such branch is here"]


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_commit_that_a_rebase_took_off_the_branch_was_on_it(tmp_path: Path, *, is_kept: bool) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    repo.git("checkout", "-q", "-b", "topic", when=EPOCH + HOUR)
    truth = repo.commit({"b.py": "B = 0\n"}, "topic", when=EPOCH + 2 * HOUR)
    if is_kept:
        repo.git("branch", "before", when=EPOCH + 4 * HOUR)
    repo.git("commit", "-q", "--amend", "-m", "better topic", when=EPOCH + 5 * HOUR)
    run = {"rmse": 0.5, "started_at": EPOCH + 2.1 * HOUR, "git_branch": "topic"}
    repo.commit({"results/1/scores.json": json.dumps(run)}, "results", when=EPOCH + 6 * HOUR)
    found = resolutions(repo.top)["results/1"]
    assert (found.commit, found.probability > 0.9) == (truth, True)


def test_a_branch_rebased_with_its_dates_is_read_from_its_reflog(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    repo.git("checkout", "-q", "-b", "topic", when=EPOCH + HOUR)
    truth = repo.commit({"b.py": "B = 0\n"}, "topic", when=EPOCH + 2 * HOUR)
    repo.git("checkout", "-q", "main", when=EPOCH + 3 * HOUR)
    repo.commit({"a.py": "A = 1\n"}, "more code", when=EPOCH + 4 * HOUR)
    repo.git("rebase", "-q", "--committer-date-is-author-date", "main", "topic", when=EPOCH + 5 * HOUR)
    repo.git("checkout", "-q", "main", when=EPOCH + 5.5 * HOUR)
    run = {"rmse": 0.5, "started_at": EPOCH + 2.1 * HOUR, "git_branch": "topic"}
    repo.commit({"results/1/scores.json": json.dumps(run)}, "results", when=EPOCH + 6 * HOUR)
    found = resolutions(repo.top)["results/1"]
    assert (found.commit, found.probability > 0.97) == (truth, True)  # 0.96 with the history of its tip


def test_a_branch_whose_name_stands_in_the_path_is_looked_at(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    repo.git("checkout", "-q", "-b", "fix/exact")
    tip = repo.commit({"b.py": "B = 1\n"}, "variant", when=EPOCH + HOUR)
    repo.git("checkout", "-q", "main")
    repo.commit({"a.py": "A = 1\n"}, "code", when=EPOCH + 2 * HOUR)
    for branch in ("fix-plain", "fix/plain"):
        repo.git("branch", branch)
    places = ("results/fix-exact_1", "results/inexact/fix-exacts", "results/fix-plain_2")
    for n, place in enumerate(places):
        run = {"rmse": n / 7, "started_at": EPOCH + (5 + n) * HOUR}
        when = EPOCH + (5.5 + n) * HOUR
        repo.commit({f"{place}/metrics.json": json.dumps(run)}, "results", when=when)
    found = resolutions(repo.clone(tmp_path / "fresh", "--no-local").top)
    chances, says = [], []
    for path in places:
        chances.append(sum(each.probability for each in found[path].candidates if each.commit == tip))
        says.append([clue.says for clue in found[path].clues if clue.kind == "branch"])
    exact, plain = (
        [f"its path has the name of branch {name}: its history was read"]
        for name in ("fix/exact", "fix-plain")
    )
    assert says == [exact, [], plain]
    assert chances[0] > 0.05 > chances[1], chances
