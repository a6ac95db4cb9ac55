from __future__ import annotations

from bisect_parity.bisection.descent import Descent, descent_of
from bisect_parity.bisection.graph import RangeGraph
from bisect_parity.bisection.model import Find
from bisect_parity.bisection.odds import FlakyTerms
from bisect_parity.bisection.suspicion import Strange, Suspicion
from bisect_parity.bisection.tallies import Tally
from tests.bisection.test_graph import chain

TERMS = FlakyTerms(0.95, 100, 0.05)
ROW: Descent = descent_of(chain(8), "old", "c7")


def suspicion(**told: Tally) -> Suspicion:
    return Suspicion(ROW, Find.REGRESSION, TERMS, told)


def test_nothing_is_asked_that_could_not_be_tested_twice() -> None:
    found = suspicion(old=Tally(good=9), c3=Tally(skip=2), c2=Tally(good=9), c4=Tally(bad=9), c7=Tally(bad=9))
    assert found.held() == ["c3", "c4"]
    assert found.question() is None


def test_candidates_that_no_testable_commit_separates_are_known_before_they_are_sure() -> None:
    told = {"old": Tally(good=9), "c1": Tally(good=12), "c2": Tally(good=12), "c7": Tally(bad=4)}
    hidden = suspicion(**told, c3=Tally(skip=2), c4=Tally(bad=5, good=5))
    assert set(hidden.held()) == {"c3", "c4"}
    assert hidden.is_hidden()
    assert hidden.question() is not None  # it could be made surer, at a price
    once = suspicion(**told, c3=Tally(skip=1), c4=Tally(bad=5, good=5))
    between = suspicion(**told, c3=Tally(skip=2), c4=Tally(good=2), c5=Tally(bad=5, good=5))
    for other in (once, between, suspicion(**told)):
        assert not other.is_hidden()


def test_near_what_could_not_be_tested_others_are_asked_less_eagerly() -> None:
    before = suspicion(old=Tally(good=9), c7=Tally(bad=9))
    first = before.question()
    assert first in ("c3", "c4")
    told = {"old": Tally(good=9), "c7": Tally(bad=9), first: Tally(skip=1)}
    after = suspicion(**told)
    second = after.question()
    assert second is not None
    assert abs(int(second[1:]) - int(first[1:])) > 1


def test_checks_at_once_look_in_several_places() -> None:
    seen = suspicion(old=Tally(good=9), c7=Tally(bad=9))
    running: list[str] = []
    for _ in range(4):
        commit = seen.question(running)
        assert commit is not None
        running.append(commit)
    assert len(set(running)) > 1
    named = suspicion(old=Tally(good=9), c3=Tally(skip=2), c2=Tally(good=9), c4=Tally(bad=9), c7=Tally(bad=9))
    assert named.question() is None


def test_a_check_that_gave_a_verdict_may_fail_now_and_then() -> None:
    told = {"old": Tally(good=9), "c2": Tally(good=9), "c4": Tally(bad=9), "c7": Tally(bad=9)}
    assert suspicion(**told, c3=Tally(good=1, skip=2)).question() == "c3"
    assert suspicion(**told, c3=Tally(skip=2)).question() is None


def test_commits_of_one_code_are_counted_together() -> None:
    graph = RangeGraph({"c1": ("old",), "c2": ("c1",)}, {"old": "0", "c1": "1", "c2": "1"})
    told = {"old": Tally(good=3), "c1": Tally(bad=2, skip=1), "c2": Tally(bad=1), "elsewhere": Tally(good=1)}
    found = Suspicion(descent_of(graph, "old", "c2"), Find.REGRESSION, TERMS, told)
    assert found.of_code("c2") == found.of_code("c1") == Tally(bad=3, skip=1)
    assert found.of_code("elsewhere") == Tally(good=1)


def test_a_commit_and_its_parents_differ_by_their_own_checks() -> None:
    told = suspicion(old=Tally(good=9), c3=Tally(good=30), c4=Tally(bad=9, good=9), c7=Tally(bad=9))
    apart = told.apart("c4", ["c3"])
    assert apart is not None
    assert apart > 0.99
    assert told.apart("c4", ["elsewhere"]) is None
    alike = suspicion(c3=Tally(good=30, bad=30), c4=Tally(bad=30, good=30)).apart("c4", ["c3"])
    assert alike is not None
    assert alike < 0.1


def test_counts_that_fit_no_two_rates_lead_to_the_search_for_the_other_change() -> None:
    told = {"old": Tally(good=20), "c1": Tally(bad=20), "c2": Tally(good=30), "c4": Tally(bad=30)}
    more = {"c6": Tally(good=20), "c7": Tally(bad=20)}
    found = suspicion(**told, **more).strange("c3")
    assert Strange("c1", "old", Find.REGRESSION) in found
    assert Strange("c6", "c3", Find.FIX) in found
    turned = {name: Tally(tally.bad, tally.good) for name, tally in (told | more).items()}
    mended = Suspicion(ROW, Find.FIX, TERMS, turned)
    assert Strange("c1", "old", Find.FIX) in mended.strange("c3")
    assert suspicion(old=Tally(good=20), c3=Tally(bad=3), c7=Tally(bad=2, good=1)).strange("c3") == []
