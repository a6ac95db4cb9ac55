# ruff: noqa: E501  # a case a line
"""Fortran, namelists, shell, make, CMake, Julia, R, MATLAB, gin, notebooks, Cython, docopt, packages."""

from __future__ import annotations

import json
import time

import pytest

from bisect_parity.params.model import Expression
from bisect_parity.params.python_options import docopt_options
from bisect_parity.params.readers import is_code, reader_of


def defaults(path: str, source: str) -> dict[str, object]:
    read = reader_of(path)
    assert read is not None
    found = read(source.encode())
    assert found.problems == ()
    return {
        item.name: item.value.text if isinstance(item.value, Expression) else item.value
        for item in found.values
    }


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.f90", "data x /" + "1," * 20_000),
        ("a.h", "#define V f(" + "\\'" * 20_000 + ")\n"),
        ("a.py", "N = 0777, " + "\\'" * 20_000 + "\n"),
    ],
)
def test_what_is_left_open_is_searched_once(path: str, source: str) -> None:
    read = reader_of(path)
    assert read is not None
    started = time.process_time()
    read(source.encode())
    assert time.process_time() - started < 3  # half a minute if from every place


FORTRAN = """module grid   ! the grid
  implicit none
  integer, parameter :: n = 128, m = 2*3   ! points
  real(kind=8), parameter :: tol = 1.0d-8, &
       eps = 1.5_dp
  character(len=*), parameter :: name = 'a!b, c'
  logical :: on = .true., off
  integer, dimension(3) :: shape = [1, 2, 3]
  real, pointer :: p => null()
  type :: box
    real :: width = 2.0
  end type box
contains
  pure real(8) function f(x)
    real, parameter :: c = 0.5
    if (x == 1) then
    end if
  end function f
end module grid
program main
  integer :: n = 7
end program
"""


def test_fortran_states_constants_and_initial_values() -> None:
    assert defaults("src/grid.F90", FORTRAN) == {
        "grid.n": 128,
        "grid.m": 6,
        "grid.tol": 1e-8,
        "grid.eps": 1.5,
        "grid.name": "a!b, c",
        "grid.on": True,
        "grid.shape": "[1, 2, 3]",
        "grid.box.width": 2.0,
        "grid.f.c": 0.5,
        "main.n": 7,
    }


def test_fixed_form_has_its_own_comments_and_continuations() -> None:
    source = (
        "C     N = 1\n      PROGRAM A\n      PARAMETER (N=128,\n     &  EPS=1.D-3)\n"
        "      DATA X /3/, Y /4.5/, ZERO,HALF /0.D0,5 0 E-2/, U,V /2*1.0/\n"
        "      DATA (W(I),I=1,2) /.1,.2/, PATH /'a/b'/, Z /9*0.0/, P,Q /1,2,3/\n      END\n"
    )
    found: dict[str, object] = {
        "N": 128,
        "EPS": 1e-3,
        "X": 3,
        "Y": 4.5,
        "ZERO": 0.0,
        "HALF": 0.5,
        "U": 1.0,
        "V": 1.0,
    }
    found |= {"PATH": "a/b", "W": "(0.1, 0.2)", "Z": "9*0.0", "P, Q": "(1, 2, 3)"}
    assert defaults("a.f", source) == {f"A.{name}": value for name, value in found.items()}


