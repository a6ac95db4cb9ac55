"""FITS: plain, scaled and unsigned pixels, units behind the first, and headers that are damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bisect_parity.parity.images import Fault, ImageError, ImageSpec, open_image
from bisect_parity.parity.pair import compare_images

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PIXELS = np.arange(40).reshape(5, 8)
BLOCK = 2880


def card(keyword: str, value: object) -> bytes:
    text = f"'{value:<8}'" if keyword == "XTENSION" else f"{value:>20}"
    return f"{keyword:<8}= {text} / said".ljust(80).encode()


def unit(stored: Any, first: str = "SIMPLE", changes: Mapping[str, object] | None = None) -> bytes:
    """A header and data unit, as the standard lays it out."""
    bits = 8 * stored.dtype.itemsize * (-1 if stored.dtype.kind == "f" else 1)
    sides = {f"NAXIS{at}": n for at, n in enumerate(stored.shape[::-1], 1)}
    cards = {first: "IMAGE" if first == "XTENSION" else "T", "BITPIX": bits, "NAXIS": stored.ndim}
    head = b"".join(card(key, value) for key, value in {**cards, **sides, **(changes or {})}.items())
    head += b"COMMENT = in a comment".ljust(80) + b"END".ljust(80)
    data: bytes = stored.astype(stored.dtype.newbyteorder(">")).tobytes()
    return head + b" " * (-len(head) % BLOCK) + data + bytes(-len(data) % BLOCK)


EMPTY = unit(np.zeros((), "u1"), changes={"NAXIS": 0})[:BLOCK]


def written(tmp_path: Path, *units: bytes) -> Path:
    path = tmp_path / "image.fits"
    path.write_bytes(b"".join(units))
    return path


def pixels_of(path: Path, dataset: str | None = None) -> Any:
    image = open_image(path, ImageSpec(dataset=dataset))
    assert compare_images(image, image).correlation == 1.0
    return image.data.numpy()


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "i8", "f4", "f8"])
@pytest.mark.parametrize("shape", [(5, 8), (2, 4, 5), (40,)])
def test_pixels_of_every_type_are_read_slowest_axis_first(
    tmp_path: Path, dtype: str, shape: tuple[int, ...]
) -> None:
    path = written(tmp_path, unit(PIXELS.astype(dtype).reshape(shape)))
    assert np.array_equal(pixels_of(path), PIXELS.reshape(shape))
    assert open_image(path).dtype == np.dtype(dtype).name
    assert open_image(path).layout.decode is None


@pytest.mark.parametrize("bits", [16, 32, 64])
def test_unsigned_pixels_are_stored_with_their_middle_as_zero(tmp_path: Path, bits: int) -> None:
    stored = (PIXELS + np.int64(-(2 ** (bits - 1)))).astype(f"i{bits // 8}")
    path = written(tmp_path, unit(stored, changes={"BZERO": 2 ** (bits - 1), "BSCALE": 1.0}))
    assert open_image(path).dtype == f"uint{bits}"
    assert np.array_equal(pixels_of(path).astype("u8"), PIXELS)


def test_scaled_pixels_are_what_the_numbers_stand_for(tmp_path: Path) -> None:
    path = written(tmp_path, unit(PIXELS.astype("i2"), changes={"BSCALE": "0.5D0", "BZERO": 3}))
    assert np.array_equal(pixels_of(path), 3 + 0.5 * PIXELS)
    assert open_image(path).dtype == "float64"


@pytest.mark.parametrize("packing", [{}, {"BSCALE": 0.5}, {"BZERO": 2**15}])
def test_pixels_that_are_blank_are_no_numbers(tmp_path: Path, packing: dict[str, float]) -> None:
    path = written(tmp_path, unit(PIXELS.astype("i2"), changes={"BLANK": int(PIXELS[0, 1]), **packing}))
    expected = packing.get("BZERO", 0) + packing.get("BSCALE", 1) * PIXELS.astype("f8")
    expected[0, 1] = np.nan
    assert np.array_equal(open_image(path).data.numpy(), expected, equal_nan=True)


def test_the_only_image_is_found_behind_an_empty_first_unit(tmp_path: Path) -> None:
    path = written(tmp_path, EMPTY, unit(PIXELS.astype("f4"), "XTENSION", {"PCOUNT": 0, "GCOUNT": 1}))
    assert np.array_equal(pixels_of(path), PIXELS)


def test_one_of_several_images_is_chosen_by_its_number(tmp_path: Path) -> None:
    path = written(tmp_path, unit(PIXELS.astype("f4")), unit(2 * PIXELS.astype("f4"), "XTENSION"))
    assert np.array_equal(pixels_of(path, "1"), 2 * PIXELS)
    with pytest.raises(ImageError, match="holds 2 images"):
        open_image(path)


@pytest.mark.parametrize("length", [20, BLOCK - 80, BLOCK, BLOCK + 10])
def test_a_truncated_file_is_damaged(tmp_path: Path, length: int) -> None:
    path = written(tmp_path, unit(PIXELS.astype("f4"))[:length])
    with pytest.raises(ImageError) as caught:
        open_image(path)
    assert caught.value.fault is Fault.DAMAGED


@pytest.mark.parametrize(
    "changes",
    [
        {"BITPIX": 12},
        {"NAXIS1": "many"},
        {"NAXIS1": "1E400"},
        {"NAXIS1": 10**12},
        {"BZERO": "NaN"},
        {"NAXIS": 0},
    ],
)
def test_a_header_that_makes_no_sense_is_told(tmp_path: Path, changes: dict[str, object]) -> None:
    path = written(tmp_path, unit(PIXELS.astype("f4"), changes=changes))
    with pytest.raises(ImageError) as caught:
        open_image(path)
    assert caught.value.fault in (Fault.DAMAGED, Fault.SHAPE)


def test_an_image_that_is_compressed_into_a_table_is_refused(tmp_path: Path) -> None:
    table = unit(PIXELS.astype("u1"), "XTENSION", {"XTENSION": "BINTABLE", "ZIMAGE": "T"})
    with pytest.raises(ImageError, match="compressed in a table"):
        open_image(written(tmp_path, EMPTY, table))
