"""Two image files, opened, compared and judged, with each error laid to the image that it concerns."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.parity.images import open_image
from bisect_parity.parity.layout import Fault, ImageError
from bisect_parity.parity.model import VERDICT_SCOPE, ImageMoments, Moments, Scope, TileMap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bisect_parity.parity.images import Image, ImageSpec
    from bisect_parity.parity.layout import Rectangle, Role
    from bisect_parity.parity.pixels import Pixels

EXACT = 2.0**53  # whole numbers from here on may be rounded in float64
LEAST_SPREAD = 2.0**-26  # of such numbers, relative to their mean: sqrt(2 (1 - r)) is then known to 2e-8


def open_as(role: Role, path: Path, spec: ImageSpec | None = None) -> Image:
    """`open_image`, with the role of the image in its errors.

    Raises:
        ImageError: as `open_image`, with `role`.
    """
    with _blame(role):
        return open_image(path, spec)


def compare_images(
    reference: Image,
    candidate: Image,
    *,
    mask: Image | None = None,
    scope: Scope = VERDICT_SCOPE,
) -> Moments:
    """Read and compare two opened images; torch is imported here, after the files were found to be usable.

    Args:
        reference, candidate: images of one shape.
        mask: an image of the same shape; pixels where it is zero are left out.
        scope: what counts, and what is found.

    Raises:
        ImageError: the shapes differ, no pixel counts, or a file changed while it was read; regions or a
            mask are given for complex pixels; or float64 cannot tell the pixels of the reference apart.
    """
    from bisect_parity.parity.moments import compare_pixels  # noqa: PLC0415 - torch is slow to import

    if (mask is not None or scope.roi) and (reference.layout.is_complex or candidate.layout.is_complex):
        raise ImageError(
            Fault.SHAPE, "regions and masks do not apply to complex pixels", "Save the amplitudes for that."
        )
    images: list[tuple[Role, Image]] = [("reference", reference), ("candidate", candidate)]
    if mask is not None:
        images.append(("mask", mask))
    # two images in Fortran order are compared as they lie, and the answer is turned round
    turned = all(image.layout.fortran_order and len(image.shape) == 2 for _, image in images)
    with contextlib.ExitStack() as stack:
        pixels = {role: _pixels(role, image, turned, stack) for role, image in images}
        moments = compare_pixels(
            pixels["reference"],
            pixels["candidate"],
            mask=pixels.get("mask"),
            scope=evolve(scope, roi=tuple(map(_turn_rectangle, scope.roi))) if turned else scope,
        )
    for role, image in images:
        with _blame(role):
            image.check_unchanged()
    _refuse_rounded(reference, moments.reference)
    return _turn_moments(moments) if turned else moments


def _refuse_rounded(reference: Image, moments: ImageMoments) -> None:
    """Refuse a reference of whole numbers so great, and so alike, that their rounding would decide."""
    mean, spread = abs(moments.mean or 0.0), moments.deviation or 0.0
    if reference.dtype in ("int64", "uint64") and mean > EXACT and spread < LEAST_SPREAD * mean:
        raise ImageError(
            Fault.DTYPE,
            f"the reference holds whole numbers near {mean:.10g}, too alike to be compared in float64",
            "Take a constant off both images before they are saved.",
            role="reference",
        )


def _pixels(role: Role, image: Image, turned: bool, stack: contextlib.ExitStack) -> Pixels:
    from bisect_parity.parity.pixels import FilePixels, TensorPixels  # noqa: PLC0415 - torch is slow to import

    with _blame(role):
        if image.layout.decode is not None or image.layout.fortran_order != turned:
            return TensorPixels(image.data)
        shape = image.shape[::-1] if turned else image.shape
        pixels = FilePixels(image.path, image.layout, image.stamp, shape, role)
        stack.callback(pixels.close)
        return pixels


@contextlib.contextmanager
def _blame(role: Role) -> Iterator[None]:
    """Say in errors which image they concern."""
    try:
        yield
    except ImageError as error:
        error.role = error.role or role
        raise


def _turn_rectangle(rectangle: Rectangle) -> Rectangle:
    top, bottom, left, right = rectangle
    return left, right, top, bottom


def _turn_moments(moments: Moments) -> Moments:
    """The moments of the transposed images, of two axes."""
    at = moments.max_abs_difference_at
    tiles = moments.tiles
    return evolve(
        moments,
        shape=moments.shape[::-1],
        reference=_turn_image(moments.reference),
        candidate=_turn_image(moments.candidate),
        max_abs_difference_at=None if at is None else at[::-1],
        tiles=None
        if tiles is None
        else TileMap(
            (tiles.tile_shape[1], tiles.tile_shape[0]),
            tuple(zip(*tiles.rms_difference, strict=True)),
            tuple(zip(*tiles.max_abs_difference, strict=True)),
        ),
    )


def _turn_image(image: ImageMoments) -> ImageMoments:
    first = image.first_non_finite_at
    return evolve(image, first_non_finite_at=None if first is None else first[::-1])
