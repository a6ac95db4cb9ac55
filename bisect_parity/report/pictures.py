"""Kept images as small pictures: reference, candidate, their difference, and a heat map. numpy and Pillow."""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from PIL import Image

from bisect_parity.parity.preview import load_preview, make_preview
from bisect_parity.report.trial_documents import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bisect_parity.parity.preview import Preview
    from bisect_parity.report.output import EvidenceOutput, KeptImages

LARGEST_IMAGE_BYTES = 2**32
COLOURS = 256
SMALLEST_SHARE = 1e-6  # of the greatest difference: what is below has the heat map's lowest colour
TONE = 40.0  # how far the asinh scale lifts faint pixels
RAW_DTYPES = {1: "u1", 2: "<u2", 4: "<f4", 8: "<f8"}  # by bytes a pixel
UNDEFINED = "ff00ff"


def make_palette(anchors: Sequence[str], undefined: str) -> bytes:
    """A palette of 256 colours: index 0 is `undefined`, the others run evenly over the anchors.

    Args:
        anchors: colours as "rrggbb", at least two.
        undefined: the colour of what is not a number.
    """
    points = np.array([list(bytes.fromhex(colour)) for colour in anchors], float)
    at = np.linspace(0, len(points) - 1, COLOURS - 1)
    ramp = np.stack([np.interp(at, np.arange(len(points)), channel) for channel in points.T], axis=1)
    return bytes.fromhex(undefined) + ramp.round().astype(np.uint8).tobytes()


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
    """The pictures of one check, under the name of its files."""

    name: str
    comparison: Comparison | None
    pictures: tuple[Picture, ...]


def draw_kept(kept: KeptImages) -> Pictures:
    """The pictures of what is kept of a check.

    Raises:
        ValueError: an image cannot be read here, or their shapes differ.
        OSError: a file cannot be read.
    """
    if len(kept.files) == 1:
        preview = load_preview(kept.files[0])
    else:
        shape = kept.comparison.shape if kept.comparison is not None else ()
        reference, candidate = (_plane(_open(path, shape)) for path in kept.files)
        preview = make_preview(reference, candidate)
    return Pictures(kept.name, kept.comparison, tuple(_pictures(preview)))


def _pictures(preview: Preview) -> Iterator[Picture]:
    low, high = value_range(preview.reference)
    tones = f"asinh scale, {low:.4g} to {high:.4g}, both images alike"
    for name, values in (("Reference", preview.reference), ("Candidate", preview.candidate)):
        yield _picture(name, _tone(values, low, high), INTENSITY, tones)
    greatest = _greatest(np.abs(preview.difference))
    signed = _tone(np.abs(preview.difference), 0.0, greatest) * np.sign(preview.difference)
    scale = f"asinh scale, blue -{greatest:.4g}, white 0, red +{greatest:.4g}"
    yield _picture("Candidate - reference", 0.5 + 0.5 * signed, SIGNED, scale)
    yield _heat_map(preview.rms)


def draw_tiles(name: str, comparison: Comparison) -> Pictures:
    """The heat map of a comparison that kept its tiles.

    Raises:
        ValueError: there are none, or rows of tiles differ in length.
    """
    rows = comparison.tiles.rms_difference if comparison.tiles is not None else ()
    rms = np.array([[math.nan if value is None else value for value in row] for row in rows], float)
    if rms.ndim != 2 or not rms.size:
        raise ValueError("there are no tiles")
    return Pictures(name, comparison, (_heat_map(rms),))


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


def _picture(title: str, shares: np.ndarray, palette: bytes, scale: str) -> Picture:
    """A picture of values from 0 to 1; what is no number gets the colour of its own."""
    is_number = np.isfinite(shares)
    index = np.where(is_number, 1 + np.clip(np.where(is_number, shares, 0), 0, 1) * 254, 0).round()
    pixels = index.astype(np.uint8)
    caption = scale if is_number.all() else f"{scale}; magenta: not a number"
    return Picture(title, png_uri(pixels, palette), pixels.shape[1], pixels.shape[0], caption)


def png_uri(pixels: np.ndarray, palette: bytes) -> str:
    """A PNG file as a URI that needs no other file.

    Args:
        pixels: indices into the palette; shape (rows, columns), uint8.
        palette: of 256 colours.
    """
    image, stream = Image.fromarray(pixels), io.BytesIO()
    image.putpalette(palette)
    image.save(stream, "png", compress_level=9)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def draw_all(output: EvidenceOutput, most: int) -> Iterator[Pictures | str]:
    """The pictures of the last `most` checks that kept images, then heat maps where only tiles are kept.

    A sentence stands for what cannot be drawn.
    """
    for kept in output.images[-most:]:
        try:
            yield draw_kept(kept)
        except (OSError, ValueError) as error:
            yield f"{kept.name}: {error}"
    drawn = [kept.comparison for kept in output.images]
    compared = output.every(Comparison).items()
    tiled = [(path, found) for path, found in compared if found.tiles and found not in drawn]
    for path, found in tiled[-most:]:
        try:
            yield draw_tiles(path, found)
        except ValueError as error:
            yield f"{path}: {error}"


def value_range(values: np.ndarray) -> tuple[float, float]:
    """Least and greatest number of an array of any shape; two different numbers where all are alike."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low, low + max(1.0, abs(low)))  # beyond 2**53, 1 changes nothing
