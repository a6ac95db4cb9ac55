"""Two attributes that separate only together, and how what separates is told."""

from __future__ import annotations

import itertools
import math

import pytest

from bisect_parity.diagnosis.exact import category_p, pure_categories, pure_thresholds, threshold_p
from bisect_parity.diagnosis.next_step import next_steps
from bisect_parity.report.diagnosis_document import diagnosis_document
from tests.diagnosis.runs import BAD, GOOD, diagnosed, evidence, weight

PLANS = list(itertools.product(("ilu", "jacobi"), ("gs", "jac")))


def test_what_separates_only_together_is_a_hypothesis_of_its_own() -> None:
    plans = PLANS * 4
    verdicts = [BAD if plan == ("ilu", "jac") else GOOD for plan in plans]
    options = [f"--precond {one} --smoother {other}" for one, other in plans]
    found = diagnosed(*verdicts, options=options, python=["3.11"] * 16)
    assert found.verdict == "parameters"
    (pair,) = found.contrast.pairs
    assert [item.name for item in pair.attributes] == ["bench.py --precond", "bench.py --smoother"]
    # with four runs of each plan, one plan or three of the others would be as good a choice of four
    assert pair.p == pytest.approx(4 / math.comb(16, 4))
    assert pair.p_family == pytest.approx(pair.p * (pair.tried + 2))
    told = evidence(found, "parameters")
    assert "where bench.py --precond is ilu: bench.py --smoother good gs, bad jac" in told
    assert "where it is jacobi: good in 8 runs" in told
    document = diagnosis_document(found, next_steps(found, ["parity"]))
    assert document["contrast"]["pairs"][0]["says"] in told
    assert any("only together" in sentence for sentence in document["says"])
    assert any("isolate --over params" in step["command"] for step in document["next"])


def test_a_threshold_that_holds_for_one_choice_alone_is_found() -> None:
    steps = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6]
    plans = [(scheme, step) for scheme in ("euler", "rk4") for step in steps]
    verdicts = [BAD if scheme == "euler" and step > 0.5 else GOOD for scheme, step in plans]
    found = diagnosed(*verdicts, options=[f"--scheme {scheme} --dt {step}" for scheme, step in plans])
    assert found.verdict == "parameters"
    assert "where bench.py --scheme is euler: bench.py --dt good at most 0.4, bad at least 0.6" in evidence(
        found, "parameters"
    )


def test_a_few_runs_that_many_pairs_would_separate_show_no_pair() -> None:
    found = diagnosed(
        GOOD, GOOD, BAD, GOOD, options=[f"--a {a} --b {b}" for a, b in ("12", "21", "22", "11")]
    )
    assert not found.contrast.pairs
    assert "together" not in evidence(found, "parameters")


def test_no_pair_is_sought_where_one_attribute_separates() -> None:
    plans = PLANS * 3
    options = [f"--precond {one} --smoother {other}" for one, other in plans]
    found = diagnosed(*[BAD if plan[0] == "ilu" else GOOD for plan in plans], options=options)
    assert not found.contrast.pairs


def test_bad_runs_that_one_attribute_separates_need_no_further_cause() -> None:
    figures = [GOOD] * 8 + [0.5, 0.5, 0.8, 0.8]  # of two kinds
    found = diagnosed(*figures, options=["--n 5"] * 12, numpy=["1.26.4"] * 8 + ["2.0.1"] * 4)
    assert found.kinds == ()
    assert weight(found, "environment") > 0.9
    apart = diagnosed(*figures, options=["--n 5"] * 12, blas=["a"] * 8 + ["b"] * 2 + ["a"] * 2)
    assert [kind.contrast.bad for kind in apart.kinds] == [(8, 9), (10, 11)]
    assert "of R9, R10: blas: good a, bad b" in evidence(apart, "environment")


