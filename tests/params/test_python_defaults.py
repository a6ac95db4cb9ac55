"""Defaults are read from syntax trees, and nothing is executed."""

from __future__ import annotations

import argparse
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.params.model import shown
from bisect_parity.params.python_defaults import python_defaults
from bisect_parity.params.syntax import LARGEST_SOURCE

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.params.model import Option

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


def told(source: bytes | str) -> dict[str, str]:
    """The defaults of some code as they are shown."""
    found = python_defaults(source.encode() if isinstance(source, str) else source)
    return {item.name: shown(item.value) for item in found.values if not item.is_missing}


def option(source: str, name: str) -> Option:
    (found,) = [item.option for item in python_defaults(source.encode()).values if item.name == name]
    assert found is not None
    return found


def test_every_kind_of_default_is_found() -> None:
    assert python_defaults(SOURCE).problems == ()
    assert told(SOURCE) == {
        "MAX_ROWS": "32",
        "_SEED": "7",
        "TWO": "(1, 2)",
        "ALSO": "(1, 2)",
        "lower": "1",
        "Beam.wavelength": "6.2",
        "Beam.cell": "list()",
        "Beam.kind": "x",
        "Beam.api_key": "REDACTED",
        "Beam.Inner.a": "1",
        "Crystal.n": "5",
        "Crystal.m": "dict()",
        "Crystal.plain": "3",
        "Plain.a": "1",
        "--dtype": "float32",
        "--detector-size": "4096",
        "--profile": "false",
        "--cache": "true",
        "--out": "null",
        "words": "[]",
        "threads": "2",
        "--dtype#2": "float64",
    }


def test_each_default_knows_its_line() -> None:
    lines = {item.name: item.line for item in python_defaults(b"A = 1\n\n\ndef f(x=2):\n    pass\n").values}
    assert lines == {"A": 1, "f(x)": 4}


def test_an_argument_that_must_be_given_has_no_default() -> None:
    source = b'p.add_argument("file")\np.add_argument("--must", required=True)\np.add_argument("--may")'
    assert {item.name: item.is_missing for item in python_defaults(source).values} == {
        "file": True,
        "--must": True,
        "--may": False,
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('A = {"a": 1, "b": {"c": 2.5}, **more}', {"A.a": "1", "A.b.c": "2.5"}),
        ("N = 4 * 1024\nM = -1\nK = 1 << 20", {"N": "4096", "M": "-1", "K": "1048576"}),
        ("N = 2 * math.pi\nD = torch.float32", {"N": "2 * math.pi", "D": "torch.float32"}),
        ('A = "1"\nB = 1\nC = None\nD = True', {"A": '"1"', "B": "1", "C": "null", "D": "true"}),
        ("B = 10 ** 10 ** 10\nC = 9" + "9" * 5000, {"B": "10 ** 10 ** 10", "C": "9" + "9" * 5000}),
        ("A = 1e400\nB = 1e-400\nC = 0.0e-999", {"A": "1E+400", "B": "1E-400", "C": "0.0"}),
        (
            'SIZE = 64\np.add_argument("--size", default=SIZE)\nTWICE = 1\nTWICE = 2\ndef f(x=TWICE): pass',
            {"SIZE": "64", "TWICE": "1", "TWICE#2": "2", "f(x)": "TWICE", "--size": "64"},
        ),
        (  # a variable of a function is none of the module
            'N = 8\nclass A:\n    n = 2 * N\ndef f(x=N):\n    N = 3\n    p.add_argument("--n", default=N)',
            {"N": "8", "A.n": "16", "f(x)": "8", "--n": "N"},
        ),
        ("N = 8\ndef f(x=N):\n    global N\n    N = 3", {"N": "8", "f(x)": "N"}),
        ("def f(a, b=1, *c, d: int = 2, **e): pass", {"f(b)": "1", "f(d)": "2"}),
        ("class A:\n    def __init__(self, x=1): pass", {"A.__init__(x)": "1"}),
        (
            "class S(BaseModel):\n    a: int = Field(5, ge=0)\n    b: int = Field(...)\n    c = Field([1])",
            {"S.a": "5", "S.c": "[1]"},
        ),
        ("class P(NamedTuple):\n    x: float = 1.5", {"P.x": "1.5"}),
        ("class C:\n    lr = 0.1\n    objects = Manager()\n    __slots__ = ()", {"C.lr": "0.1"}),
    ],
)
def test_values_are_told_as_far_as_they_can_be_without_running(source: str, expected: dict[str, str]) -> None:
    assert told(source) == expected


def test_python_2_is_read_like_any_other() -> None:
    source = (
        b"print 'x'\nA = 0777\nB = 10L\nC = u'x'\ntry:\n    pass\nexcept E, error:\n    raise E, 'x'\n"
        b"exec 'y'\nparser.add_option('-n', '--num', dest='num', default=5)\n"
    )
    assert python_defaults(source).problems == ()
    assert told(source) == {"A": "511", "B": "10", "C": "x", "--num": "5"}


