"""One reader a file format; a reader finds out where the pixels lie, and imports its library only then."""

from __future__ import annotations

import codecs
import importlib
from typing import TYPE_CHECKING, Protocol, cast

from bisect_parity.parity.layout import Fault, ImageError

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.parity.layout import ImageSpec, PixelLayout

__all__ = ["HEAD_BYTES", "ImageReader", "find_reader", "is_one_image"]

HEAD_BYTES = 512
RAW_SUFFIXES = frozenset({".bin", ".raw", ".f32", ".f64", ".float32", ".float64"})
SINGLE_FORMATS = frozenset({"raw", "npy", "smv", "text"})
ARCHIVE_SUFFIXES = {".npz": "npz", ".pt": "torch_file", ".pth": "torch_file"}

# Longer than any chance: no raw image begins with these bytes unless it is meant to look like one.
SIGNATURES = (
    (b"\x93NUMPY", "npy"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"{\nHEADER_BYTES=", "smv"),
    (b"###CBF", "detector"),
    (b"SIMPLE  =", "fits"),
)
SUFFIXES = {
    ".npy": "npy",
    ".npz": "npz",
    ".pt": "torch_file",
    ".pth": "torch_file",
    ".safetensors": "safetensors",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".nxs": "hdf5",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".fits": "fits",
    ".fit": "fits",
    ".fts": "fits",
    ".cbf": "detector",
    ".edf": "detector",
    ".mrc": "detector",
}
TEXT_SUFFIXES = frozenset({".txt", ".text", ".csv", ".tsv", ".asc", ".log", ".md", ".json"})
BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # as spreadsheets write them
CONTROLS = bytes(range(9)) + bytes(range(14, 32)) + b"\x7f"
NUMBERS = b"0123456789+-.eE,;# \t\n\r"  # pixels that are all among these are hardly to be found


class ImageReader(Protocol):
    """A module of this package."""

    def read(self, path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
        """Find out where the pixels lie.

        Args:
            path: a regular file that is not empty.
            head: its first `HEAD_BYTES` bytes, or all of them.
            size: its size in bytes.
            spec: what is known beforehand; shape and pixel type are checked by the caller.

        Raises:
            ImageError: the file is not what it says, or cannot be read.
        """


def find_reader(path: Path, head: bytes, dataset: str | None = None) -> ImageReader:
    """The reader for a file: raw by its suffix, any other by its first bytes, its suffix, or as text.

    Args:
        path: the file.
        head: its first bytes.
        dataset: which of several images is wanted, if any.

    Raises:
        ImageError: a dataset is wanted of a format that has none.
    """
    name = _format_name(path.suffix.lower(), head)
    if dataset is not None and name in SINGLE_FORMATS:
        raise ImageError(
            Fault.UNREADABLE, f"{path} is one image ({name}), and holds no {dataset!r}", "Leave ::NAME out."
        )
    return cast("ImageReader", importlib.import_module(f"{__name__}.{name}"))


def is_one_image(suffix: str) -> bool:
    """Whether a file of this suffix, such as ".npy", holds one image, which has no name of its own."""
    return _format_name(suffix.lower(), b"") in SINGLE_FORMATS


def _format_name(suffix: str, head: bytes) -> str:
    if suffix in RAW_SUFFIXES:
        return "raw"
    if head.startswith(b"PK\x03\x04"):
        return ARCHIVE_SUFFIXES.get(suffix, "npz")
    for signature, name in SIGNATURES:
        if head.startswith(signature):
            return name
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    is_text = _is_text(head) if suffix in TEXT_SUFFIXES else not head.translate(None, NUMBERS)
    return "text" if is_text else "raw"


def _is_text(head: bytes) -> bool:
    """Whether the beginning of a file is text in some language and encoding, and no pixels."""
    if head.startswith(BYTE_ORDER_MARKS):
        return True
    if len(head.translate(None, CONTROLS)) < len(head):
        return False
    is_mostly_ascii = 4 * sum(byte < 128 for byte in head) >= 3 * len(head)  # as in Latin 1
    return is_mostly_ascii or _is_utf_8(head)


def _is_utf_8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True
