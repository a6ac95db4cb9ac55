"""Text: labelled lines, ids, times, metrics, commands and positions in the code, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from attrs import Factory, define, evolve, field

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.durations import line_durations, value_durations
from bisect_parity.evidence.embedded_ids import banner_records, embedded_records
from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.job_accounts import JobAccounts
from bisect_parity.evidence.formats.object_keys import is_commit_time_key, is_subject_key
from bisect_parity.evidence.formats.place import Gathered
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.text_frames import TextFrames
from bisect_parity.evidence.formats.text_records import RecordFinder, json_pairs
from bisect_parity.evidence.keys import (
    is_figure,
    is_id_key,
    is_metric,
    is_of_period,
    is_time_key,
    make_record,
    one_line,
    time_marks,
)
from bisect_parity.evidence.loose_ids import LOOSE, keyed_records, line_records, without_log_time
from bisect_parity.evidence.model import (
    Command,
    Findings,
    Metric,
    Parameter,
    Record,
    Source,
    TimeKind,
    TimeStatement,
    Trust,
)
from bisect_parity.evidence.named_checkouts import Checkouts
from bisect_parity.evidence.numbers import NUMBER
from bisect_parity.evidence.spelled_dates import is_clock, is_day, twin_key
from bisect_parity.evidence.stamps import has_clock, keyed_time, line_time, name_stamps, phase_time, text_time
from bisect_parity.redaction import is_public_variable

MOST_LINES = 100_000
LONGEST_LINE = 4000
FIRST_HOUR = "01"  # before it, what looks like a time of day is rather the time that went by
LINES_APART = 2  # of a day and a time of day
BANNER_LINES = 200  # programs print their version first
LOGS = (".log", ".out", ".err", ".txt")
NOTES = (".md", ".markdown", ".rst")
SCRIPTS = (".sh", ".bash", ".sbatch", ".slurm", ".pbs", ".lsf")  # the last four are of batch systems
SUFFIXES = (*NOTES, *LOGS, *SCRIPTS, ".env")
_LABEL = re.compile(
    r"^[\s#>*\-+|`_]*(?P<key>[A-Za-z][A-Za-z _.-]{0,30}?)(?:\s*\([^)]*\))?"
    r"[\s*_`|]*[:=|][\s*_`|]*"
    r"(?P<value>\S.*)$"
)
_MARK = re.compile("[:=|]")  # one of which stands in each label and figure
_FIGURE = r"((?:sum )?[A-Za-z_]\w*)(?: coefficient)?(?:\s*\((cold|warm)[^)]*\))?"
_METRIC = re.compile(rf"(?<![\w.]){_FIGURE}[\s*`\"]*[:=|][\s*`|]*({NUMBER})(?:[x\u00d7](?!\w)|(?![\w.:/%]))")
_BARE = re.compile(rf"\s*{_FIGURE}\s+({NUMBER})x?\s*")  # a line of its own
_HOUR = re.compile(
    r"\[?((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:[.,]\d{1,9})?\]?(?: - | \| |[ :|-])\s*[A-Za-z\[]"
)
_ON_BRANCH = re.compile(r"#?\s*On branch (\S{1,200})|## (\S{1,200}?)\.\.\.\S+(?: \[.*\])?")
_PARAMETER_KEYS = re.compile(
    r"(?i)device|dtype|detector ?size|size|iterations"
    r"|(?:py)?torch(?: version)?|python(?: version)?|cuda[\w ]*"
)


def _read(path: str, data: bytes) -> Findings:
    """Reads commands.txt, notes, logs and shell scripts."""
    return read_text(path, decode(data), is_log=path.lower().endswith(LOGS))


def read_text(path: str, text: str, *, is_log: bool = False, has_commands: bool = True) -> Findings:
    """Read a text by its lines.

    Args:
        path: of the file, for the sources.
        text: its content.
        is_log: whether a line may begin with the time at which it was written.
        has_commands: whether command lines are looked for, too.
    """
    is_advice = path.lower().endswith(NOTES)  # what is done in notes may have been done later
    checkouts = Checkouts(Trust.PROSE if is_advice else Trust.MACHINE)
    stated = _Stated(is_log=is_log, checkouts=checkouts, day_of_name=_day_of_name(path) if is_log else "")
    for number, line in _lines(text):
        stated.take(number, line, Source(path, number, one_line(line)))
    return stated.all(parse_commands(text, path) if has_commands else ())


def _day_of_name(path: str) -> str:
    """The day that the innermost stamp in a path states, where it states no time of day; else empty."""
    stamp = next(iter(name_stamps(path)), None)
    if stamp is None or stamp.kind is not TimeKind.DATE or stamp.lacks_year:
        return ""
    return f"{datetime.fromtimestamp(stamp.seconds, UTC):%Y-%m-%d}"


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; of a text that is too long, those of its beginning and of its end."""
    lines = text.split("\n")
    half = MOST_LINES // 2
    for number, line in enumerate(lines, 1):
        is_between = half < number <= len(lines) - half
        if line and len(line) <= LONGEST_LINE and not is_between:
            yield number, line.rstrip("\r")


