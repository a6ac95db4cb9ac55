"""What one step of a session costs beyond the case's own work, and what a warm candidate saves.

    python benchmarks/check_step.py [--size 4096] [--repeat 7]

All rows are from one run. The images of the first rows are copied by `cp`, whose time is the case's own
work and is taken off. The candidate of the last rows imports torch, and writes 64 x 64 pixels.
"""

from __future__ import annotations

import argparse
import array
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisect_parity.bisection.check_call import CHECK_COMMAND
from bisect_parity.config import load_settings
from bisect_parity.journal import Journal
from bisect_parity.parity.case import find_case
from bisect_parity.parity.worker import warm_worker
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from collections.abc import Callable

CANDIDATE = """
import sys
import torch
size = int(sys.argv[1])
pixels = torch.arange(size * size, dtype=torch.float32).remainder(101)
pixels.numpy().tofile(sys.argv[2])
"""
SMALL = 64


def main() -> None:
    """Measure, and print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--repeat", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image = folder / "image.raw"
        with image.open("wb") as file:
            for row in range(given.size):
                array.array("f", ((row * 31 + x) % 101 + 1.0 for x in range(given.size))).tofile(file)
        copying = ["cp", str(image), "{out}"]
        case = {"size": given.size, "reference": copying, "candidate": copying}
        steps = _Steps(folder / "copying", case, given.repeat)
        python = {"size": SMALL, "reference": ["{python}", "sim/__main__.py", "{size}", "{out}"]}
        python["candidate"] = ["{python}", "-m", "sim", "{size}", "{out}"]
        candidates = _Steps(folder / "python", python | {"preload": ["torch"]}, given.repeat)
        importing = _median(given.repeat, lambda: _run([sys.executable, "-c", "import torch"], folder))
        cold, warm = steps.overhead({}), steps.warm_overhead()
        fresh, forked = candidates.candidate({}), candidates.warm_candidate()
    print(f'python -c "import torch"                     {importing:7.3f} s')
    print(
        f"cold check, without the case's own work      {cold:7.3f} s   {cold / importing:5.2f} x import torch"
    )
    print(f"warm check, without the case's own work      {warm:7.3f} s   goal: at most 0.2 s")
    print(f"candidate that imports torch, new process    {fresh:7.3f} s")
    print(
        f"candidate that imports torch, warm           {forked:7.3f} s   {forked / fresh:5.2f} x; goal: 0.25"
    )


class _Steps:
    """Checks of one case in a repository of one commit."""

    def __init__(self, top: Path, case: dict[str, Any], repeat: int) -> None:
        repository = GitRunner(top)
        repository.commit({"sim/__main__.py": CANDIDATE, "sim/__init__.py": ""})
        settings = top / ".git" / "bisect-parity" / "bisect-parity.toml"
        settings.parent.mkdir()
        lines = [f"{key} = {json.dumps(value)}" for key, value in case.items()]
        settings.write_text("\n".join(["[case.parity]", *lines, ""]))
        self._case = find_case(load_settings(settings), None)
        self._top = top
        self._repeat = repeat

    def overhead(self, extra: dict[str, str]) -> float:
        """Median of wall time minus the time of the case's commands."""
        return _median(self._repeat, lambda: self._check(extra)[0])

    def warm_overhead(self) -> float:
        with self._worker() as extra:
            return self.overhead(extra)

    def candidate(self, extra: dict[str, str]) -> float:
        """Median of the candidate's wall time."""
        return _median(self._repeat, lambda: self._check(extra)[1])

    def warm_candidate(self) -> float:
        with self._worker() as extra:
            return self.candidate(extra)

    def _worker(self) -> Any:
        return warm_worker(Journal(None, sys.argv), self._case, self._top, dict(os.environ))

    def _check(self, extra: dict[str, str]) -> tuple[float, float]:
        command = [*CHECK_COMMAND, "--json"]
        begin = time.monotonic()
        done = subprocess.run(
            command, cwd=self._top, env=os.environ | extra, capture_output=True, check=False
        )
        seconds = time.monotonic() - begin
        assert done.stdout, done.stderr.decode()
        document = json.loads(done.stdout)
        assert (done.returncode, document["verdict"]) == (0, "good"), document["reason"]
        assert bool(document["notes"]) == bool(extra and self._case.preload), document["notes"]
        timings = document["timings"]
        own_work = sum(timings[step] for step in ("prepare", "reference", "candidate"))
        return seconds - own_work, timings["candidate"]


def _run(command: list[str], folder: Path) -> float:
    begin = time.monotonic()
    subprocess.run(command, cwd=folder, check=True)
    return time.monotonic() - begin


def _median(repeat: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(repeat))


if __name__ == "__main__":
    main()
