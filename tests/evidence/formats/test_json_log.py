"""Logs of structured loggers: one JSON object a line, in a file that ends in `.log`."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.json_file import LOG as READER
from bisect_parity.evidence.formats.registry import find_reader

ID = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
BEGIN = 1_760_026_634.5


def log(*lines: dict[str, object]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


LINES = log(
    {"ts": BEGIN, "level": "info", "msg": "begin", "git_sha": ID},
    {"ts": BEGIN + 60, "level": "info", "msg": "correlation: 0.25"},
    {"ts": BEGIN + 90, "level": "info", "event": "end", "rmse": 0.5},
)


def test_the_first_and_the_last_line_tell_when_the_run_began_and_ended() -> None:
    reader = find_reader("logs/run.log", LINES)
    assert reader is not None
    assert reader.name == "json-log"
    found = reader.read("logs/run.log", LINES)
    assert [(time.seconds, time.marks) for time in found.times] == [(BEGIN, "start"), (BEGIN + 90, "end")]
    assert [(record.text, record.source.line) for record in found.records] == [(ID, 1)]


def test_figures_are_read_from_keys_and_from_messages() -> None:
    found = READER.read("run.log", LINES)
    assert {(m.name, m.value, m.source.line) for m in found.metrics} == {
        ("rmse", 0.5, 3),
        ("correlation", 0.25, 2),
    }


def test_what_a_logger_says_of_each_line_is_no_parameter() -> None:
    line = b'{"ts": 1760026634, "level": "INFO", "logger": "a.b", "msg": "step", "lr": 0.1}\n'
    assert [item.name for item in READER.read("run.log", line * 3).parameters] == ["lr"]


@pytest.mark.parametrize(
    "head",
    [
        b'{"one": "object"}',
        b'{"one": 1}\nand text\n',
        b'{\n "indented": 1\n}\n',
        b"{} of text\n{} more\n",
        b'[{"a": 1}]\n[{"a": 2}]\n',
    ],
)
def test_other_texts_are_left_to_their_reader(head: bytes) -> None:
    assert not READER.claims(PurePosixPath("run.log"), head)


def test_a_line_that_is_cut_off_is_left_out() -> None:
    assert len(READER.read("run.log", LINES + b'{"ts": 1760026').times) == 2
