"""How a program was built, as its recorded build says: definitions, and flags of compilers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

BUILDERS = frozenset({"make", "gmake", "cmake", "ninja", "meson", "configure"})
_COMPILER = re.compile(
    r"(?:[\w.]+-)*(?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|nvcc|hipcc|gfortran|flang|ifort|ifx|icc|icpc|icx|icpx"
    r"|mpicc|mpicxx|mpic\+\+|mpifort|mpif90|mpif77|nvc|nvc\+\+|nvfortran)(?:-\d[\d.]*)?"
)
_DEFINED = re.compile(r"(?:-D|--(?=[a-z]))?([A-Za-z][\w-]*)(?::[A-Z]+)?=(.*)", re.DOTALL)
_COUNTS = re.compile(
    r"-(?:[OfmgD]|std|arch|gencode|static|openmp|qopenmp|x[A-Z]|fp|ip|Xcompiler"
    r"|-?(?:use_fast_math|ftz|prec-(?:div|sqrt)|maxrregcount)).*"
)
_WITH_A_WORD = ("-arch", "-fp-model", "-gencode", "-maxrregcount", "-Xcompiler")
_TAKES_A_WORD = {"-D": "-D", **{word: f"{word}=" for word in _WITH_A_WORD}}
_REPEATED = frozenset({"-gencode", "-Xcompiler"})  # each adds something
_PLACES = re.compile(r"-f(?:(?:debug|file|macro)-prefix-map|diagnostics-|dep-).*")


def is_builder(name: str) -> bool:
    """Whether a program builds others: what it is given is no parameter of a run by itself."""
    return name in BUILDERS or _COMPILER.fullmatch(name) is not None


def build_flags(name: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What decides how the code is translated, of the words of a builder: name and value.

    Of a compiler these are its flags for code generation, of which the last of a name counts; places of files
    and libraries, and warnings, are left out.
    """
    if name in BUILDERS:
        yield from ((found[1], found[2]) for found in map(_DEFINED.fullmatch, words) if found is not None)
    else:
        whole = (f"{_TAKES_A_WORD.get(before, '')}{word}" for before, word in pairwise(("", *words)))
        counted = (word for word in whole if _COUNTS.fullmatch(word) and not _PLACES.fullmatch(word))
        yield from dict(_flag(word) for word in counted if word not in _TAKES_A_WORD).items()


def _flag(word: str) -> tuple[str, str]:
    """A flag of a compiler as a name and a value: `-O3`, `-march=native`, `-DN=4`, `-fno-math-errno`."""
    if found := re.fullmatch(r"-(f|m)no-(.+)", word):
        return f"-{found[1]}{found[2]}", "false"
    if found := re.fullmatch(r"(-[Og])(\w+)", word):
        return found[1], found[2]
    name, equals, value = word.partition("=")
    return (word, "true") if name in _REPEATED or not equals else (name, value)
