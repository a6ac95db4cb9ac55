"""Moments in rational arithmetic, which rounds nothing."""

from __future__ import annotations

import math
from fractions import Fraction


def root(number: Fraction) -> float:
    """The square root, also of numbers whose float is 0."""
    if not number:
        return 0.0
    exponent = (number.numerator.bit_length() - number.denominator.bit_length()) // 2
    return math.ldexp(math.sqrt(number / Fraction(4) ** exponent), exponent)


class Exact:
    """The moments of small images in rational arithmetic."""

    def __init__(self, reference: list[float], candidate: list[float]) -> None:
        x, y = [Fraction(v) for v in reference], [Fraction(v) for v in candidate]
        n = len(x)
        self.sums = sum(x, Fraction(0)), sum(y, Fraction(0))
        dx, dy = [a - self.sums[0] / n for a in x], [b - self.sums[1] / n for b in y]
        self.s_xx = sum((a * a for a in dx), Fraction(0))
        self.s_yy = sum((b * b for b in dy), Fraction(0))
        self.s_xy = sum((a * b for a, b in zip(dx, dy, strict=True)), Fraction(0))
        self.mean_square = sum(((b - a) * (b - a) for a, b in zip(x, y, strict=True)), Fraction(0)) / n
        self.greatest = max(abs(b - a) for a, b in zip(x, y, strict=True))
        squares = sum((a * a for a in (*x, *y)), Fraction(0)) / n
        self.part = float(self.mean_square / squares) if squares else 0.0

    @property
    def correlation(self) -> float:
        square = self.s_xy * self.s_xy / (self.s_xx * self.s_yy)
        return math.copysign(root(square), self.s_xy)

    @property
    def one_minus_correlation(self) -> float:
        # (1 - r)(1 + r) = 1 - r^2, which is rational
        square = self.s_xy * self.s_xy / (self.s_xx * self.s_yy)
        return float(1 - square) / (1 + self.correlation) if self.s_xy > 0 else 1 - self.correlation
