"""Defaults are read from syntax trees, and nothing is executed."""

from __future__ import annotations

import argparse
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.params.python_defaults import LARGEST_SOURCE, defaults_at, python_defaults
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = b'''
"""A module."""
import argparse
import dataclasses
from attrs import define, field, Factory

MAX_ROWS = 32
_SEED: int = 7
lower = 1
TWO = ALSO = (1, 2)

@dataclasses.dataclass(frozen=True)
class Beam:
    wavelength: float = 6.2
    flux: float
    cell: list = dataclasses.field(default_factory=list)
    kind: str = dataclasses.field(default="x", repr=False)
    api_key: str = "hunter2"

    class Inner:
        a: int = 1

@define
class Crystal:
    n: int = field(default=5)
    m: int = Factory(dict)
    plain = field(default=3)

class Plain:
    a: int = 1

def build():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("-s", "--detector-size", type=int, default=4096)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--no-cache", dest="cache", action="store_false")
    parser.add_argument("--out")
    parser.add_argument("file")
    parser.add_argument("words", nargs="*", default=[])
    parser.add_argument("--version", action="version")
    parser.set_defaults(threads=2)
    other = argparse.ArgumentParser()
    other.add_argument("--dtype", default="float64")
'''


def test_every_kind_of_default_is_found() -> None:
    found = python_defaults(SOURCE)
    assert found.problems == ()
    assert found.values == {
        "MAX_ROWS": "32",
        "_SEED": "7",
        "TWO": "(1, 2)",
        "ALSO": "(1, 2)",
        "Beam.wavelength": "6.2",
        "Beam.cell": "list()",
        "Beam.kind": "'x'",
        "Beam.api_key": "REDACTED",
        "Crystal.n": "5",
        "Crystal.m": "dict()",
        "Crystal.plain": "3",
        "args.dtype": "'float32'",
        "args.detector_size": "4096",
        "args.profile": "False",
        "args.cache": "True",
        "args.out": "None",
        "args.words": "[]",
        "args.threads": "2",
        "args.dtype#2": "'float64'",
    }


FLAGS = st.lists(
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(["-", "--"]),
            st.sampled_from(string.ascii_letters),
            st.text(string.ascii_letters + string.digits + "-_", max_size=6),
        ),
    ),
    min_size=1,
    max_size=3,
    unique=True,
)


@given(FLAGS)
def test_names_are_those_that_argparse_makes(flags: list[str]) -> None:
    parser = argparse.ArgumentParser(add_help=False)
    name = parser.add_argument(*flags, default="x").dest
    words = ", ".join(map(repr, flags))
    assert list(python_defaults(f"p.add_argument({words}, default=1)".encode()).values) == [f"args.{name}"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"print 'x'\n", "line 1: Python 2"),
        (b"try:\n    pass\nexcept ValueError, error:\n    pass\n", "line 3: Python 2"),
        (b"def f(:\n", "line 1: not valid Python"),
        (b"\xff\xfe", "not valid Python"),
        (b"a = '\0'", "not valid Python"),
        (b"-" * 100_000 + b"1", "not "),
        (b"#" * (LARGEST_SOURCE + 1), "larger than"),
    ],
)
def test_what_cannot_be_parsed_is_a_problem(source: bytes, words: str) -> None:
    found = python_defaults(source)
    assert found.values == {}
    assert words in found.problems[0]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_bytes_make_it_raise(source: bytes) -> None:
    found = python_defaults(source)
    assert all(isinstance(value, str) for value in found.values.values())


def test_nothing_is_executed(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    python_defaults(f"open({str(trap)!r}, 'w')\nA = open({str(trap)!r}, 'w')\n".encode())
    assert not trap.exists()


@pytest.fixture
def history(tmp_path: Path) -> tuple[Repository, str, str]:
    sandbox = Sandbox(tmp_path / "r")
    first = sandbox.commit(
        {
            "src/a.py": "SIZE = 1\n",
            "src/b.py": "print 'old'\n",
            "src/notes.txt": "SIZE = 9\n",
            "tests/test_a.py": "SIZE = 8\n",
            "reports/20251009T070458Z/run.py": "SIZE = 7\n",
            "tools/bench.py": "N = 1\n",
        }
    )
    second = sandbox.commit({"src/a.py": "SIZE = 2\n", "src/b.py": None})
    return Repository.open(sandbox.top, Journal(None, ["test"])), first, second


def test_the_files_under_the_code_paths_and_the_programs_are_read_at_each_commit(
    history: tuple[Repository, str, str],
) -> None:
    repository, first, second = history
    good, bad = defaults_at(repository, [first, second], ["src/"], ["./tools/bench.py", "gone.py"])
    assert good.values == {"src/a.py: SIZE": "1", "tools/bench.py: N": "1"}
    assert bad.values == {"src/a.py: SIZE": "2", "tools/bench.py: N": "1"}
    assert good.problems == ("src/b.py: line 1: Python 2; its defaults were not read",)
    assert bad.problems == ()


def test_without_code_paths_tests_and_evidence_are_left_out(history: tuple[Repository, str, str]) -> None:
    repository, first, _ = history
    (found,) = defaults_at(repository, [first], [])
    assert set(found.values) == {"src/a.py: SIZE", "tools/bench.py: N"}


def test_no_commits_and_no_files_give_nothing(history: tuple[Repository, str, str]) -> None:
    repository, first, _ = history
    assert defaults_at(repository, [], ["src"]) == []
    assert defaults_at(repository, [first], ["nowhere"])[0].values == {}
