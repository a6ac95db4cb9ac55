"""The fit moves every parameter that it names, in its own measure, and leaves the others alone."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import cattrs
import pytest

from benchmarks.fit_provenance import FIXED, SHARES, _distance, _moved, _names
from bisect_parity.provenance.parameters import load_parameters

TABLE: dict[str, Any] = cattrs.unstructure(load_parameters())


def full_names(table: dict[str, Any], before: str = "") -> list[str]:
    names = []
    for key, value in table.items():
        name = f"{before}{key}"
        names += full_names(value, f"{name}.") if isinstance(value, dict) else [name]
    return names


@pytest.mark.parametrize("pattern", [*SHARES, *FIXED])
def test_every_pattern_names_a_parameter(pattern: str) -> None:
    assert any(fnmatchcase(name, pattern) for name in full_names(TABLE))


def test_what_is_fixed_is_not_moved() -> None:
    moved = _names(TABLE)
    assert "lines.soon.origins.own commits" in moved
    assert not {"origin", "clock.finest", "sources.stamp.start", "records.machine"} & set(moved)


@pytest.mark.parametrize(("name", "value"), [("clock.exact", 0.9), ("modes.end.median", 45.0)])
def test_a_step_up_and_one_down_end_where_they_began(name: str, value: float) -> None:
    up = _moved(name, value, 0.7)
    assert up > value
    assert _distance(name, up, value) > 0
    assert _moved(name, up, -0.7) == pytest.approx(value)


def test_a_share_stays_one() -> None:
    assert 0.9 < _moved("clock.exact", 0.99, 50.0) < 1
    assert 0 < _moved("elsewhere.plain", 0.04, -50.0) < 0.04
