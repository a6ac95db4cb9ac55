"""Safetensors files: eight bytes of length, a JSON header, then the tensors as they are.

The format is described in the safetensors project's README, section "Format".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bisect_parity.parity.image_formats.arrays import choose
from bisect_parity.parity.layout import (
    Fault,
    ImageError,
    ImageSpec,
    PixelLayout,
    count_pixels,
    shape_text,
)

LENGTH_BYTES = 8
HEADER_LIMIT_BYTES = 16 * 2**20
METADATA = "__metadata__"
DTYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "F16": "float16",
    "BF16": "bfloat16",
    "U32": "uint32",
    "I32": "int32",
    "F32": "float32",
    "U64": "uint64",
    "I64": "int64",
    "F64": "float64",
}


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; the dataset is the name of a tensor.

    Raises:
        ImageError: the header is damaged or lies, or there are several tensors and none was chosen.
    """
    length = int.from_bytes(head[:LENGTH_BYTES], "little")
    start = LENGTH_BYTES + length
    if len(head) < LENGTH_BYTES or length > HEADER_LIMIT_BYTES or start > size:
        raise ImageError(Fault.DAMAGED, f"{path} has no safetensors header")
    with path.open("rb") as file:
        file.seek(LENGTH_BYTES)
        text = file.read(length)
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImageError(Fault.DAMAGED, f"{path}: the safetensors header is not JSON") from error
    if not isinstance(table, dict):
        raise ImageError(Fault.DAMAGED, f"{path}: the safetensors header is not a table")
    name = choose((key for key in table if key != METADATA), spec.dataset, path)
    shape, dtype, begin, end = _entry(table[name], f"{path}::{name}")
    layout = PixelLayout(
        shape, dtype, f".safetensors {name}: {dtype}, {shape_text(shape)}", start + begin, byte_order="little"
    )
    if layout.pixel_bytes != end - begin or start + end > size:
        raise ImageError(
            Fault.DAMAGED,
            f"{path}::{name}: {shape_text(shape)} {dtype} takes {layout.pixel_bytes} bytes, and the header "
            f"places it at bytes {begin} to {end} of {size - start}",
        )
    return layout


def _entry(entry: Any, where: str) -> tuple[tuple[int, ...], str, int, int]:
    try:
        kind, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    except (TypeError, KeyError, ValueError) as error:
        raise ImageError(Fault.DAMAGED, f"{where}: the header lacks dtype, shape or data_offsets") from error
    if not all(type(n) is int and n >= 0 for n in (*shape, begin, end)):
        raise ImageError(Fault.DAMAGED, f"{where}: shape and data_offsets must be whole numbers")
    dtype = DTYPES.get(kind) if isinstance(kind, str) else None
    if dtype is None:
        raise ImageError(
            Fault.DTYPE, f"{where}: pixels of type {kind!r:.40} are not supported", "Save numbers."
        )
    count_pixels(shape, dtype, where)
    return shape, dtype, begin, end
