"""What a report reads of a bisection."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bisect_parity.history.commit_summary import CommitSummary


@pytest.mark.parametrize("date", ["2025-10-09T12:00:00Z", "2025-10-09T12:00:00", "2025-10-09T14:00:00+02:00"])
def test_a_date_without_a_zone_is_utc_wherever_it_is_read(date: str) -> None:
    assert CommitSummary("a", date=date).moment == datetime(2025, 10, 9, 12, tzinfo=UTC)


def test_a_date_that_cannot_be_read_is_none() -> None:
    assert CommitSummary("a", date="yesterday").moment is None
