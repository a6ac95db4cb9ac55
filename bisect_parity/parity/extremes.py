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
COLUMNS_AT_ONCE = 64 * 1024  # of finished rows of tiles: 1 MiB of sums
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
        self, band: Band, reference: Tensor, candidate: Tensor, room: Tensor, left_out: Tensor | None
    ) -> None:
        """See `Watch`."""
        difference = torch.sub(candidate, reference, out=room)
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
        self, _band: Band, reference: Tensor, candidate: Tensor, room: Tensor, _left_out: Tensor | None
    ) -> None:
        """See `Watch`."""
        difference = torch.sub(candidate, reference, out=room)
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
    """Adds up a map of at most `TILES` x `TILES` tiles.

    Rows that lie in one row of tiles are added up first, column by column: along the columns memory is fast.

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
        self._columns: _Columns | None = None
        self._finished: list[_Columns] = []

    def look(
        self, band: Band, reference: Tensor, candidate: Tensor, room: Tensor, left_out: Tensor | None
    ) -> None:
        """See `Watch`."""
        # (y - x)^2 in one pass, which no other operation of torch does; 0 means that nothing is added up
        grid = torch.ops.aten.mse_loss.out(candidate, reference, 0, out=room).view(band.rows, band.columns)
        dropped = None if left_out is None else left_out.view(band.rows, band.columns)
        greatest = 0.0
        row = 0
        while row < band.rows:
            y = (band.row + row) % self._height
            tile_row = y // self._tile[0]
            end = min(band.rows, row + min((tile_row + 1) * self._tile[0], self._height) - y)
            piece = None if dropped is None else dropped[row:end]
            place = (tile_row, band.column, band.columns)
            if self._columns is None or self._columns.place != place:
                self._finish()
                if self._finished and not self._finished[-1].is_followed_by(place):
                    self._settle()
                self._columns = _Columns(place, grid)
            greatest = max(greatest, self._columns.add(grid[row:end], piece))
            row = end
        if self._extremes is not None and self._extremes.may_be_in(greatest):
            self._extremes.look(band, reference, candidate, room, left_out)

    def _finish(self) -> None:
        """Put what was added up of one row of tiles aside: some rows together take no longer than one."""
        if self._columns is not None:
            self._finished.append(self._columns)
            if len(self._finished) * self._columns.place[2] >= COLUMNS_AT_ONCE:
                self._settle()
        self._columns = None

    def _settle(self) -> None:
        """Bring the finished rows of tiles, which follow each other, into the map."""
        if not self._finished:
            return
        tile_row, column, length = self._finished[0].place
        count = len(self._finished)
        rows = slice(tile_row, tile_row + count)
        squares, greatest, counts = (
            torch.stack(part) for part in zip(*(one.totals() for one in self._finished), strict=True)
        )
        width = self._tile[1]
        head = min(-column % width, length)
        whole = (length - head) // width * width
        tail = length - head - whole
        for start, size, step in ((0, head, head), (head, whole, width), (head + whole, tail, tail)):
            if not size:
                continue
            first = (column + start) // width
            part = (rows, slice(first, first + size // step))
            tiles = (slice(None), slice(start, start + size))
            self._squares[part].add_(squares[tiles].reshape(count, -1, step).sum(2).cpu())
            if counts.shape[1] == 1:
                self._counts[part].add_(counts.cpu() * step)
            else:
                self._counts[part].add_(counts[tiles].reshape(count, -1, step).sum(2).cpu())
            most = self._greatest[part]
            torch.maximum(most, greatest[tiles].reshape(count, -1, step).amax(2).cpu(), out=most)
        self._finished = []

    def result(self) -> TileMap:
        """The map."""
        self._finish()
        self._settle()
        rms = (self._squares / self._counts).sqrt_()
        # the root of a rounded square is the number itself again
        greatest = self._greatest.sqrt().where(self._counts > 0, math.nan)
        return TileMap(self._tile, _rows(rms), _rows(greatest))


class _Columns:
    """Sums along the columns of rows that lie in one row of tiles.

    Args:
        place: number of the row of tiles, first column, number of columns.
        like: a tensor of the same type and device.
    """

    def __init__(self, place: tuple[int, int, int], like: Tensor) -> None:
        self.place = place
        self._squares = like.new_zeros(place[2])
        self._greatest = like.new_zeros(place[2])
        self._dropped: Tensor | None = None
        self._rows = 0

    def add(self, squares: Tensor, dropped: Tensor | None) -> float:
        """Add rows of squares, zero where they are dropped; return the greatest of them."""
        self._rows += squares.shape[0]
        self._squares.add_(squares.sum(0))
        greatest = squares.amax(0)
        torch.maximum(self._greatest, greatest, out=self._greatest)
        if dropped is not None:
            count = dropped.sum(0, dtype=torch.float64)
            self._dropped = count if self._dropped is None else self._dropped.add_(count)
        return float(greatest.amax())

    def is_followed_by(self, place: tuple[int, int, int]) -> bool:
        """Whether the same columns of the next row of tiles are at `place`."""
        return place == (self.place[0] + 1, *self.place[1:])

    def totals(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of each column: the sum and the greatest of the squares, and how many pixels count.

        The last is a single number where it is that of all columns.
        """
        if self._dropped is None:
            return self._squares, self._greatest, self._squares.new_full((1,), self._rows)
        return self._squares, self._greatest, self._dropped.neg_().add_(self._rows)


def _rows(grid: Tensor) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(v if math.isfinite(v) else None for v in row) for row in grid.tolist())
