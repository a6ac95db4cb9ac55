from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from bisect_parity.bisection.model import Outcome, Role
from bisect_parity.files import cache_directory
from bisect_parity.history.commit_summary import StandingLine

if TYPE_CHECKING:
    from bisect_parity.bisection.answer import Bisection
    from tests.bisection.conftest import Lab


def proof_checks(result: Bisection) -> list[str | None]:
    return [check.known_from for check in result.checks if check.role is Role.PROOF]


def test_a_repeated_session_shows_the_recorded_proof_with_its_date_and_runs_nothing(lab: Lab) -> None:
    commits = lab.history(["good kept", "good kept b", "bad kept", "bad kept b"])
    first = lab.bisect(commits[0], commits[-1])
    assert (first.outcome, first.first) == (Outcome.CONFIRMED, commits[2])
    assert first.proof is not None
    assert not first.proof.is_recorded
    lab.is_cache_warm = True
    again = lab.bisect(commits[0], commits[-1])
    assert (again.outcome, again.first, again.checks_run) == (Outcome.CONFIRMED, commits[2], 0)
    assert again.proof is not None
    assert (again.proof.is_recorded, again.proof.date) == (True, first.proof.date)
    assert f"This proof was made at {first.proof.date}" in " ".join(again.says)
    assert proof_checks(again) == [f"proof of {first.proof.date}"] * 2


def test_a_recorded_proof_brings_its_pictures_along(lab: Lab) -> None:
    commits = lab.history(["good kept pictured", "bad kept pictured"])
    lab.bisect(commits[0], commits[-1])
    lab.is_cache_warm = True
    again = lab.bisect(commits[0], commits[-1])
    assert again.proof is not None
    assert again.proof.is_recorded
    pictures = [Path(again.session) / "checks" / check.name / "preview.npz" for check in again.proof.checks]
    assert [picture.read_text() for picture in pictures] == ["bad kept pictured\n", "good kept pictured\n"]


def test_a_new_proof_replaces_the_pictures_of_the_recorded_one_and_writes_into_none(lab: Lab) -> None:
    commits = lab.history(["good kept pictured", "bad kept pictured"])
    lab.bisect(commits[0], commits[-1])
    before = {path: path.stat().st_ino for path in (cache_directory() / "proofs").rglob("preview.npz")}
    readers = [path.open() for path in before]  # of other sessions; they also keep the inodes in use
    lab.session(commits[0], commits[-1], is_reproof=True).run()
    assert len(before) == 2
    assert all(path.stat().st_ino != inode for path, inode in before.items())
    for reader in readers:
        reader.close()


def test_a_new_proof_is_made_where_it_is_asked_for(lab: Lab) -> None:
    commits = lab.history(["good kept", "bad kept"])
    lab.bisect(commits[0], commits[-1])
    result = lab.session(commits[0], commits[-1], is_reproof=True).run()
    assert result.proof is not None
    assert not result.proof.is_recorded
    assert proof_checks(result) == [None, None]


def test_a_proof_of_what_no_cache_keeps_is_made_anew(lab: Lab) -> None:
    commits = lab.history(["good", "bad"])
    for _ in range(2):
        assert proof_checks(lab.bisect(commits[0], commits[-1])) == [None, None]


def test_a_recorded_proof_holds_after_a_rebase(lab: Lab) -> None:
    commits = lab.history(["good kept", "bad kept"])
    before = lab.bisect(commits[0], commits[-1])
    lab.sandbox.git("checkout", "-q", "--orphan", "rewritten")
    lab.sandbox.commit({"verdict": None, "notes.md": "1"})
    rewritten = lab.history(["good kept", "bad kept"])
    assert rewritten != commits
    lab.is_cache_warm = True
    result = lab.bisect(rewritten[0], rewritten[1])
    assert (result.first, result.checks_run) == (rewritten[1], 0)
    assert result.proof is not None
    assert before.proof is not None
    assert result.proof.date == before.proof.date


