"""What the checks so far say of every candidate, and which commit is best checked next. Pure."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.bisection.descent import Descent
from bisect_parity.bisection.model import Find
from bisect_parity.bisection.odds import CredibleInterval, FlakyTerms
from bisect_parity.bisection.posterior import CulpritPosterior, posterior, smallest_set, split
from bisect_parity.bisection.rates import NEVER, RatePrior
from bisect_parity.bisection.tallies import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_BITS = 5e-4  # that a check has to tell on average, to be worth its time
MOST_SKIPS = 2  # of a commit that never gave a verdict: a step may fail by chance, once
STRANGE = 0.001  # the chance of counts that are taken to be of another rate
HELD = 0.95  # of the probability, by the few commits that are listed


@frozen
class Strange:
    """A commit whose counts do not fit the rate of its side.

    Attributes:
        commit: full id.
        start: of its side: the old end, or the candidate.
        find: what to look for between the two.
    """

    commit: str
    start: str
    find: Find


@frozen
class Suspicion:
    """The state of a search by a check that is flaky.

    Attributes:
        descent: of the range.
        find: what is looked for.
        terms: of the search.
        tallies: of all that was checked.
        chances: the prior probability of each candidate, above 0; None: all are alike.
    """

    descent: Descent = field(repr=False)
    find: Find
    terms: FlakyTerms
    tallies: Mapping[str, Tally] = field(repr=False)
    chances: tuple[float, ...] | None = field(default=None, repr=False)

    @property
    def prior(self) -> RatePrior:
        """Of the rate of the verdict that is new."""
        never = 1.0 if self.terms.bad_is_proof else NEVER
        prior = RatePrior(never=never, least=self.terms.least_rate)
        return prior if self.find is Find.REGRESSION else prior.mirrored()

    @functools.cached_property
    def posterior(self) -> CulpritPosterior:
        """Of the candidates."""
        return posterior(self.prior, self._after, *self._counts, chances=self.chances)

    @property
    def leader(self) -> str:
        """The candidate that is most probable."""
        return self.descent.candidates[self.posterior.leader]

    @property
    def probability(self) -> float:
        """That the leader is guilty."""
        return float(self.posterior.rises[self.posterior.leader])

    @property
    def falls(self) -> float:
        """The probability that the ends are named the wrong way round."""
        return float(self.posterior.falls.sum())

    def probabilities(self) -> dict[str, float]:
        """That each candidate is guilty, in the order of the graph."""
        return dict(zip(self.descent.candidates, map(float, self.posterior.rises), strict=True))

    def held(self) -> list[str]:
        """The few candidates that hold 95 % of the probability of all, in the order of the graph."""
        places = smallest_set(self.posterior.rises, HELD)
        return [self.descent.candidates[place] for place in sorted(places)]

    def is_hidden(self) -> bool:
        """Whether no commit that can be tested separates the candidates that hold the probability.

        More checks would only make it surer that it is one of these.
        """
        held = self.held()
        asked = [commit for commit in held if not self.is_given_up(commit)]
        if len(held) == 1 or len(asked) == len(held):
            return False
        columns = [self.descent.candidates.index(commit) for commit in held]
        after = self.descent.after(asked)[:, columns]
        return bool((after == after[:, :1]).all())

    def is_given_up(self, commit: str) -> bool:
        """Whether a commit was tried and never gave a verdict, so that it is asked no more."""
        tally = self.tallies.get(commit, Tally())
        return tally.skip >= MOST_SKIPS and not tally.decided

    def of_code(self, commit: str) -> Tally:
        """The checks of all commits that hold the code of one."""
        state = self.descent.state(commit)
        same = [tally for other, tally in self.tallies.items() if self.descent.state(other) == state]
        return Tally(sum(t.good for t in same), sum(t.bad for t in same), sum(t.skip for t in same))

    def question(self, running: Sequence[str] = ()) -> str | None:
        """The commit whose check is most informative on average; None where no check is worth its time.

        What could not be tested is not asked for ever. Near it, others often cannot be tested either:
        with k such commits, one that is d candidates away from the nearest is taken to be testable with
        probability d / (d + k). A check that runs counts as one that shows what is most probable.

        Args:
            running: the commits whose checks run; one may be there more than once.
        """
        if running:
            return self._supposing(running[0]).question(running[1:])
        commits = self.descent.questions(self.posterior.rises)
        bits = self.posterior.information(self.descent.after(commits))
        bits *= [self._testable(commit) for commit in commits]
        best = int(np.argmax(bits))
        return commits[best] if bits[best] >= LEAST_BITS else None

    def _supposing(self, commit: str) -> Suspicion:
        """What would be known if a check of a commit showed what is most probable."""
        is_new = self.posterior.chance(self.descent.after([commit])[0]) > 1 / 2
        known = self.tallies.get(commit, Tally())
        verdict = self.find.new if is_new else self.find.old
        return evolve(self, tallies={**self.tallies, commit: known.with_verdict(verdict)})

    def rates(self, commit: str) -> tuple[CredibleInterval, CredibleInterval] | None:
        """The rates of bad verdicts before a candidate and after it; None where it cannot be guilty."""
        place = self.descent.candidates.index(commit)
        counts = split(self._after[:, [place]], *self._counts)[0]
        found = self.prior.intervals(counts)
        if found is None or self.find is Find.REGRESSION:
            return found
        return found[0].mirrored(), found[1].mirrored()

    def apart(self, commit: str, parents: Sequence[str]) -> float | None:
        """The probability that the rate rises from the parents to a commit, by their own checks alone.

        None where one side was never found good or bad.
        """
        sides = [self._sum(parents), self._sum([commit])]
        if not all(sum(side) for side in sides):
            return None
        counts = np.array([[*sides[0], *sides[1]]], dtype=np.int64)
        return float(self.prior.evidence(counts).relations()[0, 0])

    def strange(self, commit: str) -> list[Strange]:
        """The commits whose counts hardly come from the rate of their side, if a candidate is guilty."""
        place = self.descent.candidates.index(commit)
        found = []
        for is_after in (False, True):
            side = [
                c for c, late in zip(self.tallies, self._after[:, place], strict=True) if late == is_after
            ]
            seen, rest = self._sum(side)
            for other in side:
                own_seen, own_rest = self._sum([other])
                chance = _two_sided(own_seen, own_seen + own_rest, seen, seen + rest)
                if chance < STRANGE / len(self.tallies):
                    is_higher = own_seen * (seen + rest) > seen * (own_seen + own_rest)
                    find = self.find if is_higher else self.find.opposite
                    found.append(Strange(other, commit if is_after else self.descent.old, find))
        return found

    @functools.cached_property
    def _after(self) -> NDArray[np.bool_]:
        return self.descent.after(list(self.tallies))

    @functools.cached_property
    def _counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How often each commit that was checked showed the new verdict, and how often the old one."""
        pairs = [self._sum([commit]) for commit in self.tallies]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def _sum(self, commits: Sequence[str]) -> tuple[int, int]:
        tallies = [self.tallies.get(commit, Tally()) for commit in commits]
        return sum(t.of(self.find.new) for t in tallies), sum(t.of(self.find.old) for t in tallies)

    def _testable(self, commit: str) -> float:
        tally = self.tallies.get(commit)
        if tally is not None:
            return 0.0 if self.is_given_up(commit) else (tally.decided + 1) / (tally.decided + tally.skip + 1)
        place = self._places.get(commit)
        if place is None or not self._hurdles:
            return 1.0
        distance = min(abs(place - hurdle) for hurdle in self._hurdles)
        return distance / (distance + len(self._hurdles))

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {commit: place for place, commit in enumerate(self.descent.candidates)}

    @functools.cached_property
    def _hurdles(self) -> list[int]:
        """The places of candidates that were tried and never gave a verdict."""
        tried = (commit for commit, tally in self.tallies.items() if tally.skip and not tally.decided)
        return [self._places[commit] for commit in tried if commit in self._places]


def _two_sided(seen: int, checks: int, all_seen: int, all_checks: int) -> float:
    """Fisher's exact test: the chance of counts as far from the rest, or farther, by one rate."""
    if checks in (0, all_checks):
        return 1.0
    ways = [
        math.comb(all_seen, k) * math.comb(all_checks - all_seen, checks - k)
        for k in range(min(checks, all_seen) + 1)
    ]
    return sum(way for way in ways if way <= ways[seen]) / math.comb(all_checks, checks)
