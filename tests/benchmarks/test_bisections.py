"""A small part of what `benchmarks.bisections` and `benchmarks.kills` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.bisections import summarise, try_history
from benchmarks.kills import kill_searches

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(300, 302)
LONGEST = 18  # commits


@pytest.mark.parametrize("seed", SEEDS)
def test_the_answer_to_a_seeded_history_is_the_true_one(seed: int, tmp_path: Path) -> None:
    trial = try_history(seed, tmp_path, LONGEST)
    assert trial.is_right, trial.told
    assert trial.repeated in (None, 0)
    assert summarise([trial])["more than log2 S + 4 checks"] == []


def test_searches_that_are_killed_go_on_to_the_same_answer_and_touch_nothing(tmp_path: Path) -> None:
    found = kill_searches(2, 315, tmp_path, LONGEST)
    assert sum(each.kills for each in found) == 2
    assert all(each.is_same for each in found), found
    assert [(each.repeated, each.touched) for each in found] == [(0, ())] * len(found)
