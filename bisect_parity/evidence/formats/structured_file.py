"""YAML, TOML and INI of any shape, one object a file: ids, times, metrics and parameters by their keys."""

from __future__ import annotations

import configparser
import tomllib
from datetime import date, time
from typing import TYPE_CHECKING, Any

from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import DocumentError, load_yaml, settings_text
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.formats.tables import cell_value
from bisect_parity.evidence.keys import is_id_key
from bisect_parity.evidence.model import Findings, Trust
from bisect_parity.evidence.numbers import is_plain_exponent, read_float

if TYPE_CHECKING:
    from bisect_parity.evidence.formats.place import Place

_TOP = "\0"  # the section of what stands above all sections


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


class _Parser(configparser.RawConfigParser):
    """Keys keep their case."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _load_ini(data: bytes) -> configparser.RawConfigParser:
    """Parse settings without interpolation.

    Raises:
        DocumentError: too large, or no settings.
    """
    text = settings_text(data)
    parser = _Parser(
        strict=False, default_section=_TOP, inline_comment_prefixes=("#", ";"), allow_no_value=True
    )
    try:
        parser.read_string(f"[{_TOP}]\n{text}")
    except AttributeError as error:  # configparser trips over a line that continues a key without a value
        raise DocumentError("not settings in sections: a line continues a key without a value") from error
    except (configparser.Error, ValueError) as error:
        raise DocumentError(f"not settings in sections: {error}") from error
    return parser


def _find_sections(place: Place, document: configparser.RawConfigParser) -> Findings:
    top = document.defaults()
    stated = {key: cell_value(key, value) for key, value in top.items() if value}
    for section in document.sections():
        values = {key: value for key, value in document.items(section) if value and key not in top}
        stated |= {f"{section}.{key}": cell_value(key, value) for key, value in values.items()}
    return collect(place.path, stated, Trust.MACHINE)


INI = FormatReader(
    "ini",
    (".ini", ".cfg", ".conf", ".properties"),
    lambda _, head: b"\0" not in head and b"=" in head,
    document_reader(_find_sections, _load_ini),
)
