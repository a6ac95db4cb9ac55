"""`ledger` tells an evidence output in a ledger, once."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.model import Outcome
from bisect_parity.schemas import complaint
from tests.end_to_end.world import call
from tests.report.output_folder import (
    write_audit,
    write_bisection,
    write_images,
    write_isolation,
    write_sweep,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEDGER = "# Plan\n\n## CASE-1\n- Attempts:\n  * Attempt #4\n- Next\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.md").write_text(LEDGER)
    return tmp_path


def test_the_attempt_has_date_result_figures_paths_and_digest(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bisection(place / "bisect", Outcome.CONFIRMED)
    answer = call(capsys, "ledger", "plan.md", "--entry", "CASE-1", "--from", "bisect")
    assert answer.out == "plan.md: Attempt #5 was added to CASE-1, from bisect\n"
    text = (place / "plan.md").read_text()
    told = text.removeprefix(LEDGER.partition("- Next")[0]).removesuffix("- Next\n")
    assert re.match(
        r'  \* \[\d{4}-\d\d-\d\d\] Attempt #5 - Result: Commit d{12}, "A change", broke the parity\.\n', told
    )
    assert "    Metrics: `dddddddddddd` bad (search): correlation 0.6, sum_ratio 1.0\n" in told
    assert "    Artifacts: `bisect/bisect.json`\n" in told
    assert re.search(r"    Evidence: `bisect`, sha256:[0-9a-f]{64}\n$", told)


def test_a_blocked_audit_lists_what_is_missing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_audit(place / "audit")
    matrix = json.loads((place / "audit/artifact_matrix.json").read_text())
    missing = matrix["missing"]
    assert missing
    answer = call(capsys, "ledger", "plan.md", "--entry", "CASE-1", "--from", "audit", "--json")
    document = json.loads(answer.out)
    assert complaint(document, "ledger") is None
    assert document["blocked"] is True
    text = (place / "plan.md").read_text()
    assert f"Result: BLOCKED: {len(missing)} expected artifacts are missing or unreadable\n" in text
    for path in missing:
        assert f"    Missing: `{path}`\n" in text


def test_the_same_evidence_is_told_once_and_later_evidence_again(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bisection(place / "reports/bisect-parity/b")
    words = ("ledger", "plan.md", "--entry", "CASE-1", "--json")
    assert json.loads(call(capsys, *words).out)["attempt"] == 5
    once = (place / "plan.md").read_bytes()
    assert json.loads(call(capsys, *words).out)["is_new"] is False
    assert (place / "plan.md").read_bytes() == once
    write_bisection(place / "reports/bisect-parity/b", Outcome.REFUTED)
    assert json.loads(call(capsys, *words).out)["attempt"] == 6


def test_what_cannot_be_done_is_told_in_one_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bisection(place / "bisect")
    entry = ("--entry", "CASE-1", "--from", "bisect")
    call(capsys, "ledger", "gone.md", *entry).is_told(2, "there is no ledger")
    call(capsys, "ledger", "plan.md", "--entry", "CASE", "--from", "bisect").is_told(
        2, "no entry is called CASE"
    )
    call(capsys, "ledger", "plan.md", "--entry", "a\nb", "--from", "bisect").is_told(2, "--entry")
    call(capsys, "ledger", "plan.md", "--entry", "CASE-1").is_told(3, "no evidence output", "--from")
    assert (place / "plan.md").read_text() == LEDGER


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (write_isolation, "the file Fdump.bin flips"),
        (write_sweep, "The verdict changes 2 times along the sweep."),
        (write_images, "Result: The comparison is bad."),
    ],
)
def test_the_latest_output_may_be_that_of_any_command(
    place: Path, capsys: pytest.CaptureFixture[str], write: Callable[[Path], None], told: str
) -> None:
    outputs = place / "reports/bisect-parity"
    write_bisection(outputs / "earlier")
    os.utime(outputs / "earlier/bisect.json", (1, 1))
    (outputs / "later").mkdir()
    write(outputs / "later")
    assert call(capsys, "ledger", "plan.md", "--entry", "CASE-1").status == 0
    assert told in (place / "plan.md").read_text()
