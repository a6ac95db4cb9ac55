"""Sums over two images, and what is done to the pixels before they are made.

With x and y the pixels of reference and candidate, the sums are those of

    u = s_x x - a        w = s_y y - b        u^2        w^2        (w - u)^2

where the scales s are powers of two, so that they round nothing; scales of 1 and offsets a and b of 0 are
the fastest. There are two ways to the sums of squares:

- *by products*: (w - u)^2 = u^2 + w^2 - 2 u w, with all three from one matrix product, [u w] [u w]^T, of short
  pieces. A piece is added up one term after the other, and squares of float32 numbers round to the same side,
  which comes to 1e-15; the longer the piece, the more. The sums of flat images round worse, and where the
  images are nearly equal, the difference of large sums has few digits left. With p = `Squares.apart` / (u^2 +
  w^2) and 2e-15 the rounding of products that is let pass, 1 - r is off by 2e-15 / p of itself, and RMSE by
  1e-15 / p; p is never less than 1e-7, so by 2e-8 and 1e-8 at worst.
- *by differences*: w - u is made, all three are squared in place, and added up by torch's pairwise sum. It is
  always right, and a half slower.

A sample of the images tells which way to go (see `survey.plan_from_sample`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import field, frozen

from bisect_parity.parity.pixels import Band

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

__all__ = ["Plan", "Squares", "Sums", "are_too_close", "rounded_once", "total"]

LEAST_DIFFERENCE = (
    1e-7  # the part of u^2 + w^2 that makes 1 - r; of a smaller one, products keep too few digits
)


@frozen
class Plan:
    """What is done to the pixels before they are squared, and how; the default is the fastest.

    Attributes:
        reference_scale, candidate_scale: powers of two.
        reference_offset, candidate_offset: taken off each scaled image.
        by_differences: the way to the sums of squares; see the head of this module.
    """

    reference_scale: float = 1.0
    candidate_scale: float = 1.0
    reference_offset: float = 0.0
    candidate_offset: float = 0.0
    by_differences: bool = False

    def apply(self, u: Tensor, w: Tensor) -> None:
        """Scale and shift a band of each image in place."""
        if self.reference_scale != 1:
            u.mul_(self.reference_scale)
        if self.candidate_scale != 1:
            w.mul_(self.candidate_scale)
        if self.reference_offset:
            u.sub_(self.reference_offset)
        if self.candidate_offset:
            w.sub_(self.candidate_offset)


@frozen
class Sums:
    """The sums over all bands, and where they are not finite.

    Attributes:
        count: pixels that were counted.
        u, w, uu, ww, dd: as in the head of this module, dd of (w - u)^2; NaN if there are suspects.
        suspects: bands whose sums are not finite.
    """

    count: int
    u: float
    w: float
    uu: float
    ww: float
    dd: float
    suspects: tuple[Band, ...] = field(default=(), repr=False)


@frozen
class Squares:
    """Sums of squares about the means.

    Attributes:
        x, y, d: of u, of w, and of w - u.
    """

    x: float
    y: float
    d: float

    @classmethod
    def of(cls, sums: Sums) -> Squares:
        """The squares about the means, from those about the offsets."""
        n, d = sums.count, sums.w - sums.u
        return cls(
            max(0.0, sums.uu - sums.u * sums.u / n),
            max(0.0, sums.ww - sums.w * sums.w / n),
            max(0.0, sums.dd - d * d / n),
        )

    @property
    def apart(self) -> float:
        """2 sqrt(S_xx S_yy) (1 - r) = S_dd - (sqrt S_yy - sqrt S_xx)^2, without cancellation."""
        roots = math.sqrt(self.y) + math.sqrt(self.x)
        gap = (self.y - self.x) / roots if roots else 0.0
        return max(0.0, self.d - gap * gap)


def total(count: int, rows: Sequence[Sequence[float]], plan: Plan) -> Sums:
    """The sums of all bands.

    Args:
        count: pixels that were counted.
        rows: the sums of each band: u and w, then u^2, w^2 and (w - u)^2, or as often as need be u^2, u w, u w
            and w^2.
        plan: which of the two it is.
    """
    u, w = (rounded_once(row[place] for row in rows) for place in (0, 1))
    if plan.by_differences:
        return Sums(count, u, w, *(rounded_once(row[place] for row in rows) for place in (2, 3, 4)))
    uu, uw, ww = (rounded_once(value for row in rows for value in row[place::4]) for place in (2, 3, 5))
    return Sums(count, u, w, uu, ww, rounded_once((uu, ww, -2 * uw)))


def rounded_once(values: Iterable[float]) -> float:
    """The sum, rounded once, so that the order of bands and pieces cannot show; infinite beyond float64."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # on the way to the sum, or of infinities that are opposite
        return math.inf


def are_too_close(sums: Sums) -> bool:
    """Whether products would leave, or have left, few digits of 1 - r."""
    return Squares.of(sums).apart < LEAST_DIFFERENCE * (sums.uu + sums.ww)
