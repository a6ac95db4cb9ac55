from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.judge import judge
from fixtures.life import generate

if TYPE_CHECKING:
    from pathlib import Path


def test_every_true_bundle_is_judged_and_ids_are_hidden(tmp_path: Path) -> None:
    life = generate(2, tmp_path / "life", days=3)
    truth = [json.loads(line) for line in life.path.read_text().splitlines()]
    judged = judge(life.dest, truth, "seed 2")
    assert [each.path for each in judged] == [bundle.path for bundle in life.bundles]
    assert any(each.right for each in judged)
    for each, bundle in zip(judged, life.bundles, strict=True):
        assert each.right == (each.answer == bundle.commit)
        assert each.state_right or not each.right
        assert each.nameable == (bundle.reachable != "gone")
        assert ("no reflog of the run" in each.slices) != bundle.reflog_covers


def test_jitter_changes_the_answers_of_a_repository_that_is_only_read(tmp_path: Path) -> None:
    life = generate(2, tmp_path / "life", days=3)
    truth = [json.loads(line) for line in life.path.read_text().splitlines()]
    exact, moved = (judge(life.dest, truth, "seed 2", jitter) for jitter in (0.0, 7200.0))
    assert [each.probability for each in exact] != [each.probability for each in moved]
