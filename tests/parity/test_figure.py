"""The number that a test prints: in the group of an expression, or behind what it matches."""

from __future__ import annotations

import re

import pytest

from bisect_parity.parity.figure import _BEHIND


@pytest.mark.parametrize(
    ("line", "figure"),
    [
        ("rmse 0.16", "0.16"),
        ("rmse: 1.6e-3", "1.6e-3"),
        ('{"rmse": -0.16, "n": 3}', "-0.16"),
        ("the rmse is 12", "12"),
        ("| rmse | .5 |", ".5"),
        ("rmse,0.16,3", "0.16"),
        ("**rmse** = 7.", "7."),
        ("rmse of 64 pixels: 0.16", None),
        ("rmse v1.2.3", None),
        ("rmse\n3", None),
    ],
)
def test_without_a_group_the_number_behind_counts(line: str, figure: str | None) -> None:
    found = re.search(f"(?:rmse){_BEHIND}", line)
    assert (found and found[1]) == figure
