"""What was inferred of a run, weighed with the ids that were written down. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.evidence.loose_ids import is_loose
from bisect_parity.evidence.model import Trust
from bisect_parity.provenance.recorded import trust_probability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.recorded import RecordedId


@frozen
class Weighed:
    """Probabilities after the recorded ids were taken into account; commits in descending order."""

    commits: tuple[str, ...]
    probabilities: tuple[float, ...]


def weigh(
    posterior: Posterior,
    records: Sequence[RecordedId],
    parameters: Parameters,
    rewritten: float,
    *,
    is_timed: bool,
) -> Weighed:
    """Multiply by the likelihood of what was written: the true id, or one of `alternatives` wrong ones.

    Where no time is stated, no commit is as improbable as its mere age would have it. An id without a telling
    key is believed as one in running text is, unless nothing else tells when the run was made.
    """
    probabilities = dict(zip(posterior.commits, posterior.probabilities.tolist(), strict=True))
    share = posterior.elsewhere / parameters.records.alternatives
    of_age = share if is_timed else max(share, parameters.elsewhere.untimed / parameters.records.alternatives)
    best: dict[str, float] = {}
    for item in records:
        if item.commit is not None and item.exists == "yes":
            trust = Trust.PROSE if is_timed and is_loose(item.record) else item.record.trust
            right = getattr(parameters.records, trust_probability(trust))
            best[item.commit] = max(right, best.get(item.commit, 0.0))
            least = of_age if item.commit in probabilities else share
            probabilities[item.commit] = max(probabilities.get(item.commit, 0.0), least)
    commits, weights = list(probabilities), np.array(list(probabilities.values()))
    unknown = posterior.elsewhere
    for commit, right in best.items():
        wrong = (1 - right) / parameters.records.alternatives
        place = commits.index(commit)
        named = weights[place] * right
        weights *= wrong
        weights[place] = named
        unknown *= wrong
    for item in records:
        if item.among:
            is_other = np.array([commit not in item.among for commit in commits], bool)
            doubt = 1 - getattr(parameters.records, trust_probability(item.record.trust))
            weights[is_other] *= doubt
            unknown *= doubt
    gone = [item.record.trust for item in records if item.exists == "no"]
    if gone:  # the run's commit may be one that this repository never had, or has lost
        right = getattr(parameters.records, trust_probability(max(gone)))
        weights *= rewritten + (1 - rewritten) * (1 - right)
        unknown = rewritten * unknown + (1 - rewritten) * max(unknown, parameters.elsewhere.plain) * right
    total = float(weights.sum()) + unknown
    shares = weights / total if total > 0 else np.zeros_like(weights)
    order = np.argsort(-shares, kind="stable")
    return Weighed(tuple(commits[place] for place in order.tolist()), tuple(shares[order].tolist()))


def mixed(one: Weighed, other: Weighed, share: float) -> Weighed:
    """Of two stories, the probabilities if the other one is true with a probability of `share`."""
    found = dict(zip(one.commits, ((1 - share) * each for each in one.probabilities), strict=True))
    for commit, probability in zip(other.commits, other.probabilities, strict=True):
        found[commit] = found.get(commit, 0.0) + share * probability
    order = sorted(found.items(), key=lambda pair: -pair[1])
    return Weighed(tuple(commit for commit, _ in order), tuple(probability for _, probability in order))