def test_many_numbers_are_told_by_those_nearest_to_the_other_side() -> None:
    rates = [0.1, 0.12, 0.15, 0.11, 0.14, 0.5, 0.7, 0.9, 0.6, 0.8]
    up = diagnosed(*[GOOD] * 5, *[BAD] * 5, options=[f"--rate {rate}" for rate in rates])
    assert "bench.py --rate: good at most 0.15, bad at least 0.5 (" in evidence(up, "parameters")
    down = diagnosed(*[BAD] * 5, *[GOOD] * 5, options=[f"--rate {rate}" for rate in rates])
    assert "bench.py --rate: good at least 0.5, bad at most 0.15 (" in evidence(down, "parameters")


@pytest.mark.parametrize("sizes", [(3, 2, 2), (1, 1, 1, 4), (5, 5)])
def test_what_is_pure_is_counted_as_the_exact_tests_count_it(sizes: tuple[int, ...]) -> None:
    first = sizes[0]
    good = [first, *[0] * (len(sizes) - 1)]
    ways = math.comb(sum(sizes), first)
    assert pure_categories(sizes)[first] == category_p(good, sizes) * ways
    assert pure_thresholds(sizes)[first] == pytest.approx(threshold_p(good, sizes) * ways)


def test_a_clean_split_of_many_runs_has_an_exact_p() -> None:
    options = [f"--rate {at / 100} --word {'ab'[at % 2]}" for at in range(120)]
    found = diagnosed(*[GOOD] * 80, *[BAD] * 40, options=options)
    first = found.contrast.hypotheses[0]
    assert first.is_counted
    assert first.p == pytest.approx(2 / math.comb(120, 40))
    assert first.p_family == pytest.approx(2 * first.p)


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("--host h{}", "chance would separate them as well"),
        ("--n {}", "no threshold separates good from bad"),
    ],
)
def test_values_that_hardly_two_runs_share_separate_nothing(option: str, why: str) -> None:
    numbers = [11, 31, 11, 13, 14, 15, 16, 12, 18, 19, 20, 21]  # two good runs share one
    options = [f"{option.format(number)} --m 1" for number in numbers]
    found = diagnosed(*[GOOD, BAD] * 6, options=options, python=["3.11"] * 12)
    (hypothesis,) = found.contrast.hypotheses
    assert not hypothesis.separates
    assert hypothesis.why == why


def test_figures_that_lie_about_the_threshold_without_a_gap_speak_for_noise() -> None:
    figures = [0.99905, 0.99893, 0.99911, 0.99887, 0.99902, 0.99896, 0.99908, 0.99899, 0.9990, 0.9991]
    options = [f"--name x{at}" for at in range(10)]
    found = diagnosed(*figures, options=options, host=[f"n{at % 3}{at}" for at in range(10)])
    assert found.verdict == "noise"
    assert any("without a gap" in told for told in diagnosis_document(found, [])["says"])
    apart = diagnosed(*[0.9999 if f >= 0.999 else f - 0.2 for f in figures], options=options)
    assert apart.verdict != "noise"


def test_what_changed_together_with_the_code_is_told() -> None:
    found = diagnosed(
        *[GOOD] * 6, *[BAD] * 6, code=list("aaabbbccdddd"), options=["--n 1"] * 6 + ["--n 2"] * 6
    )
    (told,) = (text for text in diagnosis_document(found, [])["says"] if "changed together" in text)
    assert told.startswith("The code changed together with bench.py --n: these runs cannot tell which")
    alone = diagnosed(*[GOOD] * 6, *[BAD] * 6, code=list("aaabbbccdddd"), options=["--n 1"] * 12)
    assert not any("together" in text for text in diagnosis_document(alone, [])["says"])


def test_what_no_record_speaks_for_is_no_verdict_if_it_is_not_the_likelier_half() -> None:
    verdicts = [GOOD + at * 1e-9 if at % 3 else BAD - at * 1e-3 for at in range(12)]
    options = [f"--n {at % 2} --m {at % 5}" for at in range(12)]
    found = diagnosed(*verdicts, options=options, python=["3.11"] * 12)
    assert found.causes[0].kind == "untracked"
    assert found.verdict == "not-code"
