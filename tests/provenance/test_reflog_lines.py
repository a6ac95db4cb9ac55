"""Reflogs as lines of checkouts: where git has expired entries, they say nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

RESULT = json.dumps([{"size": 4096, "correlation_warm": 0.9}])
HOUR = 3600


def after_expiry(top: Path, stamp: str, *, prune: bool = True) -> tuple[list[str], Resolution]:
    """Commits, an hour apart, of which the third was amended after two hours, and the answer for a run."""
    repo = GitRunner(top)
    commits = [repo.commit({"a.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(3)]
    repo.git("commit", "-q", "--amend", "-m", "better", when=EPOCH + 4 * HOUR, author_when=EPOCH + 2 * HOUR)
    commits.append(repo.head)
    path = f"reports/{stamp}"
    repo.commit({f"{path}/benchmark_results.json": RESULT}, "results", when=EPOCH + 5 * HOUR)
    repo.git("reflog", "expire", "--expire=never", "--expire-unreachable=now", "--all")
    if prune:
        repo.git("prune", "--expire=now")
    return commits, resolutions(repo.top)[path]


def test_a_checkout_is_not_believed_until_the_next_entry_where_those_between_were_expired(
    tmp_path: Path,
) -> None:
    commits, found = after_expiry(tmp_path / "r", "20250908T190000Z")  # EPOCH + 3 h
    assert found.resolution_class is ResolutionClass.AMBIGUOUS
    assert found.probability < 0.5
    assert f"what {commits[3][:12]} replaced was probably checked out" in found.note


def test_what_was_amended_is_named_until_git_removes_it(tmp_path: Path) -> None:
    commits, found = after_expiry(tmp_path / "r", "20250908T190000Z", prune=False)
    assert found.commit == commits[2]
    assert f"`git branch NAME {commits[2][:12]}` keeps it" in found.note


@pytest.mark.parametrize(
    ("stamp", "place", "says"),
    [
        ("20250908T170300Z", 1, "(commit); the next entries were expired"),  # 3 min after it was made
        ("20250908T204500Z", 3, "was checked out until 2025-09-08 14:00:00 -0700; the entries before that"),
    ],
)
def test_what_was_checked_out_before_and_after_expired_entries_is_still_told(
    tmp_path: Path, stamp: str, place: int, says: str
) -> None:
    commits, found = after_expiry(tmp_path / "r", stamp)
    assert found.commit == commits[place]
    assert any(says in clue.says for clue in found.clues)
    assert not any(event.text.endswith("by lost (logs/HEAD:3)") for event in found.timeline)


def last_of_linked(tmp_path: Path, *, code_there: bool) -> tuple[float, float]:
    """The probabilities of what the main and the linked worktree had checked out when the last run began.

    Its results, and those of the runs before it, were committed in the linked one.
    """
    repo = GitRunner(tmp_path / "main")
    repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    linked = repo.worktree(tmp_path / "linked")
    linked.checkout("results", create=True, when=EPOCH)
    for number in range(5):
        start = EPOCH + (number + 1) * 24 * HOUR
        made = repo.commit({"a.py": f"A = {number + 1}\n"}, "code", when=start)
        if code_there:
            linked.commit({"b.py": f"B = {number}\n"}, "code", when=start)
        there = linked.head
        text = json.dumps({"start_time": start + 600, "rmse": number / 7})
        linked.commit({f"results/run{number}/metrics.json": text}, "results", when=start + 900)
    shares = {each.commit: each.probability for each in resolutions(linked.top)["results/run4"].candidates}
    return shares.get(made, 0.0), shares.get(there, 0.0)


def test_where_nothing_but_results_is_committed_the_runs_were_probably_made_in_another_worktree(
    tmp_path: Path,
) -> None:
    of_main, of_linked = last_of_linked(tmp_path, code_there=False)
    assert of_main > 2 * of_linked > 0.1


def test_where_code_is_committed_as_well_they_were_made_there(tmp_path: Path) -> None:
    of_main, of_linked = last_of_linked(tmp_path, code_there=True)
    assert of_linked > 0.9
    assert of_main < 0.1


def test_who_committed_last_in_a_worktree_that_was_removed_may_have_run_there(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "main")
    head = repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    linked = repo.worktree(tmp_path / "linked")
    linked.checkout("trial", create=True, when=EPOCH)
    trial = linked.commit({"b.py": "B = 1\n"}, "trial", when=EPOCH + HOUR)
    text = json.dumps({"start_time": EPOCH + HOUR + 600, "rmse": 0.5})
    repo.commit({"results/run1/metrics.json": text}, "results", when=EPOCH + HOUR + 900)
    repo.git("worktree", "remove", "--force", str(linked.top))
    (found,) = resolutions(repo.top).values()
    shares = {each.commit: each.probability for each in found.candidates}
    assert shares[trial] > 0.05
    assert shares[trial] + shares[head] > 0.85


def test_a_reflog_says_nothing_of_work_that_somebody_else_brought_in_later(tmp_path: Path) -> None:
    """As a tool does that mirrors another repository, and keeps its authors and their dates."""
    repo = GitRunner(tmp_path / "r")
    old = repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    bob = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    for n in range(1, 6):
        files = {"a.py": f"A = {n}\n"} if n % 2 else {f"results/{n}/scores.json": _run(n)}
        repo.write(files)
        repo.git("add", "-f", *files)
        commit = (*bob, "commit", "-q", "-m", "x", "--author=Ann <ann@example.org>")
        repo.git(*commit, when=EPOCH + 30 * HOUR + n, author_when=EPOCH + n * HOUR)
    found = resolutions(repo.top)["results/4"]
    assert found.commit != old or found.probability < 0.6


def _run(number: int) -> str:
    return json.dumps({"rmse": number / 7, "started_at": EPOCH + (number - 0.1) * HOUR})
