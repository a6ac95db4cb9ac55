from __future__ import annotations

from bisect_parity.bisection.confirm import classify
from bisect_parity.bisection.model import Check, Find, Outcome, Role

ANSWER, PARENT, OTHER = "a" * 40, "b" * 40, "c" * 40


def check(commit: str, verdict: str, image: str | None = None, state: str | None = None) -> Check:
    document = {"digests": {"candidate_image": image}} if image else {}
    return Check(
        f"0001-{commit[:12]}", commit, state or commit, Role.PROOF, 64, verdict, "why", document=document
    )


def outcome(answer: str, *parents: str, find: Find = Find.REGRESSION) -> Outcome:
    names = (PARENT, OTHER)
    checks = [check(name, verdict) for name, verdict in zip(names, parents, strict=False)]
    return classify(find, check(ANSWER, answer), checks, {})[0]


def test_a_bad_commit_with_good_parents_is_confirmed() -> None:
    assert outcome("bad", "good") is Outcome.CONFIRMED
    assert outcome("bad", "good", "good") is Outcome.CONFIRMED
    assert outcome("good", "bad", find=Find.FIX) is Outcome.CONFIRMED


def test_a_doubtful_second_parent_makes_it_likely() -> None:
    assert outcome("bad", "good", "bad") is Outcome.LIKELY
    assert outcome("bad", "good", "skip") is Outcome.LIKELY


def test_a_commit_without_parents_is_likely() -> None:
    assert outcome("bad") is Outcome.LIKELY


def test_what_cannot_be_tested_again_is_inconclusive() -> None:
    assert outcome("skip", "good") is Outcome.INCONCLUSIVE
    assert outcome("bad", "skip") is Outcome.INCONCLUSIVE
    assert outcome("bad", "abort") is Outcome.INCONCLUSIVE


def test_verdicts_that_are_not_what_the_search_needs_refute_it() -> None:
    assert outcome("good", "good") is Outcome.REFUTED
    assert outcome("bad", "bad") is Outcome.REFUTED
    assert outcome("bad", "good", find=Find.FIX) is Outcome.REFUTED


def test_code_whose_verdict_changed_refutes_it_and_is_named() -> None:
    known = {"state": check(OTHER, "good", state="state")}
    answer = check(ANSWER, "bad", state="state")
    found, says = classify(Find.REGRESSION, answer, [check(PARENT, "good")], known)
    assert found is Outcome.REFUTED
    assert "the check does not repeat, or something outside the code paths decides" in says[0]
    assert ANSWER[:12] in says[0]


def test_a_commit_whose_own_verdict_changed_does_not_repeat() -> None:
    known = {"state": check(ANSWER, "good", state="state")}
    says = classify(Find.REGRESSION, check(ANSWER, "bad", state="state"), [check(PARENT, "good")], known)[1]
    assert "the check does not repeat, so no commit" in says[0]


def test_a_commit_with_the_code_of_its_parent_is_refuted() -> None:
    checks = check(ANSWER, "bad", state="same"), check(PARENT, "good", state="same")
    found, says = classify(Find.REGRESSION, checks[0], [checks[1]], {})
    assert found is Outcome.REFUTED
    assert "no effective change" in says[0]


def test_equal_candidate_images_say_that_the_reference_changed() -> None:
    found, says = classify(Find.REGRESSION, check(ANSWER, "bad", "i"), [check(PARENT, "good", "i")], {})
    assert found is Outcome.CONFIRMED
    assert "the change is on the side of the reference" in says[1]
    _, says = classify(Find.REGRESSION, check(ANSWER, "bad", "i"), [check(PARENT, "good", "k")], {})
    assert len(says) == 1
