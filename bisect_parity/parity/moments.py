"""Moments of two images in one pass, whatever their pixel types, strides and device.

One thread does it all, in bands of a fixed size that are added up in a fixed order: on one kind of CPU, the
numbers are the same to the last bit whatever the thread count is set to.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from bisect_parity.parity.combine import (
    combine,
    is_trustworthy,
    moments_of_broken,
    number,
    position,
)
from bisect_parity.parity.extremes import DigitsWatch, ExtremeWatch, TileWatch
from bisect_parity.parity.layout import Fault, ImageError, Rectangle, shape_text
from bisect_parity.parity.model import VERDICT_SCOPE, ImageMoments, Moments, Scope
from bisect_parity.parity.pixel_survey import count_non_finite, plan_from_sample, plan_from_survey, survey
from bisect_parity.parity.pixels import Pixels, TensorPixels
from bisect_parity.parity.single_pass import Buffers, PixelSelection, Watch, show, sweep
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

__all__ = ["ImageMoments", "Moments", "compare_pixels", "compare_tensors"]


def compare_tensors(
    reference: Tensor,
    candidate: Tensor,
    *,
    mask: Tensor | None = None,
    scope: Scope = VERDICT_SCOPE,
) -> Moments:
    """Compare two images in memory (or memory-mapped), of any real pixel type each, on any device.

    Args:
        reference: the trusted image; any shape of at least one pixel.
        candidate: the image under test; of the same shape.
        mask: of the same shape; pixels where it is zero are left out.
        scope: what counts, and what is found.

    Raises:
        ImageError: the shapes differ, a pixel type is not supported, or no pixel counts.
    """
    return compare_pixels(
        TensorPixels(reference),
        TensorPixels(candidate),
        mask=None if mask is None else TensorPixels(mask),
        scope=scope,
        device=candidate.device,
    )


def compare_pixels(
    reference: Pixels,
    candidate: Pixels,
    *,
    mask: Pixels | None = None,
    scope: Scope,
    device: torch.device | None = None,
) -> Moments:
    """As `compare_tensors`, with pixels from anywhere.

    Raises:
        ImageError: the shapes differ, or no pixel counts.
    """
    shape = reference.shape
    if candidate.shape != shape:
        raise ImageError(
            Fault.SHAPE,
            f"the candidate is {shape_text(candidate.shape)} pixels, the reference {shape_text(shape)}",
            role="candidate",
        )
    if mask is not None and mask.shape != shape:
        raise ImageError(
            Fault.SHAPE,
            f"the mask is {shape_text(mask.shape)} pixels, not {shape_text(shape)}",
            role="mask",
        )
    selection = PixelSelection(shape, mask, _rectangles(scope.roi, shape))
    with _one_thread(), torch.inference_mode():
        buffers = Buffers(shape, device or torch.device("cpu"))
        return _Comparison(reference, candidate, selection, buffers).run(scope)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """One thread: sums are then the same whatever the setting, and no core waits for another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _rectangles(roi: tuple[Rectangle, ...], shape: tuple[int, ...]) -> tuple[Rectangle, ...]:
    height, width = (shape[-2] if len(shape) > 1 else 1), shape[-1]
    for top, bottom, left, right in roi:
        if not (0 <= top < bottom <= height and 0 <= left < right <= width):
            raise ImageError(
                Fault.SHAPE,
                f"the region {top}:{bottom},{left}:{right} does not lie in {height} x {width} pixels",
                role="mask",
            )
    return roi


@frozen
class _Comparison:
    """One comparison of images of one shape."""

    reference: Pixels
    candidate: Pixels
    selection: PixelSelection
    buffers: Buffers

    def run(self, scope: Scope) -> Moments:
        shape = self.reference.shape
        extremes = ExtremeWatch() if scope.extremes else None
        tile_map = TileWatch(shape) if scope.tiles else None
        matching = DigitsWatch(self.buffers.device) if scope.digits else None
        images = (self.reference, self.candidate)
        room = (self.selection, self.buffers)
        plan = plan_from_sample(*images, *room)
        watches: list[Watch] = [] if matching is None else [matching]
        if tile_map is not None:
            watches.append(tile_map)
        elif extremes is not None:
            watches.append(extremes)
        sums = sweep(*images, plan, *room, watches)
        if tile_map is not None and extremes is not None:
            for band in tile_map.extreme_bands():
                show(extremes, band, *images, *room)
        if sums.count == 0:
            raise ImageError(Fault.SHAPE, "the mask and the regions leave no pixel over", role="mask")
        if sums.suspects:
            broken = count_non_finite(*images, sums.suspects, *room)
            if broken[0].count or broken[1].count:
                known = [
                    None if found.count else survey(image, *room)
                    for image, found in zip(images, broken, strict=True)
                ]
                return moments_of_broken(shape, sums.count, broken, (known[0], known[1]))
        constant = (False, False)
        if sums.suspects or not is_trustworthy(sums):
            surveys = survey(self.reference, *room), survey(self.candidate, *room)
            constant = surveys[0].low == surveys[0].high, surveys[1].low == surveys[1].high
            plan = plan_from_survey(*surveys)
            sums = sweep(*images, plan, *room)
        moments = combine(shape, sums, plan, constant)
        return attrs.evolve(
            moments,
            max_abs_difference=None if extremes is None else number(extremes.greatest),
            max_abs_difference_at=None if extremes is None else position(extremes.index, shape),
            tiles=None if tile_map is None else tile_map.result(),
            digits=None if matching is None else matching.result(),
        )
