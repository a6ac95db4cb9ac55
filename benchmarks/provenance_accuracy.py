"""How often `provenance` is right, and whether its probabilities can be believed; ids are hidden.

    python -m benchmarks.provenance_accuracy                     simulated histories, with and without reflogs
    python -m benchmarks.provenance_accuracy --taught            the same; the ids of the other runs may teach
    python -m benchmarks.provenance_accuracy --jitter 0 120 600  the same, and with run times off by so much
    python -m benchmarks.provenance_accuracy --corpus DIR        a real history with DIR.truth.jsonl

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
from typing import Any

from attrs import frozen

from benchmarks.judge import judge
from benchmarks.judgement import Judged, figures, figures_text, misses_text
from fixtures.life import generate_both

JITTER_HELP = "errors of run times, seconds; each is judged by itself (default 0)"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@frozen
class Task:
    """One simulated life to judge, handed over with and without reflogs.

    Attributes:
        seed: of the simulated history.
        jitter: seconds.
        days: how long it lasts; None draws it.
        folder: where it is made, or was made before.
        keep: leave it there.
        taught: the ids of the other runs may teach.
    """

    seed: int
    jitter: float
    days: int | None
    folder: Path
    keep: bool
    taught: bool

    def place(self, kind: str) -> Path:
        """The repository's folder; `kind` is "kept" or "lost"."""
        days = "" if self.days is None else f"-days{self.days}"
        return self.folder / f"seed-{self.seed:04d}-jitter{self.jitter:g}{days}-{kind}"


def judge_life(task: Task) -> dict[str, list[Judged]]:
    """Simulate a history if it is not there, and judge the answers for its bundles: with reflogs, without."""
    places = {"reflogs": task.place("kept"), "no reflogs": task.place("lost")}
    kept, lost = places.values()
    if not (_truth_file(kept).exists() and _truth_file(lost).exists()):
        _remove(kept, lost)  # what a run that was killed has left
        generate_both(task.seed, kept, lost, days=task.days, jitter=task.jitter)
    try:
        return {
            name: judge(place, _truth(place), f"seed {task.seed}", taught=task.taught)
            for name, place in places.items()
        }
    finally:
        if not task.keep:
            _remove(kept, lost)


def _truth_file(place: Path) -> Path:
    return place.with_name(f"{place.name}.truth.jsonl")


def _truth(place: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _truth_file(place).read_text().splitlines()]


def _remove(*places: Path) -> None:
    """Remove simulated histories, with all that belongs to them."""
    for place in places:
        for suffix in ("", ".worktrees", ".life"):
            shutil.rmtree(place.with_name(f"{place.name}{suffix}"), ignore_errors=True)
        _truth_file(place).unlink(missing_ok=True)


def _judge_lives(options: argparse.Namespace) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = {}
    fast = MEMORY if os.access(MEMORY, os.W_OK) else None
    folder = options.cache or Path(tempfile.mkdtemp(prefix="bisect-parity-", dir=fast))
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(options.first, options.first + options.seeds, options.step)
    tasks = [
        Task(seed, jitter, options.days, folder, options.cache is not None, options.taught)
        for jitter in options.jitter
        for seed in seeds
    ]
    try:
        with ProcessPoolExecutor(options.jobs) as pool:
            for task, lives in zip(tasks, pool.map(judge_life, tasks), strict=True):
                half = "judge" if task.seed % 2 else "train"
                for place, judged in lives.items():
                    title = f"{half}, jitter {task.jitter:g} s, {place}"
                    for each in judged:
                        for name in (title, *(f"{title}, {part}" for part in each.slices)):
                            groups.setdefault(name, []).append(each)
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
    parser.add_argument("--step", type=int, default=1, help="2 with --first 1: only those that judge")
    parser.add_argument("--jitter", type=float, nargs="+", default=[0.0], metavar="S", help=JITTER_HELP)
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="judge this repository instead")
    parser.add_argument("--taught", action="store_true", help="hide from each run its own id only")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep the simulated histories here")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--worst", type=int, default=10, help="how many misses to show (default 10)")
    parser.add_argument("--json", action="store_true", help="one JSON document with every figure and miss")
    options = parser.parse_args()
    begin = time.monotonic()
    if options.corpus:
        truth = _truth(options.corpus)
        groups = {
            f"corpus, jitter {jitter:g} s": judge(
                options.corpus, truth, options.corpus.name, jitter, taught=options.taught
            )
            for jitter in options.jitter
        }
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
    print(f"{seconds:.0f} s in all")


if __name__ == "__main__":
    main()
