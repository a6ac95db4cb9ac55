"""Text, JSON and YAML of unknown origin, within limits: size, depth, number of values, no tags, no cycles."""

from __future__ import annotations

import codecs
import json
from typing import Any

from bisect_parity.evidence.numbers import read_float

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MOST_JSON_BYTES = 64 << 20
MOST_SETTINGS_BYTES = 1 << 20


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 where a byte order mark says so (`>` of PowerShell writes it).

    Bytes that are no text are replaced; a byte order mark is left out.
    """
    if data.startswith(_UTF_16):
        return data.decode("utf-16", errors="replace")
    return data.removeprefix(codecs.BOM_UTF8).decode(errors="replace")  # twice as fast as "utf-8-sig"


class DocumentError(ValueError):
    """A file that cannot be read as the format it should be; the message says why in one line."""


def settings_text(data: bytes) -> str:
    """The text of a file of settings; larger ones are data.

    Raises:
        DocumentError: too large.
    """
    if len(data) > MOST_SETTINGS_BYTES:
        raise DocumentError(f"{len(data)} bytes: more than the {MOST_SETTINGS_BYTES} of settings")
    return decode(data)


def load_json(data: bytes) -> Any:
    """Parse one JSON document; NaN and Infinity are taken as Python writes them, 1e400 as a Decimal.

    Raises:
        DocumentError: empty, cut off, too large, nested too deep, or no JSON.
    """
    if len(data) > MOST_JSON_BYTES:
        raise DocumentError(f"JSON of {len(data)} bytes is not read: the limit is {MOST_JSON_BYTES}")
    if not data.strip():
        raise DocumentError("the file is empty")
    try:
        return json.loads(data, parse_float=read_float)
    except RecursionError as error:
        raise DocumentError("JSON is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"JSON is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"not valid JSON in line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise DocumentError(f"not valid JSON: {error}") from error


def json_value(text: str, otherwise: Any = None) -> Any:
    """The value of a short text that may be JSON, such as a line or a field; `otherwise` where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return otherwise


def load_yaml(data: bytes) -> Any:
    """Parse one YAML document of plain values; dates come as text.

    Raises:
        DocumentError: empty, too large, nested too deep, no YAML, a tag, a cycle, or aliases that blow it up.
    """
    from bisect_parity.evidence.formats.yaml_document import read_yaml  # noqa: PLC0415 - slow; few runs write it

    return read_yaml(data)
