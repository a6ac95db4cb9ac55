"""Where two images differ most, how many digits they share, and a map of the differences in tiles."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from bisect_parity.parity.model import Digits, TileMap
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from bisect_parity.parity.pixels import Band

TILES = 64
DIGITS_PIXELS = 32 * 1024
COLUMNS_AT_ONCE = 64 * 1024  # that wait to be added up: 1 MiB of sums
PARTS_AT_ONCE = 256  # of them; a tensor takes half a kilobyte, however short it is
LEAST_SQUARE = 2.0**-1000  # below it, digits are lost to underflow
LEAST_MAGNITUDE = 2.0**-1074  # keeps 0/0 from being NaN
LEAST_RATIO = 2.0**-100  # below that of any two float64 numbers that differ


class ExtremeWatch:
    """Finds the greatest |y - x|, and the first pixel that has it."""

    def __init__(self) -> None:
        self.greatest = -1.0
        self.index = 0

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
    """Counts matching digits, a few thousand pixels at a time, in buffers that are used again."""

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
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._height = shape[-2] if len(shape) > 1 else 1
        width = shape[-1]
        self._tile = (-(-self._height // TILES), -(-width // TILES))
        grid = (-(-self._height // self._tile[0]), -(-width // self._tile[1]))
        self._counts = torch.zeros(grid, dtype=torch.float64)
        self._squares = torch.zeros(grid, dtype=torch.float64)
        self._greatest = torch.zeros(grid, dtype=torch.float64)
        self._waiting: list[_Columns] = []
        self._greatest_of: dict[Band, float] = {}

    def look(
        self, band: Band, reference: Tensor, candidate: Tensor, room: Tensor, left_out: Tensor | None
    ) -> None:
        """See `Watch`."""
        # (y - x)^2 in one pass, which no other operation of torch does; 0 means that nothing is added up
        grid = torch.ops.aten.mse_loss.out(candidate, reference, 0, out=room).view(band.rows, band.columns)
        dropped = None if left_out is None else left_out.view(band.rows, band.columns)
        row = 0
        while row < band.rows:
            y = (band.row + row) % self._height
            tile_row = y // self._tile[0]
            end = min(band.rows, row + min((tile_row + 1) * self._tile[0], self._height) - y)
            piece = grid if end - row == band.rows else grid[row:end]
            out = None if dropped is None else dropped[row:end].sum(0, dtype=torch.float64)
            self._add(_Columns(band, tile_row, end - row, piece.sum(0), piece.amax(0), out))
            row = end

    def _add(self, columns: _Columns) -> None:
        """Put sums along columns aside: many rows of them together take no longer than one."""
        first = self._waiting[0].band if self._waiting else columns.band
        if (first.column, first.columns) != (columns.band.column, columns.band.columns):
            self._settle()
        self._waiting.append(columns)
        count = len(self._waiting)
        if count == PARTS_AT_ONCE or count * columns.band.columns >= COLUMNS_AT_ONCE:
            self._settle()

    def _settle(self) -> None:
        """Bring what was put aside, all of the same columns, into the map."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        squares = torch.stack([one.squares for one in waiting])
        greatest = torch.stack([one.greatest for one in waiting])
        for one, square in zip(waiting, greatest.amax(1).tolist(), strict=True):
            if square > self._greatest_of.get(one.band, -1.0):  # NaN never is
                self._greatest_of[one.band] = square
        rows_of = torch.tensor([one.rows for one in waiting], dtype=torch.float64)
        counts = rows_of[:, None].expand(squares.shape)
        if waiting[0].dropped is not None:
            counts = counts - torch.stack([one.dropped for one in waiting if one.dropped is not None]).cpu()
        rows = torch.tensor([one.tile_row for one in waiting])[:, None]
        for columns, tiles, width in self._spans(waiting[0].band):
            for grid, part in ((self._squares, squares), (self._counts, counts), (self._greatest, greatest)):
                how = "amax" if grid is self._greatest else "sum"
                across = part[:, columns].reshape(len(waiting), -1, width)
                reduced = (across.amax(2) if how == "amax" else across.sum(2)).cpu()
                grid[:, tiles].scatter_reduce_(0, rows.expand(reduced.shape), reduced, how)

    def _spans(self, band: Band) -> Iterator[tuple[slice, slice, int]]:
        """The columns of a band in spans of whole tiles, or of a part of one: columns, tiles, their width."""
        width = self._tile[1]
        head = min(-band.column % width, band.columns)
        whole = (band.columns - head) // width * width
        tail = band.columns - head - whole
        for start, size, step in ((0, head, head), (head, whole, width), (head + whole, tail, tail)):
            if size:
                first = (band.column + start) // width
                yield slice(start, start + size), slice(first, first + size // step), step

    def extreme_bands(self) -> list[Band]:
        """The bands that may hold the greatest |y - x|: two neighbouring numbers may share a square."""
        self._settle()
        most = max(self._greatest_of.values(), default=0.0)
        ties = [band for band, square in self._greatest_of.items() if square == most]
        return ties[:1] if _is_of_one_number(most) else ties

    def result(self) -> TileMap:
        """The map."""
        self._settle()
        rms = (self._squares / self._counts).sqrt_()
        # the root of a rounded square is the number itself again
        greatest = self._greatest.sqrt().where(self._counts > 0, math.nan)
        return TileMap(self._tile, _rows(rms), _rows(greatest))


class _Columns(NamedTuple):
    """Sums along the columns of rows that lie in one row of tiles.

    Attributes:
        band: that the rows are of.
        tile_row: number of the row of tiles.
        rows: how many.
        squares, greatest: of each column, the sum and the greatest of the squares.
        dropped: of each column, how many pixels do not count; None if all count.
    """

    band: Band
    tile_row: int
    rows: int
    squares: Tensor
    greatest: Tensor
    dropped: Tensor | None


def _is_of_one_number(square: float) -> bool:
    """Whether one number alone, but for its sign, has this as its rounded square: it is exactly one then."""
    return LEAST_SQUARE < square < math.inf and Fraction(math.sqrt(square)) ** 2 == Fraction(square)


def _rows(grid: Tensor) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(v if math.isfinite(v) else None for v in row) for row in grid.tolist())
