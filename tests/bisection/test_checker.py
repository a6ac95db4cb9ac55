"""What checks of one session must have in common."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bisect_parity.bisection.checker import Checker
from bisect_parity.bisection.model import Check, Role
from bisect_parity.errors import CheckError

if TYPE_CHECKING:
    from bisect_parity.bisection.check_call import CheckPlan


def _checker() -> Checker:
    folder = SimpleNamespace(last_number=lambda: 0, earlier_states=lambda *_: frozenset())
    case = SimpleNamespace(name="parity", size=8, keep=())
    plan = SimpleNamespace(folder=folder, case=case, code_states=None, thresholds=None)
    return Checker(cast("CheckPlan", plan), lambda _check: None)


def _check(commit: str, **document: Any) -> Check:
    return Check("1", commit, commit, Role.SEARCH, 8, "good", "", document=document)


def test_a_mask_that_changes_in_the_middle_of_a_session_ends_it() -> None:
    checker = _checker()
    checker.add(_check("a", digests={"files": "1" * 64}))
    checker.add(_check("b"))  # it did not come so far
    checker.add(_check("c", digests={"files": "1" * 64}))
    with pytest.raises(CheckError, match=r"`files` or `mask` of case parity .* changed during the session"):
        checker.add(_check("d", digests={"files": "2" * 64}))