def test_what_stands_around_a_syntax_error_is_told_with_a_note() -> None:
    source = b"A = 1\n\ndef f(:\n    pass\n\nB = 2\n"
    assert told(source) == {"A": "1", "B": "2"}
    assert python_defaults(source).problems == (
        "line 3: syntax error; only what could be read around it is shown",
    )


def test_click_options_are_found() -> None:
    source = """
@click.command()
@click.option("--shift/--no-shift", default=True)
@click.option("-n", "--num", default=3, type=int, envvar="NUM")
@click.option("--quick", is_flag=True)
@click.option("--tag", "labels", multiple=True, default=["a"])
@click.argument("file")
def main(shift, num, quick, labels, file): pass
"""
    assert told(source) == {"--shift": "true", "--num": "3", "--quick": "false", "--tag": "['a']"}
    assert option(source, "--shift").negative_flags == ("--no-shift",)
    assert option(source, "--num").variable == "NUM"
    assert option(source, "--tag").destination == "labels"
    assert option(source, "--tag").is_repeated


def test_typer_options_are_found_in_defaults_annotations_and_plain_signatures() -> None:
    source = """
@app.command()
def main(
    file: str,
    name: str = "a",
    flag: bool = False,
    quality: Annotated[int, typer.Option("--quality", "-q", envvar="Q")] = 5,
    scale: float = typer.Option(1e-3, "--zoom"),
): pass
"""
    expected = {"--name": "a", "--flag": "false", "--quality": "5", "--zoom": "0.001"}
    assert told(source) == expected
    assert option(source, "--flag").negative_flags == ("--no-flag",)
    assert option(source, "--quality").variable == "Q"


def test_options_of_subcommands_and_groups_belong_to_them() -> None:
    source = """
def build():
    parser.add_argument("--seed", default=0)
    train = parser.add_subparsers().add_parser("train")
    group = train.add_argument_group("optimiser")
    group.add_argument("--lr", default=0.1)
    train = subparsers.add_parser("test")
    train.add_argument("--lr", default=0.2)
"""
    assert told(source) == {"--seed": "0", "train --lr": "0.1", "test --lr": "0.2"}


def test_set_defaults_counts_more_than_the_default_of_the_option() -> None:
    source = 'p.add_argument("--n", default=1)\np.set_defaults(n=2, other=3)\n'
    assert told(source) == {"--n": "2", "other": "3"}


def test_a_default_that_asks_the_environment_names_the_variable() -> None:
    source = 'p.add_argument("--lr", type=float, default=float(os.environ.get("LR", "0.5")))'
    assert told(source) == {"--lr": "0.5"}
    assert option(source, "--lr").variable == "LR"


def test_a_boolean_option_has_a_flag_that_sets_it_to_false() -> None:
    source = 'p.add_argument("--fast", action=argparse.BooleanOptionalAction, default=True)'
    assert option(source, "--fast").negative_flags == ("--no-fast",)


def test_absl_flags_are_found() -> None:
    assert told('flags.DEFINE_integer("steps", 4, "help")\nDEFINE_bool("fast", False, "help")') == {
        "--steps": "4",
        "--fast": "false",
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
def test_destinations_are_those_that_argparse_derives(flags: list[str]) -> None:
    parser = argparse.ArgumentParser(add_help=False)
    name = parser.add_argument(*flags, default="x").dest
    words = ", ".join(map(repr, flags))
    (found,) = python_defaults(f"p.add_argument({words}, default=1)".encode()).values
    assert found.option is not None
    assert found.option.destination == name


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"def f(:\n", "line 1: syntax error"),
        (b"a = '\0'", "a binary file"),
        (b"#" * (LARGEST_SOURCE + 1), "larger than"),
    ],
)
def test_what_cannot_be_parsed_is_a_problem(source: bytes, words: str) -> None:
    found = python_defaults(source)
    assert found.values == ()
    assert words in found.problems[0]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_bytes_make_it_raise(source: bytes) -> None:
    assert all(isinstance(shown(item.value), str) for item in python_defaults(source).values)


def test_deep_nesting_is_no_danger() -> None:
    assert told(b"A = " + b"-" * 50_000 + b"1\nB = 1\n")["B"] == "1"
    assert "A" + ".a" * 9 in told("A = " + '{"a": ' * 50 + "1" + "}" * 50)


def test_nothing_is_executed(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    python_defaults(f"open({str(trap)!r}, 'w')\nA = open({str(trap)!r}, 'w')\n".encode())
    assert not trap.exists()


def test_options_of_configargparse_are_read_with_their_variables() -> None:
    source = (
        "import configargparse\n"
        "p = configargparse.ArgParser(default_config_files=['a.ini'])\n"
        "p.add('-c', '--my-config', is_config_file=True)\n"
        "p.add('--dt', type=float, default=0.1, env_var='SIM_DT')\n"
        "p.add_arg('--n', type=int, default=8)\n"
        "flags = set()\n"
        "flags.add('-O2')\n"
    )
    found = {item.name: item for item in python_defaults(source.encode()).values if item.option is not None}
    assert {name: item.value for name, item in found.items()} == {"--my-config": None, "--dt": 0.1, "--n": 8}
    option = found["--dt"].option
    assert option is not None
    assert option.variable == "SIM_DT"
