"""A tree that is recorded beside an id is that of its commit; else one of the two was changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_an_id_whose_commit_has_another_tree_is_not_believed(tmp_path: Path, object_format: str) -> None:
    repo = GitRunner(tmp_path / "r", object_format=object_format)
    commits = [repo.commit({"a.py": f"A = {n}\n"}, when=EPOCH + n * 3600) for n in range(3)]
    trees = [repo.git("rev-parse", f"{commit}^{{tree}}").strip() for commit in commits]
    gone = repo.git("commit-tree", "-m", "gone", trees[0]).strip()
    repo.git("replace", commits[1], gone)  # whose files are others now
    began = EPOCH + 2 * 3600 + 900
    for name, commit, tree in (
        ("right", commits[2], trees[2]),
        ("wrong", commits[0], trees[2]),
        ("short", commits[0][:12], trees[2]),
        ("none", commits[0], None),
        ("odd", commits[0], "no tree"),
        ("replaced", commits[1], trees[1]),
    ):
        record = {
            "schema": "bisect-parity/record",
            "state": "ended",
            "run": {"started": began, "name": name},
            "git": {"commit": commit, "dirty": False, "tree": tree},
        }
        repo.write({f"results/{name}/record.json": json.dumps(record)})
    entry = {"date": began * 1000, "commit": {"id": commits[0], "tree_id": trees[2]}}
    data = json.dumps({"entries": {"suite": [entry | {"benches": [{"name": "a", "value": 1}]}]}})
    repo.commit({"dev/bench/data.js": f"window.BENCHMARK_DATA = {data}"}, when=began + 300)
    found = resolutions(repo.top)
    answers = {path.removeprefix("results/"): answer for path, answer in found.items()}
    classes = {path: answer.resolution_class.value for path, answer in answers.items()}
    torn = [path for path, answer in answers.items() if "whose tree is recorded" in answer.note]
    assert sorted(torn) == ["dev/bench", "short", "wrong"]
    assert {classes[path] for path in torn} == {"contradicted"}
    assert classes["right"] == "confirmed"
    assert {answers[path].commit for path in torn} == {commits[2]}
    assert any(f"its tree is not {trees[2][:10]}" in clue.says for clue in answers["wrong"].clues)
    assert {answers[path].commit for path in ("none", "odd")} == {commits[0]}
    assert answers["replaced"].commit == commits[1]
