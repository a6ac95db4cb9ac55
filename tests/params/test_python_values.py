"""Assignments in Python code: tables, several at once, attributes, branches, and what refers to them."""

from __future__ import annotations

import pytest

from bisect_parity.params.literals import LONGEST_VALUE, c_value, python_value
from bisect_parity.params.model import Expression
from bisect_parity.params.python_defaults import python_defaults


def defaults(source: str) -> dict[str, object]:
    return {item.name: item.value for item in python_defaults(source.encode()).values}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A = dict(n=1, b=dict(c=2))", {"A.n": 1, "A.b.c": 2}),
        ("A = SimpleNamespace(n=1)", {"A.n": 1}),
        ("A = MappingProxyType({'n': 1})", {"A.n": 1}),
        ("a, b = 1, 2.5", {"a": 1, "b": 2.5}),
        ("N = 5\nM = -N * 16\nK = M / 4\nT = f(N)", {"N": 5, "M": -80, "K": -20.0, "T": Expression("f(N)")}),
        ("N = 5\nN = 6\nM = N * 2", {"N": 5, "N#2": 6, "M": Expression("N * 2")}),
        ("N = 5\nN += 1\nM = N * 2", {"N": 5, "M": Expression("N * 2")}),
        ("N = 5\nfor N in (1, 2): pass\nM = N * 2", {"N": 5, "M": Expression("N * 2")}),
        ("N = 5\nimport numpy as N\nM = N * 2", {"N": 5, "M": Expression("N * 2")}),
        ("N = 5\nif (N := 6): pass\nM = N * 2", {"N": 5, "M": Expression("N * 2")}),
        (
            "N = 5; K = N\na, N = 1, 5\nM = N * 2",
            {"N": 5, "K": Expression("N"), "a": 1, "M": Expression("N * 2")},
        ),
        ("A = '%s' +N\nN = 5", {"A": Expression("'%s' + N"), "N": 5}),
        ("(a, b) = (1, 2)", {"a": 1, "b": 2}),
        ("if X:\n    N = 1\nelse:\n    N = 2", {"N": 1, "N#2": 2}),
        ("try:\n    N = 1\nexcept E:\n    M = 2", {"N": 1, "M": 2}),
        ("if __name__ == '__main__':\n    dt = 0.5", {"dt": 0.5}),
        ("_C.SOLVER.LR = 0.1\n_C['a']['b'] = 2", {"_C.SOLVER.LR": 0.1, "_C.a.b": 2}),
        ("os.environ['OMP_NUM_THREADS'] = '1'", {"os.environ.OMP_NUM_THREADS": "1"}),
        ("def get_config():\n    c = D()\n    c.model.width = 3", {"get_config.c.model.width": 3}),
        (
            "class S:\n    def __init__(self, n):\n        self.tol = 1e-6\n        self.n = n",
            {"S.tol": 1e-6},
        ),
    ],
)
def test_assignments_of_all_forms_are_read(source: str, expected: dict[str, object]) -> None:
    assert defaults(source) == expected


def test_what_variables_of_the_environment_fall_back_to_is_read_wherever_it_stands() -> None:
    source = (
        "def f():\n    n = int(os.environ.get('SIM_N', '128'))\n    t = float(getenv('SIM_TOL', 1e-6))\n"
        "    os.environ.setdefault(\"SIM_DEVICE\", 'cpu')\n    # getenv('OLD', 3)\n    getenv('X', y)\n"
        "    getenv('API_TOKEN', 'abc')\n"
    )
    assert defaults(source) == {
        "$SIM_N": "128",
        "$SIM_TOL": 1e-6,
        "$SIM_DEVICE": "cpu",
        "$API_TOKEN": "REDACTED",
    }


@pytest.mark.parametrize(
    "source", ["a, b = f()", "a, *b = 1, 2, 3", "a[i] = 3", "f().x = 3", "x.y = z", "A = dict(**B)"]
)
def test_what_is_not_stated_is_not_made_up(source: str) -> None:
    assert all(isinstance(value, Expression) for value in defaults(source).values())


@pytest.mark.parametrize("form", ["D['n']", 'D["n"]', "D.get('n', 7)", "D.n"])
def test_a_default_may_refer_to_an_entry_of_a_dictionary(form: str) -> None:
    source = f"D = dict(n=5)\np.add_argument('--n', default={form})\n"
    assert defaults(source)["--n"] == 5
    changed = "D['n'] = f()\n"
    assert isinstance(defaults(changed + source)["--n"], Expression)


def test_a_default_may_refer_to_a_variable_of_a_class() -> None:
    assert defaults("class C:\n    N = 5\np.add_argument('--n', default=C.N)\n")["--n"] == 5


def test_long_expressions_that_differ_at_their_end_are_not_equal() -> None:
    one, other = (python_value(f"[{'1.5, ' * 100}{last}]") for last in (1, 2))
    assert one != other
    assert isinstance(one, Expression)
    assert len(one.text) == LONGEST_VALUE
    assert python_value(f"[{'1.5, ' * 2000}1]") != python_value(f"[{'1.5, ' * 2000}2]")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{111.0}", 111.0),
        ("{3}", 3),
        ("1'000'000", 1000000),
        ("0xFF'FF", 65535),
        ("10uz", 10),
        ("0xFFul", 255),
        ("1.5f", 1.5),
    ],
)
def test_numbers_of_modern_cpp(text: str, value: float) -> None:
    assert c_value(text) == value


def test_a_character_and_a_list_are_no_numbers() -> None:
    assert c_value("'1'") == "1"
    assert isinstance(c_value("{1, 2}"), Expression)
