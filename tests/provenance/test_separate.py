"""Evidence on a history of its own, such as gh-pages, is of runs of the code, which is on another."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.resolve import resolve_runs
from bisect_parity.provenance.separate import SeparateHistories, code_of
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 4
DAY = 86400
AFTER = 200  # seconds from a commit to the run of it


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Results of each commit of main, without its id, in one file on gh-pages, which is checked out."""
    repo = GitRunner(tmp_path_factory.mktemp("published") / "r")
    repo.commit({"src/a.py": "A = 0\n", "README.md": "code\n"}, "first", when=EPOCH)
    repo.git("checkout", "-q", "--orphan", "gh-pages", when=EPOCH)
    repo.git("rm", "-rfq", ".", when=EPOCH)
    repo.commit({"index.html": "<p>\n"}, "pages", when=EPOCH + 5)
    entries, commits = [], []
    for number in range(RUNS):
        when = EPOCH + (number + 1) * DAY
        repo.checkout("main", when=when)
        commits.append(repo.commit({"src/a.py": f"A = {number}\n"}, "work", when=when))
        repo.checkout("gh-pages", when=when + AFTER)
        bench = {"name": "b", "value": number + 0.25, "unit": "s"}
        entries.append({"commit": {}, "date": (when + AFTER) * 1000, "tool": "pytest", "benches": [bench]})
        data = "window.BENCHMARK_DATA = " + json.dumps({"entries": {"Speed": entries}})
        repo.commit({"dev/bench/data.js": data}, "benchmark", when=when + AFTER + 5)
    repo.git("reflog", "expire", "--expire=now", "--all", when=EPOCH)
    return repo.top, commits


def test_a_run_is_of_the_newest_commit_of_the_code_before_it(published: tuple[Path, list[str]]) -> None:
    top, commits = published
    repository = Repository.open(top, Journal(None, ["x"]))
    _, runs = resolve_runs(repository, discover(top, Settings().evidence), Settings())
    found = {bundle.path: resolution for bundle, resolution in runs}
    assert [found[f"dev/bench/data.js#Speed[{n}]"].commit for n in range(RUNS)] == commits
    assert all(each.probability > 0.8 for each in found.values())


@pytest.mark.parametrize("coder", ["dee@example.org", "ann@example.org"])
def test_a_branch_of_nothing_but_results_is_of_the_code_unless_its_maker_writes_code(
    tmp_path: Path, coder: str
) -> None:
    repo = GitRunner(tmp_path / "r")
    dee, person = ("D", "dee@example.org"), ("C", coder)
    repo.person = person
    newest = [repo.commit({"src/a.py": "A = 0\n"}, "first", when=EPOCH)]
    repo.git("branch", "bench", when=EPOCH)
    for number in range(1, RUNS + 1):
        when = EPOCH + number * DAY
        repo.checkout("bench", when=when)
        repo.person = dee
        stamp = f"{datetime.fromtimestamp(when + 60, UTC):%Y%m%dT%H%M%SZ}"
        repo.commit({f"reports/{stamp}/m.json": f'{{"rmse": 0.{number}}}'}, "results", when=when + AFTER)
        repo.checkout("main", when=when + 2 * AFTER)
        repo.person = person
        newest.append(repo.commit({"src/a.py": f"A = {number}\n"}, "work", when=when + 3 * AFTER))
    repo.git("reflog", "expire", "--expire=now", "--all", when=EPOCH)
    repo.checkout("bench", when=EPOCH + 9 * DAY)
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    table = CommitTable.load(repository)
    bench, main = (table.index(repository.resolve(name)) for name in ("bench", "main"))
    assert bench is not None
    assert main is not None
    added = dict.fromkeys(itertools.islice(table.first_parents(bench), RUNS), (dee[1],))
    assert code_of(repository, table, [bench, main], added) == (
        {} if coder == dee[1] else dict.fromkeys(added, main)
    )
    assert coder == dee[1] or [each.commit for each in resolutions(repo.top).values()] == newest[:RUNS]


def test_only_a_history_that_looks_unlike_the_code_is_set_aside(published: tuple[Path, list[str]]) -> None:
    top, commits = published
    repository = Repository.open(top, Journal(None, ["x"]))
    table = CommitTable.load(repository)
    rows = [table.index(repository.resolve(name)) for name in ("gh-pages", commits[-1])]
    separate = SeparateHistories(repository, table)
    assert [row is not None and separate.holds_evidence_only(row) for row in rows] == [True, False]


def test_a_rewritten_project_is_not_taken_for_evidence(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    old = repo.commit({"src/a.py": "A = 0\n"}, "first", when=EPOCH)
    repo.git("branch", "old", when=EPOCH)
    repo.git("checkout", "-q", "--orphan", "rewritten", when=EPOCH)
    repo.commit({"src/a.py": "A = 0\n"}, "first again", when=EPOCH + 5)
    repo.git("branch", "-M", "rewritten", "main", when=EPOCH)
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    table = CommitTable.load(repository)
    row = table.index(old)
    assert row is not None
    assert not SeparateHistories(repository, table).holds_evidence_only(row)


@pytest.mark.parametrize(
    ("file", "is_evidence"),
    [("runs/1/metrics.json", True), ("lib/wave.py", False), ("lib/Wave.scala", False)],
)
def test_a_merged_history_is_of_evidence_unless_it_has_sources(
    tmp_path: Path, file: str, is_evidence: bool
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"src/a.py": "A = 0\n"}, "first", when=EPOCH)
    repo.git("checkout", "-q", "--orphan", "other", when=EPOCH)
    other = repo.commit({"src/a.py": None, file: "1\n"}, "other", when=EPOCH + 5)
    repo.checkout("main", when=EPOCH + 9)
    repo.git("merge", "-q", "--allow-unrelated-histories", "-m", "both", "other", when=EPOCH + 9)
    repo.git("update-ref", "refs/remotes/origin/HEAD", other, when=EPOCH)  # of a clone of one branch
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    table = CommitTable.load(repository)
    separate = SeparateHistories(repository, table)
    row = table.index(other)
    assert row is not None
    assert separate.holds_evidence_only(row) == is_evidence
