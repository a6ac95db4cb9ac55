"""YAML and TOML of any shape, one object a file: ids, times, metrics and parameters by their keys."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, time
from typing import TYPE_CHECKING, Any

from attrs import define, field

from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import DocumentError, load_yaml, texts
from bisect_parity.evidence.formats.place import Place, read_document
from bisect_parity.evidence.keys import is_id_key
from bisect_parity.evidence.model import Findings, Problem, Trust
from bisect_parity.evidence.numbers import is_plain_exponent, read_float

if TYPE_CHECKING:
    from pathlib import PurePosixPath

__all__ = ["READERS"]

MOST_BYTES = 1 << 20  # of settings and summaries; larger files are data


@define
class _StructuredReader:
    """Reads files of one notation that hold an object."""

    name: str
    suffixes: tuple[str, ...]
    load: Callable[[bytes], Any] = field(repr=False)

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return path.suffix.lower() in self.suffixes

    def read(self, path: str, data: bytes) -> Findings:
        if len(data) > MOST_BYTES:
            return Findings(
                problems=(Problem(path, f"{len(data)} bytes: more than the {MOST_BYTES} of settings"),)
            )
        return read_document(path, data, self.load, _find)


def _find(place: Place, document: Any) -> Findings:
    if not isinstance(document, dict):
        return Findings()  # a list, a text: nothing names its values
    return collect(place.path, _numbered(document), Trust.MACHINE)


def _numbered(table: dict[str, Any]) -> dict[str, Any]:
    return {key: _number(key, value) for key, value in table.items()}


def _number(key: str, value: Any) -> Any:
    """Numbers with an exponent and no point, an id may look like one; and TOML's times as text."""
    if isinstance(value, dict):
        return _numbered(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str) and is_plain_exponent(value) and not is_id_key(key):
        return read_float(value)
    return value


def _load_toml(data: bytes) -> dict[str, Any]:
    """Parse TOML; times come as text.

    Raises:
        DocumentError: nested too deep, or no TOML.
    """
    try:
        return tomllib.loads(texts(data), parse_float=read_float)
    except RecursionError as error:
        raise DocumentError("TOML is nested too deeply") from error
    except ValueError as error:
        raise DocumentError(f"not valid TOML: {error}") from error


READERS = (
    _StructuredReader("yaml", (".yaml", ".yml"), load_yaml),
    _StructuredReader("toml", (".toml",), _load_toml),
)
