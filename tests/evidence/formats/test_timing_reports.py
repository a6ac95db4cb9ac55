"""hyperfine, JMH, BenchmarkDotNet: figures, parameters and the host; nothing of when or at which commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.evidence.formats.tools import find

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Findings

HYPERFINE = "hyperfine/result.json"
SMALL, LARGE = "python3 run.py --size 8", "python3 run.py --size 16"
JMH = "timing_reports/jmh-result.json"
DOT_NET = "timing_reports/Heat.Bench-20251009-161714-report-full.json"


def figures(found: Findings) -> dict[str, float | None]:
    return {metric.name: metric.value for metric in found.metrics}


def test_hyperfine_tells_seconds_a_command_and_what_was_scanned() -> None:
    found = find(HYPERFINE, "hyperfine")
    assert [name for name in figures(found) if name.endswith(".mean")] == [
        f"{SMALL}.mean",
        f"{LARGE}.mean",
    ]
    assert 0.001 < (figures(found)[f"{LARGE}.mean"] or 0.0) < 1.0
    assert [command.options for command in found.commands] == [{"--size": "8"}, {"--size": "16"}]
    assert [(item.name, item.value) for item in found.parameters] == [
        (f"{SMALL}.size", "8"),
        (f"{LARGE}.size", "16"),
    ]


def test_jmh_tells_scores_with_their_unit_and_the_virtual_machine() -> None:
    found = find(JMH, "jmh")
    assert figures(found) == {"org.example.Heat.step.256.score ops/s": 123.4}
    assert {item.name: item.value for item in found.environment}["jdkVersion"] == "17.0.15"
    assert {item.name: item.value for item in found.parameters}["mode"] == "thrpt"


def test_benchmark_dot_net_tells_statistics_and_the_host() -> None:
    found = find(DOT_NET, "benchmark-dot-net")
    assert figures(found)["Heat.Bench.Step.Mean"] == 1.5
    assert {item.name: item.value for item in found.environment}["RuntimeVersion"] == ".NET 8.0.1"


@pytest.mark.parametrize(
    ("path", "tool"), [(HYPERFINE, "hyperfine"), (JMH, "jmh"), (DOT_NET, "benchmark-dot-net")]
)
def test_none_of_them_states_a_commit_or_a_time(path: str, tool: str) -> None:
    found = find(path, tool)
    assert (found.records, found.times) == ((), ())
