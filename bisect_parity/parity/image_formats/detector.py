"""Detector images (CBF, EDF, MRC) through fabio, which holds a decoded image in memory."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bisect_parity.parity.image_formats.arrays import frame_number, import_extra, in_memory
from bisect_parity.parity.layout import Fault, ImageError, ImageSpec, Layout

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read"]


class _Complaints(logging.Handler):
    """Keeps fabio's warnings: it fills up truncated images with zeros, and only logs that it did."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> Layout:
    """See `Reader`; the dataset is the number of a frame, counted from 0.

    Raises:
        ImageError: the file is damaged, or has no such frame.
    """
    del head, size
    fabio = import_extra("fabio", "detectors", path)
    complaints = _Complaints()
    logger = logging.getLogger("fabio")
    propagates = logger.propagate
    logger.propagate = False
    logger.addHandler(complaints)
    try:
        array, name = _frame(fabio, path, spec.dataset)
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(Fault.DAMAGED, f"{path} is no undamaged detector image: {error}") from error
    finally:
        logger.removeHandler(complaints)
        logger.propagate = propagates
    if complaints.texts:
        raise ImageError(Fault.DAMAGED, f"{path} is damaged: {complaints.texts[0]:.200}")
    return in_memory(array, name, path)


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
