"""Fortran namelists: `&group key = value, ... /`, read as an object is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import settings_text
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.formats.tables import cell_value
from bisect_parity.evidence.model import Findings, Trust

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from bisect_parity.evidence.formats.place import Place

MOST_REPEATED = 64  # `4096*0.0` is shown as it stands
_BEGIN = re.compile(rb"(?m)^\s*&[A-Za-z_]\w*")
_TOKEN = re.compile(
    r"(?P<comment>![^\n]*)|(?P<begin>[&$][A-Za-z_]\w*)|(?P<end>/)"
    r"|(?P<key>[A-Za-z_][\w%]*(?:\([\d,: ]*\))?(?:%[A-Za-z_]\w*(?:\([\d,: ]*\))?)*)\s*="
    r"|(?P<text>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|(?P<complex>\([^()\n]*\))|(?P<word>[^\s,/!'\"()=]+)"
)
_REPEATED = re.compile(r"(\d{1,6})\*(.+)")
_EXPONENT = re.compile(r"(?i)(?<=[\d.])[dq](?=[+-]?\d+$)")


def _claims(path: PurePosixPath, head: bytes) -> bool:
    is_named = path.suffix.lower() in (".nml", ".nam", ".in", ".inp") or "namelist" in path.name.lower()
    return is_named and b"\0" not in head and _BEGIN.search(head) is not None


def load_namelists(data: bytes) -> dict[str, Any]:
    """Parse namelists; what stands between them, as the atoms of Quantum ESPRESSO do, is passed over.

    Raises:
        DocumentError: too large.
    """
    found: dict[str, Any] = {}
    values: dict[str, list[Any]] = {}
    group = key = ""
    for token in _TOKEN.finditer(settings_text(data)):
        kind, text = token.lastgroup or "", token[token.lastgroup or 0]
        if kind == "begin" and text[1:].lower() != "end":
            group, key, values = text[1:], "", {}
        elif not group or kind == "comment":
            continue
        elif kind in ("end", "begin"):
            stated = ((name, each[0] if len(each) == 1 else each) for name, each in values.items() if each)
            found |= {f"{group}.{name}": value for name, value in stated}
            group = ""
        elif kind == "key":
            key = text.strip()
            values[key] = []
        elif key:
            values[key] += _values(key, kind, text)
    return found


def _values(key: str, kind: str, text: str) -> list[Any]:
    """A value, as often as it is repeated."""
    repeated = _REPEATED.fullmatch(text) if kind == "word" else None
    times = int(repeated[1]) if repeated is not None else 1
    if repeated is None or times > MOST_REPEATED:
        return [_value(key, kind, text)]
    return [_value(key, kind, repeated[2])] * times


def _value(key: str, kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1].replace(text[0] * 2, text[0]).rstrip()
    small = text.lower().strip(".")
    if small in ("t", "true", "f", "false"):
        return small[0] == "t"
    return cell_value(key, _EXPONENT.sub("e", text))


def _find(place: Place, document: dict[str, Any]) -> Findings:
    return collect(place.path, document, Trust.MACHINE)


# input.nml, namelist.input, INPUT, pw.in: any name may be one
READER = FormatReader("namelist", ("",), _claims, document_reader(_find, load_namelists))
