"""Commits that were visited for a run: the reflog tells how often, also of what is older than it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

HOUR = 3600
DAYS, OLDER = 24, 12  # runs, and those of them that are older than the reflog


def older_than_the_reflog(top: Path, visited: int) -> list[Resolution]:
    """The answers for runs of which every `visited`-th was at an old commit, where the reflog is cut."""
    repo = GitRunner(top)
    commits: list[str] = []
    entries = 0
    for day in range(DAYS):
        start = EPOCH + day * 24 * HOUR
        commits.append(repo.commit({"a.py": f"A = {day}\n"}, "code", when=start))
        is_visit = day % visited == visited - 1
        if is_visit:
            repo.checkout(commits[day // 2], when=start + HOUR)
        text = json.dumps({"start_time": start + HOUR + 60, "rmse": day / 7})
        if is_visit:
            repo.checkout("main", when=start + HOUR + 400)
        repo.commit({f"results/run{day:02d}/metrics.json": text}, "results", when=start + HOUR + 500)
        if day == OLDER - 1:
            entries = len((top / ".git/logs/HEAD").read_bytes().splitlines())
    for log in (top / ".git/logs/HEAD", top / ".git/logs/refs/heads/main"):
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join(lines[entries if log.name == "HEAD" else 2 * OLDER :]))
    found = resolutions(top)
    return [found[f"results/run{day:02d}"] for day in range(1, OLDER)]


def test_where_many_commits_were_visited_an_older_run_is_named_with_less_certainty(tmp_path: Path) -> None:
    seldom = older_than_the_reflog(tmp_path / "seldom", DAYS + 1)
    often = older_than_the_reflog(tmp_path / "often", 2)
    assert min(item.probability for item in seldom) > 0.9
    assert max(item.probability for item in often) < 0.75
    assert [item.commit is None for item in often] == [False] * len(often)


def test_a_reflog_that_is_whole_says_nothing_of_what_was_before_the_clone(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = [repo.commit({"a.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(5)]
    text = json.dumps({"start_time": EPOCH + 4 * HOUR + 60, "rmse": 0.5})
    repo.commit({"results/run/metrics.json": text}, "results", when=EPOCH + 5 * HOUR)
    clone = repo.clone(tmp_path / "clone")
    for number in range(4):
        start = EPOCH + (10 + number) * HOUR
        clone.checkout(commits[number], when=start)
        clone.checkout("main", when=start + 600)
        text = json.dumps({"start_time": start + 60, "rmse": number / 7})
        clone.commit({f"results/later{number}/metrics.json": text}, "results", when=start + 700)
    found = resolutions(clone.top)
    assert [found[f"results/later{n}"].commit for n in range(4)] == commits[:4]
    assert found["results/run"].commit == commits[4]
    assert found["results/run"].probability > 0.9


def test_that_nothing_tells_of_a_visit_is_said_where_no_reflog_reaches(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    for number in range(6):
        repo.commit({"a.py": f"A = {number}\n"}, "Tune", when=EPOCH + number * HOUR)
    text = json.dumps({"start_time": EPOCH + 5 * HOUR + 600, "loss": 0.25})
    repo.commit({"results/run1/metrics.json": text}, "results", when=EPOCH + 6 * HOUR)
    here = resolutions(repo.top)["results/run1"]
    fresh = resolutions(repo.clone(tmp_path / "fresh", "--no-local").top)["results/run1"]
    assert "no-trace" not in [clue.kind for clue in here.clues]
    (clue,) = (clue for clue in fresh.clues if clue.kind == "no-trace")
    assert "a commit that was visited for this run alone" in clue.says
    assert fresh.commit == here.commit
