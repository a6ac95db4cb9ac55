"""The fit moves every parameter that it names, in its own measure, and leaves the others alone."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import cattrs
import pytest

from benchmarks.fit_provenance import FIXED, SHARES, _distance, _moved, _names, _read, _split
from bisect_parity.provenance.parameter_file import load_parameters
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

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


def test_one_repository_is_split_by_its_runs_and_taught_by_what_programs_recorded(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    ids = []
    for number in range(4):
        start = EPOCH + number * 3600
        ids.append(repo.commit({"a.py": f"A = {number}\n"}, "code", when=start))
        recorded = {"git_sha": ids[-1]} if number else {"device": "cpu"}
        name = f"reports/20250908T{16 + number}1500Z/env.json"
        repo.commit({name: json.dumps(recorded)}, "results", when=start + 1200)
    known = _read(repo.top, 14, load_parameters())
    assert sorted(known.commits) == sorted(ids[1:])
    (rest,), (held_out,) = _split([known])
    assert (len(rest.runs), len(held_out.runs)) == (2, 1)
    assert held_out.losses(load_parameters())[0] < 0.5
    with pytest.raises(SystemExit, match="at least 3 runs"):
        _split([known.part([0, 1])])
