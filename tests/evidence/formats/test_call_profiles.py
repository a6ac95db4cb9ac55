"""Profiles of Python calls: where the functions that ran stand."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.formats.text_file import READER as TEXT
from tests.evidence.formats.tools import find

HERE = "/home/user/lab/simulator.py"
FUNCTIONS = {"image": 2, "correlation": 4}


@pytest.mark.parametrize(
    ("name", "tool", "file", "functions"),
    [
        ("cprofile.txt", "text", "simulator.py", FUNCTIONS),
        ("line_profiler.txt", "text", HERE, {"image": 2}),
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


def test_the_banner_of_pyinstrument_is_no_command() -> None:
    assert find("call_profiles/pyinstrument.txt", "text").commands == ()


def test_lines_that_only_resemble_a_profile_name_no_position() -> None:
    text = b"File: simulator.py\nnothing\nFunction: image at line 2\n1 0.1 0.2 0.3 0.4 a.txt:2(b)\n"
    assert TEXT.read("a.txt", text).frames == ()
