"""Sumatra's records and Comet's offline archives: commit, times, parameters, figures."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats import comet, sumatra
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import DATA, assert_sound, find

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "ac647f2c4c411949782ec009aaa27f29b6f542ab"
RECORDS = "sumatra/records_export.json"
ARCHIVE = "comet/d20faf290b324a01abb4d752d860eb3b.zip"


def test_sumatra_tells_every_run_with_commit_start_and_dirt() -> None:
    first, second = find(RECORDS, "sumatra").runs
    assert (first.label, second.label) == ("20261127-181939", "20261127-181944")
    assert [(r.text, r.dirty) for run in (first, second) for r in run.records] == [
        (COMMIT, False),
        (COMMIT, True),
    ]
    (time,) = first.times
    assert (time.seconds, time.kind, time.marks) == (1795803579, TimeKind.UTC, "start")
    assert [duration.seconds for duration in second.durations] == [pytest.approx(0.237, abs=1e-3)]


def test_sumatra_tells_parameters_figures_and_what_was_changed() -> None:
    first, second = find(RECORDS, "sumatra").runs
    assert [(item.name, item.value) for item in first.parameters] == [("phase", 0.51)]
    assert [(m.name, m.value) for m in second.metrics] == [("correlation", 0.9346047428917722)]
    assert (first.digests, [(d.file, d.hexdigest) for d in second.digests]) == (
        (),
        [("simulator.py", "59cdf71")],
    )
    assert [command.program for command in first.commands] == ["main.py"]


def test_the_folder_of_sumatra_is_found(tmp_path: Path) -> None:
    shutil.copytree(DATA / "sumatra", tmp_path / ".smt")
    assert [bundle.path for bundle in discover(tmp_path, EvidenceSettings())] == [".smt"]


def test_comet_tells_commit_branch_times_parameters_and_figures() -> None:
    found = find(ARCHIVE, "comet")
    assert [record.text for record in found.records] == [COMMIT]
    assert [branch.value for branch in found.branches] == ["main"]
    assert [(time.seconds, time.marks, time.kind) for time in found.times] == [
        (1795803601.994, "start", TimeKind.UTC),
        (1795803603.769, "end", TimeKind.UTC),
    ]
    assert [(item.name, item.value) for item in found.parameters] == [("phase", 0.51)]
    assert ("correlation", 0.934582225197489) in [(metric.name, metric.value) for metric in found.metrics]
    assert {"packages.numpy", "host", "python"} <= {item.name for item in found.environment}


def test_a_zip_that_only_holds_an_experiment_is_an_archive() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("experiment.json", (2025, 10, 9, 16, 17, 14)), "{}")
    assert [time.origin for time in comet.READER.read("a.zip", content.getvalue()).times] == ["header"]


@given(st.binary(max_size=60), st.integers(0, 3000))
@example(junk=b"\0" * 9, at=1978)  # a member without a name
@example(junk=b"\0" * 8 + b"\1", at=1978)  # one whose name cannot be printed
def test_damaged_archives_are_told(junk: bytes, at: int) -> None:
    data = (DATA / ARCHIVE).read_bytes()
    assert_sound(comet.READER.read("a.zip", data[:at] + junk + data[at + len(junk) :]), "a.zip")


ODD: st.SearchStrategy[Any] = (
    st.none() | st.integers() | st.text(max_size=8) | st.lists(st.none(), max_size=2)
)


@given(st.data())
def test_odd_values_never_raise(data: st.DataObject) -> None:
    document = json.loads((DATA / RECORDS).read_bytes())
    document[0][data.draw(st.sampled_from(sorted(document[0])))] = data.draw(ODD)
    assert_sound(sumatra.READER.read("r.json", json.dumps(document).encode()), "r.json")
    messages = [{"type": kind, "payload": data.draw(ODD)} for kind in ("git_metadata", "metric_msg")]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("experiment.json", json.dumps(data.draw(ODD)))
        archive.writestr("messages.json", "\n".join(map(json.dumps, messages)))
    assert_sound(comet.READER.read("a.zip", content.getvalue()), "a.zip")


def test_a_name_in_an_archive_that_is_no_text_is_told() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("experiment.json", "{}")
        archive.writestr("\u00e9", "")
    data = content.getvalue().replace("\u00e9".encode(), b"\xff\xfe")
    assert comet.READER.read("a.zip", data).problems
