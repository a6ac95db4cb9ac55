"""All that could mislead the kernel at once: shape, type, byte order, strides, bands, broken pixels."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import torch
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisect_parity.parity import pixels, single_pass
from bisect_parity.parity.images import ImageSpec, open_image
from bisect_parity.parity.model import Scope
from bisect_parity.parity.moments import compare_pixels
from bisect_parity.parity.pixels import FilePixels, TensorPixels
from tests.parity.exact import Exact, root

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.parity.model import ImageMoments
    from bisect_parity.parity.pixels import Pixels

Array = np.ndarray[Any, Any]
FLOATS = ("float16", "float32", "float64")
TYPES = (*FLOATS, "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64")
KINDS = ("noise", "wide", "raised", "ramp", "flat", "one peak")
BROKEN = (math.nan, math.inf, -math.inf)


@frozen
class Drawn:
    """An image that was drawn, and how it reaches the kernel."""

    values: Array
    dtype: str
    byte_order: Literal["little", "big"]
    way: str

    def pixels(self, path: Path) -> Pixels:
        """The image as the kernel gets it: from a file, or from a tensor of odd strides."""
        if self.way == "file":
            path.write_bytes(self.values.astype(np.dtype(self.dtype).newbyteorder(self.byte_order)).tobytes())
            image = open_image(path, ImageSpec(self.values.shape, self.dtype, self.byte_order))
            return FilePixels(path, image.layout, image.stamp, image.shape)
        tensor = torch.from_numpy(self.values.astype(self.dtype))
        if self.way == "turned":
            return TensorPixels(tensor.movedim(0, -1).contiguous().movedim(-1, 0))
        gaps = torch.zeros([2 * n for n in tensor.shape], dtype=tensor.dtype)
        thinned = gaps[tuple(slice(None, None, 2) for _ in tensor.shape)]
        return TensorPixels(thinned.copy_(tensor))


@st.composite
def images(draw: st.DrawFn, shape: tuple[int, ...]) -> Drawn:
    """An image of any type, whose pixels its type can hold, some of them broken."""
    dtype = draw(st.sampled_from(TYPES))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    values = {
        "noise": random.normal(size=shape) * 50,
        "wide": 10.0 ** random.uniform(-4, 4, shape),
        "raised": 100 + random.uniform(-1, 1, shape),
        "ramp": np.arange(math.prod(shape)).reshape(shape) % 100,
        "flat": np.full(shape, 7.0),
        "one peak": np.where(np.arange(math.prod(shape)).reshape(shape) == 1, 120.0, 1 / 3),
    }[draw(st.sampled_from(KINDS))]
    if dtype not in FLOATS:
        values = np.clip(np.trunc(values), 0, 127)
    values = values.astype(dtype).astype(np.float64)
    if dtype in FLOATS:
        places = draw(st.one_of(st.just([]), st.lists(st.integers(0, values.size - 1), max_size=3)))
        for place in places:
            values.ravel()[place] = draw(st.sampled_from(BROKEN))
    order: Literal["little", "big"] = "big" if draw(st.booleans()) else "little"
    return Drawn(values, dtype, order, draw(st.sampled_from(["file", "turned", "thinned"])))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_combination_misleads_the_kernel(data: st.DataObject, tmp_path: Path) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=3)))
    drawn = data.draw(images(shape)), data.draw(images(shape))
    band = data.draw(st.sampled_from([1, 2, 3, 7, 64]))
    with pytest.MonkeyPatch.context() as patch:
        for module in (
            pixels,
            single_pass,
        ):  # of one pixel, of rows and parts of them, and of the whole image
            patch.setattr(module, "BAND_PIXELS", band)
        parts = [image.pixels(tmp_path / f"{number}.raw") for number, image in enumerate(drawn)]
        moments = compare_pixels(*parts, scope=Scope(extremes=True, tiles=True))
        for part in parts:
            if isinstance(part, FilePixels):
                part.close()
    for image, found in zip(drawn, (moments.reference, moments.candidate), strict=True):
        assert_sums(found, image.values)
    x, y = (image.values.ravel() for image in drawn)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        assert (moments.correlation, moments.one_minus_correlation, moments.sum_ratio) == (None, None, None)
        return
    exact = Exact(x.tolist(), y.tolist())
    largest = max(np.abs(x).max(), np.abs(y).max())
    assert moments.max_abs_difference == pytest.approx(float(exact.greatest), rel=1e-15)
    assert moments.rmse == pytest.approx(root(exact.mean_square), rel=1e-8, abs=1e-14 * largest)
    if moments.correlation is not None and moments.one_minus_correlation is not None:
        spreads = [root(s / x.size) / np.abs(v).max() for s, v in ((exact.s_xx, x), (exact.s_yy, y))]
        room = 1e-14 + sum(1e-15 / spread for spread in spreads)
        assert abs(moments.correlation - exact.correlation) <= room
        assert abs(moments.one_minus_correlation - exact.one_minus_correlation) <= room


def assert_sums(found: ImageMoments, values: Array) -> None:
    """Assert that the moments of one image are those that `math.fsum` gives, wherever it is broken."""
    broken = ~np.isfinite(values)
    assert found.non_finite == broken.sum()
    first = np.unravel_index(int(broken.argmax()), values.shape) if broken.any() else None
    assert found.first_non_finite_at == (None if first is None else tuple(map(int, first)))
    if broken.any():
        assert found.sum is None
        return
    flat = values.ravel().tolist()
    magnitude = math.fsum(map(abs, flat))
    assert found.sum == pytest.approx(math.fsum(flat), rel=0, abs=4 * sys.float_info.epsilon * magnitude)
    assert found.is_constant == (len(set(flat)) == 1)
    assert found.norm == pytest.approx(math.sqrt(math.fsum(v * v for v in flat)), rel=1e-13)
