"""The whole `compare` process, beside `python -c "import torch"` and a naive script, in one run.

    python benchmarks/compare_process.py [--size 4096] [--rounds 7] [--json]

All times are ratios to the import of torch alone, which no process that uses torch can do without as it
comes. The processes take turns in every round, and the least wall time of each is kept. The greatest resident
size is the system's own count: what it is beyond that of the bare import is what a comparison needs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

GOAL = 0.85
IMPORT = "python -c 'import torch'"
MAKE = """
import sys, torch
size = int(sys.argv[1])
generator = torch.Generator().manual_seed(2)
reference = torch.rand(size, size, generator=generator) * 100
reference.numpy().tofile(sys.argv[2])
(reference + 0.05 * torch.randn(size, size, generator=generator)).numpy().tofile(sys.argv[3])
"""
NAIVE = """
import sys
import numpy as np, scipy.stats, torch
x, y = (torch.from_numpy(np.fromfile(name, "float32")).double() for name in sys.argv[1:])
print(float(y.sum() / x.sum()))
x, y = x - x.mean(), y - y.mean()
print(float((x * y).sum() / (x.square().sum() * y.square().sum()).sqrt()))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=4096, help="pixels each way")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), arguments.size, arguments.rounds)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    seconds = figures["seconds of import torch"]
    print(f"{arguments.size} x {arguments.size} float32; import of torch {seconds:.2f} s\n")
    print(f"{'':28} {'x import':>9} {'MiB':>6}")
    for name, row in figures["processes"].items():
        print(f"{name:28} {row['x import']:9.2f} {row['MiB']:6.0f}")
    ratio = figures["processes"]["compare"]["x import"]
    print(f"\ngoal: compare at most {GOAL} x import: {'met' if ratio <= GOAL else 'missed'}")


def measure(folder: Path, size: int, rounds: int) -> dict[str, Any]:
    """Run every process `rounds` times, in turns."""
    files = [str(folder / name) for name in ("reference.bin", "candidate.bin")]
    # made by another process: the greatest resident size of a child is never below that of its parent
    run([sys.executable, "-c", MAKE, str(size), *files])
    compare = [sys.executable, "-m", "bisect_parity", "compare", *files, "--quiet"]
    jobs = {
        IMPORT: [sys.executable, "-c", "import torch"],
        "compare": compare,
        "compare --full --tiles": [*compare, "--full", "--tiles"],
        "naive script": [sys.executable, "-c", NAIVE, *files],
    }
    seconds = dict.fromkeys(jobs, math.inf)
    mebibytes = dict.fromkeys(jobs, 0.0)
    for _ in range(rounds):
        for name, argv in jobs.items():
            elapsed, resident = run(argv)
            seconds[name] = min(seconds[name], elapsed)
            mebibytes[name] = max(mebibytes[name], resident)
    base = seconds[IMPORT]
    rows = {
        name: {"x import": round(seconds[name] / base, 3), "MiB": round(mebibytes[name], 1)} for name in jobs
    }
    return {"size": size, "seconds of import torch": round(base, 3), "processes": rows}


def run(argv: list[str]) -> tuple[float, float]:
    """Wall seconds and greatest resident MiB of one process, which must succeed."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    child = os.posix_spawn(argv[0], argv, environment, file_actions=silent)
    _, status, usage = os.wait4(child, 0)
    elapsed = time.perf_counter() - start
    if status:
        raise SystemExit(f"{argv} ended with {os.waitstatus_to_exitcode(status)}")
    return elapsed, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
