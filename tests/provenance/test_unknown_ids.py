"""An id that names no commit here speaks for a commit that is not here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.model import Record, Source, Trust
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.recorded import RecordedId, recorded_elsewhere
from bisect_parity.provenance.resolve import resolve_bundles
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

STAMP = "20250908T181500Z"  # EPOCH + 8100
FOREIGN = "0123456789abcdef0123456789abcdef01234567"


def resolve(top: Path, recorded: dict[str, object]) -> Resolution:
    repo = GitRunner(top)
    for number in range(3):
        repo.commit({"a.py": f"A = {number}\n"}, "code", when=EPOCH + number * 3600)
    repo.commit({f"reports/{STAMP}/env.json": json.dumps(recorded)}, "results", when=EPOCH + 8400)
    repository = Repository.open(top, Journal(None, ["x"]))
    (found,) = resolve_bundles(repository, discover(top, Settings().evidence), Settings())
    return found


def test_a_foreign_id_takes_the_certainty_away_and_is_told(tmp_path: Path) -> None:
    without = resolve(tmp_path / "without", {"device": "cpu"})
    foreign = resolve(tmp_path / "foreign", {"git_sha": FOREIGN})
    assert without.probability > 0.8
    assert foreign.commit == without.commit
    assert foreign.probability < without.probability - 0.2
    assert foreign.resolution_class is ResolutionClass.AMBIGUOUS
    assert "names no commit of this repository" in foreign.note


def test_the_id_of_another_repository_beside_its_address_takes_none_away(tmp_path: Path) -> None:
    without = resolve(tmp_path / "without", {"device": "cpu"})
    solver = {"repository": "https://example.org/solver.git", "commit": FOREIGN}
    foreign = resolve(tmp_path / "foreign", {"device": "cpu", "solver": solver})
    assert (foreign.commit, foreign.resolution_class) == (without.commit, without.resolution_class)
    assert foreign.probability == pytest.approx(without.probability)


def test_an_id_that_is_gone_counts_beside_the_address_of_the_runs_own_repository(tmp_path: Path) -> None:
    own = {"remote": "https://example.org/own.git", "commit": FOREIGN}
    found = resolve(tmp_path / "own", {"device": "cpu", "git": own})
    assert found.resolution_class is ResolutionClass.AMBIGUOUS


def unrecorded_among(top: Path, *, are_gone: bool) -> float:
    """The probability of a run without an id, after twelve of which every other one's commit is gone."""
    repo = GitRunner(top)
    for number in range(13):
        start = EPOCH + number * 3600
        repo.commit({"a.py": f"A = {number}\n"}, "code", when=start)
        sha = f"{number:x}" * 40 if are_gone and number % 2 else repo.head
        recorded = {"git_sha": sha} if number < 12 else {"device": "cpu"}
        name = f"reports/2025090{8 + (16 + number) // 24}T{(16 + number) % 24:02}1500Z/env.json"
        repo.commit({name: json.dumps(recorded)}, "results", when=start + 1200)
    repository = Repository.open(top, Journal(None, ["x"]))
    *_, last = resolve_bundles(repository, discover(top, Settings().evidence), Settings())
    return last.probability


def test_runs_whose_commits_are_gone_take_certainty_from_those_that_recorded_none(tmp_path: Path) -> None:
    doubt = 1 - unrecorded_among(tmp_path / "without", are_gone=False)
    assert 1 - unrecorded_among(tmp_path / "gone", are_gone=True) > 3 * doubt


def test_only_what_a_program_wrote_tells_of_a_commit_that_is_gone() -> None:
    def recorded(exists: str, trust: Trust = Trust.MACHINE) -> RecordedId:
        return RecordedId(Record(FOREIGN, "git_sha", trust, True, Source("p")), None, exists)

    assert recorded_elsewhere([recorded("no")]) == FOREIGN
    assert recorded_elsewhere([recorded("no", Trust.HEADER), recorded("no", Trust.PROSE)]) is None
    assert recorded_elsewhere([recorded("no"), recorded("prefix")]) is None
    assert recorded_elsewhere([]) is None
