"""A repository's recorded runs teach how far its history can be believed; no run teaches itself."""

from __future__ import annotations

import numpy as np
import pytest

from bisect_parity.provenance.adapt import adapt
from bisect_parity.provenance.line_shares import Lesson
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.posterior import Posterior

PARAMETERS = load_parameters()
COMMITS = tuple(letter * 40 for letter in "abcd")
TOP, SECOND, GONE = COMMITS[0], COMMITS[1], "f" * 40


def posterior(top: float = 0.8, elsewhere: float = 0.1) -> Posterior:
    rest = (1 - elsewhere - top) / 3
    return Posterior(COMMITS, np.array([top, rest, rest, rest]), elsewhere, {}, 0.0, 0.0)


def taught(*commits: str | None) -> Lesson | None:
    named = frozenset(commit for commit in commits if commit)
    return Lesson(named, 0.97) if named else None


def adapted(truths: list[str | None]) -> list[Posterior]:
    return adapt([posterior() for _ in truths], [taught(truth) for truth in truths], PARAMETERS)


def test_probabilities_still_sum_to_one() -> None:
    for item in adapted([TOP, SECOND, GONE, None]):
        assert item.probabilities.sum() + item.elsewhere == pytest.approx(1.0)


def test_without_records_little_changes() -> None:
    (item,) = adapted([None])
    assert item.probability(TOP) == pytest.approx(0.8, abs=0.05)


def test_a_history_that_was_always_right_is_believed_more() -> None:
    *_, unrecorded = adapted([TOP] * 30 + [None])
    assert unrecorded.probability(TOP) > 0.88
    assert unrecorded.elsewhere < 0.07


def test_a_history_that_was_often_wrong_is_believed_less() -> None:
    *_, unrecorded = adapted([GONE, TOP] * 15 + [None])
    assert unrecorded.probability(TOP) < 0.7
    assert unrecorded.elsewhere > 0.25


def test_answers_that_were_often_a_neighbour_are_stated_with_less_certainty() -> None:
    *_, unrecorded = adapted([SECOND, TOP, COMMITS[2], TOP] * 10 + [None])
    assert unrecorded.probability(TOP) < 0.75
    assert unrecorded.probability(TOP) == max(unrecorded.probabilities)


def test_a_run_does_not_teach_itself() -> None:
    alone_right, alone_unknown = adapted([TOP])[0], adapted([None])[0]
    assert alone_right.probability(TOP) == pytest.approx(alone_unknown.probability(TOP))


def test_runs_without_candidates_pass_through() -> None:
    empty = Posterior((), np.zeros(0), 1.0, {}, 0.0, 0.0)
    assert adapt([empty, posterior()], [taught(TOP)] * 2, PARAMETERS)[0] is empty


def test_what_several_commits_could_teach_counts_for_all_of_them() -> None:
    one, *_, of_both = adapt([posterior()] * 31, [taught(TOP, SECOND)] * 30 + [None], PARAMETERS)
    *_, of_top = adapted([TOP] * 30 + [None])
    assert of_both.probability(TOP) < of_top.probability(TOP)
    assert one.elsewhere < 0.1
