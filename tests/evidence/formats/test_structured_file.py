"""YAML and TOML that hold one object: what JSON would say in their place."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.formats.structured_file import READERS
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.samples import figures, found_in, parameters
from tests.evidence.formats.tools import FIRST, assert_sound

YAML = f"""\
time: 2025-10-09T16:17:14+02:00
git:
  commit: {FIRST}
  dirty: true
lr: 1e-3
metrics: {{rmse: 0.25, top1: 0.75}}
"""
TOML = f"""\
started = 2025-10-09T16:17:14+02:00
lr = 0.001
[git]
commit = "{FIRST}"
dirty = true
[metrics]
rmse = 0.25
top1 = 0.75
"""


@pytest.mark.parametrize(("suffix", "text"), [("yaml", YAML), ("toml", TOML)])
def test_an_object_tells_commit_time_figures_and_parameters(suffix: str, text: str) -> None:
    found = found_in(f"results/run.{suffix}", text, suffix)
    assert [(record.text, record.dirty) for record in found.records] == [(FIRST, True)]
    assert [(time.seconds, time.kind) for time in found.times] == [(1760019434.0, TimeKind.UTC)]
    assert figures(found) == {"metrics.rmse": 0.25, "metrics.top1": 0.75}
    assert parameters(found)["lr"] == 0.001


def test_an_id_that_looks_like_a_number_with_an_exponent_stays_text() -> None:
    (record,) = found_in("results/run.yaml", "commit: 1234567e8\nx: 1e8\n", "yaml").records
    assert record.text == "1234567e8"


@pytest.mark.parametrize(
    ("suffix", "text", "said"),
    [
        ("yaml", "a: [\n", "not valid YAML"),
        ("yaml", "a: !!python/object:os.system {}\n", "refused"),
        ("toml", "a = \n", "not valid TOML"),
        ("toml", "a = " + "[" * 100_000, "TOML"),
    ],
)
def test_what_cannot_be_read_is_told(suffix: str, text: str, said: str) -> None:
    found = found_in(f"results/run.{suffix}", text, suffix)
    assert [said in problem.message for problem in found.problems] == [True]


@pytest.mark.parametrize("reader", READERS, ids=["yaml", "toml"])
@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"- 1\n- 2\n", b"x", b"a: 1\r\n\x00"])
def test_other_content_raises_nothing(reader: object, data: bytes) -> None:
    reader = READERS[0] if reader is READERS[0] else READERS[1]
    assert_sound(reader.read("results/run.x", data), "results/run.x")
