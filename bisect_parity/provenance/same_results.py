"""Results that are the same, byte by byte, as earlier ones: copies, or of runs that gave the same. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.evidence.model import Source
from bisect_parity.provenance.model import Clue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.evidence.model import Bundle, Findings
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

COPIED = "copy"
LEAST_DIGITS = 6  # of figures that two computations hardly share


@frozen
class Original:
    """The earliest bundle that holds the same results.

    Attributes:
        path: of the bundle.
        probability: that the later one is a copy of it.
    """

    path: str
    probability: float

    @property
    def note(self) -> str:
        """What a reader must know."""
        return f"its results are those of {self.path}, byte by byte: a copy, or a run that gave the same"

    def clue(self, path: str, weight: float, commit: str | None) -> Clue:
        """As a clue, in one sentence."""
        return Clue(COPIED, Source(path), f"{self.note} (a copy: {self.probability:.2f})", commit, weight)


def as_copies(
    subjects: Sequence[Subject],
    posteriors: Sequence[Posterior],
    truths: Sequence[str | None],
    parameters: Parameters,
) -> tuple[list[Posterior], list[Original | None]]:
    """The posteriors, of which that of a bundle that may be a copy is in part that of its original.

    Only the commit that added such a bundle speaks for a commit, and not if it is a copy.

    Args:
        subjects: all runs.
        posteriors: of each.
        truths: the commit that a program wrote down for each, or None.
        parameters: of the model.
    """
    found = list(posteriors)
    originals: list[Original | None] = [None] * len(subjects)
    right, share = parameters.records.machine, parameters.records.copied
    for place, first in _same_results(subjects).items():
        original, truth = posteriors[first], truths[first]
        if truth is not None:
            original = original.mixed([truth], np.ones(1), right, COPIED)
        found[place] = posteriors[place].mixed(original.commits, original.probabilities, share, COPIED)
        originals[place] = Original(subjects[first].bundles[0].path, share)
    return found, originals


def _same_results(subjects: Sequence[Subject]) -> dict[int, int]:
    """Run -> the earliest other one that holds the same results, of those that state no time or id."""
    holders: dict[frozenset[str], list[tuple[float, int]]] = {}
    silent: dict[int, tuple[frozenset[str], float]] = {}
    for place, subject in enumerate(subjects):
        bundle = subject.bundles[0]
        digests = _results(bundle)
        if subject.addition is None or not digests or bundle.twins:
            continue
        holders.setdefault(digests, []).append((subject.addition.time, place))
        if not subject.is_timed and not any(record.commit for record in subject.records):
            silent[place] = digests, subject.addition.time
    firsts = {place: (min(holders[digests]), added) for place, (digests, added) in silent.items()}
    return {place: first for place, ((begin, first), added) in firsts.items() if begin < added}


def _results(bundle: Bundle) -> frozenset[str]:
    """The digests of the files of a bundle that hold telling figures."""
    telling = {part.path for part in bundle.findings if _digits(part) >= LEAST_DIGITS}
    return frozenset(item.sha256 for item in bundle.artifacts if item.sha256 and item.path in telling)


def _digits(part: Findings) -> int:
    """How many digits the figures of a file have, all together."""
    values = (metric.value for metric in part.metrics if metric.value is not None)
    return sum(len(repr(value).partition("e")[0].replace(".", "").strip("-0")) for value in values)
