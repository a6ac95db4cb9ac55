from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from attrs import evolve

from bisect_parity.bisection.account import moved_histories, reasons_text, since_then
from bisect_parity.bisection.ends_account import failed_alike
from bisect_parity.bisection.model import Check, Role
from bisect_parity.parity.case import case_of_table

ANSWER, END, REVERT = "a" * 40, "e" * 40, "f" * 40
OPTIONS = "--case parity"


def check(commit: str, correlation: float, ratio: float = 1.0, verdict: str = "bad") -> Check:
    figures = {"correlation": correlation, "sum_ratio": ratio}
    return Check("0001", commit, commit, Role.PROOF, 64, verdict, document={"comparison": figures})


def test_an_end_that_is_as_the_answer_is_needs_no_word() -> None:
    assert since_then(check(ANSWER, 0.72), check(END, 0.7201), (), OPTIONS) == ()
    assert since_then(check(ANSWER, 0.72), check(ANSWER, 0.5), (), OPTIONS) == ()


def test_figures_that_moved_again_are_told_with_the_sweep_to_run() -> None:
    (said,) = since_then(check(ANSWER, 0.997, 1.0), check(END, 0.993, 0.96), (), OPTIONS)
    assert "(correlation 0.993, here 0.997, sum_ratio 0.96, here 1.0)" in said
    assert said.endswith(f"bisect-parity sweep {ANSWER[:12]}..{END[:12]} {OPTIONS}")


def test_noise_near_parity_is_no_move() -> None:
    assert since_then(check(ANSWER, 0.72, 1 + 1e-9), check(END, 0.72, 1 + 3e-9), (), OPTIONS) == ()


def test_a_test_that_fails_with_another_number_at_the_end_is_told_where_its_numbers_repeat() -> None:
    answer = Check("1", ANSWER, "s", Role.PROOF, 64, "bad", "the test failed: AssertionError: 3.7", "test")
    end = evolve(answer, commit=END, reason="the test failed: AssertionError: 3.8")
    told: dict[str, Any] = {"call_options": " --repo R", "is_repeatable": True}
    (said,) = since_then(answer, end, (), "--test T --repo R", **told)
    assert said.startswith(f"At {END[:12]} the figures are different (the test failed: AssertionError: 3.8)")
    assert f"bisect-parity sweep {ANSWER[:12]}..{END[:12]} --test COMMAND --figure NAME --repo R " in said
    assert since_then(answer, end, (), "--test T") == ()
    for reason in (answer.reason, answer.reason.replace("3.7", "no 3.8")):
        assert since_then(answer, evolve(end, reason=reason), (), "--test T", is_repeatable=True) == ()
    for line in ("t.c:{}: main: Assertion `x' failed", "t.cpp({}): error", 'File "t.py", line {}, x'):
        here, there = (f"the test failed: {line.format(number)}" for number in (7, 9))
        at, last = evolve(answer, reason=here), evolve(end, reason=there)
        assert since_then(at, last, (), "--test T", is_repeatable=True) == ()


def test_ends_whose_images_cannot_be_compared_for_one_reason_lead_to_the_case() -> None:
    bad = Check("1", ANSWER, "s", Role.OLD_END, 64, "bad", "it holds float32 pixels, not float64", "compare")
    case = case_of_table("parity", {"test": ["sh", "t.sh"]}, "file")
    (said,) = failed_alike(bad, evolve(bad, commit=END), case)
    assert said.startswith("Nothing was compared: it holds float32 pixels, not float64.")
    assert "correct the case: dtype" in said
    assert failed_alike(bad, evolve(bad, reason="another"), case) == ()
    assert failed_alike(evolve(bad, document={"comparison": {"non_finite": 1}}), bad, case) == ()


def test_ends_whose_test_fails_for_one_reason_lead_to_the_test() -> None:
    bad = Check("1", ANSWER, "s", Role.OLD_END, 64, "bad", "the test failed: no such toolchain", "test")
    case = case_of_table("parity", {"test": ["sh", "t.sh"]}, "file")
    (said,) = failed_alike(bad, evolve(bad, commit=END), case)
    assert said.startswith("Both say: the test failed: no such toolchain. If that is another failure")
    assert said.endswith("name yours as `failure` in [case.parity].")
    (said,) = failed_alike(bad, evolve(bad, commit=END), evolve(case, name="--test 'sh t.sh'"))
    assert said.endswith("name yours with --failure REGEX.")
    assert failed_alike(bad, evolve(bad, commit=END), evolve(case, failure="no such")) == ()
    assert failed_alike(bad, evolve(bad, reason="the test failed: 3 != 4"), case) == ()


def test_of_many_reasons_the_most_frequent_are_told() -> None:
    told = reasons_text(Counter({f"object {number} is missing": 9 - number for number in range(8)}))
    assert told.startswith("object 0 is missing (9); object 1 is missing (8); ")
    assert told.endswith("object 4 is missing (5); and 3 other reasons")


def test_a_commit_whose_image_is_bad_for_another_reason_than_that_of_the_end_leads_to_a_sweep() -> None:
    damaged = evolve(check(ANSWER, 0.5), reason="it is truncated", step="compare", document={})
    nan = "the candidate has 1 pixel that is NaN or infinite, the first at [3, 3]"
    end = evolve(damaged, commit=END, reason=nan)
    (said,) = since_then(damaged, end, (), OPTIONS)
    assert said.startswith(f"{END[:12]} is bad for another reason ({nan}): another commit is to blame")
    assert said.endswith(f"To see which: bisect-parity sweep {ANSWER[:12]}..{END[:12]} {OPTIONS}")
    more = "the candidate has 9 pixels that are NaN or infinite, the first at [0, 3]"
    assert since_then(evolve(damaged, reason=more), end, (), OPTIONS) == ()
    assert since_then(damaged, evolve(end, reason=damaged.reason), (), OPTIONS) == ()


@pytest.mark.parametrize("comparison", [None, {"correlation": None, "non_finite": 32}])
def test_an_end_that_is_bad_for_another_reason_is_told_with_the_search_for_it(
    comparison: dict[str, Any] | None,
) -> None:
    end = evolve(check(END, 0.5), reason="it holds NaN", document={"comparison": comparison})
    (said,) = since_then(check(ANSWER, 0.72), end, (), OPTIONS)
    assert said.startswith(f"{END[:12]} is bad for another reason (it holds NaN): another commit")
    way = f"bisect-parity bisect --good {ANSWER[:12]} --bad {END[:12]} {OPTIONS} --correlation-min -1.0"
    assert said.endswith(f"{way} --sum-ratio-tolerance 1000000000.0")
    assert since_then(end, check(END, 0.72), (), OPTIONS) == ()


def test_an_answer_that_was_reverted_leaves_another_to_be_found() -> None:
    (said,) = since_then(check(ANSWER, 0.72), check(END, 0.72), (REVERT,), OPTIONS)
    assert said.startswith(f"{REVERT[:12]} says that it reverts it")
    assert said.endswith(f"bisect-parity bisect --good {REVERT[:12]} --bad {END[:12]} {OPTIONS}")


def test_the_commits_of_a_submodule_that_moves_are_told_with_the_command_that_lists_them() -> None:
    says, more = moved_histories([("my lib", "a" * 12, "b" * 12, 3)], (), "To search them: S")
    assert more == "To search them: S"
    assert says.startswith("It moves the submodule my lib by 3 commits, which may be to blame: ")
    assert says.endswith(f"git -C 'my lib' log --oneline {'a' * 12}..{'b' * 12}")
