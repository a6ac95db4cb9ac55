"""TIFF images; uncompressed ones are read where they lie."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Literal

import attrs

from bisect_parity.parity.image_formats.arrays import (
    check_decoded_size,
    complaints_of,
    frame_number,
    import_extra,
    in_memory,
    name_dtype,
)
from bisect_parity.parity.layout import Fault, ImageError, ImageSpec, PixelLayout, shape_text

_PIXELS_ARE_MISSING = re.compile(r"segments|Offsets|ByteCounts|data offset|reshape|failed to read")


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; the dataset is the number of a page, counted from 0.

    Raises:
        ImageError: the file is damaged, or has no such page.
    """
    del head, size
    tifffile = import_extra("tifffile", "tiff", path)
    with complaints_of("tifffile") as complaints:
        try:
            with tifffile.TiffFile(path) as file:
                layout = _page_layout(file, spec.dataset, path)
        except ImageError:
            raise
        except Exception as error:
            raise ImageError(Fault.DAMAGED, f"{path} is not a valid TIFF file: {error!s:.200}") from error
    for text in filter(_PIXELS_ARE_MISSING.search, complaints):
        raise ImageError(Fault.DAMAGED, f"{path} is damaged: {text:.200}")
    return attrs.evolve(layout, notes=tuple(f"{path.name}: {text:.200}" for text in complaints[:1]))


def _page_layout(file: Any, dataset: str | None, path: Path) -> PixelLayout:
    if dataset is None:
        part = file.series[0]
        offset = part.dataoffset
    else:
        part = file.pages[frame_number(dataset, len(file.pages), path)]
        offset = part.dataoffsets[0] if part.is_contiguous else None
    return _layout(part, offset, "big" if file.byteorder == ">" else "little", path)


def _layout(part: Any, offset: int | None, byte_order: Literal["little", "big"], path: Path) -> PixelLayout:
    shape = tuple(int(n) for n in part.shape)
    if part.dtype is None or not math.prod(shape):
        raise ImageError(Fault.DAMAGED, f"{path} holds no image")
    if offset is not None and part.dtype.kind not in "bc":
        dtype, _ = name_dtype(part.dtype, path)
        return PixelLayout(shape, dtype, f"TIFF {dtype}, {shape_text(shape)}", offset, byte_order)
    check_decoded_size(shape, part.dtype.itemsize, path)
    return in_memory(part.asarray(), "TIFF", path)
