"""Rows in order of time, whatever the times are."""

from __future__ import annotations

import numpy as np
import pytest

from bisect_parity.history.time_order import rows_by_time

RECENT = np.random.default_rng(1).integers(1_500_000_000, 1_500_000_400, 1000)


@pytest.mark.parametrize(
    "times",
    [RECENT, RECENT - 1_500_000_200, np.append(RECENT, 2**62), np.zeros(0, np.int64), np.array([7])],
    ids=["with equal ones", "before 1970", "one far in the future", "none", "one"],
)
def test_rows_are_sorted_by_time_and_those_of_one_time_stay_in_order(times: np.ndarray) -> None:
    rows, ordered = rows_by_time(times)
    assert rows.tolist() == sorted(range(len(times)), key=lambda row: times[row])
    assert ordered.tolist() == sorted(times.tolist())