@pytest.mark.parametrize("name", ["input.nml", "namelist.input", "run.in"])
def test_namelists_are_read_by_group(name: str) -> None:
    source = "&run\n n = 128, dt = 1d-3 ! step\n on = .true.\n list = 1, 2\n/\n"
    found = {"run.n": 128, "run.dt": 1e-3, "run.on": True, "run.list[0]": 1, "run.list[1]": 2}
    assert defaults(name, source) == found
    assert defaults(name, "no namelist\n") == {}


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("run.sh", "N=${N:-128}\n: \"${M:=4}\"\nexport K='a b' # c\nX=$N/2\nY=$(date)\n", {"N": "128", "M": "4", "K": "a b"}),
        ("job.slurm", "#SBATCH --mem=4G  # much\n#SBATCH -n 8\n#SBATCH --exclusive\n", {"#SBATCH --mem": "4G", "#SBATCH -n": "8", "#SBATCH --exclusive": ""}),
        ("job.pbs", "#PBS -l walltime=1:00\n", {"#PBS -l": "walltime=1:00"}),
        ("Makefile", "N ?= 4\nF := -O3 # fast\nall: x\n\tA=3 cc\n", {"N": "4", "F": "-O3"}),
        ("CMakeLists.txt", "# set(A 1)\noption(FFT \"use it\" ON)\nset(N 4 CACHE STRING \"n\")\nadd_definitions(-DG=3 -DH)\n",
         {"FFT": "ON", "N": "4", "-DG": "3", "-DH": ""}),
        ("docker/Dockerfile", "FROM a:1 AS b\nENV OMP=4\nARG K=\"3\"\nRUN x\n", {"FROM": "a:1", "ENV OMP": "4", "ARG K": "3"}),
        ("a.jl", "const N = 4 # n\nx::Float64 = 1e-3\nv = [1, 2]\nf(x) = 3x\ny = g(1)\nz == 3\n", {"N": 4, "x": 1e-3, "v": "[1, 2]"}),
        ("a.R", "n <- 4L\ntol = 1e-3 # c\non <- TRUE\nx <- f(3)\nv <- c(1, 2)\n", {"n": 4, "tol": 1e-3, "on": True, "v": "c(1, 2)"}),
        ("a.m", "N = 4; % n\np.tol = 2^3;\ns = 'a%b';\nfor i = 1:3\nif x == 3\n", {"N": 4, "p.tol": 8, "s": "a%b"}),
        ("a.gin", "include 'b.gin'\nN = 3\na/train.lr = 0.1 # c\nf.g = @h()\n", {"N": 3, "a/train.lr": 0.1, "f.g": "@h()"}),
        ("a.properties", "! c\na.b = 3\nc: x y\n", {"a.b": "3", "c": "x y"}),
        ("a.jsonc", '// c\n{"a": 1, /* x */ "u": "http://x",}', {"a": 1, "u": "http://x"}),
        ("a.json5", "{a: 1, b: 'x'} // c", {"a": 1, "b": "x"}),
        ("requirements-dev.txt", "# c\nNumPy[all]==1.26 ; python_version < '4'\ntorch >= 2, <3 # c\nx\n-r other.txt\n",
         {"numpy": "==1.26", "torch": ">=2,<3", "x": ""}),
        ("uv.lock", '[[package]]\nname = "numpy"\nversion = "2.0.1"\n', {"numpy": "2.0.1"}),
        ("flake.lock", '{"a": 1}', {}),
        ("environment.yml", "dependencies:\n- numpy=1.26\n- python>=3.9\n- pip:\n  - foo==1\n",
         {"dependencies.numpy": "=1.26", "dependencies.python": ">=3.9", "dependencies[2].pip.foo": "==1"}),
        ("a.pyx", "cdef int n = 3\ncdef double t = 0.5\nDEF M = 4\nK = 5\ncdef f(): pass\n", {"n": 3, "t": 0.5, "M": 4, "K": 5}),
    ],
)  # fmt: skip
def test_values_are_read_as_they_are_written(path: str, source: str, expected: dict[str, object]) -> None:
    assert defaults(path, source) == expected


def test_lists_of_plain_words_keep_their_indices() -> None:
    assert defaults("a.yaml", "a: [x, y]\nb: [1, 2]\n") == {"a[0]": "x", "a[1]": "y", "b[0]": 1, "b[1]": 2}


def test_the_code_cells_of_a_notebook_are_one_file() -> None:
    cells = [
        {"cell_type": "markdown", "source": "# N = 1"},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "lr = 0.1\n"]},
        {"cell_type": "code", "source": "n = 3\n!ls"},
        {"cell_type": "code", "source": "%%bash\nM=1"},
    ]
    assert defaults("a.ipynb", json.dumps({"cells": cells})) == {"lr": 0.1, "n": 3}


@pytest.mark.parametrize("document", ["[]", "{}", '{"cells": 3}', '{"cells": [3, {"cell_type": "code"}]}'])
def test_notebooks_of_another_shape_state_nothing(document: str) -> None:
    assert defaults("a.ipynb", document) == {}


def test_the_options_of_docopt_stand_in_its_text() -> None:
    source = '''"""Solve.

Usage:
  solve.py [options] <mesh>

Options:
  -h --help         Show this.
  --steps=<n>       Steps
                    to do [default: 128].
  -t T, --tol T     Tolerance [default: 1e-6]
  --name NAME       Name
  --fast            Fast.
"""
from docopt import docopt
'''
    assert defaults("solve.py", source) == {"--steps": 128, "--tol": 1e-6, "--name": None, "--fast": False}
    assert defaults("solve.py", source.replace("docopt", "other")) == {}
    lines = [item.line for item in docopt_options(source.encode() * 2)]
    assert lines == [8, 10, 11, 12, 22, 24, 25, 26]


def test_line_ends_of_old_machines_end_lines() -> None:
    assert defaults("a.py", "N = 3\rM = 4\r") == {"N": 3, "M": 4}


def test_an_assignment_with_a_syntax_error_states_nothing() -> None:
    read = reader_of("a.py")
    assert read is not None
    assert [item.name for item in read(b"N = = 3\nM = 4\n").values] == ["M"]


def test_only_code_is_code() -> None:
    assert all(map(is_code, ("a.f90", "b/a.F", "a.jl", "a.R", "a.m", "run.sh", "a.pyx", "a.ipynb")))
    assert not any(map(is_code, ("Makefile", "a.nml", "requirements.txt", "CMakeLists.txt", "a.gin")))


@pytest.mark.parametrize("path", ["a.f90", "a.f", "a.sh", "a.jl", "a.R", "a.m", "a.nml", "a.gin", "a.pyx", "a.ipynb",
                                  "Makefile", "CMakeLists.txt", "Dockerfile", "requirements.txt", "a.lock", "a.json5"])  # fmt: skip
@pytest.mark.parametrize(
    "source",
    [b"\xff\xfe\x00", b"\xff" * 50, b"=" * 5000, b"a = " + b"(" * 5000, b"${a}" * 3000, b"a " * 5000],
)
def test_no_content_is_too_odd(path: str, source: bytes) -> None:
    read = reader_of(path)
    assert read is not None
    read(source)
