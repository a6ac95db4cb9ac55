"""Runs whose commit is known teach which lines of history runs are on in a repository."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.provenance.checkouts import KINDS
from bisect_parity.provenance.line_shares import Lesson, with_learned_lines
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.posterior import Posterior
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = load_parameters()
COMMITS = MERGED, OWN = tuple(letter * 40 for letter in "ab")
GONE = "f" * 40
HOUR = 3600


def disputed() -> Posterior:
    """The history says one commit, what its author has just made another."""
    by_kind = np.zeros((len(KINDS), 2), np.float32)
    by_kind[KINDS.index("history"), 0] = 0.6
    by_kind[KINDS.index("own commits"), 1] = 0.35
    return Posterior(COMMITS, by_kind.sum(axis=0, dtype=float), 0.05, {}, 0.0, 0.0, by_kind)


def learned(*truths: str | None, reliability: float = 0.97) -> list[Posterior]:
    lessons = [truth and Lesson(frozenset({truth}), reliability) for truth in truths]
    return with_learned_lines([disputed()] * len(truths), [each or None for each in lessons], PARAMETERS)


def test_what_was_usual_in_the_other_runs_is_likelier() -> None:
    *_, unrecorded = learned(*[OWN] * 10, None)
    assert unrecorded.likeliest == OWN
    assert unrecorded.probability(OWN) > 0.8
    assert unrecorded.probabilities.sum() + unrecorded.elsewhere == pytest.approx(1.0)
    assert unrecorded.elsewhere == 0.05


def test_what_a_walk_says_does_not_depend_on_lines() -> None:
    walked = disputed().mixed([MERGED], np.ones(1), 0.5, "series")
    lesson = Lesson(frozenset({OWN}), 0.97)
    *_, last = with_learned_lines([disputed()] * 10 + [walked], [lesson] * 10 + [None], PARAMETERS)
    *_, unwalked = learned(*[OWN] * 10, None)
    assert last.probability(MERGED) == pytest.approx(0.5 + 0.5 * unwalked.probability(MERGED))


def test_shares_that_are_as_expected_stay() -> None:
    *_, unrecorded = learned(*[MERGED] * 12, *[OWN] * 7, None)
    assert unrecorded.probability(MERGED) == pytest.approx(0.6, abs=0.03)


def test_a_run_does_not_teach_itself() -> None:
    only, _ = learned(OWN, None)
    assert only.probability(MERGED) == pytest.approx(0.6)


def test_ids_that_no_line_has_teach_nothing_of_lines() -> None:
    *_, unrecorded = learned(*[GONE] * 10, None)
    assert unrecorded.probability(MERGED) == pytest.approx(0.6)


def test_records_that_are_doubted_teach_less() -> None:
    *_, sure = learned(OWN, OWN, None)
    *_, doubted = learned(OWN, OWN, None, reliability=0.2)
    assert 0.35 < doubted.probability(OWN) < sure.probability(OWN)


def in_two_worktrees(top: Path, *, recorded: bool) -> tuple[float, float]:
    """The probabilities of the true commits of the last two runs, which were made in a linked worktree.

    The results of all runs are committed in the main one, where each comes after a commit to the code.
    """
    repo = GitRunner(top)
    repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    linked = repo.worktree(top.with_name(f"{top.name}-linked"))
    linked.checkout("linked", create=True, when=EPOCH)
    truths = {}
    for number in range(12):
        start = EPOCH + (number + 1) * 24 * HOUR
        true = linked.commit({"b.py": f"B = {number}\n"}, "linked", when=start)
        repo.commit({"a.py": f"A = {number + 1}\n"}, "code", when=start + HOUR)
        text: dict[str, object] = {"start_time": start + HOUR + 600, "rmse": number / 7}
        if recorded and number < 10:
            text["git_commit"] = true
        path = f"results/run{number:02d}"
        repo.commit({f"{path}/metrics.json": json.dumps(text)}, "results", when=start + HOUR + 900)
        truths[path] = true
    found = resolutions(top)
    tenth, last = (found[path] for path in list(truths)[-2:])
    return (
        sum(each.probability for each in tenth.candidates if each.commit == truths[tenth.path]),
        sum(each.probability for each in last.candidates if each.commit == truths[last.path]),
    )


def test_runs_of_another_worktree_are_found_where_recorded_ones_show_that_there_are_some(
    tmp_path: Path,
) -> None:
    alone = in_two_worktrees(tmp_path / "alone", recorded=False)
    taught = in_two_worktrees(tmp_path / "taught", recorded=True)
    assert max(alone) < 0.3
    assert min(taught) > 0.5
