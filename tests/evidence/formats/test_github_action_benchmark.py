"""github-action-benchmark: every entry of data.js is a run with its commit."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.github_action_benchmark import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import DATA, FIRST, SECOND, find

FILE = "github_action_benchmark/data.js"


def test_every_entry_is_a_run_with_its_commit() -> None:
    found = find(FILE, "github-action-benchmark")
    assert [(run.label, run.records[0].key, run.records[0].text) for run in found.runs] == [
        ("Speed[0]", "commit.id", FIRST),
        ("Speed[1]", "commit.id", SECOND),
        ("Error[0]", "commit.id", SECOND),
    ]


def test_the_time_of_the_run_and_that_of_the_commit_are_told_apart() -> None:
    times = find(FILE, "github-action-benchmark").runs[0].times
    assert [(time.seconds, time.kind, time.origin, time.marks) for time in times] == [
        (1760048000.123, TimeKind.UTC, "field", "end"),
        (1760047200.0, TimeKind.UTC, "commit", "unknown"),
    ]


def test_figures_and_the_tree_are_kept_and_neither_authors_nor_subjects_are() -> None:
    run = find(FILE, "github-action-benchmark").runs[1]
    assert [(item.name, item.value) for item in run.metrics] == [("test_speed.py::test_image[8]", 160001.5)]
    assert {item.name: item.value for item in run.environment} == {
        "tool": "pytest",
        "tree": "7cc7413399d4aa7e8216d51e181c69d0ab5e8c46",
    }
    assert "Half the phase" not in repr(run)
    assert "maker" not in repr(run)


@pytest.mark.parametrize("ending", [b"", b";", b" ;\n"])
def test_the_object_is_read_with_and_without_its_prefix(ending: bytes) -> None:
    script = (DATA / FILE).read_bytes()
    document = script[script.index(b"{") :]
    assert READER.claims(PurePosixPath("bench.json"), document[:4096])
    assert READER.read("data.js", script + ending) == READER.read("data.js", document)


@pytest.mark.parametrize(
    "data", [b"", b"window.BENCHMARK_DATA = ", b"window.BENCHMARK_DATA = [1]", b"alert(1)"]
)
def test_what_cannot_be_read_is_told(data: bytes) -> None:
    assert len(READER.read("data.js", data).problems) == 1


def test_other_scripts_are_not_claimed() -> None:
    assert not READER.claims(PurePosixPath("data.js"), b"const data = {}")
