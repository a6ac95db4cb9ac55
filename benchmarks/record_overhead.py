"""What `record` adds to a run: wall time and processor time with it and without it, in turn.

    python -m benchmarks.record_overhead [--rounds N]

Prints medians in milliseconds, and the time of an empty Python process on the same machine at the same time:
on a busy machine all of them grow alike. The package is run from bytecode, as it is where it was installed.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from attrs import frozen

from fixtures.git import GitRunner

__all__ = ["Added", "measure"]

COMMANDS = {
    "true": ["true"],
    "sleep 0.5": ["sleep", "0.5"],
    "a Python script": [sys.executable, "src/run.py"],
}
GOAL_MS = 150


@frozen
class Added:
    """Median milliseconds: of the command alone, and what `record` adds of wall and of processor time."""

    alone: float
    wall: float
    processor: float


def measure(rounds: int) -> dict[str, Added]:
    """What `record` adds to each command."""
    with tempfile.TemporaryDirectory() as place:
        repository = GitRunner(Path(place) / "r")
        repository.commit({f"src/module_{number}.py": f"A = {number}\n" for number in range(500)})
        repository.commit({"src/run.py": "import json, time\ntime.sleep(0.3)\nprint('done')\n"})
        os.environ |= {"XDG_CACHE_HOME": place, "PYTHONPYCACHEPREFIX": place}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        found = {}
        for name, line in COMMANDS.items():
            recorded = [sys.executable, "-P", "-m", "bisect_parity", "record", "--", *line]
            _milliseconds(recorded, repository.top)  # bytecode and digests of programs are there from now on
            pairs = [
                (_milliseconds(line, repository.top), _milliseconds(recorded, repository.top))
                for _ in range(rounds)
            ]
            alone, with_it = (
                [statistics.median(run[kind] for run in side) for kind in (0, 1)]
                for side in zip(*pairs, strict=True)
            )
            found[name] = Added(alone[0], with_it[0] - alone[0], with_it[1] - alone[1])
        return found


def _milliseconds(line: list[str], cwd: Path) -> tuple[float, float]:
    """Wall time and processor time of a command."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(line, cwd=cwd, check=True, capture_output=True)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * wall, 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    empty = [_milliseconds([sys.executable, "-c", ""], Path.cwd()) for _ in range(options.rounds)]
    for name, added in measure(options.rounds).items():
        told = (
            f"{added.wall:.0f} ms more with record (goal {GOAL_MS}), {added.processor:.0f} of processor time"
        )
        print(f"{name}: {added.alone:.0f} ms alone, {told}")
    wall, processor = (statistics.median(run[kind] for run in empty) for kind in (0, 1))
    print(
        f"an empty Python process: {wall:.0f} ms, {processor:.0f} of processor; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
