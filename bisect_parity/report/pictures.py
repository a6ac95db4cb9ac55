"""Kept images as small pictures: reference, candidate, their difference, and a heat map. numpy only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.report.documents import Comparison
from bisect_parity.report.png import Palette, data_uri, encode_png, make_palette

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bisect_parity.report.documents import Tiles
    from bisect_parity.report.output import ImagePair

__all__ = ["Picture", "Pictures", "draw_pair", "draw_tiles"]

WIDEST = 384  # pixels of a picture
TILES = 64  # of the heat map, each way
ROWS_AT_ONCE = 256
LARGEST_IMAGE_BYTES = 2**32
SMALLEST_SHARE = 1e-6  # of the greatest difference: what is below has the heat map's lowest colour
TONE = 40.0  # how far the asinh scale lifts faint pixels
RAW_DTYPES = {1: "u1", 2: "<u2", 4: "<f4", 8: "<f8"}  # by bytes a pixel
UNDEFINED = "ff00ff"
# Anchors of viridis and inferno (CC0, by N. Smith and S. van der Walt), and a blue to red scale.
INTENSITY = make_palette(
    ("440154", "482878", "3e4a89", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"),
    UNDEFINED,
)
HEAT = make_palette(
    ("000004", "1b0c41", "4a0c6b", "781c6d", "a52c60", "cf4446", "ed6925", "fb9b06", "f7d13d", "fcffa4"),
    UNDEFINED,
)
SIGNED = make_palette(("2166ac", "67a9cf", "d1e5f0", "f7f7f7", "fddbc7", "ef8a62", "b2182b"), UNDEFINED)


@frozen
class Picture:
    """One picture: its title, the file as a URI, its size in pixels, and what its colours mean."""

    title: str
    uri: str
    width: int
    height: int
    scale: str


@frozen
class Pictures:
    """The pictures of one check."""

    folder: str
    comparison: Comparison | None
    pictures: tuple[Picture, ...]


class _Reduced:
    """An image pair brought down to blocks, read a band of rows at a time.

    Attributes:
        reference, candidate: greatest pixel of each block; NaN where none is a number.
        difference: of candidate - reference, the value farthest from zero in each block.
        rms: root mean square of the difference in each of the tiles.
    """

    def __init__(self, reference: np.ndarray, candidate: np.ndarray) -> None:
        block = -(-max(reference.shape) // WIDEST)
        tile = -(-max(reference.shape) // TILES)
        rows, columns = reference.shape
        parts: list[list[np.ndarray]] = [[], [], []]
        squares = np.zeros((-(-rows // tile), -(-columns // tile)))
        counts = np.zeros_like(squares)
        for first in range(0, rows, step := block * max(ROWS_AT_ONCE // block, 1)):
            x = reference[first : first + step].astype(np.float64)
            y = candidate[first : first + step].astype(np.float64)
            with np.errstate(invalid="ignore"):
                d = y - x
            low, high = _blocks(np.fmin, d, block), _blocks(np.fmax, d, block)
            parts[0].append(_blocks(np.fmax, x, block))
            parts[1].append(_blocks(np.fmax, y, block))
            parts[2].append(np.where(-low > high, low, high))
            is_number = np.isfinite(d)
            across = np.arange(0, columns, tile)
            at = (first + np.arange(len(d))) // tile
            np.add.at(squares, at, np.add.reduceat(np.where(is_number, d, 0.0) ** 2, across, axis=1))
            np.add.at(counts, at, np.add.reduceat(is_number.astype(float), across, axis=1))
        self.reference, self.candidate, self.difference = (np.concatenate(part) for part in parts)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.rms = np.sqrt(squares / counts)


def _blocks(reduce: np.ufunc, values: np.ndarray, block: int) -> np.ndarray:
    rows, columns = (np.arange(0, length, block) for length in values.shape)
    reduced: np.ndarray = reduce.reduceat(reduce.reduceat(values, rows, axis=0), columns, axis=1)
    return reduced


def draw_pair(pair: ImagePair) -> Pictures:
    """The pictures of two kept images.

    Raises:
        ValueError: an image cannot be read here, or their shapes differ.
    """
    shape = pair.comparison.shape if pair.comparison is not None else ()
    reference, candidate = (_plane(_open(path, shape)) for path in (pair.reference, pair.candidate))
    if reference.shape != candidate.shape:
        raise ValueError(f"the shapes differ: {reference.shape} and {candidate.shape}")
    reduced = _Reduced(reference, candidate)
    low, high = _range(reduced.reference)
    tones = f"asinh scale, {low:.4g} to {high:.4g}, both images alike"
    greatest = _greatest(np.abs(reduced.difference))
    pictures = [
        _picture(name, _tone(values, low, high), INTENSITY, tones)
        for name, values in (("Reference", reduced.reference), ("Candidate", reduced.candidate))
    ]
    signed = _tone(np.abs(reduced.difference), 0.0, greatest) * np.sign(reduced.difference)
    pictures.append(
        _picture(
            "Candidate - reference",
            0.5 + 0.5 * signed,
            SIGNED,
            f"asinh scale, blue -{greatest:.4g}, white 0, red +{greatest:.4g}",
        )
    )
    pictures.append(_heat_map(reduced.rms))
    return Pictures(pair.folder, pair.comparison, tuple(pictures))


def draw_tiles(folder: str, comparison: Comparison, tiles: Tiles) -> Pictures:
    """The heat map of a comparison that kept its tiles and no images.

    Raises:
        ValueError: the rows of tiles differ in length.
    """
    rms = np.array([[math.nan if v is None else v for v in row] for row in tiles.rms_difference], float)
    if rms.ndim != 2 or not rms.size:
        raise ValueError("there are no tiles")
    return Pictures(folder, comparison, (_heat_map(rms),))


def _open(path: Path, shape: Sequence[int]) -> np.ndarray:
    """The image of a file, mapped into memory; headerless pixels take the shape that was compared."""
    size = path.stat().st_size
    if not 0 < size <= LARGEST_IMAGE_BYTES:
        raise ValueError(f"{path.name} has {size} bytes")
    if path.suffix == ".npy":
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
        if loaded.dtype.kind not in "biuf":
            raise ValueError(f"{path.name} holds {loaded.dtype}")
        return np.asanyarray(loaded)
    if path.suffix == ".raw" and shape and min(shape) > 0:
        dtype = RAW_DTYPES.get(size // math.prod(shape))
        if dtype is not None and size % math.prod(shape) == 0:
            return np.memmap(path, mode="r", dtype=np.dtype(dtype), shape=tuple(shape))
    raise ValueError(
        f"{path.name} is of a format that is not drawn; .npy is, and .raw beside its verdict.json"
    )


def _plane(image: np.ndarray) -> np.ndarray:
    """The first plane of an image of more than two axes; a line of one axis as one row."""
    while image.ndim > 2:
        image = image[0]
    return np.atleast_2d(image)


def _range(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    return (low, high) if high > low else (low, low + 1.0)


def _greatest(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def _tone(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """`low` to `high` brought to 0 to 1, faint pixels lifted."""
    toned: np.ndarray = np.arcsinh(TONE * (values - low) / (high - low)) / math.asinh(TONE)
    return toned


def _heat_map(rms: np.ndarray) -> Picture:
    greatest = _greatest(rms)
    with np.errstate(divide="ignore", invalid="ignore"):
        decades = np.log10(np.maximum(rms / greatest, SMALLEST_SHARE))
    scaled = np.where(np.isfinite(rms), 1 + decades / -math.log10(SMALLEST_SHARE), np.nan)
    title = f"Heat map, {rms.shape[0]} x {rms.shape[1]} tiles"
    return _picture(
        title, scaled, HEAT, f"rms difference, logarithmic, up to {greatest:.4g}; black: a millionth of it"
    )


def _picture(title: str, shares: np.ndarray, palette: Palette, scale: str) -> Picture:
    """A picture of values from 0 to 1; what is no number gets the colour of its own."""
    is_number = np.isfinite(shares)
    index = np.where(is_number, 1 + np.clip(np.where(is_number, shares, 0), 0, 1) * 254, 0).round()
    pixels = index.astype(np.uint8)
    told = scale if is_number.all() else f"{scale}; magenta: not a number"
    return Picture(title, data_uri(encode_png(pixels, palette)), pixels.shape[1], pixels.shape[0], told)


def draw_all(pairs: Sequence[ImagePair], most: int) -> Iterator[Pictures | str]:
    """The pictures of the first `most` pairs; a sentence where a pair cannot be drawn."""
    for pair in pairs[:most]:
        try:
            yield draw_pair(pair)
        except (OSError, ValueError) as error:
            yield f"{pair.folder}: {error}"
