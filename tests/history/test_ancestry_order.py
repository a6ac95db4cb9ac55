"""The order of commits is that of ancestry, whatever their dates say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.history.rev_list import ancestry_order
from tests.history.checkout import opened
from tests.sandbox import ENVIRONMENT, Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_parents_come_first_though_their_dates_are_later_and_what_is_gone_has_no_place(
    tmp_path: Path,
) -> None:
    sandbox = Sandbox(tmp_path / "repository")
    made = []
    for number in range(4):
        date = f"2025-10-{20 - number:02d}T12:00:00Z"
        sandbox.environment = ENVIRONMENT | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        made.append(sandbox.commit({"a": str(number)}))
    repository = opened(sandbox.top)
    assert ancestry_order(repository, made[1:]) == {commit: place for place, commit in enumerate(made[1:])}
    assert ancestry_order(repository, [made[3], made[0], "f" * 40]) == {made[0]: 0, made[3]: 1}
    assert ancestry_order(repository, []) == {}


def test_lines_of_development_stand_one_after_the_other(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "repository")
    root = sandbox.commit({"a": "0"})
    sandbox.git("checkout", "-q", "-b", "side")
    side = [sandbox.commit({"b": "1"})]
    sandbox.git("checkout", "-q", "main")
    main = [sandbox.commit({"a": "1"})]
    sandbox.git("checkout", "-q", "side")
    side.append(sandbox.commit({"b": "2"}))
    sandbox.git("checkout", "-q", "main")
    main.append(sandbox.commit({"a": "2"}))
    places = ancestry_order(opened(sandbox.top), [root, *side, *main])
    assert places[root] == 0
    assert abs(places[side[0]] - places[side[1]]) == abs(places[main[0]] - places[main[1]]) == 1