def _branches(line: str, label: re.Match[str] | None, source: Source) -> tuple[Parameter, ...]:
    """The branch that a line names: by a label, or as the output of `git status`."""
    if label is not None and label["key"].strip().lower() in ("branch", "git branch"):
        return (Parameter("branch", one_line(label["value"]).strip("`*"), source),)
    shown = _ON_BRANCH.fullmatch(line) if line[:1] in ("O", "#") else None
    return () if shown is None else (Parameter("git status", one_line(shown[1] or shown[2]), source),)


def _stated(key: str, value: str, source: Source) -> list[TimeStatement]:
    is_commits = is_commit_time_key(key)
    origin = "commit" if is_commits else "header"
    time = text_time(value[:100], origin, source) if is_commits or is_time_key(key) else None
    if time is None or is_of_period(key, time):
        return []
    return [evolve(keyed_time(key, time), marks=time_marks(key))]


def _logged(clocks: list[tuple[str, Source]]) -> Iterator[TimeStatement]:
    """When a log was begun and ended; one line alone may be of any moment."""
    marks = ("start", "end") if len(clocks) > 1 else ("unknown",)
    for (line, source), mark in zip(clocks, marks, strict=False):
        time = line_time(line, source)
        if time is not None:
            yield evolve(time, marks=mark)


def _is_kept(key: str, line: str) -> bool:
    if _PARAMETER_KEYS.fullmatch(key):
        return True
    return is_public_variable(key) and line.lstrip().removeprefix("export ").startswith(f"{key}=")


def _phases(line: str, source: Source, times: list[TimeStatement]) -> tuple[TimeStatement, ...]:
    """When a line says that the run began or ended, unless its label said so already."""
    if ":" not in line or "20" not in line or (times and times[-1].source == source):
        return ()
    time = phase_time(line, source)
    return () if time is None else (time,)


def _metric_name(match: re.Match[str]) -> str:
    """The name as JSON would spell it: "Correlation (warm)" is correlation_warm."""
    name = match[1].replace(" ", "_")
    return f"{name}_{match[2]}".lower() if match[2] else name


@define
class _Figures:
    """Figures of parity and speed, each time they are stated; of others, which a log repeats, the last."""

    is_log: bool
    each: list[Metric] = field(factory=list)
    last: dict[str, tuple[str, Source]] = field(factory=dict)

    def take(self, line: str, source: Source) -> None:
        alone = _BARE.fullmatch(line)
        if alone is not None and is_metric(_metric_name(alone)):
            self.each.append(Metric(_metric_name(alone), float(alone[3]), source, Trust.PROSE))
        for figure in _METRIC.finditer(line) if _MARK.search(line) is not None else ():
            name = _metric_name(figure)
            if is_metric(name):
                self.each.append(Metric(name, float(figure[3]), source, Trust.PROSE))
            elif self.is_log and is_figure(name):
                self.last[name] = figure[3], source

    def found(self) -> tuple[Metric, ...]:
        last = (Metric(name, float(text), at, Trust.PROSE) for name, (text, at) in self.last.items())
        return (*self.each, *last)


