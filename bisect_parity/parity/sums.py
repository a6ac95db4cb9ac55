"""Sums over two images, and what is done to the pixels before they are made.

With x and y the pixels of reference and candidate, the sums are those of

    u = s_x x - a        w = s_y y - b        u^2        w^2        (w - u)^2

where the scales s are powers of two, so that they round nothing; scales of 1 and offsets a and b of 0 are
the fastest.

The greater image is given by its difference from the smaller one: with u the smaller and d = w - u, one
matrix product [u d] [u d]^T holds u^2, u d and d^2, and w^2 = u^2 + 2 u d + d^2. Nothing cancels in it, since
no term is more than four times w^2, and d^2 has all its digits however near the images are to each other. The
product is made of short pieces, and a piece is added up one term after the other: squares of float32 numbers
round to the same side there, which comes to 1e-15 of the sum; the longer the piece, the more. Pieces are
added up pairwise, and bands exactly.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import field, frozen

from bisect_parity.parity.pixels import Band

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor


@frozen
class Scaling:
    """What is done to the pixels before they are multiplied; the default is the fastest.

    Attributes:
        reference_scale, candidate_scale: powers of two.
        reference_offset, candidate_offset: taken off each scaled image.
        candidate_is_smaller: then the reference is given by its difference from the candidate.
    """

    reference_scale: float = 1.0
    candidate_scale: float = 1.0
    reference_offset: float = 0.0
    candidate_offset: float = 0.0
    candidate_is_smaller: bool = False

    @property
    def keeps_pixels(self) -> bool:
        """Whether `apply` would leave all pixels as they are."""
        scales = (self.reference_scale, self.candidate_scale)
        return scales == (1.0, 1.0) and not (self.reference_offset or self.candidate_offset)

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
        u, w, uu, ww, dd: as in the head of this module; NaN if there are suspects.
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


def total(count: int, rows: Sequence[Sequence[float]], scaling: Scaling) -> Sums:
    """The sums of all bands.

    Args:
        count: pixels that were counted.
        rows: the sums of each band: u and w, then the matrix product of the smaller image and the difference,
            row by row, which may come several times.
        scaling: what was done to the pixels.
    """
    u, w = (rounded_once(row[place] for row in rows) for place in (0, 1))
    first, mixed, last = (
        rounded_once(value for row in rows for value in row[place::4]) for place in (2, 3, 5)
    )
    whole = rounded_once((first, 2 * mixed, last))
    if scaling.candidate_is_smaller:
        return Sums(count, u, w, uu=whole, ww=last, dd=first)
    return Sums(count, u, w, uu=first, ww=whole, dd=last)


def rounded_once(values: Iterable[float]) -> float:
    """The sum, rounded once, so that the order of bands and pieces cannot show; infinite beyond float64."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # on the way to the sum, or of infinities that are opposite
        return math.inf
