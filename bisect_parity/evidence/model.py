"""What was read from evidence, as values: each knows the file and line it came from.

The classes have no slots: then pickle writes and reads their instances without Python code. Copies of the
process hand over tens of thousands of them, and the cache keeps them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import Factory, field, frozen

GIT_BLOB = "git blob"


class Trust(enum.IntEnum):
    """How a statement came about; higher is believed first."""

    PROSE = 1  # written by a person or a model into running text
    HEADER = 2  # a labelled line such as "# Git SHA: ..."
    MACHINE = 3  # written by a program: JSON keys, git_sha.txt, pip freeze
    WITNESS = 4  # git was asked by what started the run, right before it did


@frozen(slots=False, order=True)
class Source:
    """Where something was read.

    Attributes:
        path: relative to the top of the repository, with forward slashes.
        line: from 1; 0 where lines mean nothing (JSON, binary, file names).
        text: the line or key=value as it stands, control characters escaped, at most 200 characters.
    """

    path: str
    line: int = 0
    text: str = ""


@frozen(slots=False)
class Record:
    """A commit id written down inside a bundle, or something that stands in an id's place.

    Attributes:
        text: what stands there, lower case where it is hexadecimal.
        key: the spelling, such as "git_sha", "# Git Commit:".
        trust: who wrote it.
        is_id: whether `text` is 7 to 64 hex digits; if not, it is a placeholder.
        dirty: what the record itself says of the working tree; None where it says nothing.
        source: where.
        tree: full id of the commit's tree, where it is recorded beside the id; else empty.
    """

    text: str
    key: str
    trust: Trust
    is_id: bool
    source: Source
    dirty: bool | None = None
    tree: str = ""


class TimeKind(enum.Enum):
    """What a time statement may mean."""

    UTC = "utc"  # an absolute time
    LOCAL = "local"  # wall-clock time in an unknown zone
    DATE = "date"  # a day only


@frozen(slots=False)
class TimeStatement:
    """A time that a bundle states for its run.

    Attributes:
        seconds: POSIX seconds; for LOCAL and DATE, the wall clock read as if it were UTC.
        kind: what it means.
        resolution: seconds that the notation rounds to (1 for stamps, 86400 for dates).
        origin: "stamp" (a folder or file name), "trace" (profiler clock), "field" (machine-written
            key), "header", "prose"; "commit" (the commit's own time, copied by a tool: it gives the
            commit away, and says nothing of the run's time).
        marks: "start", "end" or "unknown" of the run.
        source: where.
        is_settled: whether no zone can be mistaken: a number of seconds, a time with its offset, or one
            instant in two notations that agree.
        also: under which other origins the same instant is stated.
        lacks_year: whether no year is stated: `seconds` is in 1972, until other clues give the year.
    """

    seconds: float
    kind: TimeKind
    resolution: float
    origin: str
    source: Source
    marks: str = "unknown"
    is_settled: bool = False
    also: frozenset[str] = frozenset()
    lacks_year: bool = False


@frozen(slots=False)
class Duration:
    """How long a whole run took, in seconds, as a bundle states it."""

    seconds: float
    source: Source


@frozen(slots=False)
class Metric:
    """A figure of a run, such as correlation_warm; None where null was written."""

    name: str
    value: float | None
    source: Source
    trust: Trust = Trust.MACHINE
    size: int | None = None


@frozen(slots=False)
class Parameter:
    """A value that a run used or reported; `value` keeps its JSON type."""

    name: str
    value: Any
    source: Source


@frozen(slots=False)
class Command:
    """A command line that a bundle says was run.

    Attributes:
        environment: NAME=value prefixes, in order.
        program: what was run, for `python script.py` the script.
        argv: all words, program and interpreter included.
        options: flag -> value, True for a bare flag, a tuple for several values.
        positional: words that belong to no flag.
        source: where it begins.
    """

    argv: tuple[str, ...]
    program: str
    source: Source
    environment: tuple[tuple[str, str], ...] = ()
    options: dict[str, str | bool | tuple[str, ...]] = Factory(dict)
    positional: tuple[str, ...] = ()


@frozen(slots=False)
class Problem:
    """Something in a bundle that could not be read, or not believed."""

    path: str
    message: str


@frozen(slots=False)
class Frame:
    """A code position that a run reported: a profiler's Python frame, or a line of a traceback.

    Attributes:
        file: path as it was reported, absolute or relative.
        line: from 1; the line of the `def` in profiler traces, of the call in tracebacks.
        function: name; empty where it was not reported.
        is_definition: whether `line` is that of the `def`.
        source: where it was read.
    """

    file: str
    line: int
    function: str
    is_definition: bool
    source: Source


@frozen(slots=False)
class SourceDigest:
    """The digest of a source file that a run used.

    `algorithm` is a name that hashlib knows, or `GIT_BLOB`: git's id of the content, of which `hexdigest` may
    be the first digits only. What is not `is_tracked` is in no commit, as far as the run knew.
    """

    file: str
    algorithm: str
    hexdigest: str
    source: Source
    is_tracked: bool = True


@frozen(slots=False)
class Findings:
    """All that one reader found in one file, or in one run of a file that holds many.

    Attributes:
        path: the file, relative to the top of the repository.
        label: which run of the file, such as "[3]" or "line 17"; empty for the whole file.
        records, times, durations, metrics, parameters, environment, commands, frames, digests: what was
            stated; `parameters` are inputs of the computation, `environment` is host, versions, variables.
        outputs: files that the run wrote, relative to the top.
        branches: branch names that the run was on.
        subjects: what runs wrote of their commit's message.
        mentions: ids that may be of another project's commits: each counts only if it names a commit here.
        runs: the runs of a file that holds several; what stands above holds for all of them.
        time_is_commit_time: no time here says which commit was checked out: each is a copy of the commit's
            own time, which gives it away, or that of a run that tests old revisions (asv).
        problems: what could not be read.
    """

    path: str = ""
    label: str = ""
    records: tuple[Record, ...] = ()
    times: tuple[TimeStatement, ...] = ()
    durations: tuple[Duration, ...] = ()
    metrics: tuple[Metric, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    environment: tuple[Parameter, ...] = ()
    commands: tuple[Command, ...] = ()
    frames: tuple[Frame, ...] = ()
    digests: tuple[SourceDigest, ...] = ()
    outputs: tuple[SourceDigest, ...] = ()
    branches: tuple[Parameter, ...] = ()
    subjects: tuple[Parameter, ...] = ()
    mentions: tuple[Record, ...] = ()
    runs: tuple[Findings, ...] = ()
    time_is_commit_time: bool = False
    problems: tuple[Problem, ...] = ()

    def of_file(self, path: str) -> Findings:
        """The same, of a file. Each of 100,000 files asks: `evolve` takes several times as long."""
        return self if self.path == path else Findings(**(vars(self) | {"path": path}))


@frozen(slots=False)
class Artifact:
    """A file of a bundle.

    Attributes:
        path: relative to the top of the repository.
        size: bytes.
        sha256: hex digest; empty where the file was too large to be read.
        format: name of the reader that read it; empty where none did.
    """

    path: str
    size: int
    sha256: str
    format: str = ""


@frozen(slots=False)
class Bundle:
    """One evidence directory.

    Attributes:
        path: relative to the top of the repository.
        stamps: the times in its own and its parents' names, innermost first.
        artifacts: its files: results in the order in which they are looked for, then the others by path.
        findings: what was read from them, one item a file, in the order of `artifacts` (nothing for files
            that no reader claimed).
        missing: expected artifacts that are not there.
        twins: paths of bundles that hold a copy of the same run.
        is_past: whether it is gone from the working tree, and was read as the last commit had it.
    """

    path: str
    stamps: tuple[TimeStatement, ...]
    artifacts: tuple[Artifact, ...]
    findings: tuple[Findings, ...]
    missing: tuple[str, ...] = ()
    twins: tuple[str, ...] = field(default=())
    is_past: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it is a single file rather than a folder."""
        return any(artifact.path == self.path for artifact in self.artifacts)


def flat(findings: Iterable[Findings]) -> Iterator[Findings]:
    """Findings of files and of the runs within them."""
    for item in findings:
        yield item
        yield from flat(item.runs)
