"""1000 bundles in 1,000,000 commits: how long `bisect-parity provenance` takes, and how much memory.

    python -m benchmarks.million FOLDER

The history is made once (one to three minutes; see `million_history`) and kept in FOLDER. All times are given
as ratios to one pass of `git rev-list --timestamp --all`, best of the repetitions of one run. Processor
seconds, which count all processes, tell on a busy machine what wall times do not. Every call starts without
what earlier calls have kept, but for "again": the same question as "all", while nothing has changed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from benchmarks.million_history import build, git

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGETS = {"to rev-list": 2.0, "to rev-list, again": 2.0, "to one bundle": 1.2, "MiB": 300.0}


@frozen
class Cost:
    """What a command and its children took: wall and processor seconds, MiB of the largest, the output."""

    seconds: float
    processor_seconds: float
    mebibytes: float
    output: bytes = field(repr=False)


def timed(argv: Sequence[str], top: Path, cache: Path) -> Cost:
    """Run a process with a folder of its own to keep answers in, and measure it.

    Raises:
        SystemExit: it failed.
    """
    spool = top.with_name(f"{top.name}.output")
    begin = time.perf_counter()
    with spool.open("wb") as output:
        process = subprocess.Popen(
            list(argv),
            cwd=top,
            env=os.environ | {"XDG_CACHE_HOME": str(cache)},
            stdout=output,
            stderr=subprocess.PIPE,
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        complaint = process.stderr.read().decode(errors="replace") if process.stderr else ""
        raise SystemExit(f"{' '.join(argv)} ended with {process.returncode}: {complaint.strip()}")
    written = spool.read_bytes()
    spool.unlink()
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, written)


def measure(top: Path, repetitions: int) -> dict[str, Any]:
    """Time the floor, all bundles, again, with ids hidden, and one bundle, in turns."""
    truth = {}
    for line in top.with_name(f"{top.name}.truth.jsonl").read_text(encoding="ascii").splitlines():
        entry = json.loads(line)
        truth[entry["path"]] = entry["commit"]
    one = sorted(truth)[len(truth) // 2]
    tool = [sys.executable, "-m", "bisect_parity", "provenance", "--json"]
    commands = {
        "rev-list": ["git", "rev-list", "--timestamp", "--all"],
        "all": tool,
        "again": tool,
        "blind": [*tool, "--blind"],
        "one": [*tool, one],
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(repetitions):
        with tempfile.TemporaryDirectory() as kept:
            for name, argv in commands.items():
                cache = Path(kept, "all" if name == "again" else name)
                costs[name].append(timed(argv, top, cache))
    best = {name: min(each.seconds for each in found) for name, found in costs.items()}
    least = {name: min(each.processor_seconds for each in found) for name, found in costs.items()}
    return {
        "seconds": {name: round(seconds, 3) for name, seconds in best.items()},
        "to rev-list": round(best["all"] / best["rev-list"], 3),
        "to rev-list, again": round(best["again"] / best["rev-list"], 3),
        "to rev-list, blind": round(best["blind"] / best["rev-list"], 3),
        "processor seconds": {name: round(seconds, 3) for name, seconds in least.items()},
        "processor, to rev-list": round(least["all"] / least["rev-list"], 3),
        "to one bundle": round(best["all"] / best["one"], 3),
        "MiB": round(max(each.mebibytes for each in costs["all"] + costs["blind"]), 1),
        "the same, again": all(
            first.output == second.output for first, second in zip(costs["all"], costs["again"], strict=True)
        ),
        "right": _right(costs["all"][0].output, truth),
        "right, blind": _right(costs["blind"][0].output, truth),
    }


def _right(output: bytes, truth: dict[str, str]) -> float:
    answers = {each["path"]: each["commit"] for each in json.loads(output)["bundles"]}
    right: int = sum(answers.get(path) == commit for path, commit in truth.items())
    return round(right / len(truth), 4)


def main() -> None:
    """Make the history if it is not there, measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the history is kept")
    parser.add_argument("--commits", type=int, default=1_000_000)
    parser.add_argument("--bundles", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=3, help="repetitions, of which the best counts")
    parser.add_argument(
        "--without-graph", action="store_true", help="leave the commit graph aside, as git does where told to"
    )
    parser.add_argument("--build-only", action="store_true", help="make the history, and measure nothing")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    top = options.folder.absolute() / f"million-{options.commits}-{options.bundles}"
    if not top.exists():
        begin = time.perf_counter()
        build(top, options.commits, options.bundles)
        print(f"built {top} in {time.perf_counter() - begin:.0f} s", file=sys.stderr)
        if not options.build_only:  # the memory of this process would be counted as that of its children
            os.execv(sys.executable, [sys.executable, "-m", "benchmarks.million", *sys.argv[1:]])  # noqa: S606
    if options.build_only:
        return
    git(top, "config", "core.commitGraph", "false" if options.without_graph else "true")
    figures = measure(top, options.repeat)
    git(top, "config", "core.commitGraph", "true")
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        target = f"   (at most {TARGETS[name]:g})" if name in TARGETS else ""
        print(f"{name:<22}{value}{target}")


if __name__ == "__main__":
    main()
