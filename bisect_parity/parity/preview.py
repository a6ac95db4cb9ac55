"""Two images and their difference, brought down to a few hundred pixels: what a report shows. numpy only."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np
from attrs import fields, frozen

from bisect_parity.errors import writing

WIDEST = 384  # blocks each way
TILES = 64  # of the map of differences, each way
ROWS_AT_ONCE = 256
LARGEST_BYTES = 64 * 2**20


class PixelPlane(Protocol):
    """A plane of pixels that is read a band of rows at a time, as an array is."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        ...

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Some rows."""
        ...


@frozen(eq=False)
class Preview:
    """An image pair in blocks; each array is float32, and NaN where a block holds no number.

    Attributes:
        reference, candidate: greatest pixel of each block; shape (rows, columns), at most `WIDEST` each way.
        difference: of candidate - reference, the value farthest from zero in each block; the same shape.
        rms: root mean square of the difference in each tile; at most `TILES` each way.
    """

    reference: np.ndarray
    candidate: np.ndarray
    difference: np.ndarray
    rms: np.ndarray


def make_preview(reference: PixelPlane, candidate: PixelPlane) -> Preview:
    """The preview of two planes of one shape.

    Raises:
        ValueError: the shapes differ, or are not those of a plane.
    """
    if reference.shape != candidate.shape or len(reference.shape) != 2:
        raise ValueError(f"the shapes differ: {tuple(reference.shape)} and {tuple(candidate.shape)}")
    rows, columns = reference.shape
    block = -(-max(rows, columns) // WIDEST)
    tile = -(-max(rows, columns) // TILES)
    parts: list[list[np.ndarray]] = [[], [], []]
    squares = np.zeros((-(-rows // tile), -(-columns // tile)))
    counts = np.zeros_like(squares)
    across = np.arange(0, columns, tile)
    step = block * max(ROWS_AT_ONCE // block, 1)
    for first in range(0, rows, step):
        x = np.asarray(reference[first : first + step]).astype(np.float32)
        y = np.asarray(candidate[first : first + step]).astype(np.float32)
        with np.errstate(invalid="ignore", over="ignore"):
            d = y - x
        low, high = _blocks(np.fmin, d, block), _blocks(np.fmax, d, block)
        parts[0].append(_blocks(np.fmax, x, block))
        parts[1].append(_blocks(np.fmax, y, block))
        parts[2].append(np.where(-low > high, low, high))
        is_number = np.isfinite(d)
        at = (first + np.arange(len(d))) // tile
        square = np.where(is_number, d, 0.0).astype(np.float64) ** 2
        np.add.at(squares, at, np.add.reduceat(square, across, axis=1))
        np.add.at(counts, at, np.add.reduceat(is_number.astype(np.float64), across, axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        rms = np.sqrt(squares / counts).astype(np.float32)
    of_reference, of_candidate, of_both = (np.concatenate(part) for part in parts)
    return Preview(of_reference, of_candidate, of_both, rms)


def _blocks(reduce: np.ufunc, values: np.ndarray, block: int) -> np.ndarray:
    rows, columns = (np.arange(0, length, block) for length in values.shape)
    reduced: np.ndarray = reduce.reduceat(reduce.reduceat(values, rows, axis=0), columns, axis=1)
    return reduced


def save_preview(preview: Preview, path: Path) -> None:
    """Write a preview as .npz.

    Raises:
        OutputError: it cannot be written.
    """
    arrays = {item.name: getattr(preview, item.name) for item in fields(Preview)}
    with writing(path, "Make room there."):
        np.savez_compressed(path, **arrays)


def load_preview(path: Path) -> Preview:
    """Read a preview that may come from anybody.

    Raises:
        ValueError: it is none, or holds more than a preview does.
        OSError: it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > LARGEST_BYTES:
                raise ValueError("it is too large for a preview")
        with np.load(path, allow_pickle=False) as loaded:
            arrays = [np.asarray(loaded[item.name]) for item in fields(Preview)]
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError) as error:
        raise ValueError(f"it is not a preview: {error}") from error
    if any(array.ndim != 2 or array.dtype.kind != "f" or not array.size for array in arrays):
        raise ValueError("it is not a preview: its arrays are not planes of floats")
    return Preview(arrays[0], arrays[1], arrays[2], arrays[3])
