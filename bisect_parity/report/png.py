"""PNG files from arrays of palette indices: the few lines of the format that a report needs. Pure."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
PALETTE_TYPE = 3  # of a pixel: an index into PLTE

Palette = bytes


def make_palette(anchors: Sequence[str], undefined: str) -> Palette:
    """A palette of 256 colours: index 0 is `undefined`, the others run evenly over the anchors.

    Args:
        anchors: colours as "rrggbb", at least two.
        undefined: the colour of what is not a number.
    """
    points = np.array([list(bytes.fromhex(colour)) for colour in anchors], float)
    at = np.linspace(0, len(points) - 1, COLOURS - 1)
    ramp = np.stack([np.interp(at, np.arange(len(points)), channel) for channel in points.T], axis=1)
    return bytes.fromhex(undefined) + ramp.round().astype(np.uint8).tobytes()


def encode_png(pixels: np.ndarray, palette: Palette) -> bytes:
    """The bytes of a PNG file (ISO/IEC 15948): 8-bit indices, no filter.

    Args:
        pixels: shape (rows, columns), uint8.
        palette: of 256 colours.
    """
    rows, columns = pixels.shape
    header = struct.pack(">IIBBBBB", columns, rows, 8, PALETTE_TYPE, 0, 0, 0)
    unfiltered = np.zeros((rows, columns + 1), np.uint8)  # each row begins with its filter, 0 for none
    unfiltered[:, 1:] = pixels
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(unfiltered.tobytes(), 9)))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in (*chunks, (b"IEND", b"")))


def data_uri(png: bytes) -> str:
    """The image as a URI that needs no other file."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