@pytest.fixture
def mended(lab: Lab) -> tuple[Lab, list[str]]:
    """A culprit in one file, and later changes in another."""
    lab.paths = ("verdict", "other")
    commits = lab.history(["good 1", "good 2", "bad 1"])
    commits += [lab.sandbox.commit({"other": f"{number}\n"}) for number in range(3)]
    return lab, commits


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_end_is_tested_without_the_culprit_at_the_time_of_the_proof_where_there_is_room(
    mended: tuple[Lab, list[str]], jobs: int
) -> None:
    lab, commits = mended
    objects = set(lab.sandbox.git("rev-list", "--all").split())
    result = lab.bisect(commits[0], commits[-1], jobs=jobs)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[2])
    assert result.revert is not None
    assert (result.revert.verdict, result.revert.says) == (
        "good",
        f"Without it, {commits[-1][:12]} is good.",
    )
    assert set(lab.sandbox.git("rev-list", "--all").split()) == objects
    *_, proof, _, revert = (check for check in result.checks if check.role is not Role.AHEAD)
    assert (proof.role, revert.role) == (Role.PROOF, Role.REVERT)
    assert (revert.name < proof.name) == (jobs == 3)  # names have the order in which checks began


def test_the_end_is_not_tested_without_the_culprit_where_that_is_not_wanted(
    mended: tuple[Lab, list[str]],
) -> None:
    lab, commits = mended
    result = lab.session(commits[0], commits[-1], is_revert_asked=False).run()
    assert result.revert is not None
    assert result.revert.verdict is None
    assert "not tested (--revert)" in result.revert.says
    assert not [check for check in result.checks if check.role is Role.REVERT]


def test_a_repeated_session_does_not_test_the_end_without_the_culprit_where_the_first_did_not(
    mended: tuple[Lab, list[str]],
) -> None:
    lab, _ = mended
    commits = lab.history(["good kept", "good kept 2", "bad kept"])
    commits.append(lab.sandbox.commit({"other": "4\n"}))
    lab.session(commits[0], commits[-1], is_revert_asked=False).run()
    lab.is_cache_warm = True
    again = lab.bisect(commits[0], commits[-1])
    assert again.proof is not None
    assert again.proof.is_recorded
    assert again.revert is not None
    assert "not tested (--revert)" in again.revert.says


def test_a_culprit_that_cannot_be_taken_back_is_told_with_the_files_in_conflict(lab: Lab) -> None:
    commits = lab.history(["good 1", "bad 1", "bad 2"])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.CONFIRMED
    assert result.revert is not None
    assert result.revert.verdict is None
    assert "without conflicts: verdict" in result.revert.says


def test_a_culprit_at_the_end_of_the_range_needs_no_taking_back(lab: Lab) -> None:
    commits = lab.history(["good 1", "bad 1"])
    assert lab.bisect(commits[0], commits[-1]).revert is None


def test_what_the_culprit_changes_and_what_is_left_of_it_is_told(lab: Lab) -> None:
    lab.paths = ("verdict", "code.py")
    first = lab.sandbox.commit({"verdict": "good\n", "code.py": "GAIN = 1.0\nSIZE = 5\n"})
    culprit = lab.sandbox.commit({"verdict": "bad\n", "code.py": "GAIN = 2.5\nSIZE = 5\nNEW = 1\n"})
    last = lab.sandbox.commit({"code.py": "GAIN = 2.5\nSIZE = 6\n"})
    result = lab.bisect(first, last)
    assert (result.first, result.change is not None) == (culprit, True)
    assert result.change is not None
    parameters = {
        one.name.rpartition("GAIN")[1] or one.name.rpartition("NEW")[1]: [one.parent, one.commit]
        for one in result.change.parameters
    }
    assert parameters == {"GAIN": ["1.0", "2.5"], "NEW": [None, "1"]}
    assert StandingLine("code.py", 1, "GAIN = 2.5") in result.change.lines
    assert StandingLine("verdict", 1, "bad") in result.change.lines
    assert not any("SIZE" in one.text for one in result.change.lines)


def test_ends_that_differ_by_other_than_code_do_not_repeat(lab: Lab) -> None:
    commits = lab.history(["good", "flaky"])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.REFUTED
    assert (result.revert, result.change) == (None, None)
    assert evolve(result).to_json()["proof"]["recorded"] is False
