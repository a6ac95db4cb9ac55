"""The grid of start times is sorted, and holds what must be on it."""

from __future__ import annotations

import numpy as np

from bisect_parity.provenance.time_grid import grid

NOON = 1_760_000_000.0


def test_the_grid_is_sorted_and_holds_every_boundary() -> None:
    edges = grid([NOON], [NOON + 3600], [NOON + 500], np.array([NOON + 17.5]))
    assert (np.diff(edges) > 0).all()
    assert NOON + 17.5 in edges
