"""Histories of runs: every object with its own commit and time is a run of its own."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats import entries, run_lists, tables
from bisect_parity.evidence.formats.registry import find_reader
from tests.evidence.formats.tools import FIRST, SECOND, assert_sound

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Findings

LINES = "\n".join(
    json.dumps(run)
    for run in (
        {"git_sha": FIRST, "timestamp": "2025-10-09T22:05:00Z", "correlation": 0.5, "size": 8},
        {"git_sha": "unknown", "timestamp": "2025-10-09T22:40:00Z", "correlation": 0.6},
        {"git_sha": f"{SECOND}-dirty", "timestamp": 1760049840, "correlation": None},
    )
)
YAML = f"""# the history of a benchmark
- commit: {FIRST}
  date: 2025-10-09T22:05:00Z
  correlation: 0.5
- commit: {SECOND}
  date: 2025-10-09 22:44:00
  settings: {{size: 8}}
"""


READERS = [reader for reader in (*run_lists.READERS, *tables.READERS) if reader.name == "run-lists"]


def read(path: str, data: bytes) -> Findings:
    able = [reader for reader in READERS if path.lower().endswith(reader.suffixes)]
    return next((each for each in able if each.claims(PurePosixPath(path), data[:4096])), able[-1]).read(
        path, data
    )


def is_claimed(path: PurePosixPath, head: bytes) -> bool:
    able = (reader for reader in READERS if path.name.lower().endswith(reader.suffixes))
    return any(reader.claims(path, head) for reader in able)


def test_every_line_of_json_lines_is_a_run_with_its_line() -> None:
    found = read("history.jsonl", LINES.encode())
    assert_sound(found, "history.jsonl")
    assert [(run.label, run.records[0].text, run.records[0].dirty) for run in found.runs] == [
        ("line 1", FIRST, None),
        ("line 2", "unknown", None),
        ("line 3", SECOND, True),
    ]
    assert [run.times[0].seconds for run in found.runs] == [1760047500.0, 1760049600.0, 1760049840.0]
    assert [run.records[0].source.line for run in found.runs] == [1, 2, 3]
    assert [run.metrics[0].value for run in found.runs] == [0.5, 0.6, None]


def test_a_line_that_was_cut_off_is_told_and_the_others_are_read() -> None:
    found = read("history.jsonl", LINES.encode()[:-40])
    assert [run.label for run in found.runs] == ["line 1", "line 2"]
    assert [problem.message for problem in found.problems] == ["line 3 is not valid JSON"]


def test_every_item_of_a_yaml_list_is_a_run() -> None:
    found = read("history.yaml", YAML.encode())
    assert_sound(found, "history.yaml")
    assert [(run.label, run.records[0].text) for run in found.runs] == [("[0]", FIRST), ("[1]", SECOND)]
    assert [len(run.times) for run in found.runs] == [1, 1]


def test_a_json_list_of_runs_is_told_apart_by_its_places() -> None:
    path, data = PurePosixPath("history.json"), f"[{LINES.replace(chr(10), ',')}]".encode()
    reader = find_reader(path, data)
    assert reader is not None
    found = reader.read(str(path), data)
    assert [(run.label, run.records[0].text) for run in found.runs] == [
        ("[0]", FIRST),
        ("[1]", "unknown"),
        ("[2]", SECOND),
    ]


def test_the_log_of_one_run_is_one_run() -> None:
    lines = [
        {"commit": FIRST, "branch": "main", "started": "2025-10-09T22:05:00Z", "size": 8},
        {"timestamp": "2025-10-09T22:06:00Z", "correlation": 0.5},
        {"timestamp": "2025-10-09T22:07:00Z", "correlation": 0.75},
        3,
    ]
    found = read("log.ndjson", "\n".join(map(json.dumps, lines)).encode())
    assert found.runs == ()
    assert [record.text for record in found.records] == [FIRST]
    assert [(time.seconds, time.marks) for time in found.times] == [
        (1760047500.0, "start"),
        (1760047620.0, "end"),
    ]
    assert [(item.name, item.value) for item in found.metrics] == [("correlation", 0.75)]
    assert [item.value for item in found.branches] == ["main"]


def test_there_is_a_limit_to_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_RUNS", 2)
    for path, text in (("a.jsonl", LINES), ("a.yaml", YAML + f"- commit: {FIRST}\n")):
        found = read(path, text.encode())
        assert len(found.runs) == 2
        assert [problem.message for problem in found.problems] == [
            "3 entries: only 1 from each end were read"
        ]


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("a.yaml", b"commit: 1\n", "not a list"),
        ("a.yaml", b"- commit: [\n", "not valid YAML"),
        ("a.yaml", b"", "empty"),
        ("a.jsonl", b"no json\n", "line 1"),
    ],
)
def test_what_cannot_be_read_is_told(path: str, data: bytes, said: str) -> None:
    found = read(path, data)
    assert_sound(found, path)
    assert [said in problem.message for problem in found.problems] == [True]


@pytest.mark.parametrize(
    ("name", "head", "claimed"),
    [
        ("a.jsonl", b"", True),
        ("a.yml", YAML.encode(), True),
        ("a.yaml", b"---\n- name: x\n  git_sha: y\n", True),
        ("a.yaml", b"- name: x\n", False),
        ("a.yaml", b"commit: x\n", False),
        ("a.json", b"[]", False),
    ],
)
def test_only_lists_that_name_commits_are_claimed(name: str, head: bytes, claimed: bool) -> None:
    assert is_claimed(PurePosixPath(name), head) is claimed


@given(st.binary(max_size=300), st.sampled_from(["a.jsonl", "a.yaml"]))
def test_no_bytes_make_it_raise(data: bytes, path: str) -> None:
    assert_sound(read(path, data), path)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["commit", "date", "correlation", "env"]),
            st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.lists(st.integers())),
        ),
        max_size=5,
    )
)
def test_no_values_make_it_raise(runs: list[dict[str, object]]) -> None:
    text = "\n".join(json.dumps(run) for run in runs)
    assert_sound(read("a.jsonl", text.encode()), "a.jsonl")


TABLE = f"""date,commit,dirty,note,rmse
2025-10-09T22:05:00Z,{FIRST[:8]},true,"first, of many",0.5
2025-10-09T22:45:00Z,12345678,False,,0.25
"""


def test_every_row_of_a_table_is_a_run_with_its_line() -> None:
    assert find_reader(PurePosixPath("history.csv"), TABLE.encode()) in READERS
    found = read("history.csv", TABLE.encode())
    assert_sound(found, "history.csv")
    assert [(run.label, run.records[0].text, run.records[0].dirty) for run in found.runs] == [
        ("line 2", FIRST[:8], True),
        ("line 3", "12345678", False),
    ]
    assert [run.metrics[0].value for run in found.runs] == [0.5, 0.25]
    assert [run.times[0].seconds for run in found.runs] == [1760047500.0, 1760049900.0]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_delimiter_of_a_table_is_the_one_that_its_header_has(delimiter: str) -> None:
    text = f"commit{delimiter}rmse\n{FIRST}{delimiter}0.5\n{SECOND}{delimiter}0.25\n"
    assert [run.records[0].text for run in read("runs.tsv", text.encode()).runs] == [FIRST, SECOND]


@pytest.mark.parametrize(
    "text", ["time,energy\n0.1,3.5\n0.2,3.4\n", "x,y\n1,2\n", "", "time\n", 'date,"\n"', "date,rmse\r0\r1"]
)
def test_a_table_without_commits_and_absolute_times_is_no_table_of_runs(text: str) -> None:
    assert not is_claimed(PurePosixPath("results/table.csv"), text.encode())


def lines(gap: int, **more: object) -> bytes:
    runs = ({"time": 1760047500 + gap * number, "rmse": 0.5 * number, **more} for number in range(3))
    return "\n".join(map(json.dumps, runs)).encode()


def test_lines_without_commits_that_lie_minutes_apart_are_runs() -> None:
    assert [run.label for run in read("runs.jsonl", lines(600)).runs] == ["line 1", "line 2", "line 3"]


@pytest.mark.parametrize("data", [lines(2), lines(600, step=1), lines(600, epoch=3), lines(600)[:45]])
def test_lines_that_follow_closely_or_count_steps_are_the_log_of_one_run(data: bytes) -> None:
    found = read("runs.jsonl", data)
    assert not found.runs
    assert found.times[0].marks == "start"


@pytest.mark.parametrize("beginning", ["\n", " \n", "#\n", "---\n", "\t"])
def test_a_head_of_blank_lines_is_looked_at_once(beginning: str) -> None:
    head = (beginning * 2000).encode()
    assert not is_claimed(PurePosixPath("results/a.yaml"), head)
    assert is_claimed(PurePosixPath("results/a.yaml"), head[: len(beginning) * 9] + b"\n- commit: x\n")


TRAINING = "epoch,step,lr,train_loss,val_loss\n0,9,0.1,0.5,\n0,9,0.1,,0.75\n1,19,0.1,0.25,\n1,19,0.1,,0.5\n"


def test_the_table_of_a_training_is_one_run_and_what_changes_in_it_are_figures() -> None:
    reader = find_reader(PurePosixPath("lightning_logs/version_0/metrics.csv"), TRAINING.encode())
    assert reader in READERS
    found = read("metrics.csv", TRAINING.encode())
    assert_sound(found, "metrics.csv")
    assert found.runs == ()
    assert {metric.name: metric.value for metric in found.metrics} == {"train_loss": 0.25, "val_loss": 0.5}
    assert {item.name: item.value for item in found.parameters} == {"lr": 0.1}


@pytest.mark.parametrize("table", ["epoch\n1\n2\n", "epoch,loss\n", "x,y\n1,0.5\n"])
def test_a_table_without_steps_or_without_figures_is_no_log(table: str) -> None:
    assert not is_claimed(PurePosixPath("a.csv"), table.encode())


def test_a_table_of_cases_tells_its_figures_by_the_words_of_each_row() -> None:
    table = "integrator,dt,rmse,energy_drift\nleapfrog,0.01,0.5,0.25\nrk4,0.01,0.125,0.0625\n"
    found = read("summary.csv", table.encode())
    assert_sound(found, "summary.csv")
    assert {metric.name: (metric.value, metric.source.line) for metric in found.metrics} == {
        "leapfrog.rmse": (0.5, 2),
        "leapfrog.energy_drift": (0.25, 2),
        "rk4.rmse": (0.125, 3),
        "rk4.energy_drift": (0.0625, 3),
    }
    assert not found.runs


def test_names_of_columns_are_read_without_the_blanks_that_align_them() -> None:
    table = "   epoch,   train/loss,  lr\n       1,   0.5,  0.1\n       2,   0.25,  0.1\n"
    found = read("results.csv", table.encode())
    assert [(metric.name, metric.value) for metric in found.metrics] == [("train/loss", 0.25)]
    assert [(item.name, item.value) for item in found.parameters] == [("lr", 0.1)]


def test_an_object_in_a_comment_above_a_table_tells_when_the_run_began() -> None:
    monitor = '#{"t_start": 1760019434.25, "env_id": "CartPole-v1"}\nr,l,t\n20.0,20,0.5\n35.0,35,0.75\n'
    assert find_reader(PurePosixPath("logs/0.monitor.csv"), monitor.encode()) in READERS
    found = read("0.monitor.csv", monitor.encode())
    assert [(time.seconds, time.marks) for time in found.times] == [(1760019434.25, "start")]


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("epoch,accuracy,loss\n0,0.5,0.25\n", True),
        ("epoch,loss\n0,0.25\n", False),
        ("2025-10-09 16:17:14, epoch, began\n1,2,3\n", False),
        ("Epoch 1, step 2: loss 0.5\n", False),
    ],
)
def test_a_log_is_a_table_where_its_first_line_names_columns(text: str, claimed: bool) -> None:
    assert is_claimed(PurePosixPath("logs/training.log"), text.encode()) is claimed


STEPS = [
    {"iteration": 19, "lr": 0.1, "loss": 0.5},
    {"iteration": 39, "lr": 0.1, "loss": 0.25, "bbox/AP": 41.5},
]


@pytest.mark.parametrize("text", ["\n".join(map(json.dumps, STEPS)), json.dumps(STEPS)])
def test_lines_and_lists_in_json_that_count_steps_are_the_log_of_one_run(text: str) -> None:
    reader = find_reader(PurePosixPath("output/log.json"), text.encode())
    assert reader is not None
    found = reader.read("log.json", text.encode())
    assert_sound(found, "log.json")
    assert found.runs == ()
    assert {metric.name: metric.value for metric in found.metrics} == {"loss": 0.25, "bbox/AP": 41.5}
    assert {item.name: item.value for item in found.parameters} == {"lr": 0.1}


@pytest.mark.parametrize("clock", ["", " 06:00:00"])
def test_the_times_of_a_series_of_data_are_not_those_of_runs(clock: str) -> None:
    table = "date,actual,predicted\n" + "".join(
        f"2025-10-{day:02}{clock},{day}.5,{day}.25\n" for day in (1, 2, 3, 6)
    )
    found = read("forecast.csv", table.encode())
    assert (found.runs, found.times) == ((), ())
    document = json.dumps([{"date": f"2025-10-0{day}{clock}", "value": 0.5 * day} for day in (1, 2, 3)])
    reader = find_reader(PurePosixPath("series.json"), document.encode())
    assert reader is not None
    assert not [run for run in reader.read("series.json", document.encode()).runs if run.times]


def test_days_beside_commits_are_those_of_runs() -> None:
    table = (
        f"commit,date,rmse\n{FIRST},2025-10-01,0.5\n{SECOND},2025-10-02,0.5\n{FIRST[::-1]},2025-10-03,0.5\n"
    )
    assert [len(run.times) for run in read("history.csv", table.encode()).runs] == [1, 1, 1]


def test_of_a_long_log_the_last_figures_count_and_few_lines_are_looked_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entries, "MOST_RUNS", 10)
    count = 2_000
    lines = [json.dumps({"step": step, "loss": count - step, "lr": 0.5}) for step in range(count)]
    lines[1_500:1_500] = [json.dumps({"step": 1_500, "val_loss": 0.25})]
    table = "\n".join(["step,loss,lr", *(f"{step},{count - step},0.5" for step in range(count))])
    for path, text in (("log.jsonl", "\n".join(lines)), ("log.csv", table)):
        found = read(path, text.encode())
        assert found.problems == ()
        assert {metric.name: metric.value for metric in found.metrics}["loss"] == 1.0
        assert [(item.name, item.value) for item in found.parameters] == [("lr", 0.5)]
    assert read("log.jsonl", "\n".join(lines).encode()).metrics[-1].name == "val_loss"


def test_a_cell_with_a_long_text_is_text() -> None:
    table = f"step,loss,answer\n1,0.5,{'a' * 5000}\n2,0.25,{'b' * 5000}\n"
    found = read("log.csv", table.encode())
    assert [(metric.name, metric.value) for metric in found.metrics] == [("loss", 0.25)]
