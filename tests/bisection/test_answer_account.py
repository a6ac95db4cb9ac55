from __future__ import annotations

from attrs import evolve

from bisect_parity.bisection.answer_account import drifted, related, varied
from bisect_parity.bisection.answer_parts import Proof
from bisect_parity.bisection.model import Check, Find, Role

OLD, PARENT, ANSWER = "0" * 40, "a" * 40, "b" * 40
OPTIONS = "--case parity"


def check(commit: str, ratio: float | None, correlation: float = 1.0) -> Check:
    comparison = None
    if ratio is not None:
        margins = {"sum_ratio": 0.005 - abs(1 - ratio), "correlation": correlation - 0.999}
        comparison = {"sum_ratio": ratio, "correlation": correlation, "margins": margins}
    return Check("1", commit, commit, Role.PROOF, 64, "good", document={"comparison": comparison})


def told(old: float | None, parent: float | None, answer: float | None, find: Find = Find.REGRESSION) -> str:
    checks = [check(name, ratio) for name, ratio in ((OLD, old), (PARENT, parent), (ANSWER, answer))]
    return " ".join(drifted(find, checks[0], checks[1], checks[2], OPTIONS))


def test_a_step_of_a_long_drift_is_told_with_its_part_and_the_sweep() -> None:
    said = told(1.0, 1.0049, 1.0051)
    assert said.startswith(f"It made only 4% of the way: sum_ratio was 1.0 at {OLD[:12]}, 1.0049 before it,")
    assert said.endswith(f"bisect-parity sweep {OLD[:12]}..{ANSWER[:12]} {OPTIONS}")


def test_a_commit_that_made_most_of_the_way_needs_no_word() -> None:
    assert told(1.0, 1.001, 1.006) == ""
    assert told(1.004, 1.0, 1.2) == ""


def test_a_fix_that_drifted_is_told_too() -> None:
    assert told(1.02, 1.0051, 1.0049, Find.FIX).startswith("It made only 1% of the way")
    assert told(1.02, 1.02, 1.0, Find.FIX) == ""


def test_without_figures_nothing_is_said() -> None:
    assert told(None, 1.0049, 1.0051) == told(1.0, None, None) == ""


def test_a_figure_that_leapt_over_its_threshold_counts_before_one_that_drifted() -> None:
    old, parent, answer = check(OLD, 1.0), check(PARENT, 1.0049), check(ANSWER, 1.0051, correlation=0.5)
    assert drifted(Find.REGRESSION, old, parent, answer, OPTIONS) == []


def test_the_relation_of_the_bad_image_to_its_reference_is_told_whichever_side_is_bad() -> None:
    says = "The candidate is like the reference transposed: correlation 1."
    bad = evolve(check(ANSWER, 1.0), verdict="bad", document={"relations": [says]})
    good = evolve(check(PARENT, 1.0), document={"relations": []})
    assert related((bad, good)) == related((good, bad)) == [f"At {ANSWER[:12]}: {says}"]
    assert related((check(ANSWER, 1.0), good)) == []


def test_figures_that_differ_from_run_to_run_are_told_and_that_they_did_not_before() -> None:
    answers = [
        evolve(check(ANSWER, ratio), role=role) for ratio, role in ((1.2, Role.SEARCH), (1.4, Role.PROOF))
    ]
    parents = [evolve(check(PARENT, 1.0), role=role) for role in (Role.OLD_END, Role.PROOF)]
    checks = [*answers, *parents]
    (said,) = varied(Proof("", (answers[1], parents[1])), checks)
    assert said.startswith(f"Two checks of {ANSWER[:12]} have different figures: sum_ratio 1.2 and 1.4.")
    assert "since this commit, the result differs from run to run" in said
    (said,) = varied(Proof("", (answers[1],)), answers)
    assert "since this commit" not in said


def test_figures_that_are_the_same_twice_need_no_word() -> None:
    checks = [
        evolve(check(ANSWER, ratio), role=role) for ratio, role in ((1.2, Role.SEARCH), (1.2, Role.PROOF))
    ]
    assert varied(Proof("", (checks[1],)), checks) == []
    assert varied(Proof("", (checks[1],)), checks[1:]) == []
