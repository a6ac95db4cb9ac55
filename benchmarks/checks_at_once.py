"""What `--jobs` saves where checks are slow: rounds of checks, and wall time of searches and sweeps.

    python -m benchmarks.checks_at_once [--commits N] [--seconds S] [--jobs N ...]
    python -m benchmarks.checks_at_once --flaky [--jobs N ...]

A row of commits, of which one breaks the check; a check waits for some seconds and needs no processor, so
that a machine with few cores, or with other work to do, tells the same as one with many. A round is as many
checks as may run at once; the mean is that over all places of the culprit, of the search alone. Wall times
are those of `bisect-parity bisect` from its start to its end, both ends, the proof and the test of the end
without the commit included, and of `bisect-parity sweep` over a quarter of the row. Ratios are those to one
check at a time.

With `--flaky`, searches by a flaky check are simulated, as `benchmarks.flaky_bisections` does: the share of
right answers, the mean number of checks, and the mean time, in median times of a check. What checks take has
a log-normal distribution. Beside it stands the time if the next checks began only when all others had ended.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from benchmarks.flaky_bisections import flaky_row, share_right, weighing
from bisect_parity.bisection.course import Course, expected
from bisect_parity.bisection.graph import ChainWalk
from fixtures.git import GitRunner, sealed_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


__all__ = ["rounds", "row"]

CHANGES_AT = 0.6  # of the row
DONE = (0, 1)  # a commit was found; the verdict changes within a sweep
FLAKY_RATES, FLAKY_HISTORIES, SPREADS = ((0.0, 1.0), (0.0, 0.3), (0.05, 0.5)), 40, (0.05, 0.5, 1.0)
SWEPT = 4  # commits of the row for each that is swept


def row(count: int) -> Course:
    """A search through commits in a row, which are called c0, c1 and so on; the last one is new."""
    return Course(ChainWalk([f"c{number}" for number in range(count)]))


def rounds(course: Course, verdict: Callable[[str], str], jobs: int) -> tuple[list[str], int]:
    """What a search asks, and in how many rounds, where all checks take the same time.

    Args:
        course: at the beginning; it is led to the end.
        verdict: of a commit: "old", "new" or "skip".
        jobs: checks at once.
    """
    asked: list[str] = []
    seen: dict[str, str] = {}
    count = 0
    while (commit := course.question()) is not None:
        if commit not in seen:
            count += 1
            seen |= {other: verdict(other) for other in itertools.islice(expected(course, seen), jobs)}
        course.observe(commit, seen.pop(commit))
        asked.append(commit)
    return asked, count


def mean_rounds(commits: int, jobs: int) -> float:
    """The mean over all places of the culprit."""

    def of(culprit: int) -> int:
        return rounds(row(commits), lambda name: "new" if int(name[1:]) >= culprit else "old", jobs)[1]

    return statistics.mean(map(of, range(commits)))


def build(top: Path, commits: int) -> GitRunner:
    """A row of commits with a file each; the check of `wall_seconds` fails from one of them on."""
    repository = GitRunner(top)
    for number in range(commits + 1):
        state = "bad" if number >= commits * CHANGES_AT else "good"
        repository.commit({"state": f"{state}\n", f"file{number}": "x\n"})
    return repository


def wall_seconds(repository: GitRunner, words: Sequence[str], seconds: float, jobs: int) -> float:
    """The wall time of a search or a sweep, with nothing known before.

    Args:
        repository: see `build`.
        words: the command and its range.
        seconds: that a check waits for.
        jobs: checks at once.
    """
    test = f"sleep {seconds}; grep -q good state"
    with tempfile.TemporaryDirectory() as folder:
        environment = sealed_environment({"XDG_CACHE_HOME": folder})
        call = [sys.executable, "-m", "bisect_parity", *words, "--test", test, "--jobs", str(jobs)]
        begin = time.monotonic()
        ended = subprocess.run(
            [*call, "--out", f"{folder}/out"],
            cwd=repository.top,
            env=environment,
            check=False,
            capture_output=True,
        )
        taken = time.monotonic() - begin
    if ended.returncode not in DONE:
        raise SystemExit(ended.stderr.decode())
    return taken


def flaky_lines(at_once: Sequence[int]) -> Iterator[str]:
    """A table of searches by a flaky check, a line for each spread of times and number of checks."""
    names = [f"bad before {before:g}, after {after:g}" for before, after in FLAKY_RATES]
    yield f"| spread | checks at once | {' | '.join(names)} |"
    yield f"|---|---{'|---' * len(names)}|"
    for spread, jobs in itertools.product(SPREADS, at_once):
        yield f"| {spread:g} | {jobs} | {' | '.join(_flaky_cell(spread, jobs, one) for one in FLAKY_RATES)} |"


def _flaky_cell(spread: float, jobs: int, rates: tuple[float, float]) -> str:
    """One cell of the table."""
    stories = [evolve(flaky_row(seed, rates), spread=spread) for seed in range(FLAKY_HISTORIES)]
    found = [weighing(story, jobs=jobs) for story in stories]
    mean, time_ = (statistics.mean(of) for of in zip(*((a.checks, a.time) for a in found), strict=True))
    text = f"{share_right(found):.2f}, {mean:.0f} checks, time {time_:.1f}"
    if jobs == 1:
        return text
    again = [weighing(evolve(story, checks=0), jobs=jobs, in_rounds=True) for story in stories]
    return f"{text} (in rounds {statistics.mean(a.time for a in again):.1f})"


def main() -> None:
    """Build, search, sweep, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--commits", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--flaky", action="store_true", help="simulate searches by a flaky check instead")
    options = parser.parse_args()
    if options.flaky:
        for line in flaky_lines(options.jobs):
            print(line, flush=True)
        return
    print("| checks at once | mean rounds of the search | `bisect` | ratio | `sweep` | ratio |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        repository = build(Path(folder) / "repository", options.commits)
        bisect = ("bisect", "--good", f"HEAD~{options.commits}", "--bad", "HEAD")
        sweep = ("sweep", f"HEAD~{options.commits // SWEPT - 1}..HEAD")
        alone: list[float] = []
        for jobs in options.jobs:
            taken = [wall_seconds(repository, words, options.seconds, jobs) for words in (bisect, sweep)]
            alone = alone or taken
            cells = (f"{wall:.0f} s | {wall / one:.2f}" for wall, one in zip(taken, alone, strict=True))
            print(f"| {jobs} | {mean_rounds(options.commits, jobs):.2f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
