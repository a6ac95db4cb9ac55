"""Workflow engines: the trace of Nextflow, and what Snakemake keeps of each rule."""

from __future__ import annotations

import json

from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.samples import figures, found_in, parameters, read_sample

BEGUN = 1760026634.25  # 16:17:14.25, read as if it were UTC


def test_the_trace_of_nextflow_tells_tasks_in_seconds_and_bytes_and_when_the_first_was_handed_in() -> None:
    found = read_sample("nextflow")
    assert figures(found) == {
        "GRID (a).realtime_s": 62.5,
        "GRID (a).peak_rss_bytes": 2.0 * 2**20,
        "HEAT (a).realtime_s": 0.15,
    }
    assert [(time.seconds, time.kind, time.marks, time.source.line) for time in found.times] == [
        (BEGUN, TimeKind.LOCAL, "start", 2),
        (BEGUN + 119.75, TimeKind.LOCAL, "end", 3),
    ]


def test_the_benchmark_of_a_rule_tells_its_last_repetition() -> None:
    found = read_sample("snakemake")
    assert figures(found) == {"s": 2.5, "max_rss": 12.5, "cpu_time": 2.25}
    assert found.metrics[0].source.line == 3


def test_the_metadata_of_a_file_tell_its_times_rule_and_command() -> None:
    metadata = {
        "rule": "heat",
        "params": ["-n 8"],
        "shellcmd": "python run.py --size 8",
        "starttime": 1760019434.25,
        "endtime": 1760019440.5,
    }
    found = found_in(".snakemake/metadata/cmVzdWx0", json.dumps(metadata), "snakemake")
    assert [(time.seconds, time.marks) for time in found.times] == [
        (1760019434.25, "start"),
        (1760019440.5, "end"),
    ]
    assert parameters(found) == {"rule": "heat", "params[0]": "-n 8"}
    assert [command.options for command in found.commands] == [{"--size": "8"}]
