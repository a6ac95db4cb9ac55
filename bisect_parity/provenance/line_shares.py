"""Which lines of history runs were on in one repository, learned from those whose commit is known. Pure.

In one repository people run what they have just committed, in another what is merged, or what a second
worktree has checked out. Each kind of line has a factor on its prior: a gamma distribution around 1, updated
by how many of the known runs were on such a line, against how many were expected to be (expectation
maximisation; the mean of a gamma-Poisson model). A run never teaches itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.provenance.checkouts import KINDS
from bisect_parity.provenance.held import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior

ROUNDS = 5


@frozen
class Lesson:
    """What is known of a run's commit besides its posterior.

    Attributes:
        commits: it is one of these, which may be one that the repository does not have.
        reliability: probability that this is so.
    """

    commits: frozenset[str]
    reliability: float

    def known(self, posterior: Posterior) -> np.ndarray:
        """Which commits of a posterior it names; shape (n,)."""
        return np.array([commit in self.commits for commit in posterior.commits], bool)

    def likelihood(self, probability: np.ndarray, away: np.ndarray, alternatives: float) -> np.ndarray:
        """Of its commits, where they have a probability, and any other one.

        Args:
            probability: of its commits.
            away: that the commit is none of those that can be named.
            alternatives: among how many commits what is wrong, or away, is spread.
        """
        meant = self.reliability * (probability + away / alternatives)
        found: np.ndarray = meant + (1 - self.reliability) / alternatives
        return found


@frozen
class _Run:
    """A run that teaches: the probability of each kind of line, of its known commits, and of none.

    Attributes:
        expected, known: by kind, at factors of 1; shapes (len(KINDS),).
    """

    lesson: Lesson
    expected: np.ndarray = field(eq=False)
    known: np.ndarray = field(eq=False)
    elsewhere: float

    def counts(self, factors: np.ndarray, alternatives: float) -> np.ndarray:
        """How far it was on lines of each kind, and could have been at factors of 1; (2, kinds)."""
        total, known = float(factors @ self.expected), float(factors @ self.known)
        share = float(self.expected.sum()) * known / max(total, SMALLEST)
        likelihood = self.lesson.likelihood(np.array(share), np.array(self.elsewhere), alternatives)
        believed = self.lesson.reliability * share / max(float(likelihood), SMALLEST)
        found: np.ndarray = believed * np.array(
            [factors * self.known / max(known, SMALLEST), self.expected / max(total, SMALLEST)]
        )
        return found


def with_learned_lines(
    posteriors: Sequence[Posterior], lessons: Sequence[Lesson | None], parameters: Parameters
) -> list[Posterior]:
    """The posteriors, with the lines of history weighed as the other runs teach.

    Args:
        posteriors: of all runs, by everything but written ids and code.
        lessons: what is known of each run, or None.
        parameters: of the model.
    """
    alternatives, strength = parameters.records.alternatives, parameters.adaptation.lines
    runs: dict[int, _Run] = {}
    for place, (posterior, lesson) in enumerate(zip(posteriors, lessons, strict=True)):
        if lesson is None or not (known := lesson.known(posterior)).any():
            continue
        of_known = posterior.by_kind[:, known].sum(axis=1, dtype=float)
        if of_known.any():
            runs[place] = _Run(
                lesson, posterior.by_kind.sum(axis=1, dtype=float), of_known, posterior.elsewhere
            )
    if not runs:
        return list(posteriors)
    factors = np.ones(len(KINDS))
    for _ in range(ROUNDS):
        counts = {place: run.counts(factors, alternatives) for place, run in runs.items()}
        total = sum(counts.values(), start=np.zeros((2, len(KINDS))))
        factors = _factors(total, strength)
    return [
        _weighed(posterior, _factors(total - counts[place], strength) if place in counts else factors)
        for place, posterior in enumerate(posteriors)
    ]


def _factors(counts: np.ndarray, strength: float) -> np.ndarray:
    """The mean of the factor of each kind of line."""
    observed, expected = counts
    found: np.ndarray = (strength + observed) / (strength + expected)
    return found


def _weighed(posterior: Posterior, factors: np.ndarray) -> Posterior:
    """A posterior with factors on its kinds of lines; what is elsewhere, or by a walk, stays as probable."""
    before, weighed = posterior.by_kind.sum(axis=0, dtype=float), factors @ posterior.by_kind
    total = float(weighed.sum())
    if total <= 0:
        return posterior
    by_walks = np.maximum(posterior.probabilities - before, 0.0)
    return evolve(posterior, probabilities=by_walks + weighed * (before.sum() / total))
