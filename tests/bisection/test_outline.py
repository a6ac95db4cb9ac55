"""What every search tells of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.bisection.answer_parts import BundleEnd
from bisect_parity.bisection.model import Find
from bisect_parity.bisection.outline import explained
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path


def test_candidates_on_the_same_side_of_the_answer_count_for_how_sure_it_is(tmp_path: Path) -> None:
    made = GitRunner(tmp_path / "r")
    first, second, third, fourth = (made.commit({"a": str(number)}, "Change") for number in range(4))
    repository = Repository.open(made.top, Journal(None, ["test"]))
    good = BundleEnd("good", "g", "inferred", first, 0.9, {fourth: 0.1})
    bad = BundleEnd("bad", "b", "ambiguous", fourth, 0.5, {third: 0.4, first: 0.1})
    says = explained(repository, [good, bad], Find.REGRESSION, third)
    assert says == ("The answer explains these bundles with a probability of 0.81.",)
    assert explained(repository, [good, bad], Find.FIX, second) != says
    sure = BundleEnd("bad", "b", "ambiguous", fourth, 0.5, {third: 0.49})
    assert explained(repository, [sure], Find.REGRESSION, second) == ()
    assert explained(repository, [], Find.REGRESSION, second) == ()
