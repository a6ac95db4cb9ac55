"""Profiler traces give the exact start, the libraries and the code positions of a run."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats.profiler_trace import READER
from bisect_parity.evidence.model import TimeKind

BASE = 1_759_300_000_000_000_000
START = 751_764_636_543.097


def event(name: str, ts: float, dur: float, cat: str = "python_function") -> dict[str, Any]:
    return {"ph": "X", "cat": cat, "name": name, "ts": ts, "dur": dur, "pid": 1, "tid": 1}


def trace(**changes: Any) -> bytes:
    document = {
        "schemaVersion": 1,
        "deviceProperties": [{"id": 0, "name": "GPU 0"}],
        "cupti_version": 26,
        "cuda_runtime_version": 12080,
        "baseTimeNanoseconds": BASE,
        "traceName": "reports/benchmarks/20251009-161714/trace.json",
        "traceEvents": [
            event("threading.py(1014): _bootstrap", START + 60, 940),
            event("bench.py(523): <module>", START + 100, 900),
            event("bench.py(341): main", START + 110, 890),
            event("lab/simulator.py(698): run", START + 200, 300),
            event("lab/simulator.py(698): run", START + 600, 300),
            event("aten::add", START + 210, 1, "cpu_op"),
            event("PyTorch Profiler (0)", START, 1000, "Trace"),
        ],
    }
    return json.dumps(document | changes).encode()


def test_a_trace_is_claimed_by_its_head() -> None:
    assert READER.claims(PurePosixPath("r/anything.json"), trace()[:4096])
    assert not READER.claims(PurePosixPath("r/env.json"), b'{"git_sha": "x"}')


def test_the_start_is_absolute_and_exact_to_the_microsecond() -> None:
    (time,) = READER.read("r/trace.json", trace()).times
    assert time.seconds == pytest.approx(BASE / 1e9 + START / 1e6, abs=1e-6)
    assert (time.kind, time.origin, time.marks) == (TimeKind.UTC, "trace", "start")


def test_without_the_profilers_own_event_the_earliest_counts() -> None:
    events = [event("a.py(1): f", START + 5, 1), event("b.py(1): g", START + 2, 1)]
    (time,) = READER.read("r/trace.json", trace(traceEvents=events)).times
    assert time.seconds == pytest.approx(BASE / 1e9 + (START + 2) / 1e6, abs=1e-6)


def test_the_libraries_and_the_original_place_are_told() -> None:
    found = READER.read("r/trace.json", trace())
    told = {parameter.name: parameter.value for parameter in found.environment}
    assert told["cuda_runtime_version"] == 12080
    assert told["cupti_version"] == 26
    assert told["cuda_device"] == "GPU 0"
    assert told["traceName"] == "reports/benchmarks/20251009-161714/trace.json"


def test_every_python_position_is_told_once() -> None:
    frames = READER.read("r/trace.json", trace()).frames
    assert [(f.file, f.line, f.function) for f in frames] == [
        ("threading.py", 1014, "_bootstrap"),
        ("bench.py", 523, "<module>"),
        ("bench.py", 341, "main"),
        ("lab/simulator.py", 698, "run"),
    ]


def test_what_was_on_the_stack_when_profiling_began_is_no_definition() -> None:
    frames = READER.read("r/trace.json", trace()).frames
    assert [f.function for f in frames if f.is_definition] == ["run"]


@pytest.mark.parametrize("base", [None, "x", -1, 10**30, True])
def test_a_trace_without_a_clock_has_no_time(base: Any) -> None:
    assert READER.read("r/trace.json", trace(baseTimeNanoseconds=base)).times == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"traceEvents": None},
        {"traceEvents": [1, None, [], {"name": 3, "ts": "x", "cat": "python_function"}]},
        {"deviceProperties": [None]},
        {"traceEvents": [event("a.py(1): f", float("nan"), 1)]},
        {"traceEvents": [event("a.py(1): f", float("inf"), 1)]},
        {"traceEvents": [event("a.py(1): f", 1, float("nan"))]},
    ],
)
def test_a_damaged_trace_gives_what_can_be_read(changes: dict[str, Any]) -> None:
    found = READER.read("r/trace.json", trace(**changes))
    assert all(time.seconds > 0 for time in found.times)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"traceEvents": [', b"[" * 200_000, b"\xff\xfe", b'{"traceEvents": {}}']
)
def test_what_is_no_trace_becomes_a_problem(data: bytes) -> None:
    found = READER.read("r/trace.json", data)
    assert found.problems
    assert found.times == ()


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "name": st.one_of(st.text(max_size=20), st.just("a.py(1): f"), st.integers()),
                "cat": st.just("python_function"),
                "ts": st.one_of(st.floats(), st.integers(), st.text(max_size=3)),
                "dur": st.one_of(st.floats(), st.integers(), st.none()),
            },
        ),
        max_size=6,
    ),
    st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=3)),
)
def test_any_events_are_read_without_complaint(events: list[dict[str, Any]], base: Any) -> None:
    for time in READER.read("r/trace.json", trace(traceEvents=events, baseTimeNanoseconds=base)).times:
        assert 0 < time.seconds < 5e9
