"""Where two images differ most, how many digits they share, and a map of the differences in tiles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bisect_parity.parity.model import Digits, TileMap
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from torch import Tensor

    from bisect_parity.parity.pixels import Band

__all__ = ["TILES", "DigitsWatch", "ExtremeWatch", "TileWatch"]

TILES = 64
DIGITS_PIXELS = 32 * 1024
LEAST_MAGNITUDE = 2.0**-1074  # keeps 0/0 from being NaN
LEAST_RATIO = 2.0**-100  # below that of any two float64 numbers that differ


class ExtremeWatch:
    """Finds the greatest |y - x|, and the first pixel that has it."""

    def __init__(self) -> None:
        self.greatest = -1.0
        self.index = 0

    def may_be_in(self, greatest_square: float) -> bool:
        """Whether a band with this greatest (y - x)^2 may hold a new extreme."""
        # squares keep the order, but two neighbours may have the same; and NaN is less than nothing
        return self.greatest <= 0 or not greatest_square < self.greatest * self.greatest

    def look(
        self, band: Band, _reference: Tensor, _candidate: Tensor, difference: Tensor, left_out: Tensor | None
    ) -> None:
        """See `Watch`."""
        low, high = (float(value) for value in torch.aminmax(difference))
        extreme = max(high, -low)
        if extreme > self.greatest and (extreme > 0 or left_out is None or not bool(left_out.all())):
            self.greatest = extreme
            self.index = band.start + _first_extreme(low, high, difference, left_out)


def _first_extreme(low: float, high: float, difference: Tensor, left_out: Tensor | None) -> int:
    if low == high == 0:
        return 0 if left_out is None else int(left_out.byte().argmin())
    places = [int(difference.argmax())] if high >= -low else []
    if -low >= high:
        places.append(int(difference.argmin()))
    return min(places)


class DigitsWatch:
    """Counts matching digits, a few thousand pixels at a time, in buffers that are used again.

    Args:
        device: where the images are.
    """

    def __init__(self, device: torch.device) -> None:
        self._differing = 0
        self._greatest = 0.0
        self._sums: list[float] = []
        self._log_of_least = float(torch.tensor(LEAST_RATIO).log10())
        self._double = torch.empty(2, DIGITS_PIXELS, dtype=torch.float64, device=device)
        self._single = torch.empty(DIGITS_PIXELS, device=device)

    def look(
        self, _band: Band, reference: Tensor, candidate: Tensor, difference: Tensor, _left_out: Tensor | None
    ) -> None:
        """See `Watch`."""
        for start in range(0, difference.numel(), DIGITS_PIXELS):
            x, y, d = (image[start : start + DIGITS_PIXELS] for image in (reference, candidate, difference))
            magnitude, ratio = self._double[:, : d.numel()].unbind()
            single = self._single[: d.numel()]
            torch.maximum(torch.abs(x, out=magnitude), torch.abs(y, out=ratio), out=magnitude)
            torch.div(torch.abs(d, out=ratio), magnitude.clamp_min_(LEAST_MAGNITUDE), out=ratio)
            differing = int(torch.count_nonzero(d))
            self._differing += differing
            self._greatest = max(self._greatest, float(ratio.amax()))
            # log10 of float64 takes longer than all the rest, and picking out pixels longer still: pixels
            # that are equal get the logarithm of a known number, and it is taken off again
            logarithms = ratio.copy_(single.copy_(ratio).clamp_min_(LEAST_RATIO).log10_())
            equal = d.numel() - differing
            self._sums.append(float(logarithms.sum()) - equal * self._log_of_least)

    def result(self) -> Digits:
        """What was counted."""
        if not self._differing:
            return Digits(0, None, None)
        return Digits(
            self._differing, 0.0 - math.log10(self._greatest), 0.0 - math.fsum(self._sums) / self._differing
        )


class TileWatch:
    """Adds up a map of at most `TILES` x `TILES` tiles; overwrites the difference, so it has to be the last.

    Args:
        shape: of the images; an image of one axis is one row.
        extremes: is shown the bands that may hold a new extreme, which the squares tell.
    """

    def __init__(self, shape: tuple[int, ...], extremes: ExtremeWatch | None) -> None:
        self._extremes = extremes
        self._height = shape[-2] if len(shape) > 1 else 1
        width = shape[-1]
        self._tile = (-(-self._height // TILES), -(-width // TILES))
        grid = (-(-self._height // self._tile[0]), -(-width // self._tile[1]))
        self._counts = torch.zeros(grid, dtype=torch.float64)
        self._squares = torch.zeros(grid, dtype=torch.float64)
        self._greatest = torch.zeros(grid, dtype=torch.float64)

    def look(
        self, band: Band, reference: Tensor, candidate: Tensor, difference: Tensor, left_out: Tensor | None
    ) -> None:
        """See `Watch`."""
        grid = difference.mul_(difference).view(band.rows, band.columns)
        dropped = None if left_out is None else left_out.view(band.rows, band.columns)
        greatest = 0.0
        row = 0
        while row < band.rows:
            y = (band.row + row) % self._height
            tile_row = y // self._tile[0]
            end = min(band.rows, row + min((tile_row + 1) * self._tile[0], self._height) - y)
            piece = None if dropped is None else dropped[row:end]
            greatest = max(greatest, self._add(tile_row, band.column, grid[row:end], piece))
            row = end
        if self._extremes is not None and self._extremes.may_be_in(greatest):
            torch.sub(candidate, reference, out=difference)
            self._extremes.look(band, reference, candidate, difference, left_out)

    def _add(self, tile_row: int, column: int, squares: Tensor, dropped: Tensor | None) -> float:
        """Add rows that lie in one row of tiles, and begin at `column`; return the greatest square."""
        # rows are added up first: going through them along the columns is what memory is fast at
        sums, greatest = squares.sum(0), squares.amax(0)
        counts = None if dropped is None else squares.shape[0] - dropped.sum(0, dtype=torch.float64)
        width = self._tile[1]
        length = squares.shape[1]
        head = min(-column % width, length)
        whole = (length - head) // width * width
        tail = length - head - whole
        for start, size, step in ((0, head, head), (head, whole, width), (head + whole, tail, tail)):
            if not size:
                continue
            first = (column + start) // width
            part = (tile_row, slice(first, first + size // step))
            area = slice(start, start + size)
            self._squares[part].add_(sums[area].view(-1, step).sum(1).cpu())
            most = self._greatest[part]
            torch.maximum(most, greatest[area].view(-1, step).amax(1).cpu(), out=most)
            count = squares.shape[0] * step if counts is None else counts[area].view(-1, step).sum(1).cpu()
            self._counts[part].add_(count)
        return float(greatest.amax())

    def result(self) -> TileMap:
        """The map."""
        rms = (self._squares / self._counts).sqrt_()
        # the root of a rounded square is the number itself again
        greatest = self._greatest.sqrt().where(self._counts > 0, math.nan)
        return TileMap(self._tile, _rows(rms), _rows(greatest))


def _rows(grid: Tensor) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(v if math.isfinite(v) else None for v in row) for row in grid.tolist())
