"""YAML and TOML of any shape, one object a file: ids, times, metrics and parameters by their keys."""

from __future__ import annotations

import tomllib
from datetime import date, time
from typing import TYPE_CHECKING, Any

from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import DocumentError, load_yaml, settings_text
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.keys import is_id_key
from bisect_parity.evidence.model import Findings, Trust
from bisect_parity.evidence.numbers import is_plain_exponent, read_float

if TYPE_CHECKING:
    from bisect_parity.evidence.formats.place import Place

__all__ = ["READERS"]


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


def _load_yaml(data: bytes) -> Any:
    settings_text(data)  # refuses what is too large
    return load_yaml(data)


def _load_toml(data: bytes) -> dict[str, Any]:
    """Parse TOML; times come as text.

    Raises:
        DocumentError: too large, nested too deep, or no TOML.
    """
    text = settings_text(data)
    try:
        return tomllib.loads(text, parse_float=read_float)
    except RecursionError as error:
        raise DocumentError("TOML is nested too deeply") from error
    except ValueError as error:
        raise DocumentError(f"not valid TOML: {error}") from error


READERS = (
    FormatReader("yaml", (".yaml", ".yml"), marked(), document_reader(_find, _load_yaml)),
    FormatReader("toml", (".toml",), marked(), document_reader(_find, _load_toml)),
)
