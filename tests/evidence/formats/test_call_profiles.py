"""Profiles of Python calls: where the functions that ran stand."""

from __future__ import annotations

import marshal
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats.marshalled import MarshalError, load_marshal
from bisect_parity.evidence.formats.profiles import READERS
from bisect_parity.evidence.formats.text_file import READER as TEXT
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import DATA, find

CPROFILE = next(reader for reader in READERS if reader.name == "cprofile")
HERE = "/home/user/lab/simulator.py"
FUNCTIONS = {"image": 2, "correlation": 4}


@pytest.mark.parametrize(
    ("name", "tool", "file", "functions"),
    [
        ("run.prof", "cprofile", HERE, FUNCTIONS),
        ("cprofile.txt", "text", "simulator.py", FUNCTIONS),
        ("line_profiler.txt", "text", HERE, {"image": 2}),
        ("pyinstrument.json", "pyinstrument", HERE, FUNCTIONS),
        ("pyinstrument.txt", "text", "simulator.py", FUNCTIONS),
        ("viztracer.json", "torch-profiler", HERE, FUNCTIONS),
    ],
)
def test_profiles_tell_where_functions_begin(
    name: str, tool: str, file: str, functions: dict[str, int]
) -> None:
    found = find(f"call_profiles/{name}", tool)
    own = {frame.function: frame.line for frame in found.frames if frame.file == file and frame.is_definition}
    assert {key: line for key, line in own.items() if not key.startswith("<")} == functions
    assert found.records == ()


def test_pyinstrument_tells_its_start_its_duration_and_the_program() -> None:
    found = find("call_profiles/pyinstrument.json", "pyinstrument")
    (time,) = found.times
    assert (int(time.seconds), time.kind, time.marks) == (1795802762, TimeKind.UTC, "start")
    assert [duration.seconds for duration in found.durations] == [pytest.approx(0.0136, abs=1e-3)]
    assert [command.program for command in found.commands] == ["main.py"]


def test_the_banner_of_pyinstrument_is_no_command() -> None:
    assert find("call_profiles/pyinstrument.txt", "text").commands == ()


def test_lines_that_only_resemble_a_profile_name_no_position() -> None:
    text = b"File: simulator.py\nnothing\nFunction: image at line 2\n1 0.1 0.2 0.3 0.4 a.txt:2(b)\n"
    assert TEXT.read("a.txt", text).frames == ()


@pytest.mark.parametrize("version", [2, 3, 4])
def test_marshal_is_read_as_python_does(version: int) -> None:
    position = ("a.py", 7, "solve")
    value = {position: (1, 2, 0.5, 1e-9, {position: (1, -1, 0.0, 2.0)}), ("\u00e9.py", 2**40, "x" * 300): ()}
    assert load_marshal(marshal.dumps(value, version)) == value


def test_a_key_of_shared_parts_within_each_other_is_refused() -> None:
    refers = [b"r" + bytes([at, 0, 0, 0]) for at in range(41)]
    parts = b"".join(b"i" + one[1:] + b"\xa9\x02" + 2 * one for one in refers[:40])
    data = b"{i\xff\0\0\0\xa9\x00" + parts + refers[40] + b"N0"  # it would be hashed 2**40 times
    with pytest.raises(MarshalError):
        load_marshal(data)


PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.integers(-(2**60), 2**60) | st.text() | st.floats(allow_nan=False) | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(PLAIN)
def test_all_plain_values_are_read(value: Any) -> None:
    assert load_marshal(marshal.dumps(value)) == value


@given(st.binary(max_size=200))
def test_damaged_statistics_are_a_problem(junk: bytes) -> None:
    data = (DATA / "call_profiles/run.prof").read_bytes()
    for damaged in (junk, data[: len(junk)] + junk, b"{" + junk):
        try:
            load_marshal(damaged)
        except MarshalError:
            assert CPROFILE.read("run.prof", damaged).problems


def test_code_objects_and_deep_values_are_refused() -> None:
    with pytest.raises(MarshalError, match="type"):
        load_marshal(marshal.dumps(compile("1", "a", "eval")))
    with pytest.raises(MarshalError, match="deep"):
        load_marshal(b"(\1\0\0\0" * 100)


def test_statistics_are_known_by_their_first_bytes() -> None:
    assert not CPROFILE.claims(PurePosixPath("run.out"), b'{ "a": 1 }')
    assert not CPROFILE.claims(PurePosixPath("run.out"), b"{(1, 2): 3.5}\n")
    assert not CPROFILE.claims(PurePosixPath("run.out"), b"")
