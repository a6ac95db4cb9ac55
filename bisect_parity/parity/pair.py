"""Two image files, opened, compared and judged, with each error laid to the image that it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.parity.images import open_image
from bisect_parity.parity.layout import ImageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bisect_parity.parity.images import Image, ImageSpec
    from bisect_parity.parity.layout import Rectangle, Role
    from bisect_parity.parity.moments import Moments

__all__ = ["compare_images", "open_as"]


def open_as(role: Role, path: Path, spec: ImageSpec | None = None) -> Image:
    """`open_image`, with the role of the image in its errors.

    Raises:
        ImageError: as `open_image`, with `role`.
    """
    try:
        return open_image(path, spec)
    except ImageError as error:
        error.role = role
        raise


def compare_images(
    reference: Image,
    candidate: Image,
    *,
    mask: Image | None = None,
    roi: Sequence[Rectangle] = (),
    full: bool = False,
    tiles: bool = False,
    digits: bool = False,
) -> Moments:
    """Read and compare two opened images; torch is imported here, after the files were found to be usable.

    Args:
        reference, candidate: images of one shape.
        mask: an image of the same shape; pixels where it is zero are left out.
        roi: rectangles (first row, end row, first column, end column), as in `compare_tensors`.
        full, tiles, digits: as in `compare_tensors`.

    Raises:
        ImageError: the shapes differ, no pixel counts, or a file changed while it was read.
    """
    from bisect_parity.parity.moments import compare_tensors  # noqa: PLC0415 - torch is slow to import

    moments = compare_tensors(
        reference.data,
        candidate.data,
        mask=None if mask is None else mask.data,
        roi=roi,
        full=full,
        tiles=tiles,
        digits=digits,
    )
    for role, image in (("reference", reference), ("candidate", candidate), ("mask", mask)):
        if image is not None:
            _check(role, image)  # type: ignore[arg-type]
    return moments


def _check(role: Role, image: Image) -> None:
    try:
        image.check_unchanged()
    except ImageError as error:
        error.role = role
        raise
