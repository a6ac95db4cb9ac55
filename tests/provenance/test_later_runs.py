"""What a later run adds to the folder of an earlier one, or puts under its stamp, is of the later one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
DAY = 86400
STAMP = "20250908_091500"  # EPOCH + 15 min, local


def test_evaluations_of_a_run_are_runs_of_their_own(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    trained = repo.commit({"src.py": "A = 0\n"}, "code", when=EPOCH)
    run = {"a/log.json": '{"rmse": 0.5}', "b.json": '{"val_loss": 0.25}'}
    repo.commit({f"results/{STAMP}/{name}": text for name, text in run.items()}, "train", when=EPOCH + HOUR)
    for n in range(1, 9):
        evaluated = repo.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR + DAY)
    later = json.dumps({"rmse": 0.125, "evaluated_at": EPOCH + 8.2 * HOUR + DAY})
    # its name comes before those of the run's own files
    files = {
        f"results/{STAMP}/a/eval.json": later,
        f"evals/{STAMP}_e1/metrics.json": later.replace("25", "75"),
    }
    repo.commit(files, "evaluate", when=EPOCH + 8.4 * HOUR + DAY)
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = resolutions(repo.top)
    expected = {f"results/{STAMP}": trained, f"results/{STAMP}/a/eval.json": evaluated}
    expected |= {f"evals/{STAMP}_e1": evaluated}
    assert {path: found[path].commit for path in expected} == expected
    assert min(found[path].probability for path in expected) > 0.8


def test_what_a_run_wrote_early_and_what_was_committed_late_is_of_it(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    first = repo.commit({"src.py": "A = 0\n"}, "code", when=EPOCH)
    repo.commit({f"results/{STAMP}/z.json": '{"rmse": 0.5}'}, "train", when=EPOCH + HOUR)
    repo.commit({"src.py": "A = 1\n"}, "code", when=EPOCH + 2 * HOUR)
    early = json.dumps({"rmse": 0.125, "started_at": EPOCH + 900})
    repo.commit({f"results/{STAMP}/a.json": early}, "the rest", when=EPOCH + 3 * HOUR)
    found = resolutions(repo.top)
    assert (list(found), found[f"results/{STAMP}"].commit) == ([f"results/{STAMP}"], first)
