"""A history of a million commits, made by `git fast-import` in minutes, with bundles whose commits are known.

5 % of the commits are merges, 1 % have a clock that is off by hours or days, and 60 % of the bundles name
their commit.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from attrs import define, field, frozen

from fixtures.git import sealed_environment

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["build", "git"]

SEED = 20251009
FIRST_SECOND = 1_120_000_000  # June 2005
MEAN_GAP = 640.0  # seconds between commits: about twenty years in all
OPEN_RATE = 0.052  # of a side branch, each of which becomes a merge
SIDE_SHARE = 0.25
MOST_SIDES = 12
SKEWED_RATE = 0.01
RECORDED_RATE = 0.6
FILES = 64


@define
class Line:
    """A line of development.

    Attributes:
        ref: full name.
        tip: mark of its newest commit.
        left: commits that it still gets before it is merged; 0 for the main line.
        changes: path -> content of what it changed since it was opened, as fast-import writes it.
    """

    ref: str
    tip: int
    left: int = 0
    changes: dict[str, bytes] = field(factory=dict)


@frozen
class Planned:
    """A run whose results wait to be committed.

    Attributes:
        due: number of the commit from which on the next one on its line adds it.
        path: of the bundle.
        mark: of the true commit.
        recorded: its full id if the bundle names it, else empty.
    """

    due: int
    path: str
    mark: int
    recorded: str


@define
class Stream:
    """Writes the history as a stream of `git fast-import`.

    Attributes:
        output: standard input of fast-import; answers: what it answers to `get-mark`.
        commits: how many there will be; bundles: how many runs.
        truth: mark of the true commit of each bundle's path.
    """

    output: IO[bytes]
    answers: IO[bytes]
    commits: int
    bundles: int
    rng: random.Random = field(factory=lambda: random.Random(SEED))
    truth: dict[str, int] = field(factory=dict)
    now: float = FIRST_SECOND
    waiting: dict[str, list[Planned]] = field(factory=dict)
    paths: list[str] = field(factory=list)

    def write(self) -> None:
        """Write the whole history."""
        self._write_blobs()
        mark = FILES + 1
        main = Line("refs/heads/main", mark)
        self._commit(main, mark, 0, None, 0)
        sides: list[Line] = []
        slots = [f"refs/heads/side-{number}" for number in range(MOST_SIDES)]
        runs = set(self.rng.sample(range(self.commits // 100, self.commits - 200), self.bundles))
        for number in range(1, self.commits):
            mark += 1
            closing = self.commits - number <= len(sides)
            line, parent, merged = self._next(main, sides, slots, closing=closing)
            self._commit(line, mark, parent, merged, number)
            if number in runs:
                self._run(line, number)
        for name in slots:
            self.output.write(b"reset %s\nfrom %s\n\n" % (name.encode(), b"0" * 40))
        self.output.write(b"done\n")

    def _next(
        self, main: Line, sides: list[Line], slots: list[str], *, closing: bool
    ) -> tuple[Line, int, Line | None]:
        """The line of the next commit, its first parent's mark, and the line that it merges, if any.

        Args:
            main: the line that all others are merged into.
            sides: lines that are open; slots: names for new ones.
            closing: every commit that is left is needed to merge what is open.
        """
        drawn = 0.0 if closing else self.rng.random()
        if drawn < OPEN_RATE and slots and not closing:
            side = Line(slots.pop(), main.tip, self.rng.choice((1, 1, 2, 3, 5, 12)) + 1)
            sides.append(side)
            return side, main.tip, None
        if drawn < OPEN_RATE + SIDE_SHARE and sides:
            side = self.rng.choice(sides)
            side.left -= 1
            if side.left > 1 and not closing:
                return side, side.tip, None
            sides.remove(side)
            slots.append(side.ref)
            self.waiting.setdefault(main.ref, []).extend(self.waiting.pop(side.ref, ()))
            return main, main.tip, side
        return main, main.tip, None

    def _write_blobs(self) -> None:
        for number in range(1, FILES + 1):
            text = b"weight = %d\n" % number
            self.output.write(b"blob\nmark :%d\ndata %d\n%s\n" % (number, len(text), text))

    def _commit(self, line: Line, mark: int, parent: int, merged: Line | None, number: int) -> None:
        rng = self.rng
        self.now += rng.expovariate(1 / MEAN_GAP)
        seconds = self.now + (rng.gauss(0, 86400) if rng.random() < SKEWED_RATE else 0)
        author = b"A U Thor <author@example.org> %d +0000" % seconds
        text = b"commit %s\nmark :%d\ncommitter %s\n" % (line.ref.encode(), mark, author)
        text += b"data 6\nchange\n" if merged is None else b"data 5\nmerge\n"
        if parent:
            text += b"from :%d\n" % parent
        if merged is not None:
            text += b"merge :%d\n" % merged.tip
        folder = "src" if rng.random() < 0.2 else "docs"
        changes = {f"{folder}/part{rng.randrange(8)}": b":%d\n" % rng.randrange(1, FILES + 1)}
        for planned in self._due(line.ref, number):
            for name, content in _files(planned, rng).items():
                changes[f"{planned.path}/{name}"] = b"inline\ndata %d\n%s\n" % (len(content), content)
        if merged is not None:  # fast-import takes the tree of the first parent, and merges nothing
            changes = merged.changes | changes
        if line.left:
            line.changes |= changes
        for path, content in changes.items():
            reference, _, data = content.partition(b"\n")
            text += b"M 100644 %s %s\n%s" % (reference, path.encode(), data)
        self.output.write(text + b"\n")
        line.tip = mark

    def _run(self, line: Line, number: int) -> None:
        """Let a run begin shortly after the newest commit of `line`."""
        self.now += min(self.rng.lognormvariate(4, 1), MEAN_GAP)
        stamp = datetime.fromtimestamp(self.now, UTC)
        path = f"reports/{stamp:%Y-%m}-parity/phase_{self.rng.choice('abcd')}/{stamp:%Y%m%dT%H%M%SZ}"
        recorded = self._id(line.tip) if self.rng.random() < RECORDED_RATE else ""
        late = self.rng.random() < 0.3
        due = number + (int(self.rng.paretovariate(0.7)) if late else 1)
        self.truth[path] = line.tip
        planned = Planned(min(due, self.commits - 2 * MOST_SIDES), path, line.tip, recorded)
        self.waiting.setdefault(line.ref, []).append(planned)

    def _id(self, mark: int) -> str:
        self.output.write(b"get-mark :%d\n" % mark)
        self.output.flush()
        return self.answers.readline().decode().strip()

    def _due(self, ref: str, number: int) -> list[Planned]:
        waiting = self.waiting.get(ref)
        if not waiting:
            return []
        due = [each for each in waiting if each.due <= number]
        if due:
            self.waiting[ref] = [each for each in waiting if each.due > number]
        return due


def _files(planned: Planned, rng: random.Random) -> dict[str, bytes]:
    results = [{"size": 4096, "c_time": rng.uniform(0.5, 0.6), "correlation_warm": 0.9999984741695391}]
    environment = {"python": "3.13.5", "device": "cpu", "dtype": "float32"}
    if planned.recorded:
        environment["git_sha"] = planned.recorded
    return {
        "benchmark_results.json": json.dumps(results).encode(),
        "env.json": json.dumps(environment).encode(),
        "commands.txt": f"python scripts/benchmark.py --outdir {planned.path}\n".encode(),
    }


def build(dest: Path, commits: int, bundles: int) -> None:
    """Make the repository `dest` and `DEST.truth.jsonl` with lines {"path", "commit"}."""
    unfinished = dest.with_name(f"{dest.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    git(unfinished, "init", "-q", "-b", "main")
    git(unfinished, "config", "gc.auto", "0")
    git(unfinished, "config", "core.commitGraph", "true")
    marks = unfinished / ".git" / "marks"
    reading, writing = os.pipe()
    importer = subprocess.Popen(
        ["git", "fast-import", "--quiet", "--done", f"--export-marks={marks}", f"--cat-blob-fd={writing}"],
        cwd=unfinished,
        env=sealed_environment(),
        stdin=subprocess.PIPE,
        pass_fds=(writing,),
    )
    os.close(writing)
    assert importer.stdin is not None
    with os.fdopen(reading, "rb") as answers, importer.stdin as output:
        stream = Stream(output, answers, commits, bundles)
        stream.write()
    if importer.wait() != 0:
        raise SystemExit("git fast-import failed")
    ids = dict(line.split() for line in marks.read_text(encoding="ascii").splitlines())
    lines = [{"path": path, "commit": ids[f":{mark}"]} for path, mark in sorted(stream.truth.items())]
    git(unfinished, "commit-graph", "write", "--reachable", "--no-progress")
    git(unfinished, "checkout", "-q", "-f", "main")
    marks.unlink()
    truth = dest.with_name(f"{dest.name}.truth.jsonl")
    truth.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
    unfinished.rename(dest)


def git(top: Path, *arguments: str) -> str:
    """What a git command writes in `top`, without the settings of whoever runs it."""
    done = subprocess.run(
        ["git", *arguments], cwd=top, env=sealed_environment(), check=True, capture_output=True, text=True
    )
    return done.stdout
