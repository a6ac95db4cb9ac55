"""Macros, initialisers and enumerators of C and C++."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.params.c_defaults import c_defaults, cpp_defaults, header_defaults
from bisect_parity.params.model import shown


def told(source: str) -> dict[str, str]:
    return {item.name: shown(item.value) for item in c_defaults(source.encode()).values}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '#define N 5\n#define NAME "abc"\n#define EMPTY\n#define SQ(x) ((x)*(x))\n',
            {"N": "5", "NAME": "abc"},
        ),
        ("#define BASE 4\n#define NX (2*BASE)\n#define NY (NX + 1)\n", {"BASE": "4", "NX": "8", "NY": "9"}),
        ("#define A B\n#define B A\n", {"A": "B", "B": "A"}),
        ("#define HALF (1/2)\n#define F 1.5f\n#define H 0xFFu\n", {"HALF": "(1/2)", "F": "1.5", "H": "255"}),
        (
            "#ifdef FAST\n#define N 5\n#else\n#define N 6\n#endif\n#define M (N+1)\n",
            {"N": "5", "N#2": "6", "M": "(N+1)"},
        ),
        ("#define N 5 /* five */\n#define M \\\n  6\n", {"N": "5", "M": "6"}),
        (
            "static const double lambda = 6.2e-10;\nlong big = 10L, oct = 017;\n",
            {"lambda": "6.2e-10", "big": "10", "oct": "15"},
        ),
        ('const char *name = "x";\nint *none = NULL;\n', {"name": "x", "none": "null"}),
        (
            '#define V  "SGP4 2020-07-13"\nconst char *at = "http://x.org/10L /* or */ 2.0f"; // where\n',
            {"V": "SGP4 2020-07-13", "at": "http://x.org/10L /* or */ 2.0f"},
        ),
        ("double cell[3] = {1,2,3};\n", {"cell": "{1,2,3}"}),
        ("cfg d = { .n = 5, .s = { .t = 1.5 } };\n", {"d.n": "5", "d.s.t": "1.5"}),
        ("enum mode { FLAT, ROUND, TRI = 5, LAST };\n", {"FLAT": "0", "ROUND": "1", "TRI": "5", "LAST": "6"}),
        (
            "int main(void) { double d = 100e-3; int n = f(1); static int k = 3; for (int i = 0; ; ) {} }\n",
            {"main.d": "0.1", "main.n": "f(1)", "main.k": "3"},
        ),
    ],
)
def test_values_are_told_as_far_as_they_can_be_without_compiling(
    source: str, expected: dict[str, str]
) -> None:
    assert told(source) == expected
    assert c_defaults(source.encode()).problems == ()


def test_each_value_knows_its_line() -> None:
    assert [item.line for item in c_defaults(b"int a = 1;\n\n#define N 5\n").values] == [1, 3]


def test_namespaces_and_members_of_cpp_are_read() -> None:
    found = cpp_defaults(b"namespace a { int z = 4; class B { int w = 3; }; }\nconstexpr double q = 2.0;\n")
    assert {item.name: shown(item.value) for item in found.values} == {"a.z": "4", "a.B.w": "3", "q": "2.0"}
    assert found.problems == ()


def test_what_stands_around_a_syntax_error_is_told_with_a_note() -> None:
    found = c_defaults(b"#define N 5\nint f( { ;\n")
    assert found.values[0].name == "N"
    assert "syntax error" in found.problems[0]


@given(st.one_of(st.binary(max_size=100), st.text("#define {}()=;,\nAB12./*", max_size=100).map(str.encode)))
def test_no_bytes_make_it_raise(source: bytes) -> None:
    assert all(isinstance(shown(item.value), str) for item in c_defaults(source).values)


def test_a_header_is_read_as_cpp_where_it_is_no_c() -> None:
    found = header_defaults(
        b"namespace a { class B { int w = 3; }; }\ntemplate <typename T> struct C { int n = 4; };\n"
    )
    assert {item.name: shown(item.value) for item in found.values} == {"a.B.w": "3", "C.n": "4"}
    assert found.problems == ()
    assert header_defaults(b"#define N 5\n").values[0].name == "N"
