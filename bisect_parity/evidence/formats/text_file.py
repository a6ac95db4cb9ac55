"""Text: labelled lines, ids, times, metrics, commands and tracebacks, each with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.keys import (
    is_id_key,
    is_metric,
    is_public_variable,
    is_time_key,
    make_record,
    one_line,
    time_marks,
)
from bisect_parity.evidence.model import (
    Findings,
    Frame,
    Metric,
    Parameter,
    Record,
    Source,
    TimeStatement,
    Trust,
)
from bisect_parity.evidence.stamps import text_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

__all__ = ["READER", "read_text"]

MOST_LINES = 100_000
LONGEST_LINE = 4000
SUFFIXES = (".txt", ".md", ".markdown", ".rst", ".log", ".sh", ".out", ".err", ".env")
_LABEL = re.compile(
    r"^[\s#>*\-+|`_]*(?P<key>[A-Za-z][A-Za-z _.-]{0,30}?)(?:\s*\([^)]*\))?"
    r"[\s*_`|]*[:=|][\s*_`|]*"
    r"(?P<value>\S.*)$"
)
_BARE_ID = re.compile(r"^\s*(?:#\s*)?(?:->\s*)?`?([0-9a-f]{40}|[0-9a-f]{64})`?\s*$")
_REV_PARSE = re.compile(r"git\s+rev-parse\s+(?:--short\s+)?HEAD\s*#?\s*(?:->|=>|:)\s*([0-9a-f]{7,64})\b")
_FREEZE = re.compile(r"^-e git\+\S+?@([0-9a-f]{7,64})#egg=")
_METRIC = re.compile(
    r"(?<![\w.])([A-Za-z_]\w*)(?:\s*\((?:cold|warm)[^)]*\))?[\s*`]*[:=|][\s*`|]*"
    r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.:/%])"
)
_TRACEBACK = re.compile(r'^\s*File "([^"]{1,400})", line (\d{1,7})(?:, in (\S{1,200}))?')
_PARAMETER_KEYS = re.compile(
    r"(?i)device|dtype|detector ?size|size|iterations|(?:py)?torch(?: version)?|python(?: version)?|cuda[\w ]*"
)


class _TextReader:
    """Reads commands.txt, notes, logs and shell scripts."""

    name = "text"

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return path.suffix.lower() in SUFFIXES and b"\0" not in head

    def read(self, path: str, data: bytes) -> Findings:
        return read_text(path, data.decode("utf-8-sig", errors="replace"))


def read_text(path: str, text: str) -> Findings:
    """Read a text by its lines.

    Args:
        path: of the file, for the sources.
        text: its content.
    """
    records: list[Record] = []
    times: list[TimeStatement] = []
    metrics: list[Metric] = []
    environment: list[Parameter] = []
    branches: list[Parameter] = []
    frames: list[Frame] = []
    for number, line in _lines(text):
        source = Source(path, number, one_line(line))
        record = _bare_record(line, source)
        if record is not None:
            records.append(record)
        label = _LABEL.match(line)
        if label is not None:
            key, value = label["key"].strip(), label["value"].strip()
            if is_id_key(key) and record is None:
                labelled = make_record(key, value, Trust.HEADER, source)
                records += [labelled] if labelled is not None else []
            elif is_time_key(key):
                times += _time(key, value, source)
            elif key.lower() in ("branch", "git branch"):
                branches.append(Parameter("branch", one_line(value).strip("`*"), source))
            elif _is_kept(key, line):
                environment.append(Parameter(key, one_line(value).strip("`*\"' "), _public(source, key)))
        metrics += _metrics(line, source)
        traced = _TRACEBACK.match(line)
        if traced is not None:
            frames.append(Frame(traced[1], int(traced[2]), traced[3] or "", False, source))
    return Findings(
        records=tuple(records),
        times=tuple(times),
        metrics=tuple(metrics),
        environment=tuple(environment),
        branches=tuple(branches),
        frames=tuple(frames),
        commands=parse_commands(text, path),
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if number > MOST_LINES:
            return
        if line and len(line) <= LONGEST_LINE:
            yield number, line.rstrip("\r")


def _bare_record(line: str, source: Source) -> Record | None:
    freeze = _FREEZE.match(line)
    if freeze is not None:
        return Record(freeze[1], "pip freeze", Trust.MACHINE, True, source)
    asked = _REV_PARSE.search(line)
    if asked is not None:
        return Record(asked[1], "git rev-parse HEAD", Trust.HEADER, True, source)
    bare = _BARE_ID.match(line)
    if bare is not None and len(bare[1]) == 40:
        return Record(bare[1], "a line of its own", Trust.HEADER, True, source)
    return None


def _time(key: str, value: str, source: Source) -> list[TimeStatement]:
    time = text_time(value[:100], "header", source)
    return [] if time is None else [evolve(time, marks=time_marks(key))]


def _is_kept(key: str, line: str) -> bool:
    if _PARAMETER_KEYS.fullmatch(key):
        return True
    return is_public_variable(key) and line.lstrip().removeprefix("export ").startswith(f"{key}=")


def _public(source: Source, key: str) -> Source:
    return Source(source.path, source.line, source.text if _PARAMETER_KEYS.fullmatch(key) else key)


def _metrics(line: str, source: Source) -> list[Metric]:
    return [
        Metric(found[1], float(found[2]), source, Trust.PROSE)
        for found in _METRIC.finditer(line)
        if is_metric(found[1])
    ]


READER = _TextReader()
