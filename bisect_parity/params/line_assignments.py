"""Values that stand one to a line: shell, make, CMake, batch jobs, Julia, R, MATLAB, gin and the like. Pure.

Only what is stated is read: a value that is put together from others is left out, or shown as it stands.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from bisect_parity.params.collect import of_lines
from bisect_parity.params.literals import python_value
from bisect_parity.params.model import Default, Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bisect_parity.params.model import FileDefaults, Scalar

_WORDS: dict[str, Scalar] = {
    "true": True,
    "TRUE": True,
    "T": True,
    "false": False,
    "FALSE": False,
    "F": False,
    "nothing": None,
    "NULL": None,
}
_BATCH = re.compile(r"#(?:SBATCH|PBS|BSUB|COBALT|FLUX:|\$)\s+(-{1,2}[\w-]+)(?:[=\s]+(\S.*?))?\s*(?:\s#.*)?")
_SHELL = re.compile(
    r"\s*(?:(?:export|readonly|local|declare(?:\s+-\w+)*|typeset(?:\s+-\w+)*)\s+)?([A-Za-z_]\w*)="
    r"(\"[^\"]*\"|'[^']*'|(?:\$\{[^{}]*\}|[^\s;&|()#\"'`{}])*)\s*(?:;|#.*)?"
)
_SET_UNLESS = re.compile(r"\s*:\s+\"?\$\{([A-Za-z_]\w*):?=([^{}]*)\}\"?\s*(?:#.*)?")
_UNLESS_SET = re.compile(r"\$\{([A-Za-z_]\w*):?[-=]([^{}]*)\}")
_MAKE = re.compile(r"(?:(?:export|override)\s+)?([A-Za-z_][\w.-]*)\s*(?:\?|:{1,3}|\+)?=\s*(.*)")
_CMAKE = re.compile(r"(?i)\b(option|set|add_(?:compile_)?(?:definitions|options))\s*\(([^()]*)\)")
_CMAKE_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*\"|[^\s\"]+")
_DEFINED = re.compile(r"-?D?([A-Za-z_]\w*)(?:=(.*))?")
_DOCKER = re.compile(r"(?i)(ENV|ARG)\s+([A-Za-z_]\w*)(?:=|\s+)(\S.*)")
_NUMBERS = re.compile(r"(?:c\(|\[|\()[\d\s.,;eE+-]*[\])]")  # a list of them
_FROM = re.compile(r"(?i)FROM\s+(\S+)(?:\s+AS\s+\S+)?\s*")
_PROPERTY = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)")
_BEFORE_COMMENT = {
    "#": re.compile(r"(?:[^#\"']++|\"[^\"]*+\"?+|'[^']*+'?+)*+"),
    "%": re.compile(r"(?:[^%\"']++|\"[^\"]*+\"?+|'[^']*+'?+)*+"),
    "//": re.compile(r"(?:[^/\"]++|\"(?:[^\"\\]|\\.)*+\"?+|/(?!/))*+"),  # a lone ' is no quote in Rust
}
_GIN = re.compile(r"([A-Za-z_@/][\w./@]*)\s*=\s*(\S.*)")


def _by_line(
    *, is_text: bool = False
) -> Callable[[Callable[[str], Iterator[tuple[str, Scalar]]]], Callable[[bytes], FileDefaults]]:
    """Makes what reads a line a reader of files, as `of_lines` does."""

    def decorated(read: Callable[[str], Iterator[tuple[str, Scalar]]]) -> Callable[[bytes], FileDefaults]:
        @of_lines(is_text=is_text)
        @functools.wraps(read)
        def items(lines: list[str]) -> Iterator[Default]:
            for number, line in enumerate(lines, 1):
                if "=" in line or "-" in line or " " in line:
                    yield from (Default(name, value, number) for name, value in read(line))

        return items

    return decorated


def _assigned_literals(assignment: re.Pattern[str], mark: str) -> Callable[[bytes], FileDefaults]:
    """Reads the literals that lines of a file assign, by what matches a line with a name and a value."""

    @_by_line()
    def read(line: str) -> Iterator[tuple[str, Scalar]]:
        found = assignment.fullmatch(without_comment(line, mark))
        if found is not None:
            value = _literal(without_end(found[2]))
            if not isinstance(value, Expression) or _NUMBERS.fullmatch(value.text):
                yield found[1], value

    return read


julia_defaults = _assigned_literals(
    re.compile(r"\s*(?:const\s+)?([A-Za-z_]\w*)(?:::[\w{}., ]+)?\s*=(?!=)\s*(\S.*)"), "#"
)
r_defaults = _assigned_literals(re.compile(r"\s*([A-Za-z_.][\w.$]*)\s*(?:<<?-|=(?!=))\s*(\S.*)"), "#")
matlab_defaults = _assigned_literals(re.compile(r"\s*([A-Za-z]\w*(?:\.\w+)*)\s*=(?!=)\s*(\S.*)"), "%")


@_by_line()
def gin_defaults(line: str) -> Iterator[tuple[str, Scalar]]:
    """The bindings and macros of a gin file."""
    found = _GIN.fullmatch(without_comment(line, "#"))
    if found is not None:
        yield found[1], python_value(found[2].rstrip())


@_by_line(is_text=True)
def properties_defaults(line: str) -> Iterator[tuple[str, Scalar]]:
    """The values of a file of `key = value`, all of them text."""
    found = None if line.lstrip()[:1] in ("#", "!", ";") else _PROPERTY.fullmatch(line)
    if found is not None:
        yield found[1], _unquoted(found[2].rstrip())


@_by_line(is_text=True)
def shell_defaults(line: str) -> Iterator[tuple[str, Scalar]]:
    """The variables that a shell script sets, and what it asks of a batch system.

    `N=${N:-128}` and `: ${N:=128}` state 128. What is put together from other variables is left out.
    """
    asked = _BATCH.fullmatch(line)
    if asked is not None:
        yield f"{line.split(maxsplit=1)[0]} {asked[1]}", asked[2] or ""
        return
    found = _SET_UNLESS.fullmatch(line) or _SHELL.fullmatch(line)
    if found is not None:
        text = _UNLESS_SET.sub(r"\2", _unquoted(found[2]))
        if "$" not in text and "`" not in text:
            yield found[1], _unquoted(text)


@_by_line(is_text=True)
def make_defaults(line: str) -> Iterator[tuple[str, Scalar]]:
    """The variables of a makefile, as text."""
    found = None if line.startswith("\t") else _MAKE.fullmatch(line.partition(" #")[0].strip())
    if found is not None:
        yield found[1], found[2].strip()


@of_lines(is_text=True)
def cmake_defaults(lines: list[str]) -> Iterator[Default]:
    """The options, variables and definitions of a CMake file, as text."""
    text = re.sub(r"(?m)#[^\n]*", "", "\n".join(lines))
    for found in _CMAKE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        words = [_unquoted(word) for word in _CMAKE_WORD.findall(found[2])]
        kind = found[1].lower()
        if kind == "option" and words:
            yield Default(words[0], words[2] if len(words) > 2 else "OFF", line)
        elif kind == "set" and len(words) > 1:
            end = next((at for at, word in enumerate(words) if word in {"CACHE", "PARENT_SCOPE"}), None)
            yield Default(words[0], " ".join(words[1:end]), line)
        elif kind.startswith("add_"):
            defined = (_DEFINED.fullmatch(word) for word in words)
            yield from (Default(f"-D{one[1]}", one[2] or "", line) for one in defined if one is not None)


@_by_line(is_text=True)
def docker_defaults(line: str) -> Iterator[tuple[str, Scalar]]:
    """The variables, the arguments and the base image of a Dockerfile, as text."""
    if (base := _FROM.fullmatch(line)) is not None:
        yield "FROM", base[1]
    elif (found := _DOCKER.fullmatch(line)) is not None:
        yield f"{found[1].upper()} {found[2]}", _unquoted(found[3].rstrip())


def _literal(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    plain = re.sub(r"(?<=\d)L\b", "", text).replace("^", "**")
    return python_value(plain)


def without_end(text: str) -> str:
    """A value without the blanks, and the semicolon or comma, behind it."""
    text = text.rstrip()
    return text[:-1].rstrip() if text.endswith((";", ",")) else text


def without_comment(line: str, mark: str) -> str:
    """A line up to its comment; what stands in quotes is none. `mark` is one of `_BEFORE_COMMENT`."""
    found = _BEFORE_COMMENT[mark].match(line)
    return line if found is None else found[0]


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if is_quoted else text
