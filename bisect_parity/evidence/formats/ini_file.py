"""INI files and their like (.ini, .cfg, .conf): sections of keys and values, read as an object is."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import DocumentError, settings_text
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.formats.tables import cell_value
from bisect_parity.evidence.model import Findings, Trust

if TYPE_CHECKING:
    from bisect_parity.evidence.formats.place import Place

__all__ = ["READER"]

_TOP = "\0"  # the section of what stands above all sections


class _Parser(configparser.RawConfigParser):
    """Keys keep their case."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _load(data: bytes) -> configparser.RawConfigParser:
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


def _find(place: Place, document: configparser.RawConfigParser) -> Findings:
    top = document.defaults()
    stated = {key: cell_value(key, value) for key, value in top.items() if value}
    for section in document.sections():
        values = {key: value for key, value in document.items(section) if value and key not in top}
        stated |= {f"{section}.{key}": cell_value(key, value) for key, value in values.items()}
    return collect(place.path, stated, Trust.MACHINE)


READER = FormatReader(
    "ini",
    (".ini", ".cfg", ".conf", ".properties"),
    lambda _, head: b"\0" not in head and b"=" in head,
    document_reader(_find, _load),
)
