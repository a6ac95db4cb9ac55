"""What was packed with gzip is read as what it holds."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats import gzipped
from bisect_parity.evidence.formats.registry import find_reader

if TYPE_CHECKING:
    from pathlib import Path

TRACE = {"baseTimeNanoseconds": 1_759_300_000_000_000_000, "traceEvents": []}
FIGURES = {"start_time": "2025-09-08T16:15:00Z", "rmse": 0.5}


def packed(value: object) -> bytes:
    return gzip.compress(json.dumps(value).encode(), mtime=0)


def test_a_packed_trace_makes_a_folder_evidence_and_tells_its_time(tmp_path: Path) -> None:
    trace = dict(TRACE, traceEvents=[{"ph": "X", "name": "a.py(1): f", "ts": 5.0, "dur": 1.0}])
    (tmp_path / "results" / "run").mkdir(parents=True)
    (tmp_path / "results" / "run" / "host.pt.trace.json.gz").write_bytes(packed(trace))
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert [artifact.format for artifact in bundle.artifacts] == ["torch-profiler"]
    (findings,) = bundle.findings
    assert [time.origin for time in findings.times] == ["trace"]
    assert findings.times[0].source.path == "results/run/host.pt.trace.json.gz"


def test_packed_figures_count_in_a_folder_that_is_evidence(tmp_path: Path) -> None:
    for folder, is_stamped in (("results/20250908T161500Z", True), ("src/data", False)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "m.json.gz").write_bytes(packed(FIGURES))
        found = [bundle.path for bundle in discover(tmp_path, EvidenceSettings())]
        assert (folder in found) is is_stamped
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert [metric.name for metric in bundle.findings[0].metrics] == ["rmse"]


@pytest.mark.parametrize("data", [packed(FIGURES)[:-12], packed({"a": [0] * 999})])
def test_what_is_not_all_there_is_a_problem(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzipped, "MOST_BYTES", 500)
    reader = find_reader("r/t.json.gz", data)
    assert reader is not None
    assert any("damaged" in problem.message for problem in reader.read("r/t.json.gz", data).problems)


def test_what_nobody_reads_is_not_read_when_it_is_packed() -> None:
    assert find_reader("r/t.bin.gz", packed(TRACE)) is None
