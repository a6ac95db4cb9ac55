"""Three attributes that decide the verdict together are told, where no two do, and not by chance."""

from __future__ import annotations

import itertools
import math

import pytest

from bisect_parity.diagnosis.next_step import next_steps
from bisect_parity.diagnosis.triples import Triple
from bisect_parity.report.diagnosis_document import diagnosis_document
from tests.diagnosis.runs import BAD, GOOD, diagnosed, evidence

PLANS = list(itertools.product("ab", "ab", "ab"))


def options(plans: list[tuple[str, str, str]]) -> list[str]:
    return [f"--p {one} --q {two} --s {three}" for one, two, three in plans]


def test_three_that_act_only_together_are_a_hypothesis_of_their_own() -> None:
    plans = PLANS * 4
    found = diagnosed(*[BAD if plan == ("b", "b", "b") else GOOD for plan in plans], options=options(plans))
    assert found.verdict == "parameters"
    (triple,) = found.contrast.pairs
    assert isinstance(triple, Triple)
    assert triple.p == pytest.approx(8 / math.comb(32, 4))  # any of the eight cells of four
    assert triple.p_family == pytest.approx(triple.p * (triple.tried + 3))
    told = evidence(found, "parameters")
    for name in ("--p", "--q", "--s"):
        assert f"bench.py {name} is b" in told
    assert "good elsewhere (recorded for 28 good v. 4 bad" in told
    document = diagnosis_document(found, next_steps(found, ["parity"]))
    (pair,) = document["contrast"]["pairs"]
    assert (len(pair["attributes"]), pair["cells"], pair["weaker"]) == (3, [], None)


def test_a_few_runs_that_many_triples_would_part_show_none() -> None:
    found = diagnosed(*[BAD if plan == ("b", "b", "b") else GOOD for plan in PLANS], options=options(PLANS))
    assert not found.contrast.pairs


def test_no_triple_is_told_where_equal_runs_differ() -> None:
    plans = PLANS * 4
    verdicts = [BAD if plan == ("b", "b", "b") else GOOD for plan in plans]
    verdicts[7] = GOOD
    assert not any(
        isinstance(item, Triple) for item in diagnosed(*verdicts, options=options(plans)).contrast.pairs
    )


def test_no_triple_is_sought_where_a_pair_separates() -> None:
    plans = PLANS * 4
    found = diagnosed(*[BAD if plan[:2] == ("b", "b") else GOOD for plan in plans], options=options(plans))
    assert not any(isinstance(item, Triple) for item in found.contrast.pairs)
    assert found.contrast.pairs
