"""What counts of a verdict say of its rate before a change and after it. Pure.

The rate p of a verdict (the probability that one check of a code state gives it) is not known on either
side. A side that saw it e times in e + f checks has the likelihood p^e (1 - p)^f. The prior is stated here,
and only here.

- A check of the good side is never bad with probability `NEVER`; a check of the bad side is always bad with
  probability `ALWAYS`.
- Else a rate has Jeffreys' prior Beta(1/2, 1/2), which makes little of any assumption (H. Jeffreys, Proc. R.
  Soc. A 186 (1946) 453).
- Of both: with probability `SAME` they are one rate; with `FALLS` the ends are named the wrong way round;
  else the rate rises. So the ends have to be told apart by their verdicts, not by what they were called. It
  rises so far that Cohen's h = 2 asin sqrt(p) - 2 asin sqrt(q) is that of `least` and 0, or more (J. Cohen,
  Statistical Power Analysis, 1988): no number of checks tells that two rates do not differ at all, and one h
  takes as many checks to be told, wherever the rates are. `least` is for the user to say.

Rates are summed over the nodes of Gauss-Chebyshev quadrature, p_k = sin^2((2 k - 1) pi / (4 K)), k = 1 .. K.
With the weight 1 / K each, they integrate polynomials up to degree 2 K - 1 against Beta(1/2, 1/2) exactly
(Abramowitz and Stegun, 25.4.38): so many checks of one side are weighed without rounding. The probabilities
are judgement. What they are worth is measured by `benchmarks.flaky_bisections`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.bisection.odds import LEAST, CredibleInterval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NODES = 128
NEVER, ALWAYS = 1 / 10, 1 / 10
SAME, FALLS = 2 / 5, 1 / 10
TAIL = 0.025  # on either side of an interval


@frozen
class Evidence:
    """What counts say, for each of U splits of them into two sides.

    Attributes:
        log: of the counts' probability, together with each relation of the rates: rises, same, falls; float64
            of shape (U, 3), natural logarithms.
        before, after: the probability that one more check of that side shows the verdict, by relation; shape
            (U, 3), float64; 0 where the relation is impossible.
    """

    log: Floats
    before: Floats
    after: Floats

    def relations(self) -> Floats:
        """The posterior probability of each relation; shape (U, 3), float64."""
        shifted = np.exp(self.log - self.log.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


@frozen
class RatePrior:
    """The prior of both rates of a verdict.

    Attributes:
        never: probability that the rate before is 0.
        always: probability that the rate after is 1.
        least: the least rate after a rate of 0 that counts as another one.
    """

    never: float = NEVER
    always: float = ALWAYS
    least: float = LEAST

    def mirrored(self) -> RatePrior:
        """The prior of a search whose old end is the bad one, in terms of good verdicts."""
        return RatePrior(self.always, self.never, self.least)

    def evidence(self, counts: NDArray[np.int64]) -> Evidence:
        """What counts say of the rates.

        Args:
            counts: of the verdict and of the other one before, and of both after; shape (U, 4).
        """
        table = _table(self)
        before, after = _likelihood(counts[:, :2]), _likelihood(counts[:, 2:])
        whole = _likelihood(counts[:, :2] + counts[:, 2:])
        scale = before.scale + after.scale
        kinds = (
            (_pairs(table.rises, before.values, after.values), scale),
            (_alike(table.same, whole.values), whole.scale),
            (_pairs(table.falls, before.values, after.values), scale),
        )
        weights = (1 - SAME - FALLS, SAME, FALLS)
        with np.errstate(divide="ignore"):
            log = [
                np.log(weight * sums[0]) + offset
                for weight, (sums, offset) in zip(weights, kinds, strict=True)
            ]
        shares = [
            np.divide(sums[1:], sums[0], out=np.zeros_like(sums[1:]), where=sums[0] > 0) for sums, _ in kinds
        ]
        return Evidence(
            np.stack(log, axis=1),
            np.stack([share[0] for share in shares], axis=1),
            np.stack([share[1] for share in shares], axis=1),
        )

    def intervals(self, counts: NDArray[np.int64]) -> tuple[CredibleInterval, CredibleInterval] | None:
        """The rates before and after, where the rate rises; None where these counts cannot be.

        Args:
            counts: as in `evidence`; shape (4,).
        """
        pair, (one,) = _table(self).rises, counts[None, :]
        before, after = _likelihood(one[None, :2]).values[0], _likelihood(one[None, 2:]).values[0]
        joint = np.outer(pair.before * before, pair.after * after) * pair.allowed
        return (_interval(joint.sum(axis=1)), _interval(joint.sum(axis=0))) if joint.any() else None


@frozen
class _Pair:
    """A joint prior of two rates: shape (K + 2,) each; `allowed` (before by after) holds 0 and 1."""

    before: Floats
    after: Floats
    allowed: Floats


@frozen
class _Table:
    rises: _Pair
    same: Floats
    falls: _Pair


@frozen
class _Likelihood:
    """Of U counts at every node, over its greatest value: shape (U, K + 2); `scale` holds that, its log."""

    values: Floats
    scale: Floats


@functools.cache
def _nodes() -> Floats:
    """0, the nodes of the quadrature, and 1; shape (K + 2,)."""
    inner = np.sin((2 * np.arange(1, NODES + 1) - 1) * np.pi / (4 * NODES)) ** 2
    return np.concatenate([[0.0], inner, [1.0]])


@functools.cache
def _table(prior: RatePrior) -> _Table:
    nodes = _nodes()
    low, high = _side(prior.never), _side(prior.always)[::-1]
    # of one rate for all, nobody claims that it is 0 or 1
    usual = _side(min(prior.never, NEVER)) + _side(min(prior.always, ALWAYS))[::-1]
    angles = np.arcsin(np.sqrt(nodes))
    rises = (angles[None, :] - angles[:, None] >= np.arcsin(np.sqrt(prior.least))).astype(np.float64)
    return _Table(_pair(low, high, rises), usual / 2, _pair(high, low, rises.T))


def _side(never: float) -> Floats:
    """The weights of the nodes: of 0, and of Beta(1/2, 1/2) for the rest."""
    return np.concatenate([[never], np.full(NODES, (1 - never) / NODES), [0.0]])


def _pair(before: Floats, after: Floats, allowed: Floats) -> _Pair:
    return _Pair(before / (before @ allowed @ after), after, allowed)


def _likelihood(counts: NDArray[np.int64]) -> _Likelihood:
    """p^e (1 - p)^f at every node; 0^0 is 1."""
    with np.errstate(divide="ignore"):
        logs = np.log(_nodes()), np.log1p(-_nodes())
    log = sum(
        np.where(counts[:, [side]] > 0, counts[:, [side]] * np.where(counts[:, [side]] > 0, logs[side], 0), 0)
        for side in (0, 1)
    )
    log = np.asarray(log)
    scale = log.max(axis=1)
    return _Likelihood(np.exp(log - scale[:, None]), scale)


def _pairs(pair: _Pair, before: Floats, after: Floats) -> Floats:
    """Probability of the counts, alone and with one more event before or after; shape (3, U)."""
    nodes = _nodes()
    left, right = pair.before * before, pair.after * after
    below = left @ pair.allowed
    return np.stack(
        [
            np.einsum("un,un->u", below, right),
            np.einsum("un,un->u", (left * nodes) @ pair.allowed, right),
            np.einsum("un,un->u", below, right * nodes),
        ]
    )


def _alike(weights: Floats, whole: Floats) -> Floats:
    """As `_pairs`, where both sides have one rate."""
    alone, more = whole @ weights, whole @ (weights * _nodes())
    return np.stack([alone, more, more])


def _interval(weights: Floats) -> CredibleInterval:
    nodes, shares = _nodes(), weights / weights.sum()
    reached = np.cumsum(shares)
    low, high = (nodes[min(int(np.searchsorted(reached, tail)), nodes.size - 1)] for tail in (TAIL, 1 - TAIL))
    return CredibleInterval(float(shares @ nodes), float(low), float(high))
