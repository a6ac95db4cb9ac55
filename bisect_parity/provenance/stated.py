"""One statement of a run's time, as a likelihood over what the run's own clock showed at its start. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.evidence.model import TimeStatement
from bisect_parity.provenance.clock import BROAD_SECONDS, mode_weights

if TYPE_CHECKING:
    from bisect_parity.provenance.habits import Habits

__all__ = ["Stated"]


@frozen
class Stated:
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
        modes = mode_weights(habits.modes[self.statement.origin], self.statement.marks)
        meanings = habits.meanings[self.statement.kind] * self.densities.any(axis=(0, 2))
        meanings = meanings / meanings.sum()
        mixed = meanings @ np.tensordot(modes, self.densities, 1)
        total: np.ndarray = self.reliability * mixed + (1 - self.reliability) / BROAD_SECONDS
        return total
