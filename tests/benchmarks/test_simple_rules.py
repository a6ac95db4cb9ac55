from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.simple_rules import SimpleAnswers, answer_simply
from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path


def at(hour: int, minute: int) -> datetime:
    return datetime(2025, 9, 8, hour, minute, tzinfo=UTC)


def answers(top: Path) -> dict[str, SimpleAnswers]:
    bundles = discover(top, EvidenceSettings())
    repository = Repository.open(top, Journal(None, ["test"]))
    return dict(zip((bundle.path for bundle in bundles), answer_simply(repository, bundles), strict=True))


def test_each_rule_names_its_commit(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "repo")
    first = repo.commit({"a.py": "1"}, "First", when=at(10, 0))
    side_point = repo.commit({"a.py": "2"}, "Second", when=at(11, 0))
    repo.checkout("side", create=True, when=at(11, 5))
    path = "reports/20250908T103000Z"
    repo.commit({f"{path}/benchmark_results.json": "[{}]"}, "Results", when=at(12, 0))
    assert answers(repo.top) == {path: SimpleAnswers(first, side_point, first)}


def test_an_unusable_stamp_leaves_the_parent(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "repo")
    repo.commit({"a.py": "1"}, "First", when=at(10, 0))
    second = repo.commit({"a.py": "2"}, "Second", when=at(11, 0))
    later, day = "reports/20251222T101500Z", "reports/2025-09-08-day"
    files = {f"{later}/benchmark_results.json": "[{}]", f"{day}/benchmark_results.json": "[{}]"}
    adding = repo.commit(files, "Results", when=at(12, 0))
    found = answers(repo.top)
    assert found[later] == SimpleAnswers(adding, second, second)
    assert found[day] == SimpleAnswers(None, second, second)


def test_a_local_stamp_is_read_in_the_zone_of_the_adding_commit(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "repo")
    first = repo.commit({"a.py": "1"}, "First", when="2025-09-08T10:00:00-07:00")
    repo.commit({"a.py": "2"}, "Second", when="2025-09-08T11:00:00-07:00")
    path = "reports/20250908-103000"
    repo.commit({f"{path}/benchmark_results.json": "[{}]"}, "Results", when="2025-09-08T12:00:00-07:00")
    assert answers(repo.top)[path].ancestor == first


def test_uncommitted_results_have_no_adding_commit(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "repo")
    first = repo.commit({"a.py": "1"}, "First", when=at(10, 0))
    repo.commit({"a.py": "2"}, "Second", when=at(11, 0))
    folder = repo.top / "reports/20250908T103000Z"
    folder.mkdir(parents=True)
    (folder / "benchmark_results.json").write_text("[{}]")
    assert answers(repo.top)["reports/20250908T103000Z"] == SimpleAnswers(first, None, first)
