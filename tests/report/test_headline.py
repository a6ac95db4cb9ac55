"""The verdict in one sentence is the strongest answer that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from bisect_parity.bisection.model import Outcome
from bisect_parity.report.audit_documents import Diagnosis, Matrix
from bisect_parity.report.documents import read_as
from bisect_parity.report.headline import Headline, headline
from bisect_parity.report.output import EvidenceOutput
from bisect_parity.report.search_documents import Bisection, CheckedCommit, Odds, Sweep
from bisect_parity.report.trial_documents import Comparison
from tests.report.output_folder import account, bisection, write_sweep


def searched(outcome: Outcome) -> Bisection:
    return read_as(Bisection, bisection(outcome).to_json())


def told(*documents: object) -> Headline:
    named = {f"{number}.json": document for number, document in enumerate(documents)}
    return headline(EvidenceOutput(Path(), named))


MATRIX = Matrix(runs={"all": 3, "good": 1, "bad": 2, "unknown": 0})
DIAGNOSIS = Diagnosis("environment", ("Why.",))


def test_a_commit_that_was_found_comes_before_everything_else() -> None:
    said = told(MATRIX, searched(Outcome.NOTHING_TO_BISECT), searched(Outcome.CONFIRMED), DIAGNOSIS)
    assert said.sentence == 'Commit dddddddddddd, "A change", broke the parity.'
    assert (said.tone, said.because) == ("bad", ("It was checked again.",))


def test_commits_of_other_searches_are_told_once_beside_that_of_the_latest() -> None:
    first = searched(Outcome.CONFIRMED)
    latest = evolve(first, first_bad="e" * 40)
    said = told(first, first, latest)
    assert said.sentence.startswith("Commit eeeeeeeeeeee, ")
    assert said.because[0] == 'Other searches found dddddddddddd, "A change".'


def test_a_commit_that_broke_the_parity_comes_before_one_that_fixed_it() -> None:
    broken = searched(Outcome.CONFIRMED)
    fixed = evolve(broken, find="fix", first_bad=None, first_good="e" * 40)
    said = told(broken, fixed)
    assert said.sentence == 'Commit dddddddddddd, "A change", broke the parity.'
    assert said.because[0].startswith("Other searches found eeeeeeeeeeee")


def test_of_a_flaky_check_the_rate_was_changed() -> None:
    said = told(evolve(searched(Outcome.CONFIRMED), flaky=Odds(0.97)))
    assert said.sentence == 'Commit dddddddddddd, "A change", changed how often the parity fails.'


def test_that_no_commit_is_to_blame_comes_before_the_diagnosis() -> None:
    said = told(MATRIX, searched(Outcome.NOTHING_TO_BISECT), DIAGNOSIS)
    assert (said.tone, said.sentence) == ("good", "No commit is to blame.")


@pytest.mark.parametrize(
    ("outcome", "diagnosed", "disagrees"),
    [
        (Outcome.CONFIRMED, "code", False),
        (Outcome.CONFIRMED, "unknown", False),
        (Outcome.CONFIRMED, "not-code", True),
        (Outcome.NOTHING_TO_BISECT, "untracked", False),
        (Outcome.NOTHING_TO_BISECT, "code", True),
        (Outcome.INCONCLUSIVE, "environment", False),  # the diagnosis is the headline itself
    ],
)
def test_a_diagnosis_that_says_otherwise_is_told(outcome: Outcome, diagnosed: str, disagrees: bool) -> None:
    said = told(searched(outcome), Diagnosis(diagnosed))
    assert (f"says otherwise ({diagnosed})" in said.disagrees) == disagrees


def test_a_search_without_an_answer_does_not_hide_the_diagnosis() -> None:
    said = told(MATRIX, searched(Outcome.INCONCLUSIVE), DIAGNOSIS)
    assert said.sentence == "The runs point at their environment, not at a commit."


def test_a_search_without_an_answer_is_told_as_such() -> None:
    assert told(MATRIX, searched(Outcome.REFUTED)).sentence.endswith("is refuted.")


def test_the_commits_that_a_search_leaves_are_named() -> None:
    few = evolve(searched(Outcome.INCONCLUSIVE), candidates=("a" * 40, "b" * 40))
    sentence = told(MATRIX, few).sentence
    assert sentence == f"The search for the commit is inconclusive: it is one of 2, {'a' * 12}, {'b' * 12}."
    many = evolve(few, candidates=tuple(letter * 40 for letter in "abcdef"))
    assert told(MATRIX, many).sentence.endswith(f"one of 6, from {'a' * 12} to {'f' * 12}.")


def test_two_bad_ends_do_not_acquit_the_commits_before_them() -> None:
    ends = tuple(CheckedCommit(role, "a" * 40, role=role, verdict="bad") for role in ("old end", "new end"))
    said = told(evolve(searched(Outcome.NOTHING_TO_BISECT), tested=ends))
    assert (said.tone, said.sentence) == (
        "open",
        "Both ends are bad: what broke it lies before them, or is no commit.",
    )
    good = tuple(evolve(end, verdict="good") for end in ends)
    said = told(evolve(searched(Outcome.NOTHING_TO_BISECT), tested=good))
    assert (said.tone, said.sentence) == ("good", "No commit is to blame.")


def test_figures_alone_are_counted() -> None:
    assert told(MATRIX).sentence == "Of 3 runs, 1 is good and 2 are bad."
    assert told().sentence == "Nothing has been judged yet."


def test_a_check_alone_is_told_with_its_reason() -> None:
    check = Comparison("bad", "correlation 0.1 is below 0.999", "a" * 40)
    said = told(check)
    assert (said.sentence, said.because) == ("Commit aaaaaaaaaaaa is bad.", (check.reason,))
    skipped = told(evolve(check, verdict="skip"), check, check)
    assert skipped.because[1] == "The last of 3 checks in this folder."
    alone = told(Comparison("skip"))
    assert alone.sentence == "The comparison could not be judged."


def test_a_sweep_tells_how_often_the_verdict_changes_and_where(tmp_path: Path) -> None:
    write_sweep(tmp_path)
    said = account(tmp_path).headline
    assert said.sentence == "The verdict changes 2 times along the sweep."
    assert said.because == (
        f"good to bad at {'b' * 12} A change, after {'a' * 12}.",
        f"bad to good at {'d' * 12} A change, after {'c' * 12}.",
    )
    swept = read_as(Sweep, {"tested": [{"name": "0001-a", "commit": "a" * 40, "verdict": "good"}]})
    assert told(DIAGNOSIS, swept).sentence == "The verdict never changes along the sweep."
    skipped = CheckedCommit("0001-b", "b" * 40, verdict="skip", reason="no compiler")
    untested = evolve(swept, tested=(skipped, skipped))
    assert told(swept, untested).sentence.startswith("The verdict never changes")
    said = told(untested)
    assert (said.sentence, said.because) == ("No commit of the sweep could be tested.", ("no compiler",))
    assert told(DIAGNOSIS, Sweep()).label == "diagnosis: environment"
