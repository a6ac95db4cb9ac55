"""NumPy's .npz files: a zip archive of .npy files; uncompressed ones are read where they lie."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import attrs

from bisect_parity.parity.image_formats import npy
from bisect_parity.parity.image_formats.arrays import check_decoded_size, choose
from bisect_parity.parity.layout import (
    DTYPE_BYTES,
    Fault,
    ImageError,
    ImageSpec,
    PixelLayout,
    count_pixels,
    shape_text,
)

LOCAL_HEADER_BYTES = 30
LOCAL_HEADER_MAGIC = b"PK\x03\x04"
# OSError: a position before the beginning of the file
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; the dataset is the name of an array.

    Raises:
        ImageError: the archive is damaged, or holds several arrays and none was chosen.
    """
    del head, size
    try:
        with zipfile.ZipFile(path) as archive:
            members = {item.filename.removesuffix(".npy"): item for item in archive.infolist()}
            name = choose((n for n, item in members.items() if item.filename != n), spec.dataset, path)
            item = members[name]
            with archive.open(item) as file:
                start = file.read(npy.HEADER_LIMIT_BYTES + 12)
            stored_at = _member_offset(path, item)
    except DAMAGES as error:
        raise ImageError(Fault.DAMAGED, f"{path} is not a valid .npz archive: {error!s:.200}") from error
    where = f"{path}::{name}"
    header = npy.parse_header(start, where)
    count_pixels(header.shape, header.dtype, where)
    if header.end != item.file_size:
        raise ImageError(
            Fault.DAMAGED,
            f"{where} holds {item.file_size} bytes, but its header states {header.end} "
            f"({shape_text(header.shape)} {header.dtype})",
        )
    layout = PixelLayout(
        header.shape,
        header.dtype,
        npy.describe(header, f".npz {name}:"),
        byte_order=header.byte_order,
        fortran_order=header.fortran_order,
        is_complex=header.is_complex,
    )
    if item.compress_type == zipfile.ZIP_STORED and not item.flag_bits & 1:
        return attrs.evolve(layout, offset=stored_at + header.offset)
    check_decoded_size(header.shape, DTYPE_BYTES[header.dtype], where)
    return attrs.evolve(layout, decode=lambda: _decompressed(path, item, header.offset, layout))


def _member_offset(path: Path, item: zipfile.ZipInfo) -> int:
    """Where the bytes of a member begin: its local header has lengths of its own."""
    with path.open("rb") as file:
        file.seek(item.header_offset)
        local = file.read(LOCAL_HEADER_BYTES)
    if len(local) < LOCAL_HEADER_BYTES or not local.startswith(LOCAL_HEADER_MAGIC):
        raise ImageError(Fault.DAMAGED, f"{path}: the member {item.filename} is not where the archive says")
    lengths = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    return item.header_offset + LOCAL_HEADER_BYTES + lengths


def _decompressed(path: Path, item: zipfile.ZipInfo, offset: int, layout: PixelLayout) -> Any:
    from bisect_parity.parity.pixels import tensor_of_buffer  # noqa: PLC0415 - torch is slow to import

    try:
        with zipfile.ZipFile(path) as archive, archive.open(item) as file:
            file.read(offset)
            content = bytearray(file.read(layout.pixel_bytes))
            is_all = not file.read(1)  # only the end makes zipfile check the sum of all bytes
    except DAMAGES as error:
        raise ImageError(Fault.DAMAGED, f"{path}: {item.filename} is damaged: {error!s:.200}") from error
    if len(content) != layout.pixel_bytes or not is_all:
        raise ImageError(Fault.DAMAGED, f"{path}: {item.filename} has another size than it says")
    return tensor_of_buffer(content, layout)