@define(slots=False, kw_only=True)
class _Stated(Gathered):
    """All that a text states, taken line by line.

    Attributes:
        is_log: whether a line may begin with the time at which it was written.
        clocks: the first and last line that says when it was written.
        day_of_name: the day in the name of the file or of a folder above, of which each line states the time.
        hours: the same lines as in `clocks`, where they state a time of day only.
        day: the line, label and value of the last label that states a day.
    """

    is_log: bool
    checkouts: Checkouts
    finder: RecordFinder = field(factory=RecordFinder)
    accounts: JobAccounts = field(factory=JobAccounts)
    figures: _Figures = field(default=Factory(lambda self: _Figures(self.is_log), takes_self=True))
    positions: TextFrames = field(factory=TextFrames)
    clocks: list[tuple[str, Source]] = field(factory=list)
    day_of_name: str = ""
    hours: list[tuple[str, Source]] = field(factory=list)
    day: tuple[int, str, str] = (0, "", "")

    def take(self, number: int, line: str, source: Source) -> None:
        if self.is_log and has_clock(line):
            self.clocks = [*self.clocks[:1], (line, source)]
        elif self.day_of_name and (hour := _HOUR.match(line)) is not None:
            self.hours = [*self.hours[:1], (hour[1], source)]
        record = self.finder.at(number, without_log_time(line) if self.is_log else line, source)
        if record is not None:
            self.records.append(record)
        elif '"' in line:
            self.records += self.finder.quoted(line, source)
        self.mentions += embedded_records("a version", line, Trust.HEADER, source) if record is None else ()
        self.checkouts.at(line, source)
        self.positions.at(line, source)
        self.times += self.accounts.at(line, source)
        for key, value, _ in json_pairs(line) if '"' in line else ():
            self.times += _stated(key, value, source)
        label = _LABEL.match(line) if _MARK.search(line) is not None else None
        if label is not None:
            self._take_labelled(number, line, label, record, source)
        is_recorded = bool(self.records) and self.records[-1].source == source
        if self.is_log and number <= BANNER_LINES and not is_recorded:
            self.mentions += banner_records(line, source) or line_records(line, source)
        self.branches += _branches(line, label, source)
        self.durations += line_durations(line, source)
        self.times += _phases(line, source, self.times) if self.is_log else ()
        self.figures.take(line, source)

    def _take_labelled(
        self, number: int, line: str, label: re.Match[str], record: Record | None, source: Source
    ) -> None:
        key, value = label["key"].strip(), label["value"].strip()
        if is_id_key(key) and record is None:
            labelled = make_record(key, value, Trust.HEADER, source)
            self.records += [labelled] if labelled is not None else []
        elif is_time_key(key) or is_commit_time_key(key):
            found = _stated(key, self._with_day(number, key, value), source)
            is_commits = self.finder.is_of_commit(number)
            self.times += [evolve(time, origin="commit") for time in found] if is_commits else found
        elif is_subject_key("", key):
            self.subjects.append(Parameter(key, one_line(value).strip("`*\"' "), source))
        elif _is_kept(key, line):
            shown = source if _PARAMETER_KEYS.fullmatch(key) else evolve(source, text=key)
            self.environment.append(Parameter(key, one_line(value).strip("`*\"' "), shown))
        elif record is None:
            told = keyed_records(key.removeprefix("export "), value, Trust.HEADER, source)
            self.mentions += (item for item in told if item.key != LOOSE)
        self.durations += value_durations(key, value, source)

    def _with_day(self, number: int, key: str, value: str) -> str:
        """A time of day with the day that one of the last two lines states; other values as they are."""
        value = value.strip("`*\"' |")
        line, label, day = self.day
        if is_clock(value) and number - line <= LINES_APART and twin_key(key) == label:
            if self.times and self.times[-1].source.line == line:
                self.times.pop()
            return f"{day} {value}"
        if is_day(value):
            self.day = number, key, value
        return value

    def all(self, commands: tuple[Command, ...]) -> Findings:
        return self.findings(
            mentions=(*self.mentions, *self.checkouts.records()),
            times=(*self.times, *_logged(self.clocks), *self._at_hours()),
            metrics=self.figures.found(),
            frames=tuple(self.positions.found),
            commands=commands,
        )

    def _at_hours(self) -> Iterator[TimeStatement]:
        """When a log was begun and ended whose lines leave out the day; what counts from midnight is none."""
        if self.clocks or not self.hours or self.hours[0][0] < FIRST_HOUR:
            return
        is_of_one_day = self.hours[-1][0] > self.hours[0][0]
        lines = [(f"{self.day_of_name} {hour} x", source) for hour, source in self.hours]
        for time in _logged(lines if is_of_one_day else lines[:1]):
            yield evolve(time, also=frozenset({"stamp"}))


READER = FormatReader(
    "text",
    SUFFIXES,
    lambda path, head: path.suffix.lower() in SUFFIXES and "\0" not in decode(head),
    _read,
)
