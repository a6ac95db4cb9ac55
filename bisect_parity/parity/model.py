"""What a comparison finds, as values: no torch here, so that verdicts can be made of them anywhere."""

from __future__ import annotations

from attrs import frozen

from bisect_parity.parity.layout import Rectangle


@frozen
class Scope:
    """Which pixels a comparison counts, beside a mask, and what it finds beyond the figures of the verdict.

    Attributes:
        roi: rectangles (first row, end row, first column, end column) in pixels of the last two axes, ends
            not included; pixels outside all of them are left out. Without any, all pixels count.
        extremes: also the greatest difference and where it is.
        tiles: also the map of differences.
        digits: also the matching digits.
    """

    roi: tuple[Rectangle, ...] = ()
    extremes: bool = False
    tiles: bool = False
    digits: bool = False


VERDICT_SCOPE = Scope()  # all pixels, and no more than a verdict needs


@frozen
class TileMap:
    """Where the images differ; frames of an image of more than two axes are laid on top of each other.

    Attributes:
        tile_shape: (rows, columns) in pixels of a tile; the last ones may be smaller.
        rms_difference: root mean square of y - x, a row of floats a row of tiles; None where no pixel counts.
        max_abs_difference: greatest |y - x|, likewise.
    """

    tile_shape: tuple[int, int]
    rms_difference: tuple[tuple[float | None, ...], ...]
    max_abs_difference: tuple[tuple[float | None, ...], ...]


@frozen
class Digits:
    """How many decimal digits the pixels share: -log10(|y - x| / max(|x|, |y|)), where they differ at all.

    Attributes:
        differing: pixels that differ.
        least, mean: over these pixels; None if there are none.
    """

    differing: int
    least: float | None
    mean: float | None


@frozen
class ImageMoments:
    """Moments of one image; None where a pixel is not finite.

    Attributes:
        sum, mean: of the pixels that count.
        norm: square root of the sum of squares.
        deviation: standard deviation, of the pixels as a population.
        non_finite: how many pixels are NaN or infinite.
        first_non_finite_at: index of the first of them.
        is_constant: all pixels have one value.
        sum_is_zero: the sum is zero, or no larger than the rounding of float64 sums.
    """

    sum: float | None
    mean: float | None
    norm: float | None
    deviation: float | None
    non_finite: int
    first_non_finite_at: tuple[int, ...] | None
    is_constant: bool
    sum_is_zero: bool


@frozen
class Moments:
    """What the comparison of two images found.

    Attributes:
        shape: of the images.
        count: pixels that counted.
        reference, candidate: moments of each.
        correlation: Pearson's r; None if an image is constant or not finite.
        one_minus_correlation: 1 - r, precise also where r is 1 to all digits.
        sum_ratio: sum of the candidate / sum of the reference; None if there is none.
        rmse: root mean square of candidate - reference.
        max_abs_difference: greatest |candidate - reference|; only where asked for.
        max_abs_difference_at: index of the first pixel that has it.
        tiles: only where asked for.
        digits: only where asked for.
    """

    shape: tuple[int, ...]
    count: int
    reference: ImageMoments
    candidate: ImageMoments
    correlation: float | None = None
    one_minus_correlation: float | None = None
    sum_ratio: float | None = None
    rmse: float | None = None
    max_abs_difference: float | None = None
    max_abs_difference_at: tuple[int, ...] | None = None
    tiles: TileMap | None = None
    digits: Digits | None = None
