"""An id that runs write on and on while the code moves on was perhaps not read anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.posterior import NOTHING, Posterior
from bisect_parity.provenance.stale_ids import Pushed, WrittenId, staleness
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = load_parameters()
HOUR = 3600


def at(commit: str, time: float, elsewhere: float = 0.04) -> Posterior:
    """A run that the other clues place at one commit."""
    return Posterior((commit,), np.array([1 - elsewhere]), elsewhere, {}, time, 0.0)


def doubts(inferred: str, written: str, known: Pushed | None = None, machines: str = "") -> list[float]:
    """How far the ids of runs are doubted, in the order of the runs."""
    posteriors = [at(commit, float(time)) for time, commit in enumerate(inferred)]
    ids = [
        None if commit == "-" else WrittenId(commit, machine)
        for commit, machine in zip(written, machines or " " * len(written), strict=True)
    ]
    found: list[float] = staleness(posteriors[::-1], ids[::-1], known, PARAMETERS).tolist()
    return found[::-1]  # the order of time counts


@pytest.mark.parametrize(
    ("inferred", "written", "doubted"),
    [
        pytest.param("abc", "aaa", [1, 2], id="the code moved on, the id did not"),
        pytest.param("abc", "abc", [], id="read anew"),
        pytest.param("aab", "aab", [], id="nothing moved"),
        pytest.param("bcd", "aaa", [], id="an old commit was run again and again"),
        pytest.param("abca", "axaa", [], id="another one was run in between"),
        pytest.param("abcd", "aacc", [1, 3], id="read anew once"),
        pytest.param("abcd", "a-aa", [2, 3], id="one wrote none"),
    ],
)
def test_an_id_is_doubted_that_was_right_before(inferred: str, written: str, doubted: list[int]) -> None:
    found = doubts(inferred, written)
    assert [place for place, doubt in enumerate(found) if doubt] == doubted
    assert all(0.25 < doubt < 0.7 for doubt in found if doubt)


def test_the_more_ids_begin_where_they_are_right_the_more_are_doubted() -> None:
    assert doubts("abcdefghij", "aacceeggii")[1] > doubts("ab", "aa")[1]


def test_the_first_id_may_have_been_read_long_before() -> None:
    assert doubts("bcdefghijk", "aaddffhhjj")[3] == doubts("acdefghijk", "aaddffhhjj")[3] > 0.4


def test_ids_that_are_old_when_they_are_first_written_are_of_another_clone() -> None:
    assert doubts("abcdefghij", "aaabbbcccc")[1] < 0.1


def test_ids_of_commits_that_were_pushed_are_of_another_clone() -> None:
    is_pushed = Pushed(frozenset("adg"), 0.0, 0.3)
    assert doubts("abcdefghi", "aaadddggg", is_pushed)[1] < 0.1
    assert doubts("abcdefghi", "aaadddggg", Pushed(frozenset("beh"), 0.0, 0.3))[1] > 0.8
    assert doubts("abcdefghi", "aaadddggg", Pushed(frozenset("x"), 99.0, 0.3))[1] > 0.3  # not yet told


def test_each_machine_is_judged_by_itself() -> None:
    inferred, written = "abcdefghijkl", "aaxxccxxeexx"
    together = doubts(inferred, written)
    apart = doubts(inferred, written, machines="LLccLLccLLcc")
    assert apart[1] > together[1] > 0


def test_a_reflog_that_tells_what_was_checked_out_makes_it_likelier() -> None:
    ids = [WrittenId("a"), WrittenId("a")]
    told = staleness([at("a", 0.0), at("b", 1.0, elsewhere=0.001)], ids, None, PARAMETERS)
    plain = staleness([at("a", 0.0), at("b", 1.0)], ids, None, PARAMETERS)
    assert told[1] > plain[1]


def test_runs_that_have_no_candidates_are_left_out() -> None:
    posteriors = [at("a", 0.0), NOTHING, at("c", 2.0)]
    found = staleness(posteriors, [WrittenId("a")] * 3, None, PARAMETERS).tolist()
    assert [place for place, doubt in enumerate(found) if doubt] == [2]
    assert staleness([], [], None, PARAMETERS).tolist() == []


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


def test_ids_of_a_clone_that_is_updated_now_and_then_are_believed_rather_than_the_reflog_here(
    tmp_path: Path,
) -> None:
    repo = GitRunner(tmp_path)
    made_at: list[str] = []
    written: list[str] = []
    clone = ""
    for number in range(12):
        start = EPOCH + number * HOUR
        made_at.append(repo.commit({"a.py": f"A = {number}\n"}, "code", when=start))
        if number % 3 == 0:  # the other clone has what was pushed a while ago, but for once
            clone = made_at[0] if number == 0 else made_at[number - 2]
        written.append(clone)
        stamp = datetime.fromtimestamp(start + 1200, UTC).strftime("%Y%m%dT%H%M%SZ")
        recorded = {"git_sha": clone, "rmse": number / 10}
        repo.commit({f"reports/{stamp}/env.json": json.dumps(recorded)}, "results", when=start + 1500)
    found = list(resolutions(tmp_path).values())
    assert [item.commit for item in found] == written
