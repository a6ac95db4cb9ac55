"""Ids that are gone since the whole history was rewritten say nothing of where a run was made."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.rewritten import Written, rewritten_since
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

PARAMETERS = load_parameters().rewriting
RUNS = 24


def runs(gone: list[bool], *, same_commit: bool = False) -> list[Written | None]:
    """Runs in a row, whose ids differ; they are inferred at different commits, or all at the same."""
    return [
        Written(float(place), f"old {place}" if each else None, "new" if same_commit else f"new {place}")
        for place, each in enumerate(gone)
    ]


def test_where_all_ids_are_gone_the_history_was_rewritten() -> None:
    assert rewritten_since(runs([True] * RUNS), PARAMETERS).min() > 0.8


def test_one_id_that_is_gone_tells_nothing_of_the_others() -> None:
    assert rewritten_since(runs([True]), PARAMETERS).max() < 0.15
    assert rewritten_since(runs([False] * 9 + [True] + [False] * 9), PARAMETERS).max() < 1e-3


def test_ids_of_runs_since_the_rewriting_are_there() -> None:
    found = rewritten_since(runs([True] * RUNS + [False] * 9), PARAMETERS)
    assert found[RUNS // 2] > 0.8
    assert found[RUNS:].max() == 0.0


def test_commits_before_the_first_that_was_changed_keep_their_ids() -> None:
    found = rewritten_since(runs([False] * 3 + [True] * RUNS + [False] * 5), PARAMETERS)
    assert (found[:3].max(), found[-5:].max()) == (0.0, 0.0)
    assert found[5:-7].min() > 0.9
    assert rewritten_since(runs([False] * 9 + [True] * 4 + [False] * 9), PARAMETERS).max() < 0.2


def test_a_thousand_ids_on_each_side_of_the_rewriting_are_counted() -> None:
    found = rewritten_since(runs([True] * 1000 + [False] * 1000), PARAMETERS)
    assert found[:990].min() > 0.99
    assert found[1000:].max() == 0.0


def test_ids_that_are_gone_here_and_there_are_gone_by_themselves() -> None:
    assert rewritten_since(runs([True, False] * RUNS), PARAMETERS).max() < 0.05


def test_ids_that_differ_where_one_commit_is_inferred_are_those_of_a_branch_that_is_gone() -> None:
    assert rewritten_since(runs([True] * RUNS, same_commit=True), PARAMETERS).max() < 0.05


def test_runs_without_ids_are_left_alone() -> None:
    assert rewritten_since([None, None], PARAMETERS).tolist() == [0.0, 0.0]
    mixed = rewritten_since([None, *runs([True] * RUNS)], PARAMETERS)
    assert (mixed[0], mixed[-1] > 0.8) == (0.0, True)


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Histories whose dates are kept, with many runs whose ids are all gone, by the digits of an id."""
    return {digits: build(tmp_path_factory.mktemp("rewritten"), digits) for digits in (40, 12)}


def build(top: Path, digits: int) -> Path:
    repo = GitRunner(top)
    for number in range(RUNS):
        start = EPOCH + number * 3600
        repo.commit({"a.py": f"A = {number}\n"}, "code", when=start)
        name = f"reports/202509{8 + (number + 16) // 24:02}T{(number + 16) % 24:02}2000Z"
        recorded = json.dumps({"git_sha": (f"{number + 0xA0:x}" * 20)[:digits]})
        repo.commit({f"{name}/env.json": recorded}, "results", when=start + 1500)
    return top


def resolve(history: Path, top: Path, commit_map: str = "") -> Resolution:
    """The last run of a history, a copy of which is made at `top`."""
    shutil.copytree(history, top)
    repo = GitRunner(top, init=False)
    if commit_map:
        folder = top / ".git" / "filter-repo"
        folder.mkdir()
        (folder / "commit-map").write_text(commit_map.format(new=repo.git("rev-parse", "HEAD~1").strip()))
    *_, last = resolutions(top).values()
    return last


def test_clues_of_time_name_the_commit_of_a_run_whose_id_went_with_all_others(
    histories: dict[int, Path], tmp_path: Path
) -> None:
    found = resolve(histories[40], tmp_path / "repo")
    parent = GitRunner(tmp_path / "repo", init=False).git("rev-parse", "HEAD~1").strip()
    assert (found.commit, found.resolution_class) == (parent, ResolutionClass.INFERRED)
    assert "the history was rewritten" in found.note


@pytest.mark.parametrize("digits", [40, 12])
def test_the_map_of_filter_repo_tells_what_a_former_id_is_now(
    histories: dict[int, Path], tmp_path: Path, digits: int
) -> None:
    former = f"{RUNS - 1 + 0xA0:x}" * 20
    pairs = f"old{' ' * 38}new\n{former} {{new}}\n{'1' * 40} {'0' * 40}\n"
    found = resolve(histories[digits], tmp_path / "repo", pairs)
    repo = GitRunner(tmp_path / "repo", init=False)
    assert found.commit == repo.git("rev-parse", "HEAD~1").strip()
    assert found.resolution_class is ResolutionClass.CONFIRMED
    (clue,) = [clue for clue in found.clues if clue.kind == "record"]
    assert "has taken the place of that commit" in clue.says
