"""What all readers of defaults share: values flattened, numbered, bounded, and without secrets. Pure."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.keys import is_secret
from bisect_parity.params.model import Default, Expression, FileDefaults
from bisect_parity.redaction import REDACTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bisect_parity.params.model import Scalar

MOST_VALUES = 5000
LONGEST_LIST = 32
LONGEST_TEXT = 2000
LONGEST_LINE = 4000
DEEPEST = 64
_REQUIRED = re.compile(r"([A-Za-z][\w.-]*)\s*(?:\[[^\[\]]*\])?\s*((?:(?:[<>~!=]=?=?|@)\s*[\d*].*)?)")
_HARMLESS = (bool, int, float, type(None))


def file_defaults(
    items: Iterable[Default], problems: Iterable[str] = (), *, is_text: bool = False
) -> FileDefaults:
    """The defaults of a file: bounded in number, several of one name numbered, secrets left out."""
    kept: list[Default] = []
    notes = list(problems)
    taken: dict[str, list[Scalar]] = {}
    for item in items:
        if len(kept) == MOST_VALUES:
            notes.append(f"only the first {MOST_VALUES} values are listed")
            break
        values = taken.setdefault(item.name, [])
        if any(type(value) is type(item.value) and value == item.value for value in values):
            continue
        values.append(item.value)
        if len(values) > 1:
            item = evolve(item, name=f"{item.name}#{len(values)}")  # noqa: PLW2901 - most need no change
        if not isinstance(item.value, _HARMLESS) and is_secret(item.name.rpartition(".")[2]):
            item = evolve(item, value=REDACTED)  # noqa: PLW2901
        kept.append(item)
    return FileDefaults(tuple(kept), problems=tuple(notes), is_text=is_text)


def of_lines(
    *, is_text: bool = False
) -> Callable[[Callable[[list[str]], Iterator[Default]]], Callable[[bytes], FileDefaults]]:
    """Makes what reads lines a reader of files, which never raises; very long lines count as empty.

    Args:
        is_text: whether all values are text.
    """

    def decorated(items: Callable[[list[str]], Iterator[Default]]) -> Callable[[bytes], FileDefaults]:
        @functools.wraps(items)
        def read(source: bytes) -> FileDefaults:
            if b"\0" in source:
                return FileDefaults(problems=("a binary file, or not UTF-8: not read",))
            lines = source.decode("utf-8-sig", "replace").splitlines()
            short = [line if len(line) <= LONGEST_LINE else "" for line in lines]
            return file_defaults(items(short), is_text=is_text)

        return read

    return decorated


def flattened(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Scalar]]:
    """The leaves of nested tables and lists: `a.b`, `a[0]`; types are kept.

    Args:
        name: of the value, empty for the whole document.
        value: of JSON, YAML or TOML.
        depth: of the value in the document.
    """
    if depth > DEEPEST:
        yield name, Expression("nested too deeply to be shown")
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from flattened(f"{name}.{key}" if name else str(key), item, depth + 1)
    elif isinstance(value, list) and value:
        if len(value) > LONGEST_LIST:
            yield name, _long_list(value)
        else:
            packages = _required(value)
            for index, item in enumerate(value):
                if index in packages:
                    yield f"{name}.{packages[index][0]}" if name else packages[index][0], packages[index][1]
                    continue
                yield from flattened(f"{name}[{index}]", item, depth + 1)
    else:
        yield name, _leaf(value)


def _required(values: list[Any]) -> dict[int, tuple[str, str]]:
    """The names of packages in a list of them, with what is asked of their versions; by their indices.

    An index is no name: one more package would move all others.
    """
    texts = {index: item for index, item in enumerate(values) if isinstance(item, str)}
    found = {index: _REQUIRED.fullmatch(text) for index, text in texts.items()}
    packages = {index: (item[1], "".join(item[2].split())) for index, item in found.items() if item}
    is_list = len(packages) == len(texts) == len({name for name, _ in packages.values()})
    return packages if is_list and any(asked for _, asked in packages.values()) else {}


def _leaf(value: Any) -> Scalar:
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    return Expression(str(value))  # {}, [], and TOML's dates


def _long_list(value: list[Any]) -> Scalar:
    digest = hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()[:12]
    return Expression(f"{len(value)} values, digest {digest}")
