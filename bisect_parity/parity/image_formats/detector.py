"""Detector images (CBF, EDF, MRC) through fabio, which holds a decoded image in memory."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

from bisect_parity.parity.background import BackgroundTask
from bisect_parity.parity.image_formats.arrays import (
    complaints_of,
    frame_number,
    import_extra,
    in_memory,
)
from bisect_parity.parity.layout import Fault, ImageError, ImageSpec, PixelLayout

CBF_SECTION = b"--CIF-BINARY-FORMAT-SECTION--"
CBF_BINARY_START = b"\x0c\x1a\x04\xd5"
LEAST_SECONDS = 60.0
BYTES_PER_SECOND = 10e6  # of the slowest disk


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; the dataset is the number of a frame, counted from 0.

    Raises:
        ImageError: the file is damaged, or has no such frame.
    """
    fabio = import_extra("fabio", "detectors", path)
    if head.startswith(b"###CBF"):
        _insist_on_binary_section(path)
    with complaints_of("fabio") as complaints:
        try:
            # fabio searches some damaged headers for ever; the thread ends with the process
            reading = BackgroundTask(lambda: _frame(fabio, path, spec.dataset))
            array, name = reading.result(LEAST_SECONDS + size / BYTES_PER_SECOND)
        except ImageError:
            raise
        except Exception as error:
            raise ImageError(
                Fault.DAMAGED, f"{path} is not a valid detector image: {error!s:.200}"
            ) from error
    if complaints:
        raise ImageError(Fault.DAMAGED, f"{path} is damaged: {complaints[0]:.200}")
    return in_memory(array, name, path)


def _insist_on_binary_section(path: Path) -> None:
    """Refuse a CBF file that ends before its pixels begin: fabio would look for them for ever."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        section = mapped.find(CBF_SECTION)
        if section < 0 or mapped.find(CBF_BINARY_START, section) < 0:
            raise ImageError(Fault.DAMAGED, f"{path} is truncated: its pixels do not begin")


def _frame(fabio: Any, path: Path, wanted: str | None) -> tuple[Any, str]:
    with fabio.open(str(path)) as image:
        name = type(image).__name__.removesuffix("Image").removesuffix("image").upper()
        if wanted is None:
            if image.nframes > 1:
                last = image.nframes - 1
                raise ImageError(
                    Fault.UNREADABLE,
                    f"{path} holds {image.nframes} frames",
                    f"Choose one with FILE::NUMBER, from 0 to {last}.",
                )
            return image.data, name
        number = frame_number(wanted, image.nframes, path)
        return (image.get_frame(number) if number else image).data, name
