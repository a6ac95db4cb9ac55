from __future__ import annotations

from bisect_parity.config import Criterion, EvidenceSettings, Settings
from bisect_parity.evidence.bundle_verdicts import judge_bundles
from bisect_parity.evidence.model import Bundle, Findings, Metric, Source, Trust
from bisect_parity.evidence.verdict import Verdict


def bundle(path: str, name: str, correlation: float, trust: Trust) -> Bundle:
    figure = Metric("correlation", correlation, Source(f"{path}/{name}", 1), trust)
    return Bundle(path, (), (), (Findings(f"{path}/{name}", metrics=(figure,)),))


NOTES = bundle("runs/1", "summary.md", 0.72, Trust.PROSE)
RESULTS = bundle("runs/2", "results.json", 0.9999, Trust.MACHINE)


def verdicts(*bundles: Bundle, settings: Settings | None = None) -> list[Verdict]:
    return [item.verdict.verdict for item in judge_bundles(bundles, settings or Settings()).values()]


def test_notes_are_judged_where_no_other_bundle_states_a_figure() -> None:
    assert verdicts(NOTES) == [Verdict.BAD]
    assert verdicts(NOTES, RESULTS) == [Verdict.UNKNOWN, Verdict.GOOD]


def test_a_criterion_judges_in_place_of_the_thresholds() -> None:
    settings = Settings(evidence=EvidenceSettings(criterion=Criterion("correlation", max=0.9)))
    assert verdicts(NOTES, RESULTS, settings=settings) == [Verdict.GOOD, Verdict.BAD]
