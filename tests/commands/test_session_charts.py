from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from attrs import evolve

from bisect_parity.bisection.answer import Bisection
from bisect_parity.bisection.answer_parts import Proof
from bisect_parity.bisection.model import Check, Find, Outcome, Role
from bisect_parity.commands.session_charts import write_bisection_charts
from bisect_parity.commands.session_output import charts, have_images
from bisect_parity.history.commit_summary import CommitSummary
from bisect_parity.parity.preview import make_preview, save_preview
from bisect_parity.report import search_documents
from bisect_parity.report.documents import read_as

if TYPE_CHECKING:
    from pathlib import Path

PARENT, CULPRIT = "a" * 40, "b" * 40


def check(number: int, commit: str, verdict: str, role: Role) -> Check:
    comparison: dict[str, Any] = {"correlation": 1.0 if verdict == "good" else 0.5, "sum_ratio": 1.0}
    document = {"comparison": comparison, "thresholds": {"correlation_min": 0.999}}
    return Check(f"{number:04d}-{commit[:12]}", commit, commit, role, 8, verdict, document=document)


CHECKS = (
    check(1, PARENT, "good", Role.OLD_END),
    check(2, CULPRIT, "bad", Role.NEW_END),
    check(3, CULPRIT, "bad", Role.PROOF),
    check(4, PARENT, "good", Role.PROOF),
)
RESULT = Bisection(
    Outcome.CONFIRMED,
    Find.REGRESSION,
    "case",
    8,
    8,
    PARENT,
    CULPRIT,
    commits=1,
    checks=CHECKS,
    order=(CULPRIT,),
    first=CULPRIT,
    proof=Proof("2026-01-01T00:00:00Z", CHECKS[2:]),
    facts={CULPRIT: CommitSummary(CULPRIT, (PARENT,), "2026-01-01T00:00:00+00:00", "A", "s")},
)


def write(place: Path) -> list[str]:
    write_bisection_charts(
        read_as(search_documents.Bisection, RESULT.to_json()), RESULT.order, RESULT.checks, place
    )
    return [path.name for path in charts(place)]


@pytest.fixture
def verdicts(tmp_path: Path) -> Path:
    """The folder of verdicts, with the small images of both checks of the proof."""
    folder = tmp_path / "verdicts"
    folder.mkdir()
    for shift, of_proof in enumerate(CHECKS[2:]):
        image = np.arange(64.0).reshape(8, 8)
        save_preview(make_preview(image, image + shift), folder / f"{of_proof.name}.preview.npz")
    return folder


def test_a_confirmed_culprit_has_a_chart_and_a_map_of_its_difference(tmp_path: Path, verdicts: Path) -> None:
    assert write(verdicts.parent) == ["bisect.png", "difference.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bisect.png", "difference.png", "verdicts"]


def test_without_small_images_there_is_a_chart_alone(tmp_path: Path) -> None:
    assert write(tmp_path) == ["bisect.png"]


def test_a_chart_that_cannot_be_drawn_is_a_warning(
    tmp_path: Path, verdicts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (verdicts / f"{CHECKS[3].name}.preview.npz").write_bytes(b"no archive")
    assert write(tmp_path) == ["bisect.png"]
    told = capsys.readouterr()
    assert "difference.png cannot be drawn: ValueError" in told.out + told.err


def test_a_place_that_cannot_be_written_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bisect.png").mkdir()
    assert write(tmp_path) == []
    told = capsys.readouterr()
    assert "bisect.png cannot be drawn" in told.out + told.err
    assert [path.name for path in tmp_path.iterdir()] == ["bisect.png"]


def test_nothing_is_drawn_where_no_images_were_compared() -> None:
    check = Check(
        "0001", "a" * 40, "a", Role.SEARCH, 64, "bad", "the test failed", "test", {"comparison": None}
    )
    assert not have_images([check])
    assert have_images([check, evolve(check, document={"comparison": {"correlation": 0.5}})])
