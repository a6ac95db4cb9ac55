"""NumPy's .npy files, read without numpy: a header of plain text, then the pixels as they are.

The format is that of NumPy's "NEP 1: A Simple File Format for NumPy Arrays".
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from bisect_parity.parity.layout import (
    COMPLEX_PARTS,
    DTYPE_BYTES,
    Fault,
    ImageError,
    ImageSpec,
    PixelLayout,
    as_pairs,
    count_pixels,
    shape_text,
)

MAGIC = b"\x93NUMPY"
HEADER_LIMIT_BYTES = 64 * 1024
KINDS = {
    "b1": "bool",
    "u1": "uint8",
    "i1": "int8",
    "u2": "uint16",
    "i2": "int16",
    "u4": "uint32",
    "i4": "int32",
    "u8": "uint64",
    "i8": "int64",
    "f2": "float16",
    "f4": "float32",
    "f8": "float64",
    "c8": "complex64",
    "c16": "complex128",
}


@frozen
class Header:
    """A .npy header.

    Attributes:
        shape, dtype, byte_order, fortran_order: as in `PixelLayout`.
        offset: bytes before the first pixel, from the magic bytes on.
        is_complex: as in `PixelLayout`.
    """

    shape: tuple[int, ...]
    dtype: str
    byte_order: Literal["little", "big"]
    fortran_order: bool
    offset: int
    is_complex: bool = False

    @property
    def end(self) -> int:
        """Bytes up to the end of the last pixel."""
        return self.offset + count_pixels(self.shape, self.dtype, "array") * DTYPE_BYTES[self.dtype]


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`.

    Raises:
        ImageError: the header is damaged, lies about the size, or announces Python objects.
    """
    del spec
    if not head.startswith(MAGIC):
        raise ImageError(Fault.DAMAGED, f"{path} does not begin as a .npy file does")
    if len(head) < size:
        with path.open("rb") as file:
            head = file.read(HEADER_LIMIT_BYTES + 12)
    header = parse_header(head, str(path))
    count_pixels(header.shape, header.dtype, path)
    if header.end != size:
        what = "truncated" if size < header.end else "longer than its header says"
        raise ImageError(
            Fault.DAMAGED,
            f"{path} is {what}: {size} bytes on disk, {header.end} by its header "
            f"({shape_text(header.shape)} {header.dtype})",
            "Write it again.",
        )
    return PixelLayout(
        header.shape,
        header.dtype,
        describe(header, ".npy"),
        header.offset,
        header.byte_order,
        header.fortran_order,
        is_complex=header.is_complex,
    )


def describe(header: Header, name: str) -> str:
    """Format, pixel type and shape, for people."""
    order = " big-endian" if header.byte_order == "big" else ""
    fortran = ", Fortran order" if header.fortran_order else ""
    parts = " (complex)" if header.is_complex else ""
    return f"{name}{order} {header.dtype}{parts}, {shape_text(header.shape)}{fortran}"


def parse_header(head: bytes, where: str) -> Header:
    """Read the header at the beginning of `head`.

    Raises:
        ImageError: it is no .npy header, or the array is not one of plain numbers.
    """
    major = head[6] if len(head) > 6 and head.startswith(MAGIC) else 0
    if major not in (1, 2, 3):
        raise ImageError(Fault.DAMAGED, f"{where} has no .npy header of version 1, 2 or 3")
    start = 10 if major == 1 else 12
    length = int.from_bytes(head[8:start], "little")
    text = head[start : start + length]
    if length > HEADER_LIMIT_BYTES or len(text) < length:
        raise ImageError(Fault.DAMAGED, f"{where}: the .npy header of {length} bytes is not all there")
    try:
        # a backslash, which no header needs, could make Python print a warning
        table = None if b"\\" in text else ast.literal_eval(text.decode("utf-8" if major == 3 else "latin-1"))
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise ImageError(Fault.DAMAGED, f"{where}: the .npy header is not a dictionary") from error
    if not isinstance(table, dict) or not {"descr", "fortran_order", "shape"} <= table.keys():
        raise ImageError(Fault.DAMAGED, f"{where}: the .npy header lacks descr, fortran_order or shape")
    dtype, byte_order = _dtype(table["descr"], where)
    shape = table["shape"]
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ImageError(Fault.DAMAGED, f"{where}: the .npy header gives no shape, but {shape!r:.60}")
    is_complex, is_fortran = dtype in COMPLEX_PARTS, bool(table["fortran_order"])
    if is_complex and is_fortran:
        raise ImageError(
            Fault.DTYPE,
            f"{where}: complex pixels in Fortran order are not supported",
            "Save in C order.",
        )
    return Header(*as_pairs(shape, dtype), byte_order, is_fortran, start + length, is_complex)


def _dtype(descr: Any, where: str) -> tuple[str, Literal["little", "big"]]:
    if isinstance(descr, str) and descr.lstrip("<>|=").startswith("O"):
        raise ImageError(
            Fault.DTYPE, f"{where} holds pickled Python objects, which are never loaded", "Save numbers."
        )
    known = KINDS.get(descr[1:]) if isinstance(descr, str) and descr[:1] in ("<", ">", "|", "=") else None
    if known is None:
        raise ImageError(
            Fault.DTYPE, f"{where}: pixels of type {descr!r:.60} are not supported", "Save numbers."
        )
    return known, "big" if descr[0] == ">" else "little"
