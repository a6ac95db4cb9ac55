"""What `record` adds to a run: wall time with it and without it, in turn.

    python -m benchmarks.record_overhead [--rounds N]

Prints medians in milliseconds, and the time of an empty Python process on the same machine at the same time:
on a busy machine all of them grow alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fixtures.git import GitRunner

__all__ = ["measure"]

COMMANDS = {
    "true": ["true"],
    "sleep 0.5": ["sleep", "0.5"],
    "a Python script": [sys.executable, "src/run.py"],
}
GOAL_MS = 150


def measure(rounds: int) -> dict[str, tuple[float, float]]:
    """Median milliseconds that `record` adds to each command, and of the command alone."""
    with tempfile.TemporaryDirectory() as place:
        repository = GitRunner(Path(place) / "r")
        repository.commit({f"src/module_{number}.py": f"A = {number}\n" for number in range(500)})
        repository.commit({"src/run.py": "import json, time\ntime.sleep(0.3)\nprint('done')\n"})
        os.environ["XDG_CACHE_HOME"] = place
        found = {}
        for name, line in COMMANDS.items():
            recorded = [sys.executable, "-P", "-m", "bisect_parity", "record", "--", *line]
            _seconds(recorded, repository.top)  # digests of the programs are remembered from now on
            with_it, without = [], []
            for _ in range(rounds):
                without.append(_seconds(line, repository.top))
                with_it.append(_seconds(recorded, repository.top))
            added = statistics.median(with_it) - statistics.median(without)
            found[name] = (1000 * added, 1000 * statistics.median(without))
        return found


def _seconds(line: list[str], cwd: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(line, cwd=cwd, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    empty = statistics.median(_seconds([sys.executable, "-c", ""], Path.cwd()) for _ in range(options.rounds))
    for name, (added, alone) in measure(options.rounds).items():
        print(f"{name}: {alone:.0f} ms alone, {added:.0f} ms more with record (goal {GOAL_MS})")
    print(f"an empty Python process at the same time: {1000 * empty:.0f} ms; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
