"""The report of 500 bundles over 4000 commits: how long it takes to make and to open, and how large it is.

    python -m benchmarks.report FOLDER

The history is made once and kept in FOLDER; `bisect-parity audit` makes the evidence output. Making is
timed as a whole process; opening in a headless Chromium, where there is one, until the load event. Each is
the best of three, by the clock and in processor time (of the page's main thread), which other work on the
machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from fixtures.git import sealed_environment
from tests.report.browser import CHROMIUM, Browser

COMMITS, BUNDLES = 4000, 500
FIRST_SECOND, GAP = 1_735_700_000, 900.0  # January 2025; four commits an hour
GOALS = {"made, s": 3.0, "opened, s": 1.0, "MB": 5.0}
REPETITIONS = 3
SEED = 20251009


def make_history(repository: Path) -> None:
    """A straight history in which every eighth commit adds a bundle; three of five name their commit."""
    chance = random.Random(SEED)
    subprocess.run(["git", "init", "-q", str(repository)], check=True, env=sealed_environment())
    lines: list[bytes] = []
    now = float(FIRST_SECOND)
    for number in range(1, COMMITS + 1):
        now += chance.expovariate(1 / GAP) + 1
        files = {"src/model.py": f"STEP = {number // 20}\n"}
        if number % (COMMITS // BUNDLES) == 0:
            files |= _bundle(chance, now - chance.uniform(1, GAP), number)
        lines.append(_commit(number, int(now), files))
    command = ["git", "-C", str(repository), "fast-import", "--quiet", "--force"]
    subprocess.run(command, input=b"".join(lines), check=True, env=sealed_environment())
    reset = ["git", "-C", str(repository), "reset", "-q", "--hard", "main"]
    subprocess.run(reset, check=True, env=sealed_environment())


def _bundle(chance: random.Random, moment: float, number: int) -> dict[str, str]:
    """The files of a run."""
    stamp = datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = f"reports/benchmarks/{stamp}-{number:04d}"
    is_good = chance.random() < 0.5
    correlation = 1 - chance.uniform(1e-9, 1e-4) if is_good else chance.uniform(0.1, 0.9)
    result = [{"size": 4096, "correlation_warm": correlation, "sum_ratio": 1.0 if is_good else 0.97}]
    environment = {"python": "3.11.9", "hostname": f"node{number % 4}", "torch": "2.6.0"}
    if chance.random() < 0.6:
        environment["git_sha"] = f"{number:040x}"  # of another clone: to be contradicted, or to be unknown
    return {
        f"{folder}/benchmark_results.json": json.dumps(result),
        f"{folder}/env.json": json.dumps(environment),
        f"{folder}/commands.txt": f"python benchmark.py --threads {1 + number % 3} --device cpu\n",
        f"{folder}/summary.md": f"# Run {number}\n\nDate: {stamp}\n",
    }


def _commit(number: int, seconds: int, files: dict[str, str]) -> bytes:
    """A commit as fast-import reads it."""
    message = f"Change {number}: the model is brought a little further".encode()
    parts = [b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\n" % seconds]
    parts.append(b"data %d\n%b\n" % (len(message), message))
    for path, text in files.items():
        content = text.encode()
        parts.append(b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(content), content))
    return b"".join(parts)


def _tool(repository: Path, *words: str) -> tuple[float, float]:
    """Run the tool, and return the seconds that it took, and those of a processor."""
    begin, before = time.monotonic(), _children()
    command = [sys.executable, "-P", "-m", "bisect_parity", *words, "--quiet"]
    subprocess.run(command, cwd=repository, check=False, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _opened(page: Path) -> tuple[float, float]:
    """Seconds until the load event, and those of a processor."""
    with Browser() as browser:
        clock, processor = [], []
        for _ in range(REPETITIONS):
            browser.look_like(1280)
            processor.append(browser.open(page))
            clock.append(float(browser.run('performance.getEntriesByType("navigation")[0].loadEventEnd')))
            assert browser.complaints == []
    return min(clock) / 1000, min(processor)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.absolute()
    repository, output = folder / "repository", folder / "audit"
    if not repository.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make_history(repository)
    if not (output / "provenance.json").exists():
        print(f"audit: {_tool(repository, 'audit', '--out', str(output))[0]:.1f} s")
    page = output / "report.html"
    runs = [_tool(repository, "report", str(output)) for _ in range(REPETITIONS)]
    figures = {
        "made, s": (min(clock for clock, _ in runs), min(processor for _, processor in runs)),
        "MB": (page.stat().st_size / 1e6, None),
    }
    if CHROMIUM is None:
        print("Chromium is not installed: opening was NOT measured")
    else:
        figures["opened, s"] = _opened(page)
    rows = json.loads((output / "artifact_matrix.json").read_text())["bundles"]
    print(f"{len(rows)} bundles, {COMMITS} commits")
    for name, (figure, processor) in figures.items():
        told = "" if processor is None else f", processor {processor:.2f}"
        print(f"{name:12} {figure:8.2f}   goal {GOALS[name]}{told}")


if __name__ == "__main__":
    main()
