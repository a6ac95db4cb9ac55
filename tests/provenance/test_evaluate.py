"""Hidden commits are scored as they should be, and misses come with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from bisect_parity.evidence.model import Record, Source, Trust
from bisect_parity.provenance.evaluate import evaluate
from bisect_parity.provenance.model import Candidate, Caveat, Clue, Dirty, Resolution, ResolutionClass
from bisect_parity.provenance.recorded import RecordedId, recorded_truth
from bisect_parity.report.evaluation import evaluation_lines
from bisect_parity.report.figures import draw_reliability

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a" * 40, "b" * 40


def resolution(path: str, commit: str, probability: float, caveat: Caveat | None = None) -> Resolution:
    other = B if commit == A else A
    candidates = (Candidate(commit, probability, "s"), Candidate(other, 1 - probability, "t"))
    return Resolution(
        path,
        ResolutionClass.INFERRED,
        commit,
        probability,
        "s",
        probability,
        candidates,
        (Clue("added-by", Source(path), "x", caveat=caveat),),
        Dirty.UNKNOWN,
    )


def recorded(commit: str | None, trust: Trust, exists: str = "yes") -> RecordedId:
    return RecordedId(Record(commit or "?", "k", trust, True, Source("p")), commit, exists)


def test_a_right_and_a_wrong_answer_are_scored_by_hand() -> None:
    answers = [resolution("p", A, 0.9), resolution("q", A, 0.6), resolution("unrecorded", A, 0.5)]
    result = evaluate({"p": A, "q": B}, answers, {A: "s", B: "t"})
    assert (result.count, result.left_out) == (2, 1)
    assert result.top_1 == 0.5
    assert result.same_code_state == 0.5
    assert result.mean_stated == pytest.approx(0.75)
    assert result.brier == pytest.approx((0.1**2 + 0.6**2) / 2)
    (miss,) = result.misses
    assert (miss.path, miss.recorded, miss.inferred) == ("q", B, A)
    assert miss.true_probability == pytest.approx(0.4)


def test_what_got_no_answer_is_counted_and_told() -> None:
    nothing = evolve(resolution("q", A, 0.0), commit=None, candidates=(), clues=())
    result = evaluate({"p": A, "q": A}, [resolution("p", A, 0.9), nothing], {A: "s"})
    assert (result.unanswered, result.top_1) == (1, 0.5)
    assert result.misses[0].reason.startswith("nothing identifies")
    assert "1 of them got no answer: nothing identifies their commit" in list(evaluation_lines(result))


@pytest.mark.parametrize(
    ("caveat", "reason"),
    [
        (Caveat.REWRITTEN, "the adding commit was rewritten"),
        (Caveat.CONFLICTING, "the bundle states times that contradict each other"),
        (None, "the run began close to a checkout"),
    ],
)
def test_the_caveat_of_a_clue_is_named_as_the_reason(caveat: Caveat | None, reason: str) -> None:
    result = evaluate({"p": B}, [resolution("p", A, 0.9, caveat)], {})
    assert result.misses[0].reason.startswith(reason)


def test_programs_are_believed_before_labelled_lines_and_prose_never() -> None:
    assert recorded_truth([recorded(A, Trust.MACHINE), recorded(B, Trust.HEADER)]) == A
    assert recorded_truth([recorded(A, Trust.HEADER), recorded(B, Trust.PROSE)]) == A
    assert recorded_truth([recorded(A, Trust.PROSE)]) is None
    assert recorded_truth([recorded(A, Trust.MACHINE), recorded(B, Trust.MACHINE)]) is None
    assert recorded_truth([recorded(None, Trust.MACHINE, "no")]) is None


def test_the_account_and_the_diagram_hold_every_bin(tmp_path: Path) -> None:
    result = evaluate({"p": A, "q": B}, [resolution("p", A, 0.9), resolution("q", A, 0.6)], {})
    text = "\n".join(evaluation_lines(result))
    assert "right commit          0.500" in text
    assert "misses:" in text
    (tmp_path / "r.svg").write_bytes(draw_reliability(result.reliability))
    assert (tmp_path / "r.svg").read_text().count("<use") >= len(result.reliability) == 2
