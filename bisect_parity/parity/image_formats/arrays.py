"""Arrays of other libraries: their pixel types, and images of them in memory."""

from __future__ import annotations

import contextlib
import importlib
import logging
import math
from typing import TYPE_CHECKING, Any, Literal

from bisect_parity.parity.layout import DTYPE_BYTES, Fault, ImageError, PixelLayout, shape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

DECODED_LIMIT_BYTES = 8 * 2**30  # 32768 x 32768 float64
LISTED_NAMES = 8
KINDS = {"b": "bool", "u": "uint", "i": "int", "f": "float"}


def import_extra(module: str, extra: str, path: Path) -> ModuleType:
    """Import the library of an optional format.

    Raises:
        ImageError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImageError(
            Fault.UNREADABLE,
            f"{path} needs the package {module}, which cannot be imported ({error})",
            f"Install it with: pip install 'bisect-parity[{extra}]'.",
        ) from error


class _Keeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextlib.contextmanager
def complaints_of(library: str) -> Iterator[list[str]]:
    """The warnings that a library logs meanwhile: some fill what is missing with zeros, and only log it."""
    keeper, logger = _Keeper(), logging.getLogger(library)
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(keeper)
    try:
        yield keeper.texts
    finally:
        logger.removeHandler(keeper)
        logger.propagate = propagates


def name_dtype(dtype: Any, where: str | Path) -> tuple[str, Literal["little", "big"]]:
    """Pixel type and byte order of a numpy dtype.

    Raises:
        ImageError: it is not one of real numbers.
    """
    kind = KINDS.get(dtype.kind, "")
    name = kind if kind == "bool" else f"{kind}{8 * dtype.itemsize}"
    if name not in DTYPE_BYTES:
        raise ImageError(Fault.DTYPE, f"{where}: pixels of type {dtype} are not supported", "Save numbers.")
    return name, "big" if dtype.newbyteorder("=") != dtype and dtype.byteorder == ">" else "little"


def check_decoded_size(shape: tuple[int, ...], itemsize: int, where: str | Path) -> None:
    """Refuse an image that would not fit in memory, before it is decoded.

    Raises:
        ImageError: it takes more than `DECODED_LIMIT_BYTES`.
    """
    if math.prod(shape) * itemsize > DECODED_LIMIT_BYTES:
        raise ImageError(
            Fault.UNREADABLE,
            f"{where}: {shape_text(shape)} pixels are too many to be decoded in memory",
            "Save the image uncompressed, as .npy for instance.",
        )


def unpacked(stored: Any, scale: float, zero: float, missing: Sequence[float]) -> Any:
    """The pixels that the numbers in a file stand for: those that are missing are NaN.

    Args:
        stored: a numpy array of real numbers.
        scale, zero: a pixel is zero + scale * number; float64 if that is not the number itself.
        missing: the numbers that stand for no value.
    """
    import numpy as np  # noqa: PLC0415 - only packed pixels need it

    kind = stored.dtype if stored.dtype.kind == "f" else np.float64
    with np.errstate(over="ignore"):  # an attribute of float64 means the nearest float32 of the pixels
        lacks = np.isin(stored, np.array(missing).astype(kind))
    is_packed = (scale, zero) != (1.0, 0.0)
    if is_packed or lacks.any():
        exact = stored if stored.dtype.kind == "f" and not is_packed else stored.astype(np.float64)
        stored = np.where(lacks, exact.dtype.type(np.nan), zero + scale * exact if is_packed else exact)
    return stored


def in_memory(array: Any, name: str, path: Path) -> PixelLayout:
    """The layout of an image that a library has read into a numpy array.

    Args:
        array: of any strides and byte order.
        name: of the format, for people.
        path: the file.

    Raises:
        ImageError: the pixels are not numbers.
    """
    is_complex = array.dtype.kind == "c"
    if is_complex:
        array = array.reshape(*array.shape, 1).copy()  # pairs need pixels that lie side by side
        array = array.view(array.real.dtype)
    dtype, _ = name_dtype(array.dtype, path)
    shape = tuple(int(n) for n in array.shape)

    def decode() -> Any:
        import numpy as np  # noqa: PLC0415 - only where a library has imported it already

        from bisect_parity.parity.torch_import import torch  # noqa: PLC0415 - opening must do without

        native = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
        return torch.from_numpy(native if native.flags.writeable else native.copy())

    text = f"{name} {dtype}{' (complex)' if is_complex else ''}, {shape_text(shape)}"
    return PixelLayout(shape, dtype, text, decode=decode, is_complex=is_complex)


def choose(names: Iterable[str], wanted: str | None, path: Path) -> str:
    """The one of `names` that is wanted, or the only one.

    Raises:
        ImageError: none, several and none wanted, or another one wanted.
    """
    there = sorted(names)
    if wanted is None and len(there) == 1:
        return there[0]
    if wanted is not None and wanted in there:
        return wanted
    listed = ", ".join(there[:LISTED_NAMES]) + (", ..." if len(there) > LISTED_NAMES else "")
    if not there:
        raise ImageError(Fault.DAMAGED, f"{path} holds no image")
    fault, what = Fault.MISSING, f"holds no {wanted!r}"
    if wanted is None:
        fault, what = Fault.UNREADABLE, f"holds {len(there)} images"
    raise ImageError(fault, f"{path} {what}", f"Choose one with FILE::NAME: {listed}.")


def frame_number(wanted: str, frames: int, path: Path) -> int:
    """The number of a frame, counted from 0.

    Raises:
        ImageError: it is no number, or there is no such frame.
    """
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() else -1
    if not 0 <= number < frames:
        raise ImageError(
            Fault.MISSING, f"{path} has no frame {wanted!r}", f"Choose one from 0 to {frames - 1}."
        )
    return number
