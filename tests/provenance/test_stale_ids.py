"""An id that runs write on and on while the code moves on was perhaps not read anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.posterior import NOTHING, Posterior
from bisect_parity.provenance.stale_ids import staleness
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = load_parameters()
STALE, STALE_HERE = PARAMETERS.records.stale, PARAMETERS.records.stale_here
HOUR = 3600


def at(commit: str, time: float, elsewhere: float = 0.04) -> Posterior:
    """A run that the other clues place at one commit."""
    return Posterior((commit,), np.array([1 - elsewhere]), elsewhere, {}, time, 0.0)


@pytest.mark.parametrize(
    ("inferred", "written", "stale"),
    [
        pytest.param("abc", "aaa", [0, STALE, STALE], id="the code moved on, the id did not"),
        pytest.param("abc", "abc", [0, 0, 0], id="read anew"),
        pytest.param("aab", "aab", [0, 0, 0], id="nothing moved"),
        pytest.param("bcd", "aaa", [0, 0, 0], id="an old commit was run again and again"),
        pytest.param("abca", "axaa", [0, 0, 0, 0], id="another one was run in between"),
        pytest.param("abcd", "aacc", [0, STALE, 0, STALE], id="read anew once"),
    ],
)
def test_an_id_is_doubted_that_was_right_before(inferred: str, written: str, stale: list[float]) -> None:
    posteriors = [at(commit, float(time)) for time, commit in enumerate(inferred)]
    found = staleness(posteriors[::-1], list(written[::-1]), PARAMETERS)  # the order of time counts
    assert found[::-1].tolist() == stale


def test_a_reflog_that_tells_what_was_checked_out_makes_it_likelier() -> None:
    posteriors = [at("a", 0.0), at("b", 1.0, elsewhere=0.001)]
    assert staleness(posteriors, ["a", "a"], PARAMETERS).tolist() == [0, STALE_HERE]


def test_runs_that_wrote_no_id_or_have_no_candidates_are_left_out() -> None:
    posteriors = [at("a", 0.0), at("b", 1.0), NOTHING, at("c", 2.0)]
    assert staleness(posteriors, ["a", None, "a", "a"], PARAMETERS).tolist() == [0, 0, 0, STALE]
    assert staleness([], [], PARAMETERS).tolist() == []


def test_the_reflog_is_believed_rather_than_an_id_that_never_changes(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path)
    made_at = []
    for number in range(6):
        start = EPOCH + number * HOUR
        made_at.append(repo.commit({"a.py": f"A = {number}\n"}, "code", when=start))
        recorded = {"git_sha": made_at[0], "rmse": number / 10}
        stamp = f"20250908T{16 + number}2000Z"
        repo.commit({f"reports/{stamp}/env.json": json.dumps(recorded)}, "results", when=start + 1500)
    first, *others = resolutions(tmp_path).values()
    assert (first.commit, first.resolution_class) == (made_at[0], ResolutionClass.CONFIRMED)
    assert [item.commit for item in others] == made_at[1:]
    assert {item.resolution_class for item in others} == {ResolutionClass.CONTRADICTED}
    assert all("it may not have been read anew" in item.note for item in others)
    assert all(made_at[0] in [each.commit for each in item.candidates] for item in others)
