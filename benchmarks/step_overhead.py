"""What a step of a search costs beyond the case's own work, in a repository of 5,000 files.

    python -m benchmarks.step_overhead [--files N] [--commits N]

`bisect-parity bisect` searches a range whose candidate copies a small image; a step is the time from one
verdict to the next, once what is slow to import is warm. The case's own work is timed in the same run, and
taken off. Processor time is that of the search and of all that it starts: on a machine with other work to do
it tells more than wall time.
"""

from __future__ import annotations

import argparse
import array
import itertools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fixtures.git import GitRunner, sealed_environment

MOST_SECONDS = 0.25
SIZE = 64
WARM_FROM = 2  # searching steps before that start what is kept warm
REPEATED = 9
CASE = f"""
[code]
paths = ["src", "candidate.sh"]

[case.copy]
size = {SIZE}
reference = ["cp", "good.raw", "{{out}}"]
candidate = ["sh", "candidate.sh", "{{out}}"]
"""


def build(top: Path, files: int, commits: int) -> GitRunner:
    """A repository of so many files, whose last commits change one each; the third breaks the parity."""
    repository = GitRunner(top)
    pixels = array.array("f", (float(place * 31 % 101 + 1) for place in range(SIZE * SIZE)))
    tree: dict[str, str | bytes | None] = {
        f"src/part{number % 50}/file{number}.txt": f"{number}\n" for number in range(files)
    }
    tree |= {"good.raw": pixels.tobytes(), "bad.raw": array.array("f", reversed(pixels)).tobytes()}
    repository.commit(tree | {"candidate.sh": 'cp good.raw "$1"\n'})
    for number in range(commits):
        change: dict[str, str | bytes | None] = {f"src/part{number % 50}/file{number}.txt": "changed\n"}
        if number == 2:
            change["candidate.sh"] = 'cp bad.raw "$1"\n'
        repository.commit(change)
    return repository


def step_seconds(repository: GitRunner, commits: int, folder: Path) -> list[tuple[float, float]]:
    """The wall time and the processor time of each warm step of a search, in seconds."""
    (folder / "case.toml").write_text(CASE, encoding="ascii")
    ends = ("--good", f"HEAD~{commits}", "--bad", "HEAD")
    words = [sys.executable, "-m", "bisect_parity", "bisect", *ends, "--config", str(folder / "case.toml")]
    environment = sealed_environment({"XDG_CACHE_HOME": str(folder / "cache")})
    with subprocess.Popen(
        [*words, "--out", str(folder / "out")],
        cwd=repository.top,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        moments = [
            (time.perf_counter(), processor_seconds(process.pid))
            for line in process.stderr
            if "(new end)" in line or "(search)" in line
        ]
    if process.returncode != 0:
        raise SystemExit(f"the search ended with status {process.returncode}")
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(moments)]
    return steps[WARM_FROM:]


def processor_seconds(pid: int) -> float:
    """What a process, its children and all that they waited for have used of the processors so far."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    ticks = 0
    for number in (str(pid), *children):
        try:
            stat = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
        except OSError:
            continue  # it has ended, and is counted with its parent
        ticks += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def own_seconds(repository: GitRunner, folder: Path) -> tuple[float, float]:
    """The wall time (the median) and the processor time (the mean) of the candidate alone, in seconds."""
    found = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(REPEATED):
        begin = time.perf_counter()
        subprocess.run(["sh", "candidate.sh", str(folder / "image.raw")], cwd=repository.top, check=True)
        found.append(time.perf_counter() - begin)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return statistics.median(found), used / REPEATED


def main() -> None:
    """Build, search, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--commits", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository = build(folder / "repository", options.files, options.commits)
        steps = step_seconds(repository, options.commits, folder)
        own = own_seconds(repository, folder)
    print(f"{'warm steps':<28}{len(steps)}")
    names = ("wall time", "processor time")
    for name, own_work, taken in zip(names, own, zip(*steps, strict=True), strict=True):
        print(name)
        print(
            f"{'  a step':<28}{statistics.median(taken):.3f} s (median; {min(taken):.3f} to {max(taken):.3f})"
        )
        print(f"{'  the candidate alone':<28}{own_work:.3f} s")
        overhead = statistics.median(taken) - own_work
        print(f"{'  overhead':<28}{overhead:.3f} s   (at most {MOST_SECONDS})")


if __name__ == "__main__":
    main()
