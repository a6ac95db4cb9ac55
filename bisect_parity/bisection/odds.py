"""What a search by a flaky check was asked for, and what it knows in the end, as values."""

from __future__ import annotations

from typing import Any

from attrs import asdict, frozen

from bisect_parity.bisection.hints import Hint
from bisect_parity.bisection.tallies import Tally

LEAST = 0.05  # of the rates of bad verdicts


@frozen
class CredibleInterval:
    """A rate that is known in part.

    Attributes:
        mean: of the posterior.
        low, high: the equal-tailed 95 % credible interval.
    """

    mean: float
    low: float
    high: float

    def mirrored(self) -> CredibleInterval:
        """The rate of the other verdict."""
        return CredibleInterval(1 - self.mean, 1 - self.high, 1 - self.low)


@frozen
class FlakyTerms:
    """How far a search by a flaky check goes.

    Attributes:
        until: the probability at which an answer is named, between 0 and 1.
        most_checks: how many checks are run at most.
        least_rate: the least rate of bad verdicts that counts as another one than 0; see `rates`.
        bad_is_proof: whether the good side is known never to be bad, so that one bad verdict proves.
        suspects: which commits the user thinks likelier, or less likely, than the others.
    """

    until: float
    most_checks: int
    least_rate: float
    bad_is_proof: bool = False
    suspects: tuple[Hint, ...] = ()


@frozen
class CommitOdds:
    """A commit that was checked, or is suspected.

    Attributes:
        commit: full id.
        tally: of its checks.
        probability: that the rate changed with it; None for what is no candidate.
    """

    commit: str
    tally: Tally
    probability: float | None


@frozen
class Odds:
    """What is known of the rates, and of every commit.

    Attributes:
        terms: of the search.
        probability: that the most probable candidate is guilty.
        same: that nothing changes the rate.
        swapped: that the ends are named the wrong way round.
        rates: of bad verdicts, before that candidate and after it; None where it cannot be guilty.
        apart: that the rate differs between it and its parents, by their own checks alone; None where one
            side has none, or no commit is named.
        commits: those that were checked, and those that hold 95 % of the probability; ancestors first.
    """

    terms: FlakyTerms
    probability: float
    same: float
    swapped: float
    rates: tuple[CredibleInterval, CredibleInterval] | None
    apart: float | None
    commits: tuple[CommitOdds, ...]

    def to_json(self) -> dict[str, Any]:
        """These odds as they stand in bisect.json."""
        return {
            **asdict(self.terms),
            "probability": self.probability,
            "same_rate": self.same,
            "swapped_ends": self.swapped,
            "bad_rate": None
            if self.rates is None
            else {"before": asdict(self.rates[0]), "after": asdict(self.rates[1])},
            "apart": self.apart,
            "commits": [
                {"commit": one.commit, **asdict(one.tally), "probability": one.probability}
                for one in self.commits
            ],
        }
