"""One statement of a run's time, on the run's grid of time. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.evidence.model import TimeStatement
from bisect_parity.provenance.clock import BROAD_SECONDS, mode_weights

if TYPE_CHECKING:
    from bisect_parity.provenance.habits import Habits


@frozen
class GridStatement:
    """One statement of time, on the grid.

    Attributes:
        statement: what was stated.
        densities: for each mode and meaning; shape (modes, meanings, n).
        reliability: probability that it is about this run.
    """

    statement: TimeStatement
    densities: np.ndarray = field(eq=False)
    reliability: float

    def mixture(self, habits: Habits) -> np.ndarray:
        """Its likelihood over the clock's time, with a floor for a wrong one; shape (n,)."""
        shares = self._shares(habits).ravel()
        mixed = shares @ self.densities.reshape(len(shares), -1)
        total: np.ndarray = self.reliability * mixed + (1 - self.reliability) / BROAD_SECONDS
        return total

    def counts(self, habits: Habits, odds: np.ndarray) -> np.ndarray:
        """How much each mode and meaning explains of some times.

        Args:
            habits: of the repository.
            odds: probability of each cell over its `mixture`; shape (n,).

        Returns:
            shape (modes, meanings).
        """
        found: np.ndarray = self.reliability * self._shares(habits) * (self.densities @ odds)
        return found

    def _shares(self, habits: Habits) -> np.ndarray:
        """Prior of each mode and meaning that it can have; shape (modes, meanings)."""
        can_be = self.densities[-1, :, 0] > 0  # a clock that is far off may have shown any time
        meanings = habits.meanings[self.statement.kind] * can_be
        modes = mode_weights(habits.modes[self.statement.origin], self.statement.marks)
        found: np.ndarray = modes[:, None] * (meanings / meanings.sum())
        return found
