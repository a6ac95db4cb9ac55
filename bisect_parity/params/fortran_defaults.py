"""Constants, initial values and namelists that Fortran code and its settings state. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.documents import DocumentError
from bisect_parity.evidence.formats.namelist import load_namelists
from bisect_parity.params.collect import file_defaults, flattened, of_lines
from bisect_parity.params.literals import python_value
from bisect_parity.params.model import Default, Expression, FileDefaults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.params.model import Scalar

_UNIT = re.compile(
    r"(?i)\s*(?:[a-z]\w*(?:\([^()]*\))?\s+)*"
    r"(module(?!\s+procedure)|submodule\s*\([^()]*\)|program|subroutine|function)\s+([a-z]\w*)\b.*"
)
_TYPE = re.compile(r"(?i)\s*type\s*(?:,[^:]*)?(?:::|\s)\s*([a-z]\w*)\s*")
_END = re.compile(r"(?i)\s*end\s*(?:(?:module|submodule|program|subroutine|function|type)\b.*)?")
_DECLARED = re.compile(
    r"(?i)\s*(?:(?:integer|real|double\s*precision|complex|logical|character)\b|(?:type|class)\s*\().*?::(.*)"
)
_PARAMETER = re.compile(r"(?i)\s*parameter\s*\((.*)\)\s*")
_DATA = re.compile(r"(?i)\s*data\s+(.*)")
_DATUM = re.compile(r"((?:'(?:[^']|'')*+'|[^/'])*+)/((?:'(?:[^']|'')*+'|\"[^\"]*+\"|[^/'\"])*+)/\s*,?\s*")
_OF_LOOP = re.compile(r"\(\s*([A-Za-z]\w*).*\)")  # (X(I), I = 1, 9)
_REPEATED = re.compile(r"\s*(\d{1,6})\s*\*(.*)")
_SPACED = re.compile(r"(?<=[\d.])\s+(?=[\d.]|[deDE][+-]?\d)")  # blanks mean nothing in fixed form
_STATED = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\([^()]*\))?\s*(?:\*\s*\d+)?\s*=(?![=>])\s*(.*?)\s*")
_KIND = re.compile(r"(?i)(?<=[\d.])_[a-z]\w*|(?<=[\d.])_\d+")
_DOUBLE = re.compile(r"(?i)(?<=[\d.])[dq](?=[+-]?\d)")
_WORDS: dict[str, Scalar] = {".true.": True, ".false.": False}
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


@of_lines()
def fortran_defaults(lines: list[str]) -> Iterator[Default]:
    """The constants and initial values of a free-form file."""
    return _stated(lines, is_fixed=False)


@of_lines()
def fixed_form_defaults(lines: list[str]) -> Iterator[Default]:
    """The constants and initial values of a fixed-form file (.f, .for)."""
    return _stated(lines, is_fixed=True)


def namelist_defaults(source: bytes) -> FileDefaults:
    """The values of namelists, `group.key`; never raises. A file without any states nothing."""
    try:
        document = load_namelists(source)
    except DocumentError as error:
        return FileDefaults(problems=(f"{error}; not read",))
    return file_defaults(Default(name, value, 0) for name, value in flattened("", document) if name)


def _statements(lines: list[str], *, is_fixed: bool) -> Iterator[tuple[int, str]]:
    """The statements with their lines, continuation lines joined, without comments."""
    begun, statement, goes_on = 0, "", False
    for number, line in enumerate(lines, 1):
        if is_fixed and line[:1] in ("C", "c", "*", "!"):
            continue
        plain = _QUOTED.sub(lambda found: found[0].replace("!", "\0"), line).partition("!")[0]
        plain = plain.replace("\0", "!").rstrip()
        if not plain.strip():
            continue
        if is_fixed:
            is_continued = len(plain) > 5 and plain[:5].isspace() and plain[5] not in " 0"
            piece, follows = (plain[6:72] if is_continued else plain[:72]), False
        else:
            is_continued = goes_on
            piece, follows = plain.lstrip().removeprefix("&") if goes_on else plain, plain.endswith("&")
            piece = piece.removesuffix("&")
        if not is_continued and statement:
            yield begun, statement
            statement = ""
        begun = begun if statement else number
        statement, goes_on = statement + piece, follows
    if statement:
        yield begun, statement


def _stated(lines: list[str], *, is_fixed: bool) -> Iterator[Default]:
    units: list[str] = []
    for line, statement in _statements(lines, is_fixed=is_fixed):
        declared = _DECLARED.fullmatch(statement) or _PARAMETER.fullmatch(statement)
        prefix = "".join(f"{unit}." for unit in units)
        if declared is not None:
            for part in _parts(declared[1]):
                found = _STATED.fullmatch(part)
                if found is not None:
                    yield Default(f"{prefix}{found[1]}", _value(found[2]), line)
        elif (data := _DATA.fullmatch(statement)) is not None:
            yield from (Default(f"{prefix}{name}", value, line) for name, value in _data(data[1]))
        elif (unit := _UNIT.fullmatch(statement)) is not None and not _END.fullmatch(statement):
            units.append(unit[2])
        elif (made := _TYPE.fullmatch(statement)) is not None:
            units.append(made[1])
        elif _END.fullmatch(statement) and units:
            units.pop()


def _data(text: str) -> Iterator[tuple[str, Scalar]]:
    """What `DATA` gives its names, in turn; where there is not one value for each, to all names of a list."""
    at = 0
    while (found := _DATUM.match(text, at)) is not None:
        (listed, stated), at = found.groups(), found.end()
        names = [_OF_LOOP.sub(r"\1", part.strip()) for part in _parts(listed)]
        values: list[str] = []
        for part in _parts(stated):
            repeated = _REPEATED.fullmatch(part)
            times, value = (int(repeated[1]), repeated[2]) if repeated else (1, part)
            values += [value] * min(times, len(names))
        if len(names) > 1 and len(names) == len(values):
            yield from ((name, _value(value.strip())) for name, value in zip(names, values, strict=True))
        else:
            whole = " ".join(stated.split())
            yield ", ".join(names), Expression(whole) if _REPEATED.match(whole) else _value(whole)


def _parts(text: str) -> Iterator[str]:
    """The parts of a list, split at the commas that stand in no brackets or quotes."""
    depth, begun, quote = 0, 0, ""
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            yield text[begun:at]
            begun = at + 1
    yield text[begun:]


def _value(text: str) -> Scalar:
    lowered = text.lower()
    if lowered in _WORDS:
        return _WORDS[lowered]
    return python_value(text if text[:1] in "\"'" else _DOUBLE.sub("e", _KIND.sub("", _SPACED.sub("", text))))
