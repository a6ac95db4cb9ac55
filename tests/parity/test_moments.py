"""Moments against exact arithmetic, whatever the shape, pixel type, strides, bands and thread count."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bisect_parity.parity import pixels, single_pass
from bisect_parity.parity.images import Fault, ImageError
from bisect_parity.parity.model import Scope
from bisect_parity.parity.moments import compare_tensors
from tests.parity.exact import Exact, root

if TYPE_CHECKING:
    from bisect_parity.parity.model import Moments

DTYPES = (
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.uint16,
    torch.int32,
    torch.uint32,
    torch.int64,
    torch.uint64,
    torch.bool,
)
Array = np.ndarray[Any, Any]


EVERYTHING = Scope(extremes=True, tiles=True, digits=True)


@pytest.fixture(params=[7, 64, 256 * 1024])
def band_pixels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(pixels, "BAND_PIXELS", request.param)
    monkeypatch.setattr(single_pass, "BAND_PIXELS", request.param)
    return int(request.param)


def extended(x: Array, y: Array) -> tuple[float, float]:
    """r and 1 - r of large images in extended precision."""
    a, b = x.ravel().astype(np.longdouble), y.ravel().astype(np.longdouble)
    a, b = a - a.mean(), b - b.mean()
    a, b = a - a.mean(), b - b.mean()
    s_xx, s_yy, s_xy = (a * a).sum(), (b * b).sum(), (a * b).sum()
    gap = a / np.sqrt(s_xx) - b / np.sqrt(s_yy)
    return float(s_xy / np.sqrt(s_xx * s_yy)), float((gap * gap).sum() / 2)


def compare(x: Array, y: Array, mask: torch.Tensor | None = None, **scope: Any) -> Moments:
    return compare_tensors(torch.from_numpy(x), torch.from_numpy(y), mask=mask, scope=Scope(**scope))


def hard_cases() -> dict[str, tuple[Array, Array]]:
    generator = np.random.default_rng(7)
    size = (420, 640)  # a little more than one band
    background = generator.poisson(10, size).astype("f4")
    peaks = background.copy()
    peaks.ravel()[generator.integers(0, peaks.size, 500)] += generator.exponential(1e4, 500).astype("f4")
    wide = (10.0 ** generator.uniform(-12, 8, size)).astype("f4")
    raised = 1e6 + generator.uniform(-0.1, 0.1, size)
    flat = np.full(size, 1 / 3)
    flat[100:110, 200:210] = 1e4
    return {
        "peaks": (peaks, (peaks * 1.01 + generator.normal(0, 3, size)).astype("f4")),
        "wide range": (wide, (wide * (1 + 1e-3 * generator.normal(size=size))).astype("f4")),
        "offset": (raised, raised + generator.uniform(-1e-2, 1e-2, size)),
        "offset float32": (raised.astype("f4"), (raised + generator.uniform(-0.1, 0.1, size)).astype("f4")),
        "flat with a peak": (flat, flat * 0.7 + (np.arange(640) % 7) / 3),
        "unrelated": (peaks, generator.random(size)),
        "opposite": (peaks, 50.0 - peaks.astype("f8")),
        "much larger": (peaks, peaks.astype("f8") * 1000 + generator.normal(size=size)),
        "much smaller": (peaks, peaks.astype("f8") * 1e-9 + 1),
        "tiny": (
            peaks.astype("f8") * 1e-200,
            peaks.astype("f8") * 1.1e-200 + 1e-202 * generator.random(size),
        ),
        "huge": (peaks.astype("f8") * 1e200, peaks.astype("f8") * 1.1e200 - 1e201 * generator.random(size)),
        "tiny and huge": (peaks.astype("f8") * 1e-250, background.astype("f8") * 1e250),
        "half one value": (np.where(np.arange(640) < 320, 1e9, 1.0) + 0 * wide, raised),
    }


HARD = hard_cases()


def test_squares_that_round_to_the_same_side_do_not_add_up() -> None:
    generator = np.random.default_rng(5)
    x = generator.normal(3.9, 1, (512, 512)).astype("f4")  # float32 squares lie on a grid of float64 numbers
    y = (x + 0.3 * generator.normal(size=x.shape)).astype("f4")
    assert abs((compare(x, y).correlation or 0.0) - extended(x, y)[0]) <= 2e-15


@pytest.mark.parametrize("case", HARD)
def test_the_correlation_is_right_to_the_last_digits(case: str) -> None:
    x, y = HARD[case]
    moments = compare(x, y)
    correlation, one_minus = extended(x, y)
    assert moments.correlation is not None
    assert moments.one_minus_correlation is not None
    assert abs(moments.correlation - correlation) <= 5e-15
    assert abs(moments.one_minus_correlation - one_minus) <= 5e-15
    assert moments.reference.sum == pytest.approx(math.fsum(x.ravel()), rel=1e-15)
    assert moments.candidate.sum == pytest.approx(math.fsum(y.ravel()), rel=1e-15)


@pytest.mark.parametrize("case", HARD)
def test_an_image_is_identical_with_itself(case: str) -> None:
    for image in HARD[case]:
        moments = compare(image, image.copy(), extremes=True)
        assert (moments.correlation, moments.one_minus_correlation) == (1.0, 0.0)
        assert (moments.sum_ratio, moments.rmse, moments.max_abs_difference) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("one_minus", [1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("factor", [1.0, 1.005, 0.995])
@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_one_minus_the_correlation_keeps_its_digits_near_one(
    one_minus: float, factor: float, offset: float
) -> None:
    x = HARD["peaks"][0].astype("f8") + offset
    noise = np.random.default_rng(3).normal(size=x.shape)
    y = (x + x.std() * math.sqrt(2 * one_minus) * noise) * factor
    measured = compare(x, y).one_minus_correlation
    # where the sums differ by 5e-3, rounding of the two norms is what is left: 1e-16 of 5e-3
    room = 1e-9 if factor == 1 else 1e-6 * max(1.0, 1e-10 / one_minus)
    assert measured == pytest.approx(extended(x, y)[1], rel=room)


NUMBERS = st.one_of(
    st.integers(-100, 100).map(float),
    st.floats(-1e6, 1e6, width=32),
    st.floats(-1e150, 1e150, allow_subnormal=False),
    st.floats(1e6 - 0.1, 1e6 + 0.1),
)


@settings(max_examples=60, deadline=None)
@example(pairs=[(0.0, 5e117), (4e-191, 5e117)])
@example(pairs=[(0.0, 0.0), (0.0, 2e-158)])
@example(pairs=[(0.0, 5e-304), (-1.0, 0.0)])
@example(pairs=[(0.0, 0.0), (3781.984130859375, 0.0), (999974.0, 999999.875), (997318.0067373731, 999974.0)])
@given(pairs=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=40))
def test_small_images_of_any_numbers_agree_with_rational_arithmetic(pairs: list[tuple[float, float]]) -> None:
    x, y = (np.array(values) for values in zip(*pairs, strict=True))
    exact = Exact(x.tolist(), y.tolist())
    moments = compare(x, y, extremes=True)
    magnitude = float(sum(abs(Fraction(v)) for v in x))
    assert abs(Fraction(moments.reference.sum or 0) - exact.sums[0]) <= 1e-15 * magnitude
    assert moments.max_abs_difference == pytest.approx(float(exact.greatest), rel=1e-15)
    largest = max(np.abs(x).max(), np.abs(y).max())
    # a pixel is rounded when an offset is taken off: that is what RMSE and r can lose; products lose more
    products = min(1e-8, 1e-15 / exact.part) if exact.part else 0.0
    assert moments.rmse == pytest.approx(root(exact.mean_square), rel=1e-13 + products, abs=1e-14 * largest)
    assert moments.reference.is_constant == bool((x == x[0]).all())
    assert moments.candidate.is_constant == bool((y == y[0]).all())
    if moments.correlation is None or moments.one_minus_correlation is None:
        assert moments.reference.is_constant or moments.candidate.is_constant
        return
    spread_x = root(exact.s_xx / len(pairs)) / float(np.abs(x).max())
    spread_y = root(exact.s_yy / len(pairs)) / float(np.abs(y).max())
    room = 1e-14 + 1e-15 / spread_x + 1e-15 / spread_y
    assert abs(moments.correlation - exact.correlation) <= room
    assert abs(moments.one_minus_correlation - exact.one_minus_correlation) <= room


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_shape_type_and_strides_give_what_the_plain_image_gives(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=4)))
    images = []
    for _ in range(2):
        dtype = data.draw(st.sampled_from(DTYPES))
        plain = torch.arange(math.prod(shape)).mul(data.draw(st.integers(1, 50))).remainder(97).view(shape)
        plain = plain.to(dtype).to(torch.float64)
        order = data.draw(st.permutations(range(len(shape))))
        strided = plain.permute(order).contiguous().permute([order.index(axis) for axis in range(len(shape))])
        gaps = torch.zeros([2 * n for n in shape], dtype=torch.float64)
        thinned = gaps[tuple(slice(None, None, 2) for _ in shape)]
        thinned.copy_(strided)
        images.append((plain, data.draw(st.sampled_from([strided, thinned])).to(dtype)))
    plain_x, plain_y = images[0][0], images[1][0]
    expected = compare_tensors(plain_x, plain_y, scope=EVERYTHING)
    assert compare_tensors(images[0][1], images[1][1], scope=EVERYTHING) == expected
    flat = compare_tensors(plain_x.flatten(), plain_y.flatten(), scope=Scope(extremes=True))
    assert flat.correlation == (None if expected.correlation is None else pytest.approx(expected.correlation))
    assert flat.rmse == pytest.approx(expected.rmse)


@pytest.mark.parametrize("shape", [(50,), (5, 10), (10, 5), (1, 50), (50, 1), (2, 5, 5), (3, 3, 2, 3)])
def test_bands_cover_every_pixel_once(shape: tuple[int, ...], band_pixels: int) -> None:
    columns = shape[-1]
    seen = np.zeros((math.prod(shape[:-1]), columns), dtype=int)
    at = 0
    for band in pixels.bands(shape):
        assert band.start == at
        assert 0 < band.pixels == band.rows * band.columns <= band_pixels
        seen[band.row : band.row + band.rows, band.column : band.column + band.columns] += 1
        at += band.pixels
    assert (seen == 1).all()


@pytest.mark.parametrize("shape", [(300,), (13, 23), (23, 13), (1, 299), (299, 1), (3, 10, 10)])
def test_where_bands_end_does_not_show(shape: tuple[int, ...], band_pixels: int) -> None:
    generator = np.random.default_rng(5)
    x, y = generator.random(shape) + 100, generator.random(shape) + 100
    moments = compare(x, y, extremes=True, digits=True, tiles=True)
    correlation, _ = extended(x, y)
    difference = np.abs(y - x)
    assert moments.correlation == pytest.approx(correlation, abs=1e-15)
    assert moments.max_abs_difference == difference.max()
    assert list(moments.max_abs_difference_at or ()) == list(np.unravel_index(difference.argmax(), shape))
    assert moments.digits is not None
    digits = -np.log10(difference / np.maximum(x, y))
    assert moments.digits.least == pytest.approx(digits.min())
    assert moments.digits.mean == pytest.approx(digits.mean())


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_numbers_are_the_same_to_the_last_bit_whatever_the_thread_count(threads: int) -> None:
    x, y = HARD["peaks"]
    before = torch.get_num_threads()
    expected = compare(x, y, extremes=True, tiles=True, digits=True)
    torch.set_num_threads(threads)
    try:
        assert compare(x, y, extremes=True, tiles=True, digits=True) == expected
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@settings(max_examples=60, deadline=None)
@given(places=st.sets(st.integers(0, 299), min_size=1, max_size=4), which=st.sampled_from(["x", "y", "both"]))
def test_pixels_that_are_not_finite_are_counted_wherever_they_are(
    value: float, places: set[int], which: str
) -> None:
    x, y = np.ones(300) + np.arange(300), np.ones(300) + np.arange(300)
    for image, name in ((x, "x"), (y, "y")):
        if which in (name, "both"):
            image[list(places)] = value
    moments = compare(x.reshape(15, 20), y.reshape(15, 20), extremes=True, tiles=True)
    first = divmod(min(places), 20)
    assert moments.reference.non_finite == (0 if which == "y" else len(places))
    assert moments.candidate.non_finite == (0 if which == "x" else len(places))
    assert moments.reference.first_non_finite_at == (None if which == "y" else first)
    assert moments.candidate.first_non_finite_at == (None if which == "x" else first)
    assert moments.correlation is None
    assert moments.sum_ratio is None


def test_the_image_that_is_finite_keeps_its_sum() -> None:
    x = np.arange(20.0)
    y = x.copy()
    y[3] = math.nan
    moments = compare(x, y)
    assert (moments.reference.sum, moments.candidate.sum) == (190.0, None)
    assert moments.reference.deviation == pytest.approx(x.std())
    assert compare(np.full(20, 7.0), y).reference.is_constant
    assert compare(y, x).candidate.norm == pytest.approx(np.linalg.norm(x))
    peak = np.where(np.arange(45) == 1, 120.1, 0.0)
    assert compare(peak, np.full(45, math.nan)).reference.sum == 120.1


def test_opposite_infinities_at_one_pixel_do_not_hide_each_other() -> None:
    x, y = np.ones((4, 4)), np.ones((4, 4))
    x[0, 0], x[0, 1], y[3, 3] = math.inf, -math.inf, math.nan
    moments = compare(x, y)
    assert (moments.reference.non_finite, moments.candidate.non_finite) == (2, 1)


def test_numbers_whose_squares_overflow_are_finite_all_the_same() -> None:
    x = np.array([1e300, -1e300, 5e299, 0.0])
    moments = compare(x, x * 0.5)
    assert (moments.reference.non_finite, moments.correlation) == (0, 1.0)
    assert moments.sum_ratio == 0.5


def test_a_sum_beyond_float64_is_none() -> None:
    x = np.array([1.7e308, 1.7e308, 1e308, 1.0])
    moments = compare(x, x)
    assert moments.reference.sum is None
    assert moments.correlation == 1.0


@pytest.mark.parametrize("factor", [1.0, 5.0, 10.0, 100.0])
def test_bands_whose_sums_are_beyond_float64_together_are_compared(factor: float, band_pixels: int) -> None:
    x = np.tile([3e305, 4e305], 35) * factor  # of one band, or of many
    moments = compare(x, x * -0.5)
    assert moments.correlation == pytest.approx(-1.0)
    expected = float(sum(map(Fraction, x.tolist()))) if factor < 10 else None
    assert moments.reference.sum == pytest.approx(expected)
    x[3] = math.nan
    assert compare(np.abs(x), x).reference.sum is None


@pytest.mark.parametrize("value", [0.0, 0.1, -7.0, 1e-300, 1e300])
def test_constant_images_are_known_as_such(value: float) -> None:
    flat, slope = np.full((40, 50), value), np.arange(2000.0).reshape(40, 50)
    for x, y in ((flat, slope), (slope, flat), (flat, flat)):
        moments = compare(x, y)
        assert moments.reference.is_constant == (x is flat)
        assert moments.candidate.is_constant == (y is flat)
        assert moments.correlation is None
        assert moments.one_minus_correlation is None


def test_one_pixel_that_differs_in_its_last_bit_makes_an_image_not_constant() -> None:
    x = np.full((300, 300), 0.1)
    x[200, 17] = np.nextafter(0.1, 1)
    moments = compare(x, x * 2)
    assert not moments.reference.is_constant
    assert moments.correlation == pytest.approx(1.0)


def test_a_sum_that_is_nothing_but_rounding_is_zero() -> None:
    x = np.random.default_rng(0).normal(size=(100, 100))
    x -= x.mean()
    moments = compare(x, x + 1)
    assert moments.reference.sum_is_zero
    assert moments.sum_ratio is None
    assert not moments.candidate.sum_is_zero


def test_one_pixel_is_a_constant_image() -> None:
    moments = compare(np.array([3.0]), np.array([4.0]), extremes=True, tiles=True, digits=True)
    assert moments.reference.is_constant
    assert (moments.rmse, moments.max_abs_difference, moments.sum_ratio) == (1.0, 1.0, 4 / 3)


def test_the_first_of_several_greatest_differences_is_named(band_pixels: int) -> None:
    x = np.zeros((6, 7))
    y = x.copy()
    y[2, 3], y[4, 1] = -5, 5
    moments = compare(x + 1, y + 1, extremes=True)
    assert (moments.max_abs_difference, moments.max_abs_difference_at) == (5.0, (2, 3))


@pytest.mark.parametrize("unit", [1.0, 1e-170, 1e170])
def test_the_map_of_tiles_does_not_hide_the_greatest_difference(unit: float, band_pixels: int) -> None:
    """The squares of neighbours are equal, those of small numbers are 0, and those of great ones infinite."""
    x, y = np.zeros((20, 30)), np.ones((20, 30)) * unit
    x[0, 0] = unit
    y[7, 5], y[12, 2], y[13, 3] = unit * 1.5, np.nextafter(unit * 1.5, np.inf), unit * 1.5
    moments = compare(x, y, extremes=True, tiles=True)
    assert moments.max_abs_difference == y[12, 2]
    assert moments.max_abs_difference_at == (12, 2)


def test_identical_images_have_no_differing_digits() -> None:
    moments = compare(np.eye(3), np.eye(3), digits=True)
    assert moments.digits is not None
    assert (moments.digits.differing, moments.digits.least, moments.digits.mean) == (0, None, None)


def test_digits_count_pixels_that_differ_only() -> None:
    x = np.array([1.0, 2.0, 0.0, 4.0])
    y = np.array([1.0, 2.02, 5.0, 4.0])
    digits = compare(x, y, digits=True).digits
    assert digits is not None
    assert digits.differing == 2
    assert digits.least == 0.0
    assert digits.mean == pytest.approx(-math.log10(0.02 / 2.02) / 2)


def test_what_is_not_asked_for_is_not_computed() -> None:
    moments = compare(np.eye(3), np.eye(3))
    assert (moments.max_abs_difference, moments.tiles, moments.digits) == (None, None, None)


@pytest.mark.parametrize(
    "shape", [(128, 64), (67, 70), (5, 700), (700, 5), (300,), (2, 65, 66), (2, 2, 30, 31)]
)
def test_tiles_say_where_the_images_differ(shape: tuple[int, ...], band_pixels: int) -> None:
    generator = np.random.default_rng(1)
    x, y = generator.random(shape) + 1, generator.random(shape) + 1
    tiles = compare(x, y, tiles=True).tiles
    assert tiles is not None
    flat = np.abs(y - x).reshape(-1, shape[-2] if len(shape) > 1 else 1, shape[-1])
    height, width = tiles.tile_shape
    assert len(tiles.rms_difference) == -(-flat.shape[1] // height) <= 64
    assert len(tiles.rms_difference[0]) == -(-flat.shape[2] // width) <= 64
    parts = [
        [flat[:, top : top + height, left : left + width] for left in range(0, flat.shape[2], width)]
        for top in range(0, flat.shape[1], height)
    ]
    expected = np.array([[math.sqrt((part**2).mean()) for part in row] for row in parts])
    np.testing.assert_allclose(np.array(tiles.rms_difference, float), expected, rtol=1e-12)
    np.testing.assert_array_equal(tiles.max_abs_difference, [[part.max() for part in row] for row in parts])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_masks_and_regions_leave_out_what_they_should(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(2, 12), min_size=2, max_size=3)))
    height, width = shape[-2:]
    x = np.random.default_rng(data.draw(st.integers(0, 9))).random(shape) + 5
    y = x + np.random.default_rng(1).random(shape)
    mask = np.array(data.draw(st.lists(st.integers(0, 2), min_size=x.size, max_size=x.size))).reshape(shape)
    chosen = mask != 0
    roi = []
    inside = np.zeros(shape, dtype=bool)
    for _ in range(data.draw(st.integers(0, 2))):
        top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
        bottom, right = data.draw(st.integers(top + 1, height)), data.draw(st.integers(left + 1, width))
        roi.append((top, bottom, left, right))
        inside[..., top:bottom, left:right] = True
    if roi:
        chosen &= inside
    x[~chosen] = math.nan
    if not chosen.any():
        with pytest.raises(ImageError, match="no pixel"):
            compare(x, y, mask=torch.from_numpy(mask), roi=tuple(roi))
        return
    moments = compare(
        x, y, mask=torch.from_numpy(mask), roi=tuple(roi), extremes=True, digits=True, tiles=True
    )
    expected = compare(x[chosen], y[chosen], extremes=True, digits=True)
    assert moments.count == expected.count == chosen.sum()
    assert moments.reference.non_finite == 0
    assert moments.max_abs_difference == expected.max_abs_difference
    assert moments.max_abs_difference_at is not None
    assert chosen[moments.max_abs_difference_at]
    assert moments.digits is not None
    assert expected.digits is not None
    assert moments.digits.differing == expected.digits.differing
    assert moments.digits.mean == pytest.approx(expected.digits.mean)
    for name in ("correlation", "sum_ratio", "rmse"):
        value, plain = getattr(moments, name), getattr(expected, name)
        assert (value is None) == (plain is None)
        assert value is None or value == pytest.approx(plain, rel=1e-12, abs=1e-12)
    assert moments.tiles is not None
    squares = sum(
        (value or 0.0) ** 2 * chosen.reshape(-1, height, width)[:, row, column].sum()
        for row, line in enumerate(moments.tiles.rms_difference)
        for column, value in enumerate(line)
    )
    assert math.sqrt(squares / moments.count) == pytest.approx(moments.rmse)
    assert (None in [v for line in moments.tiles.rms_difference for v in line]) == (
        not chosen.reshape(-1, height, width).any(0).all()
    )


def test_pixels_that_are_left_out_may_be_anything() -> None:
    x, y = np.arange(100.0).reshape(10, 10), np.arange(100.0).reshape(10, 10)
    x[5:], y[:, 7:] = math.nan, -math.inf
    moments = compare(x, y, roi=((0, 5, 0, 7),), extremes=True)
    assert (moments.correlation, moments.count, moments.max_abs_difference) == (1.0, 35, 0.0)


@pytest.mark.parametrize("roi", [(0, 11, 0, 5), (5, 5, 0, 5), (-1, 5, 0, 5), (0, 5, 5, 4), (0, 5, 0, 99)])
def test_a_region_that_does_not_lie_in_the_image_is_refused(roi: tuple[int, int, int, int]) -> None:
    with pytest.raises(ImageError, match="region") as caught:
        compare(np.ones((10, 10)), np.ones((10, 10)), roi=(roi,))
    assert caught.value.role == "mask"


def test_images_of_different_shapes_are_not_compared() -> None:
    with pytest.raises(ImageError, match="3 x 4") as caught:
        compare(np.ones((4, 3)), np.ones((3, 4)))
    assert (caught.value.fault, caught.value.role) == (Fault.SHAPE, "candidate")
    with pytest.raises(ImageError, match="mask") as caught:
        compare(np.ones((4, 3)), np.ones((4, 3)), mask=torch.ones(4, 4))
    assert caught.value.role == "mask"


@pytest.mark.parametrize(
    "tensor",
    [torch.ones(3, dtype=torch.complex64), torch.tensor(1.0), torch.ones(0, 3), torch.eye(3).to_sparse()],
)
def test_tensors_that_are_no_images_are_refused(tensor: torch.Tensor) -> None:
    with pytest.raises(ImageError):
        compare_tensors(tensor, tensor)


def test_images_that_want_gradients_are_compared() -> None:
    x = torch.eye(4, requires_grad=True)
    assert compare_tensors(x, x).correlation == 1.0


def test_an_image_of_4096_by_4096_agrees_with_two_passes_in_float64() -> None:
    generator = torch.Generator().manual_seed(11)
    x = torch.rand(4096, 4096, generator=generator).pow_(8).mul_(1000)
    y = x + torch.randn(4096, 4096, generator=generator)
    moments = compare_tensors(x, y, scope=EVERYTHING)
    a, b = x.double(), y.double()
    difference = b - a
    a, b = a - a.mean(), b - b.mean()
    a, b = a / a.square().sum().sqrt(), b / b.square().sum().sqrt()
    assert moments.correlation == pytest.approx(float((a * b).sum()), abs=1e-14)
    assert moments.one_minus_correlation == pytest.approx(float((a - b).square().sum() / 2), rel=1e-9)
    assert moments.rmse == pytest.approx(float(difference.square().mean().sqrt()), rel=1e-9)
    assert moments.max_abs_difference == float(difference.abs().max())
    assert moments.tiles is not None
    assert moments.tiles.tile_shape == (64, 64)
    part = difference[640:704, 1280:1344]
    assert moments.tiles.rms_difference[10][20] == pytest.approx(float(part.square().mean().sqrt()))
