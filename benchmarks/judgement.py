"""Answers held against the truth: figures of groups of bundles, as values and as text."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from bisect_parity.provenance.scoring import (
    Bin,
    brier_score,
    equal_mass_bins,
    equal_width_bins,
    expected_calibration_error,
    log_loss,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Figures", "Judged", "chance_calibration_error", "figures", "figures_text", "misses_text"]

CHANCE_DRAWS = 200


@frozen
class Judged:
    """One bundle: what was answered, and whether it is so.

    Attributes:
        source: "seed 12", or the corpus' name.
        path: of the bundle.
        slices: names of the groups that it belongs to.
        truth: full id of the true commit; answer: of the commit that was named; None where none was.
        probability: that was stated for the commit; state_probability: for its code state.
        right: the commit is right; state_right: the code state is.
        nameable: the true commit is there to be named.
        told_gone: the answer is that it is not.
        rules: simple rule -> whether its commit is right, and whether its code state is.
        about: what is known of the case, for whoever reads a miss.
    """

    source: str
    path: str
    slices: tuple[str, ...]
    truth: str
    answer: str | None
    probability: float
    state_probability: float
    right: bool
    state_right: bool
    nameable: bool
    told_gone: bool
    rules: dict[str, tuple[bool, bool]]
    about: str

    @property
    def answered(self) -> bool:
        """Whether the commit is right, or it is gone and the answer says so."""
        return self.right or (self.told_gone and not self.nameable)


@frozen
class Figures:
    """How good the answers for a group of bundles are; shares are of all bundles of the group.

    Attributes:
        count: bundles; nameable: share whose commit is there to be named.
        by_commit, by_state: share that is right.
        answered: share that is right by commit, or whose commit is gone, as the answer says.
        brier, loss: Brier score and log loss of the stated probability of the commit.
        width_error, mass_error: expected calibration error, in bins of one width and of one mass.
        chance_error: what `mass_error` is by chance if every stated probability is true.
        state_error: expected calibration error of the code state's probability, bins of one mass.
        rules: simple rule -> share right by commit, and by code state.
        gain, answered_gain: share of the errors of the best simple rule, by commit, that is saved; the latter
            where an answer that the commit is gone is right if it is.
        width_bins, mass_bins: the reliability tables.
    """

    count: int
    nameable: float
    by_commit: float
    by_state: float
    answered: float
    brier: float
    loss: float
    width_error: float
    mass_error: float
    chance_error: float
    state_error: float
    rules: dict[str, tuple[float, float]]
    gain: float | None
    answered_gain: float | None
    width_bins: tuple[Bin, ...]
    mass_bins: tuple[Bin, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return attrs.asdict(self)


def figures(judged: Sequence[Judged]) -> Figures:
    """The figures of a group.

    Raises:
        ValueError: the group is empty.
    """
    stated, outcomes = [each.probability for each in judged], [each.right for each in judged]
    width_bins, mass_bins = equal_width_bins(stated, outcomes), equal_mass_bins(stated, outcomes)
    states = equal_mass_bins(
        [each.state_probability for each in judged], [each.state_right for each in judged]
    )
    rules = {
        rule: (_share(each.rules[rule][0] for each in judged), _share(each.rules[rule][1] for each in judged))
        for rule in judged[0].rules
    }
    by_commit, answered = _share(outcomes), _share(each.answered for each in judged)
    least_errors = 1 - max((commit for commit, _ in rules.values()), default=1.0)
    return Figures(
        count=len(judged),
        nameable=_share(each.nameable for each in judged),
        by_commit=by_commit,
        by_state=_share(each.state_right for each in judged),
        answered=answered,
        brier=brier_score(stated, outcomes),
        loss=log_loss(stated, outcomes),
        width_error=expected_calibration_error(width_bins),
        mass_error=expected_calibration_error(mass_bins),
        chance_error=chance_calibration_error(stated),
        state_error=expected_calibration_error(states),
        rules=rules,
        gain=1 - (1 - by_commit) / least_errors if least_errors else None,
        answered_gain=1 - (1 - answered) / least_errors if least_errors else None,
        width_bins=width_bins,
        mass_bins=mass_bins,
    )


def _share(values: Iterable[bool]) -> float:
    found = list(values)
    return sum(found) / len(found)


def figures_text(title: str, group: Figures, *, tables: bool) -> str:
    """The figures of a group to read, with reliability tables if `tables`."""
    lines = [
        f"{title}: {group.count} bundles, {_percent(group.nameable)} with a commit that is there to be named",
        f"  right          commit {_percent(group.by_commit)}   code state {_percent(group.by_state)}",
    ]
    for rule, (commit, state) in group.rules.items():
        lines.append(f"    {rule:<24}{_percent(commit)}              {_percent(state)}")
    lines.append(f"  or gone, and said to be: {_percent(group.answered)} in all")
    if group.gain is not None and group.answered_gain is not None:
        told = f"{_percent(group.gain)}, {_percent(group.answered_gain)} with those said to be gone"
        lines.append(f"  errors saved of the best simple rule: {told}")
    errors = f"equal width {group.width_error:.4f}, equal mass {group.mass_error:.4f}"
    errors += f" ({group.chance_error:.4f} by chance alone)"
    lines.append(f"  Brier {group.brier:.4f}   log loss {group.loss:.4f} nats")
    lines.append(f"  calibration error: {errors}, code state {group.state_error:.4f}")
    if tables:
        for name, bins in (("equal width", group.width_bins), ("equal mass", group.mass_bins)):
            lines.append(f"  reliability, {name}:  stated    right    95 % interval      bundles")
            lines += [
                f"    {each.lowest:.3f} to {each.highest:.3f}      {each.mean_probability:.4f}   "
                f"{each.frequency:.4f}   {each.interval[0]:.4f} to {each.interval[1]:.4f}   {each.count:5d}"
                for each in bins
            ]
    return "\n".join(lines)


def _percent(share: float) -> str:
    return f"{100 * share:6.2f} %"


def misses_text(judged: Sequence[Judged], count: int) -> str:
    """The misses that were stated with the greatest probability."""
    misses = sorted((each for each in judged if not each.right), key=lambda each: -each.probability)
    lines = [f"worst misses, {min(count, len(misses))} of {len(misses)}:"]
    for each in misses[:count]:
        state = "same code state" if each.state_right else "other code state"
        lines.append(f"  {each.probability:.4f} {state}  {each.source}  {each.path}  {each.about}")
    return "\n".join(lines)


def chance_calibration_error(probabilities: Sequence[float], draws: int = CHANCE_DRAWS) -> float:
    """The calibration error, in bins of one mass, that forecasts have by chance which are all true.

    A parametric bootstrap: outcomes are drawn with the stated probabilities, always the same ones. Few
    forecasts have an error however good they are.
    """
    rng = random.Random(len(probabilities))
    errors = []
    for _ in range(draws):
        outcomes = [rng.random() < p for p in probabilities]
        errors.append(expected_calibration_error(equal_mass_bins(probabilities, outcomes)))
    return math.fsum(errors) / draws
