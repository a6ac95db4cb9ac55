"""A table of names and values says what an object with these keys would."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.formats.tables import READERS
from tests.evidence.formats.tools import FIRST, assert_sound

if TYPE_CHECKING:
    from pathlib import Path

*_, READER = READERS

TABLE = f"correlation,0.5\nsum_ratio,0.999\nseed,7\nstarted,2025-10-09T22:05:00Z\ncommit,{FIRST}\n"


@pytest.mark.parametrize("name", ["metrics.csv", "metrics.tsv"])
@pytest.mark.parametrize("heading", ["metric,value\n", ""])
def test_figures_parameters_time_and_commit_are_found_by_their_names(name: str, heading: str) -> None:
    text = heading + TABLE
    data = (text.replace(",", "\t") if name.endswith("tsv") else text).encode()
    assert find_reader(name, data) is READER
    found = READER.read(name, data)
    assert_sound(found, name)
    assert {metric.name: metric.value for metric in found.metrics} == {"correlation": 0.5, "sum_ratio": 0.999}
    assert [record.text for record in found.records] == [FIRST]
    assert [time.seconds for time in found.times] == [1760047500.0]
    assert {item.name: item.value for item in found.parameters}["seed"] == 7


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x,y\n1,2\n",
        "author,subject\nme,commit\n",
        "commit,author\nunknown,me\n",
        "rmse,mse\nlow,high\n",
        "correlation,0.5,1\n",
        "correlation\n0.5\n",
    ],
)
def test_a_table_of_other_columns_is_not_claimed(text: str) -> None:
    assert not READER.claims(PurePosixPath("a.csv"), text.encode())


@given(st.binary(max_size=100), st.integers(0, 120))
def test_whatever_stands_in_it_the_reader_answers(noise: bytes, place: int) -> None:
    data = TABLE.encode()
    assert_sound(READER.read("a.csv", data[:place] + noise + data[place:]), "a.csv")
    READER.claims(PurePosixPath("a.csv"), noise)


def test_a_folder_with_such_a_table_beside_a_log_is_judged_by_its_figures(tmp_path: Path) -> None:
    folder = tmp_path / "runs/job_17"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text("metric,value\ncorrelation,0.964\n")
    (folder / "run.yaml").write_text(f"commit: {FIRST[:9]}\n")
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert bundle.path == "runs/job_17"
    assert [metric.value for found in bundle.findings for metric in found.metrics] == [0.964]
