"""Options that are declared in loops, by helper functions, and under other names."""

from __future__ import annotations

import pytest

from bisect_parity.params.model import Unreadable
from bisect_parity.params.python_defaults import python_defaults

ADD = "p.add_argument"
METHOD = """class A:
    def option(self, name: str, *, d: int = 2):
        self.p.add_argument('--' + name, default=d)
    def all(self):
        self.option('a')
        self.option('b', d=5)
"""


def defaults(source: str) -> dict[str, object]:
    found = python_defaults(source.encode()).values
    return {item.name: item.value for item in found if item.option is not None}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for n in ('a', 'b'):\n    p.add_argument('--' + n, default=1)", {"--a": 1, "--b": 1}),
        ("for n in ['a']:\n    p.add_argument(f'--n{n}', default=1)", {"--na": 1}),
        ("for n in ['a_b']:\n    p.add_argument('--%s' % n.replace('_', '-'), default=1)", {"--a-b": 1}),
        ("for n, d in [('a', 1)]:\n    p.add_argument('--{}'.format(n), default=d)", {"--a": 1}),
        ("for n, d in {'a': 1}.items():\n    p.add_argument('--' + n, default=d)", {"--a": 1}),
        (f"T = dict(a=(1, 'h'))\nfor n, (d, h) in T.items():\n    {ADD}('--' + n, default=d)", {"--a": 1}),
        ("O = [('--a', {'default': 1})]\nfor f, k in O:\n    p.add_argument(f, **k)", {"--a": 1}),
        ("for i, n in enumerate(['a', 'b']):\n    p.add_argument('--' + n, default=i)", {"--a": 0, "--b": 1}),
        ("for n, d in zip('ab', [1]):\n    p.add_argument('--' + n, default=d)", {}),
        (
            "for a in ('x', 'y'):\n  for b in ('1', '2'):\n    p.add_argument('--' + a + b, default=1)",
            {"--x1": 1, "--x2": 1, "--y1": 1, "--y2": 1},
        ),
        ("add = p.add_argument\nadd('--a', default=1)", {"--a": 1}),
        ("o = partial(p.add_argument, default=3)\no('--a')\no('--b', default=4)", {"--a": 3, "--b": 4}),
        (
            f"def o(p, name, d=2, **k):\n    {ADD}(name, default=d)\no(p, '--a')\no(p, '--b', 3)",
            {"--a": 2, "--b": 3},
        ),
        (f"def o(p, name, d=2):\n    {ADD}(name, default=d)\no(p, name='--c', d=4)", {"--c": 4}),
        (METHOD, {"--a": 2, "--b": 5}),
        (
            f"def o(p, n):\n    {ADD}(n, default=1)\nfor n in ('--a', '--b'):\n    o(p, n)",
            {"--a": 1, "--b": 1},
        ),
        ("flags.DEFINE_float(name='f', default=1.5, help='h')", {"--f": 1.5}),
        ("import click\nsize = click.option('--size', default=8)", {"--size": 8}),
        (
            "import click\ndef o(d):\n    return click.option('--n', default=d)\n@o(8)\ndef f(): ...",
            {"--n": 8},
        ),
    ],
)
def test_options_are_found_as_often_as_they_are_made(source: str, expected: dict[str, object]) -> None:
    assert defaults(source) == expected


def test_the_defaults_of_subcommands_that_one_helper_declares_are_their_own() -> None:
    source = (
        "def grid(q, n):\n    q.add_argument('--n', type=int, default=n)\n"
        "run = sub.add_parser('run')\ngrid(run, 64)\ngrid(sub.add_parser('bench'), 32)\n"
    )
    assert defaults(source) == {"run --n": 64, "bench --n": 32}


@pytest.mark.parametrize(
    "source",
    [
        "for n in names():\n    p.add_argument('--' + n, default=1)",
        "def o(p, n):\n    p.add_argument('--' + n, default=1)",
        "def o(p, n):\n    o(p, n)\n    p.add_argument('--' + n, default=1)\no(p, f())",
        "for n in ('a', 'b'):\n    p.add_argument('--' + f(n), default=1)",
        "def a(n):\n    b(n)\ndef b(n):\n    a(n)\n    p.add_argument('--' + n)",
    ],
)
def test_what_is_not_literal_is_not_guessed(source: str) -> None:
    assert defaults(source) == {}


def test_a_default_that_only_another_file_gives_is_not_known() -> None:
    found = defaults("def o(p, n=4):\n    p.add_argument('--n', default=n)\n")
    assert found == {"--n": Unreadable("n, which its caller gives")}
    found = defaults("n = 3\ndef o(p, n):\n    p.add_argument('--n', default=2*n)\n")
    assert found == {"--n": Unreadable("2 * n, which its caller gives")}


def test_the_default_of_a_flag_that_is_counted_is_a_number() -> None:
    assert defaults("@click.option('-v', count=True)\ndef f(v): ...\n") == {"-v": 0}


def test_a_loop_of_very_many_options_is_bounded() -> None:
    names = ", ".join(f"'n{at}'" for at in range(3000))
    assert len(defaults(f"for n in ({names}):\n    p.add_argument('--' + n, default=1)")) == 512


def test_the_line_of_an_option_is_where_it_is_declared() -> None:
    source = b"\nfor n in ('a', 'b'):\n    p.add_argument('--' + n, default=1)\n"
    assert {item.line for item in python_defaults(source).values} == {3}


@pytest.mark.parametrize(("text", "value"), [("int(4)", 4), ("float('1e-3')", 1e-3), ("int('4')", 4)])
def test_conversions_of_literals_are_their_values(text: str, value: float) -> None:
    assert defaults(f"p.add_argument('--n', default={text})") == {"--n": value}
