"""Results that are the same as earlier ones may be a copy: a note says so where nothing else is stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.git import GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

FIRST = '{"rmse": 0.791587, "steps": 3}'


def history(top: Path, later: str, first: str = FIRST) -> GitRunner:
    made = GitRunner(top)
    made.commit({"src/a.py": "a = 1\n"}, "Code")
    made.commit({"results/run1/metrics.json": first}, "Results")
    made.commit({"src/a.py": "a = 2\n"}, "Code")
    made.commit({"results/baseline/metrics.json": later}, "Results")
    return made


def test_a_copy_is_probably_of_the_commit_of_its_original(tmp_path: Path) -> None:
    made = history(tmp_path, FIRST)
    found = resolutions(made.top)
    first, later = made.rev("main~3"), made.rev("main~1")
    assert found["results/run1"].commit == found["results/baseline"].commit == first
    shares = {each.commit: each.probability for each in found["results/baseline"].candidates}
    assert 0.5 < shares[first] < 0.8
    assert 0.15 < shares[later] < 0.4
    (clue,) = (clue for clue in found["results/baseline"].clues if clue.kind == "copy")
    assert (clue.commit, clue.weight > 0) == (first, True)


def test_what_the_original_wrote_down_is_that_of_its_copy(tmp_path: Path) -> None:
    made = GitRunner(tmp_path)
    older = made.commit({"src/a.py": "a = 1\n"}, "Code")
    made.commit({"src/a.py": "a = 2\n"}, "Code")
    made.commit({"results/run1/metrics.json": FIRST, "results/run1/git_sha.txt": older + "\n"}, "Results")
    made.commit({"src/a.py": "a = 3\n"}, "Code")
    made.commit({"results/baseline/metrics.json": FIRST}, "Results")
    found = resolutions(made.top)["results/baseline"]
    assert (found.commit, found.probability > 0.6) == (older, True)


def test_results_that_are_those_of_another_bundle_are_told(tmp_path: Path) -> None:
    found = resolutions(history(tmp_path, FIRST).top)
    assert "its results are those of results/run1, byte by byte" in found["results/baseline"].note
    assert "byte by byte" not in found["results/run1"].note


def test_other_results_are_not(tmp_path: Path) -> None:
    found = resolutions(history(tmp_path, FIRST.replace("587", "588")).top)
    assert not any("byte by byte" in item.note for item in found.values())


def test_nor_are_short_figures_that_any_run_may_give(tmp_path: Path) -> None:
    made = history(tmp_path, '{"rmse": 0.5}', '{"rmse": 0.5}')
    assert not any("byte by byte" in item.note for item in resolutions(made.top).values())


def test_nor_is_a_run_that_states_its_commit(tmp_path: Path) -> None:
    made = history(tmp_path, FIRST)
    made.commit({"results/baseline/git_sha.txt": made.rev("main") + "\n"})
    assert "byte by byte" not in resolutions(made.top)["results/baseline"].note


def test_a_copy_in_the_first_commit_of_another_history_has_no_answer(tmp_path: Path) -> None:
    made = GitRunner(tmp_path)
    made.commit({"src/a.py": "a = 1\n", "results/run1/metrics.json": FIRST}, "Code")
    made.git("checkout", "-q", "--orphan", "other")
    made.git("rm", "-rfq", ".")
    made.commit({"results/baseline/metrics.json": FIRST}, "Results")
    made.checkout("main")
    made.git("merge", "-q", "--allow-unrelated-histories", "-m", "Join", "other")
    found = resolutions(made.top)
    assert {path: item.commit for path, item in found.items()} == {
        "results/run1": None,
        "results/baseline": None,
    }
