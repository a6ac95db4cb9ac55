"""What the values of a case may be: validators of attrs, whose ValueError begins with the key."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from bisect_parity.parity.placeholders import PLACEHOLDERS, placeholders_in

if TYPE_CHECKING:
    import attrs

LARGEST_SIZE = 2**20
LONGEST_TIMEOUT = 1e9  # seconds, some 30 years

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,16}")
_ABSOLUTE = re.compile(r"(?:^|[\s='\":<>(])~?/(?!dev/|bin/|usr/|\s|$)\S")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def one_of(*choices: str) -> Callable[[Any, attrs.Attribute[str], str], None]:
    """One of these words."""

    def check(_case: Any, attribute: attrs.Attribute[str], value: str) -> None:
        if value not in choices:
            raise ValueError(
                f"{attribute.name} must be {', '.join(choices[:-1])} or {choices[-1]}, not {value!r}"
            )

    return check


def names_absolute_path(word: str) -> bool:
    """Whether a word of a command, also one that is a script, holds a path from the root."""
    return _ABSOLUTE.search(word) is not None


def suffix(_case: Any, attribute: attrs.Attribute[str], value: str) -> None:
    """A dot, letters and digits."""
    if not _SUFFIX.fullmatch(value):
        raise ValueError(f'{attribute.name} must be a dot, letters and digits, as in ".npy", not {value!r}')


def seconds(_case: Any, attribute: attrs.Attribute[Any], value: float | None) -> None:
    """A number of seconds, or none."""
    if value is not None and not 0 < value <= LONGEST_TIMEOUT:
        raise ValueError(f"{attribute.name} must be a number of seconds above 0, not {value!r}")


def command(_case: Any, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    """Words with known placeholders, the program first."""
    if not value or not value[0]:
        raise ValueError(f"{attribute.name} must be a list of words, the program first")
    for word in value:
        if "\0" in word:
            raise ValueError(f"{attribute.name}: a word holds a NUL character")
        for name in placeholders_in([word]).difference(PLACEHOLDERS):
            known = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
            literal = f"write {{{{{name}}}}} for the text itself"
            raise ValueError(f"{attribute.name}: {{{name}}} is none of {known}; {literal}")


def test_command(case: Any, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    """A command that writes no image, or none."""
    if value:
        commands(case, attribute, (value,))


def kind_of_case(case: Any) -> None:
    """Either a reference and a candidate, or a test.

    Raises:
        ValueError: both kinds, or neither, or a half.
    """
    missing = [name for name in ("reference", "candidate") if not getattr(case, name)]
    if not case.test and missing:
        raise ValueError(
            f"missing key {' and '.join(missing)} (or test, a command judged by its exit status)"
        )
    given = [name for name in ("reference", "candidate", "reference_at", "mask") if getattr(case, name)]
    if case.test and given:
        raise ValueError(f"test decides the verdict by itself, and leaves nothing for {' and '.join(given)}")
    if case.failure and not case.test:
        raise ValueError("failure says which failure of a test counts, and there is no test")
    if case.figure and not case.test:
        raise ValueError("figure is a number that a test prints, and there is no test")
    if case.limit is not None and not case.figure:
        raise ValueError("limit is that of a figure, and there is none")


def pattern(_case: Any, attribute: attrs.Attribute[str], value: str) -> None:
    """A regular expression."""
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{attribute.name} {value!r} is no regular expression: {error}") from error


def figure(case: Any, attribute: attrs.Attribute[str], value: str) -> None:
    """A regular expression with one group, or with none: then the number behind what it matches counts."""
    pattern(case, attribute, value)
    if re.compile(value).groups > 1:
        raise ValueError(
            f"{attribute.name} {value!r} must have one group, as in 'time: (\\S+)', or none: then the number"
            " behind what it matches counts"
        )


def limit(_case: Any, attribute: attrs.Attribute[Any], value: float | None) -> None:
    """A finite number, or none."""
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{attribute.name} must be a finite number, not {value!r}")


def image_command(_case: Any, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    """A command that writes {out}, or none."""
    if not value:
        return
    command(_case, attribute, value)
    if not any("{out}" in word for word in value):
        raise ValueError(f"{attribute.name} must name the file to write as {{out}}")


def image_command_or_function(
    case: Any, attribute: attrs.Attribute[Any], value: tuple[str, ...] | str
) -> None:
    """A command that writes {out}, or the name of a Python function."""
    if not isinstance(value, str):
        image_command(case, attribute, value)
    elif not _FUNCTION.fullmatch(value):
        raise ValueError(
            f"{attribute.name} must be a list of words, or a Python function as 'package.module:function', "
            f"not {value!r}"
        )


def commands(_case: Any, attribute: attrs.Attribute[Any], value: tuple[tuple[str, ...], ...]) -> None:
    """Commands that write no image."""
    for words in value:
        command(_case, attribute, words)
        if any("{out}" in word for word in words):
            raise ValueError(f"{attribute.name}: {{out}} has a meaning in reference and candidate only")


def extents(_case: Any, _attribute: Any, value: tuple[int | str, ...]) -> None:
    """Extents of an image, each a number or {size}."""
    for extent in value:
        if isinstance(extent, str) and extent != "{size}":
            raise ValueError(f"shape must hold whole numbers or '{{size}}', not {extent!r}")
        if isinstance(extent, int) and not 0 < extent <= LARGEST_SIZE**2:
            raise ValueError(f"shape must hold numbers above 0, not {extent}")
    if not value:
        raise ValueError("shape must not be empty")


def variables(
    _case: Any, attribute: attrs.Attribute[Any], value: Mapping[str, str] | tuple[str, ...]
) -> None:
    """Names of environment variables, with values where it is a table."""
    for name in value:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{attribute.name}: {name!r} is not the name of a variable")
    if isinstance(value, Mapping) and any("\0" in text for text in value.values()):
        raise ValueError(f"{attribute.name}: a value holds a NUL character")


def paths_inside(_case: Any, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    """Paths inside the working tree."""
    for path in value:
        if not path or path.startswith("/") or ".." in PurePosixPath(path).parts:
            raise ValueError(f"{attribute.name}: {path!r} does not lie inside the working tree")


def file_names(_case: Any, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    """Paths of files that can lie in one folder."""
    names = [PurePosixPath(path).name for path in value]
    for path, name in zip(value, names, strict=True):
        if not name or name == ".." or "\0" in path:
            raise ValueError(f"{attribute.name}: {path!r} names no file")
        if names.count(name) > 1:
            raise ValueError(f"{attribute.name}: two files are called {name!r}")


def size(_case: Any, attribute: attrs.Attribute[Any], value: int) -> None:
    """A size that an image can have."""
    if not 0 < value <= LARGEST_SIZE:
        raise ValueError(f"{attribute.name} must be a whole number from 1 to {LARGEST_SIZE}, not {value}")


def further_sizes(case: Any, attribute: attrs.Attribute[Any], value: tuple[int, ...]) -> None:
    """Sizes beside that of the case."""
    for number in value:
        size(case, attribute, number)
        if number == case.size or value.count(number) > 1:
            raise ValueError(f"{attribute.name} must hold sizes other than {case.size}, each once")


def rectangles(_case: Any, attribute: attrs.Attribute[Any], value: tuple[tuple[int, ...], ...]) -> None:
    """Rectangles in pixel coordinates, ends not included."""
    for rectangle in value:
        top, bottom, left, right = rectangle if len(rectangle) == 4 else (0, 0, 0, 0)
        if not (0 <= top < bottom and 0 <= left < right):
            raise ValueError(
                f"{attribute.name} must hold [first row, end row, first column, end column], "
                f"not {list(rectangle)}"
            )


def module_names(_case: Any, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    """Names of Python modules."""
    for name in value:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"{attribute.name}: {name!r} is not the name of a module")
