"""How often `provenance` is right, and whether its probabilities can be believed; ids are hidden.

    python -m benchmarks.provenance_accuracy                   simulated histories, with and without reflogs
    python -m benchmarks.provenance_accuracy --jitter 120      the same, all run times off by about 120 s
    python -m benchmarks.provenance_accuracy --corpus DIR      a real history with DIR.truth.jsonl

Even seeds are for fitting the model, odd seeds judge it. A truth file has lines {"path", "commit" or "sha"}.
The jitter is the standard deviation of a normal error, one draw a run; simulated bundles are written with
it, those of a corpus are read with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from attrs import frozen

from benchmarks.judge import judge
from benchmarks.judgement import Judged, figures, figures_text, misses_text
from fixtures.life import generate

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@frozen
class Task:
    """One repository to judge.

    Attributes:
        seed: of the simulated history.
        reflog: whether it is delivered with reflogs.
        jitter: seconds.
        days: how long it lasts; None draws it.
        folder: where it is made, or was made before.
        keep: leave it there.
    """

    seed: int
    reflog: bool
    jitter: float
    days: int | None
    folder: Path
    keep: bool

    @property
    def place(self) -> Path:
        """The repository's folder."""
        kind = "reflog" if self.reflog else "bare"
        days = "" if self.days is None else f"-days{self.days}"
        return self.folder / f"seed-{self.seed:04d}-{kind}-jitter{self.jitter:g}{days}"


def judge_life(task: Task) -> list[Judged]:
    """Make a simulated history if it is not there, and judge the answers for its bundles."""
    truth_file = task.place.with_name(f"{task.place.name}.truth.jsonl")
    if not truth_file.exists():
        _remove(task.place)  # what a run that was killed has left
        generate(task.seed, task.place, reflog=task.reflog, days=task.days, jitter=task.jitter)
    truth = [json.loads(line) for line in truth_file.read_text().splitlines()]
    try:
        return judge(task.place, truth, f"seed {task.seed}")
    finally:
        if not task.keep:
            _remove(task.place)


def _remove(place: Path) -> None:
    """Remove a simulated history, with all that belongs to it."""
    for suffix in ("", ".worktrees", ".life"):
        shutil.rmtree(place.with_name(f"{place.name}{suffix}"), ignore_errors=True)
    place.with_name(f"{place.name}.truth.jsonl").unlink(missing_ok=True)


def _life_tasks(options: argparse.Namespace, folder: Path) -> list[Task]:
    kinds = {"both": (True, False), "kept": (True,), "none": (False,)}[options.reflogs]
    seeds = range(options.first, options.first + options.seeds)
    keep = options.cache is not None
    return [
        Task(seed, reflog, options.jitter, options.days, folder, keep) for reflog in kinds for seed in seeds
    ]


def _judge_lives(options: argparse.Namespace) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = {}
    fast = MEMORY if os.access(MEMORY, os.W_OK) else None
    folder = options.cache or Path(tempfile.mkdtemp(prefix="bisect-parity-", dir=fast))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        tasks = _life_tasks(options, folder)
        with ProcessPoolExecutor(options.jobs) as pool:
            for task, judged in zip(tasks, pool.map(judge_life, tasks), strict=True):
                half = "judge" if task.seed % 2 else "train"
                place = "reflogs" if task.reflog else "no reflogs"
                for each in judged:
                    for name in (place, *(f"{place}, {part}" for part in each.slices)):
                        groups.setdefault(f"{half}, {name}", []).append(each)
    finally:
        if options.cache is None:
            shutil.rmtree(folder)
    return groups


def main() -> None:
    """Judge, and print figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=40, help="how many simulated histories (default 40)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--days", type=int, help="how long each lasts; default: drawn from the seed")
    parser.add_argument("--reflogs", choices=("both", "kept", "none"), default="both")
    parser.add_argument("--jitter", type=float, default=0.0, metavar="S", help="error of run times, seconds")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="judge this repository instead")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep the simulated histories here")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--worst", type=int, default=10, help="how many misses to show (default 10)")
    parser.add_argument("--json", action="store_true", help="one JSON document with every figure and miss")
    options = parser.parse_args()
    begin = time.monotonic()
    if options.corpus:
        lines = options.corpus.with_name(f"{options.corpus.name}.truth.jsonl").read_text().splitlines()
        truth = [json.loads(line) for line in lines]
        groups = {"corpus": judge(options.corpus, truth, options.corpus.name, options.jitter)}
    else:
        groups = _judge_lives(options)
    seconds = time.monotonic() - begin
    _print(groups, seconds, options)


def _print(groups: dict[str, list[Judged]], seconds: float, options: argparse.Namespace) -> None:
    whole = {name: figures(judged) for name, judged in sorted(groups.items())}
    if options.json:
        misses = {name: [each for each in judged if not each.right] for name, judged in groups.items()}
        document = {
            "jitter": options.jitter,
            "seconds": round(seconds, 1),
            "groups": {name: group.to_json() for name, group in whole.items()},
            "misses": {
                name: [
                    {"source": each.source, "path": each.path, "probability": each.probability}
                    | {"state_right": each.state_right, "about": each.about}
                    for each in missed
                ]
                for name, missed in misses.items()
            },
        }
        print(json.dumps(document, indent=1))
        return
    for name, group in whole.items():
        print(figures_text(name, group, tables=not name.startswith("train")))
        if not name.startswith("train"):
            print(misses_text(groups[name], options.worst))
        print()
    print(f"jitter {options.jitter:g} s; {seconds:.0f} s in all")


if __name__ == "__main__":
    main()
