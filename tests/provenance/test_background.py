"""History that is read ahead, while the evidence is read, changes no answer, and is not read twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover_meanwhile
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.background import Background
from bisect_parity.provenance.resolve import resolve_bundles
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

STAMPED = "reports/20250908T160230Z/benchmark_results.json"
LOOSE = "timings/benchmark_results.json"  # no name tells that this is evidence


@pytest.fixture
def repo(tmp_path: Path) -> GitRunner:
    made = GitRunner(tmp_path / "r")
    made.commit({"a.py": "A = 1\n"}, "code", when=EPOCH)
    return made


def read(repo: GitRunner) -> tuple[tuple[str, ...], list[str], int]:
    """The roots that are read ahead, the paths that are answered, and how often git listed changes."""
    log = repo.top.parent / "commands.txt"
    repository = Repository.open(repo.top, Journal(log, ["x"]))
    background = Background(repository)
    with discover_meanwhile(repo.top, Settings().evidence) as discovery:
        background.read_ahead(discovery.roots)
        bundles = discovery.bundles()
    told = resolve_bundles(repository, bundles, Settings(), background=background)
    listings = log.read_text().count("git log --all")
    assert told == resolve_bundles(Repository.open(repo.top, repository.journal), bundles, Settings())
    return discovery.roots, [item.path for item in told], listings


def result(seconds: float) -> str:
    return json.dumps([{"size": 64, "git_sha": "a" * 40, "correlation_warm": 0.9, "c_time": seconds}])


def test_changes_below_folders_that_are_evidence_by_name_are_read_once(repo: GitRunner) -> None:
    repo.commit({STAMPED: result(0.1)}, "results", when=EPOCH + 60)
    assert read(repo) == (("reports",), ["reports/20250908T160230Z"], 1)


def test_changes_are_read_again_where_files_tell_of_evidence_elsewhere(repo: GitRunner) -> None:
    repo.commit({STAMPED: result(0.1), LOOSE: result(0.2)}, "results", when=EPOCH + 60)
    assert read(repo) == (("reports",), ["reports/20250908T160230Z", "timings"], 2)


def test_where_nothing_is_evidence_by_name_no_folder_is_guessed(repo: GitRunner) -> None:
    repo.commit({LOOSE: result(0.2)}, "results", when=EPOCH + 60)
    assert read(repo) == ((), ["timings"], 1)
