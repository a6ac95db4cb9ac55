"""What batch systems print about a job, wherever it was pasted or written to: when it began and ended.

Slurm's `sacct`, in columns or between bars; `qacct -j` of Grid Engine; `qstat -f` of PBS; HTCondor's log of
events. When a job was submitted is no time of the run. `scontrol show job` and LSF write labels that any text
may have.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from bisect_parity.evidence.stamps import text_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.model import Source, TimeStatement

MARKS = {
    "Start": "start",
    "End": "end",
    "start_time": "start",
    "end_time": "end",
    "stime": "start",
    "obittime": "end",
    "001": "start",
    "005": "end",
}
_RULE = re.compile(r"[- ]*-{4}[- ]*")
_LABELLED = re.compile(  # one of Grid Engine; one of PBS
    r"\s*(?:(start_time|end_time)[ \t]{2,}|(stime|obittime) = )(\S.{9,})"
)
_EVENT = re.compile(r"(001|005) \([\d.]+\) (\d\S+ \d\S+) Job (?:executing|terminated)")


@define
class JobAccounts:
    """Finds times of jobs in the lines of a text, one after another; of a table, those of its first job."""

    _columns: dict[str, int | slice] = field(factory=dict)
    _header: str = ""
    _job: str = ""

    def at(self, line: str, source: Source) -> Iterator[TimeStatement]:
        """The times in the next line."""
        if "JobID" in line and "Start" in line:
            self._begin(line)
        elif self._columns:
            yield from self._row(line, source)
        elif line[:3] in ("001", "005") and (event := _EVENT.match(line)):
            yield from _stated(event[1], event[2], source)
        elif "time" in line and (labelled := _LABELLED.fullmatch(line)):
            yield from _stated(labelled[1] or labelled[2], labelled[3], source)

    def _begin(self, line: str) -> None:
        self._header, self._job = line, ""
        names = line.split("|") if "|" in line else line.split()
        self._columns = {name: place for place, name in enumerate(names) if name in ("JobID", "Start", "End")}
        if "JobID" not in self._columns or "Start" not in self._columns:
            self._columns = {}

    def _row(self, line: str, source: Source) -> Iterator[TimeStatement]:
        if _RULE.fullmatch(line):
            spans = [slice(*found.span()) for found in re.finditer("-+", line)]
            self._columns = {name: spans[place] for name, place in self._places(len(spans))}
            return
        cells = {name: self._cell(line, place) for name, place in self._columns.items()}
        job = cells.get("JobID", "").partition(".")[0]
        if not job or not job[0].isdigit() or job != (self._job or job):
            self._columns = {}
            return
        self._job = job
        for name in ("Start", "End"):
            yield from _stated(name, cells.get(name, ""), source)

    def _places(self, count: int) -> Iterator[tuple[str, int]]:
        return ((name, at) for name, at in self._columns.items() if isinstance(at, int) and at < count)

    def _cell(self, line: str, place: int | slice) -> str:
        if isinstance(place, slice):
            return line[place].strip()
        cells = line.split("|") if "|" in self._header else line.split()
        return cells[place] if place < len(cells) else ""


def _stated(name: str, text: str, source: Source) -> Iterator[TimeStatement]:
    time = text_time(text, "field", source)
    if time is not None:
        yield evolve(time, marks=MARKS[name])
