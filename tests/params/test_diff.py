"""Values side by side: what separates first, then what differs, then the rest."""

from __future__ import annotations

import pytest

from bisect_parity.params.diff import diff, same_value


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("5e-3", "0.005", True),
        ("4096", "4096.0", True),
        ("CPU", "cpu", True),
        ("cpu", "cuda", False),
        ("1", "one", False),
        ("nan", "1", False),
    ],
)
def test_numbers_and_capitals_make_no_difference_of_their_own(one: str, other: str, same: bool) -> None:
    assert same_value(one, other) is same


def test_rows_come_by_what_they_tell() -> None:
    columns = [
        {"same": "1", "differs": "a", "separates": "x", "only": "q"},
        {"same": "1.0", "differs": "b", "separates": "y"},
        {"same": "1", "differs": "a", "separates": "y"},
    ]
    rows = diff(columns, ([0], [1, 2]))
    assert [row.name for row in rows] == ["separates", "differs", "only", "same"]
    assert [row.separates for row in rows] == [True, False, False, False]
    assert [row.differs for row in rows] == [True, True, False, False]
    assert rows[2].values == ("q", None, None)


def test_what_one_side_does_not_record_separates_nothing() -> None:
    (row,) = diff([{}, {"a": "1"}], ([0], [1]))
    assert not row.separates
    assert not row.differs


def test_no_columns_make_no_rows() -> None:
    assert diff([]) == ()
