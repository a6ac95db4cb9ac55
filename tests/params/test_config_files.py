"""TOML, YAML, JSON and INI: leaves with their types and lines; what cannot be read is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.params.collect import MOST_VALUES
from bisect_parity.params.config_files import ini_defaults, json_defaults, toml_defaults, yaml_defaults
from bisect_parity.params.model import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.params.model import FileDefaults


def told(found: FileDefaults) -> dict[str, str]:
    return {item.name: shown(item.value, is_typed=not found.is_text) for item in found.values}


def test_types_of_json_are_kept() -> None:
    found = json_defaults(
        b'{"i": 1, "f": 1.0, "s": "1", "b": true, "n": null, "big": 99999999999999999999999,'
        b' "huge": 1e400, "tiny": 1e-400, "nan": NaN, "l": [1, {"x": "a"}], "e": [], "t": {}}'
    )
    assert told(found) == {
        "i": "1",
        "f": "1.0",
        "s": '"1"',
        "b": "true",
        "n": "null",
        "big": "99999999999999999999999",
        "huge": "1E+400",
        "tiny": "1E-400",
        "nan": "NaN",
        "l[0]": "1",
        "l[1].x": "a",
        "e": "[]",
        "t": "{}",
    }


def test_toml_and_yaml_have_lines_and_names_like_json() -> None:
    toml = toml_defaults(b"[a]\nx = 1\nwhen = 2020-01-01\n[[b]]\nz = 1.5e400\n")
    assert told(toml) == {"a.x": "1", "a.when": "2020-01-01", "b[0].z": "1.5E+400"}
    assert [item.line for item in toml.values] == [2, 3, 5]
    yaml = yaml_defaults(b"base: &b\n  lr: 1e-3\n  n: 5\nrun:\n  <<: *b\n  x: [1, yes]\n")
    assert told(yaml) == {
        "base.lr": "0.001",
        "base.n": "5",
        "run.lr": "0.001",
        "run.n": "5",
        "run.x[0]": "1",
        "run.x[1]": "true",
    }


def test_an_ini_file_without_sections_is_read() -> None:
    found = ini_defaults(b"# plain\nn = 16\nscheme: b\n\n; end\n")
    assert found.problems == ()
    assert [(item.name, item.value, item.line) for item in found.values] == [
        ("n", "16", 2),
        ("scheme", "b", 3),
    ]


def test_values_of_ini_files_are_text_without_a_type() -> None:
    found = ini_defaults(b"[run]\nSize = 64\nempty\n[other]\npassword = x\n")
    assert told(found) == {"run.Size": "64", "run.empty": "null", "other.password": "REDACTED"}
    assert found.is_text


def test_the_line_of_a_key_that_stands_twice_is_not_guessed() -> None:
    found = json_defaults(b'{"a": {"x": 1},\n "b": {"x": 2, "y": 3}}')
    assert [item.line for item in found.values] == [0, 0, 2]


def test_keys_that_stand_twice_are_told() -> None:
    assert json_defaults(b'{"a": 1, "a": 2}').problems == ("'a' stands twice: the last counts",)
    found = ini_defaults(b"[s]\na = 1\na = 2\n")
    assert told(found) == {"s.a": "2"}
    assert found.problems == ("line 3: 'a' stands twice: the last counts",)
    assert ini_defaults(b"[s]\na = 1\n[s]\nb = 2\n").problems == ("line 3: [s] stands twice",)


def test_very_many_keys_that_stand_twice_are_told_at_once() -> None:
    pairs = b",".join(b'"%d":1' % number for number in range(100_000))
    found = json_defaults(b"{%s,%s}" % (pairs, pairs))
    assert len(found.problems) == 100_001


def test_a_long_list_is_told_by_its_digest() -> None:
    first, second = (json_defaults(b"[[%s]]" % b",".join([b"1"] * 99 + [last])) for last in (b"1", b"2"))
    assert told(first)["[0]"].startswith("100 values, digest ")
    assert told(first) != told(second)


def test_more_values_than_can_be_looked_at_are_cut_with_a_note() -> None:
    found = json_defaults(b"{%s}" % b",".join(b'"k%d": 1' % number for number in range(MOST_VALUES + 5)))
    assert len(found.values) == MOST_VALUES
    assert found.problems == (f"only the first {MOST_VALUES} values are listed",)


BOMB = b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (97 + i, 97 + i, b",".join([b"*%c" % (96 + i)] * 9)) for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("read", "source", "words"),
    [
        (yaml_defaults, b"a: &a [*a]\n", "refers to itself"),
        (yaml_defaults, BOMB, "its aliases followed"),
        (yaml_defaults, b"a: !!python/object/apply:os.system [x]\n", "is refused"),
        (yaml_defaults, b"a: [\n", "not valid YAML"),
        (json_defaults, b"[" * 100_000, "nested too deep"),
        (json_defaults, b'{"a": 1,}', "not valid JSON"),
        (json_defaults, b"\xff", "not valid JSON"),
        (toml_defaults, b"a = \n", "not valid TOML"),
        (toml_defaults, b"\xff", "not valid TOML"),
        (ini_defaults, b"no section\n", "not a valid INI file"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    read: Callable[[bytes], FileDefaults], source: bytes, words: str
) -> None:
    found = read(source)
    assert found.values == ()
    assert words in found.problems[0]
    assert "\n" not in found.problems[0]


@given(st.one_of(st.binary(max_size=100), st.text(max_size=100).map(str.encode)))
def test_no_bytes_make_a_reader_raise(source: bytes) -> None:
    for read in (json_defaults, toml_defaults, yaml_defaults, ini_defaults):
        assert all(isinstance(shown(item.value), str) for item in read(source).values)
