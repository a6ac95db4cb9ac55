"""Runs that a script made at one commit after the other are not all at the newest one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner, first_named
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

    Figures = Callable[[int, bool], Mapping[str, Any]]

HOUR = 3600
RUNS = 10
PAUSES = (170, 181, 166, 175, 190, 172, 168, 185, 177, 171)


def history(top: Path, count: int = 14, apart: int = HOUR) -> tuple[GitRunner, list[str]]:
    """Commits at equal distances in seconds, oldest first."""
    repo = GitRunner(top)
    times = [EPOCH + number * apart for number in range(count)]
    return repo, [repo.commit({"a.py": f"A = {time}\n"}, "code", when=time) for time in times]


def brought_in(
    repo: GitRunner,
    name: str,
    pauses: Sequence[int] = PAUSES,
    more: Sequence[Mapping[str, Any]] = ({},) * RUNS,
    message: str = "Results",
) -> dict[str, Resolution]:
    """The answers, in a fresh clone, for runs in the night that one commit brought in; by their paths."""
    begin = EPOCH + 24 * HOUR
    files = {}
    for number, (pause, own) in enumerate(zip(pauses, more, strict=False), 1):
        begin += pause
        started = datetime.fromtimestamp(begin, UTC).isoformat()
        figures = {"start_time": started, "loss": number / 7, "accuracy": 1 / number, **own}
        files[f"results/{name}/{number:02d}/metrics.json"] = json.dumps(figures)
    repo.commit(files, message, when=EPOCH + 34 * HOUR)
    return resolutions(repo.clone(repo.top.with_name("fresh"), "--no-local").top)


def test_a_night_of_equal_runs_at_the_pace_of_a_script_was_perhaps_a_sweep(tmp_path: Path) -> None:
    repo, commits = history(tmp_path / "r")
    found = list(brought_in(repo, "all_commits").values())
    assert [item.commit for item in found] == commits[-RUNS:]
    assert all(0.3 < item.probability < 0.8 for item in found[:-1])
    assert {item.resolution_class for item in found} == {ResolutionClass.AMBIGUOUS}
    assert all("one of 10 runs in a row: a script may have gone over commits" in item.note for item in found)
    (clue,) = (clue for clue in found[0].clues if clue.kind == "series")
    assert "3 min apart" in clue.says
    assert "a sweep over commits" in clue.says


@pytest.mark.parametrize(
    ("pauses", "more"),
    [
        pytest.param(PAUSES, [{"learning_rate": n / 100} for n in range(RUNS)], id="a parameter varies"),
        pytest.param((300, 2200, 900, 4000, 600, 60, 1500, 3000, 120, 700), [{}] * RUNS, id="by hand"),
        pytest.param((900,) * RUNS, [{}] * RUNS, id="a timer"),
        pytest.param(PAUSES[:3], [{}] * 3, id="a few"),
    ],
)
def test_other_runs_in_a_row_are_where_they_were(
    tmp_path: Path, pauses: Sequence[int], more: Sequence[Mapping[str, Any]]
) -> None:
    repo, commits = history(tmp_path / "r")
    found = brought_in(repo, "night", pauses, more)
    assert {item.commit for item in found.values()} == {commits[-1]}
    assert min(item.probability for item in found.values()) > 0.7


@pytest.mark.parametrize(("loss", "is_doubted"), [((0.25, 0.5), True), ((0.5, 0.5), False)])
def test_two_runs_that_would_be_at_one_commit_are_doubted_if_they_differ(
    tmp_path: Path, loss: tuple[float, float], is_doubted: bool
) -> None:
    repo, commits = history(tmp_path / "r")
    cloned = brought_in(repo, "night", PAUSES[:2], [{"loss": each, "accuracy": 0.5} for each in loss])
    assert {item.commit for item in cloned.values()} == {commits[-1]}
    assert {item.probability < 0.9 for item in cloned.values()} == {is_doubted}
    said = [clue.says for item in cloned.values() for clue in item.clues if clue.kind == "no-trace"]
    assert all(
        ("runs that came in with it would be at the same commit" in each) == is_doubted for each in said
    )
    assert min(item.probability for item in resolutions(repo.top).values()) > 0.95  # a reflog tells


@pytest.mark.parametrize(
    ("folder", "names", "least"),
    [
        ("main", ("before", "after"), 0.4),  # that both are in one folder says nothing
        ("x", ("before", "then"), 0.9),
        ("old", ("new_a", "new_b"), 0.9),
    ],
)
def test_the_first_side_of_a_comparison_was_perhaps_of_other_code(
    tmp_path: Path, folder: str, names: tuple[str, str], least: float
) -> None:
    repo, commits = history(tmp_path / "r")
    begun = {name: EPOCH + 13 * HOUR + minutes * 60 for name, minutes in zip(names, (3, 9), strict=True)}
    runs = {name: {"start_time": when, "loss": 1 / when, "accuracy": 0.5} for name, when in begun.items()}
    files = {f"results/{folder}/{name}/metrics.json": json.dumps(run) for name, run in runs.items()}
    repo.commit(files, "Results", when=EPOCH + 14 * HOUR)
    cloned = resolutions(repo.clone(tmp_path / "fresh", "--no-local").top)
    first, second = (cloned[f"results/{folder}/{name}"] for name in names)
    assert first.commit == second.commit == commits[-1]
    assert least < first.probability < least + 0.2
    assert second.probability > 0.8
    assert min(item.probability for item in resolutions(repo.top).values()) > 0.95  # a reflog tells


def test_a_few_runs_of_which_the_message_says_releases_were_perhaps_made_at_tags(tmp_path: Path) -> None:
    repo, commits = history(tmp_path / "r")
    for number, commit in enumerate(commits[1::4]):
        repo.git("tag", f"v0.{number}", commit)
    found = brought_in(repo, "bench", PAUSES[:4], message="Benchmarks of the releases").values()
    assert max(item.probability for item in found) < 0.8
    shares = [{each.commit: each.probability for each in item.candidates} for item in found]
    assert min(share[tagged] for share, tagged in zip(shares, commits[1::4], strict=True)) > 0.1


def test_equal_figures_are_those_of_one_commit(tmp_path: Path) -> None:
    repo, commits = history(tmp_path / "r")
    found = brought_in(repo, "night", more=[{"loss": 0.5, "accuracy": 0.25}] * RUNS)
    assert {item.commit for item in found.values()} == {commits[-1]}
    assert min(item.probability for item in found.values()) > 0.7


def test_what_some_runs_wrote_down_tells_the_order_of_the_others(tmp_path: Path) -> None:
    repo, commits = history(tmp_path / "r")
    newest_first = commits[::-1]
    more = [{"git_sha": newest_first[n]} if n in (2, 7) else {} for n in range(RUNS)]
    found = list(brought_in(repo, "night", more=more).values())
    assert [item.commit for item in found] == newest_first[:RUNS]
    assert min(item.probability for item in found) > 0.6


def test_ids_that_are_all_of_the_newest_commit_refute_a_sweep(tmp_path: Path) -> None:
    repo, commits = history(tmp_path / "r")
    more = [{"git_sha": commits[-1]} if n in (2, 7) else {} for n in range(RUNS)]
    found = list(brought_in(repo, "sweep", more=more).values())
    assert {item.commit for item in found} == {commits[-1]}
    assert min(item.probability for item in found) > 0.8


def bisected(
    top: Path, figures: Figures, count: int = 40, first_bad: int = 11
) -> tuple[list[str], list[Resolution]]:
    """The commits that `git bisect` tested, and the answers for what was written at each, in a clone."""
    repo, commits = history(top / "r", count, 600)
    good = {"start_time": EPOCH + 2 * 600 + 300, **figures(99, False)}
    begin = EPOCH + 50 * HOUR
    files = {"results/good/metrics.json": json.dumps(good)}
    tested: list[str] = []
    repo.git("bisect", "start", commits[-1], commits[2], when=begin)
    for number in range(RUNS):
        tested.append(repo.head)
        begin += PAUSES[number]
        is_bad = commits.index(repo.head) >= first_bad
        written = {"start_time": datetime.fromtimestamp(begin, UTC).isoformat(), **figures(number, is_bad)}
        files[f"results/bisect/{number}/metrics.json"] = json.dumps(written)
        if first_named(repo.git("bisect", "bad" if is_bad else "good")):
            break
    repo.git("bisect", "reset")
    repo.commit(files, "Results of git bisect", when=begin + 600)
    found = resolutions(repo.clone(top / "fresh", "--no-local").top)
    return tested, [found[f"results/bisect/{number}"] for number in range(len(tested))]


def test_results_of_a_bisection_are_not_named_with_certainty(tmp_path: Path) -> None:
    tested, found = bisected(tmp_path, lambda number, _: {"loss": number / 7})
    assert max(item.probability for item in found) < 0.5
    clues = [clue.says for item in found for clue in item.clues if clue.kind == "series"]
    assert len(clues) == len(tested)
    assert all("git bisect run" in says for says in clues)
    assert all(item.candidates for item in found)


@pytest.mark.parametrize(("count", "first_bad"), [(40, 11), (95, 60)])
def test_the_verdicts_of_a_bisection_tell_where_it_went(tmp_path: Path, count: int, first_bad: int) -> None:
    def figures(number: int, is_bad: bool) -> dict[str, float]:
        correlation = 0.9 if is_bad else 0.9999
        return {"correlation": correlation, "sum_ratio": 1.0, "py_time": PAUSES[number % RUNS] / 7}

    tested, found = bisected(tmp_path, figures, count, first_bad)
    assert [item.commit for item in found] == tested
    assert min(item.probability for item in found) > 0.3


def test_many_repeats_are_no_more_a_walk_than_some(tmp_path: Path) -> None:
    tips = []
    for count in (30, 60):
        repo, commits = history(tmp_path / f"{count}" / "r", 70, 600)
        found = list(brought_in(repo, "night", PAUSES * (count // RUNS), [{}] * count).values())
        chances = {each.commit: each.probability for each in found[0].candidates}
        tips.append(chances[commits[-1]])
    assert tips[1] == pytest.approx(tips[0], abs=0.05)
