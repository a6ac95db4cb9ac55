"""Who works in two clones has what was made in one of them in the other later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


def test_what_was_made_here_was_not_checked_out_where_the_run_was_added(tmp_path: Path) -> None:
    here = GitRunner(tmp_path / "here")
    for n in range(4):
        shared = here.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR)
    here.git("clone", "-q", str(here.top), str(tmp_path / "there"))
    there = GitRunner(tmp_path / "there")
    for n in range(4, 7):
        here.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR)
    run = {"rmse": 0.125, "started_at": EPOCH + 6 * HOUR + 600}
    there.commit({"results/a/scores.json": json.dumps(run)}, "results", when=EPOCH + 6 * HOUR + 1800)
    here.git("pull", "-q", "--no-rebase", "--no-edit", str(there.top), "main", when=EPOCH + 8 * HOUR)
    found = resolutions(here.top)["results/a"]
    assert found.commit == shared
    assert found.probability > 0.6


@pytest.mark.parametrize("has_reflog", [True, False])
def test_results_of_another_machine_that_come_in_late_may_be_of_a_clone_that_is_behind(
    tmp_path: Path, has_reflog: bool
) -> None:
    here = GitRunner(tmp_path / "here")
    late = {}
    for n in range(5):
        code = EPOCH + n * 3 * HOUR
        here.commit({"src.py": f"A = {n}\n"}, "code", when=code)
        host = "anns-book.example" if n < 3 else f"{n}b77aa12cd9e"
        run = {"rmse": n / 7, "started_at": code + 600, "hostname": host}
        here.commit({f"results/own{n}/scores.json": json.dumps(run)}, "results", when=code + 900)
        run = {"rmse": n / 9, "started_at": code + HOUR, "hostname": f"node{n:02}"}
        late[f"results/node{n}/scores.json"] = json.dumps(run)
    here.commit(late, "results of the cluster", when=EPOCH + 90 * HOUR)
    found = resolutions(here.top if has_reflog else here.clone(tmp_path / "fresh", "--no-local").top)
    assert all(found[f"results/own{n}"].probability > 0.9 for n in range(5))
    assert all(0.5 < found[f"results/node{n}"].probability < 0.8 for n in range(5))
    assert found["results/node0"].note.startswith("the results of node come in later than others")
