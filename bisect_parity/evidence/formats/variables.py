"""Environment variables as `env` prints them: an allow-list and switches are kept, no other value is."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import is_id_key, make_record, one_line
from bisect_parity.evidence.loose_ids import keyed_records
from bisect_parity.evidence.model import Findings, Parameter, Record, Source, Trust
from bisect_parity.redaction import is_public_setting

_VARIABLE = re.compile(r"(?:export )?([A-Za-z_][A-Za-z0-9_]*)=(.*)")


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.suffix not in (".txt", ".env") or "env" not in path.stem.lower():
        return False
    lines = [line for line in head.split(b"\n")[:-1] if line.strip()]
    assigned = sum(re.match(rb"(?:export )?[A-Za-z_][A-Za-z0-9_]*=", line) is not None for line in lines)
    return assigned >= max(3, len(lines) // 2)


def _read(path: str, data: bytes) -> Findings:
    """Reads env.txt."""
    records: list[Record] = []
    mentions: list[Record] = []
    kept: list[Parameter] = []
    for number, line in enumerate(decode(data).split("\n"), 1):
        found = _VARIABLE.fullmatch(line.rstrip("\r"))
        if found is None:
            continue
        name, value = found[1], found[2]
        source = Source(path, number, name)
        if is_id_key(name):
            record = make_record(name, value, Trust.HEADER, source)
            records += [record] if record is not None else []
            continue
        mentions += keyed_records(name, value, Trust.HEADER, source)
        if is_public_setting(name, value):
            kept.append(Parameter(name, one_line(value), source))
    return Findings(records=tuple(records), mentions=tuple(mentions), environment=tuple(kept))


READER = FormatReader("variables", (".txt", ".env"), _claims, _read)
