"""Hide each recorded id, infer it again, and score how often and how surely that is right. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.provenance.model import Caveat
from bisect_parity.provenance.scoring import (
    Bin,
    brier_score,
    equal_mass_bins,
    equal_width_bins,
    expected_calibration_error,
    log_loss,
    wilson_interval,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.provenance.model import Resolution

BINS = 10


@frozen
class Miss:
    """A bundle whose hidden commit was not the most probable one.

    Attributes:
        path: the bundle.
        recorded: the hidden commit.
        inferred: what was named instead; None where nothing was.
        stated: the probability of what was named.
        true_probability: the probability of the hidden commit.
        same_code_state: whether both hold the same code.
        reason: what explains it, as far as the clues say.
    """

    path: str
    recorded: str
    inferred: str | None
    stated: float
    true_probability: float
    same_code_state: bool
    reason: str


@frozen
class Evaluation:
    """How good the inference is on these bundles.

    Attributes:
        count: bundles with one recorded, existing commit.
        left_out: bundles without such a record.
        unanswered: bundles whose commit nothing identifies; they count as wrong, at a probability of 0.
        top_1, top_1_interval: share that was right, with its 95 % Wilson interval.
        same_code_state: share whose code state was right.
        mean_stated: mean stated probability.
        brier, log_loss: scores of the stated probability of the answer, and of the true commit.
        calibration_error: expected calibration error over bins of equal mass.
        reliability: bins of equal width.
        misses: surest first; what got no answer is among them.
    """

    count: int
    left_out: int
    unanswered: int
    top_1: float
    top_1_interval: tuple[float, float]
    same_code_state: float
    mean_stated: float
    brier: float
    log_loss: float
    calibration_error: float
    reliability: tuple[Bin, ...]
    misses: tuple[Miss, ...]


def evaluate(truths: Mapping[str, str], blind: Sequence[Resolution], states: Mapping[str, str]) -> Evaluation:
    """Score blind resolutions against hidden commits.

    Args:
        truths: bundle -> hidden commit.
        blind: resolutions that ignore written ids.
        states: code state of every hidden commit.

    Raises:
        ValueError: there is no bundle with a hidden commit.
    """
    scored = [item for item in blind if item.path in truths]
    stated = [item.probability for item in scored]
    right = [item.commit == truths[item.path] for item in scored]
    same = [  # in a clone without trees, one commit has one code state
        hit or (bool(item.code_state) and item.code_state == states.get(truths[item.path]))
        for item, hit in zip(scored, right, strict=True)
    ]
    true_probabilities = [_probability_of(truths[item.path], item) for item in scored]
    misses = [
        Miss(item.path, truths[item.path], item.commit, item.probability, true, equal, _reason(item, true))
        for item, hit, equal, true in zip(scored, right, same, true_probabilities, strict=True)
        if not hit
    ]
    return Evaluation(
        count=len(scored),
        top_1=sum(right) / max(len(right), 1),
        top_1_interval=wilson_interval(sum(right), len(right)),
        same_code_state=sum(same) / max(len(same), 1),
        mean_stated=sum(stated) / max(len(stated), 1),
        brier=brier_score(stated, right),
        log_loss=log_loss(true_probabilities, [True] * len(scored)),
        calibration_error=expected_calibration_error(equal_mass_bins(stated, right, BINS)),
        reliability=tuple(equal_width_bins(stated, right, BINS)),
        misses=tuple(sorted(misses, key=lambda miss: -miss.stated)),
        left_out=len(blind) - len(scored),
        unanswered=sum(item.commit is None for item in scored),
    )


def _probability_of(commit: str, resolution: Resolution) -> float:
    return next((c.probability for c in resolution.candidates if c.commit == commit), 0.0)


def _reason(resolution: Resolution, true_probability: float) -> str:
    """What explains a miss: the clues that are known to mislead, or closeness."""
    if resolution.commit is None:
        return "nothing identifies the commit: neither its times nor the commit that added it do"
    caveats = {clue.caveat for clue in resolution.clues}
    if Caveat.REWRITTEN in caveats:
        return "the adding commit was rewritten: its ancestors are not what was checked out"
    if Caveat.CONFLICTING in caveats:
        return "the bundle states times that contradict each other"
    if true_probability == 0.0:
        return "the recorded commit is not on the history that the bundle came from, or the record is wrong"
    if resolution.run_time_error is not None and resolution.run_time_error > 3600:
        return "the time of the run is known to hours or days only"
    return "the run began close to a checkout, or its record is of a neighbour"
