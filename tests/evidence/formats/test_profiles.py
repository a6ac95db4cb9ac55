"""Profiles of Python programs: when they were made, and the code that ran."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats.profiles import READERS
from bisect_parity.evidence.model import Findings, TimeKind
from tests.evidence.formats.tools import DATA, find

if TYPE_CHECKING:
    from pathlib import Path

SCALENE, SPEEDSCOPE, *_ = READERS


def test_scalene_states_its_start_its_duration_and_where_functions_stand() -> None:
    found = find("profiles/scalene.json", "scalene")
    (time,) = found.times
    assert (int(time.seconds), time.kind, time.marks) == (1759862953, TimeKind.UTC, "start")
    (duration,) = found.durations
    assert duration.seconds == pytest.approx(1.0666, abs=1e-3)
    assert [(frame.file, frame.line, frame.function, frame.is_definition) for frame in found.frames] == [
        ("/home/me/heat/heat/solver.py", 6, "solve", True)
    ]


def test_speedscope_holds_the_lines_of_python_that_ran_and_no_other_frames() -> None:
    found = find("profiles/speedscope.json", "speedscope")
    own = {(frame.file, frame.line, frame.function) for frame in found.frames if "heat/" in frame.file}
    assert ("/home/me/heat/heat/solver.py", 10, "solve") in own
    assert not any(frame.file.startswith("<") or frame.is_definition for frame in found.frames)
    assert [duration.seconds for duration in found.durations] == [pytest.approx(0.99, abs=0.05)]
    assert found.times == ()


@pytest.mark.parametrize("name", ["scalene.json", "speedscope.json"])
def test_a_profile_in_an_unstamped_folder_is_evidence(tmp_path: Path, name: str) -> None:
    (tmp_path / "speed").mkdir()
    (tmp_path / "speed" / name).write_bytes((DATA / "profiles" / name).read_bytes())
    assert [bundle.path for bundle in discover(tmp_path, EvidenceSettings())] == ["speed"]


@pytest.mark.parametrize(
    "odd", [None, [], {}, "x", {"a.py": None}, {"a.py": {"functions": [1, {"lineno": "x"}]}}, [{"frames": 3}]]
)
def test_odd_profiles_are_read_without_an_error(odd: object) -> None:
    for key in ("files", "shared", "profiles", "start_time_absolute", "elapsed_time_sec"):
        text = json.dumps({key: odd}).encode()
        assert isinstance(SCALENE.read("a.json", text), Findings)
        assert isinstance(SPEEDSCOPE.read("a.json", text), Findings)
