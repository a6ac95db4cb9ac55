"""A folder that a recorded run wrote is known by the record, which lists its files by digest."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RESULT = "results/exp1/metrics.json"


def write_record(top: Path, name: str, outputs: Mapping[str, str], ended: int, cwd: str = "/home/me") -> str:
    """A record, `ended` seconds after noon, of a run that wrote such texts; its bundle."""
    files = [
        {"path": path, "how": "new, untracked", "sha256": hashlib.sha256(text.encode()).hexdigest()}
        for path, text in outputs.items()
    ]
    document = {
        "schema": "bisect-parity/record",
        "version": 1,
        "state": "ended",
        "run": {"argv": ["python", "w.py"], "cwd": cwd, "ended": f"2025-10-09T12:00:{ended:02d}Z"},
        "git": {"commit": f"{ended:02d}" * 20},
        "outputs": files,
    }
    bundle = f"reports/recorded/{name}"
    (top / bundle).mkdir(parents=True)
    (top / bundle / "record.json").write_text(json.dumps(document, indent=1))
    return bundle


def twins(top: Path) -> dict[str, tuple[str, ...]]:
    return {bundle.path: bundle.twins for bundle in discover(top, EvidenceSettings())}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    place = tmp_path / RESULT
    place.parent.mkdir(parents=True)
    place.write_text('{"loss": 0.25}')
    (place.parent / "notes.md").write_text("mine")
    return tmp_path


def test_what_a_recorded_run_wrote_is_of_that_run(top: Path) -> None:
    record = write_record(top, "20251009T120000Z", {RESULT: '{"loss": 0.25}'}, 1)
    assert twins(top) == {record: ("results/exp1",), "results/exp1": (record,)}


def test_of_two_runs_that_wrote_the_same_the_last_one_left_it_there(top: Path) -> None:
    last = write_record(top, "20251009T120000Z", {RESULT: '{"loss": 0.25}'}, 9)
    write_record(top, "20251009T120005Z", {RESULT: '{"loss": 0.25}'}, 1)
    assert twins(top)["results/exp1"] == (last,)


@pytest.mark.parametrize(
    ("outputs", "cwd"),
    [
        ({RESULT: '{"loss": 0.5}'}, "/home/me"),
        ({RESULT: '{"loss": 0.25}', "results/exp1/notes.md": "not mine"}, "/home/me"),
        ({"elsewhere/metrics.json": '{"loss": 0.25}'}, "/home/me"),
        ({RESULT: '{"loss": 0.25}'}, "/home/me/.git/bisect-parity/worktrees/kept-1"),
    ],
    ids=["other content", "changed since", "another place", "run again in a worktree of ours"],
)
def test_what_it_did_not_write_or_is_not_as_it_was_is_not(
    top: Path, outputs: dict[str, str], cwd: str
) -> None:
    write_record(top, "20251009T120000Z", outputs, 1, cwd)
    assert set(twins(top).values()) == {()}


def test_a_folder_that_two_runs_wrote_together_is_of_neither(top: Path) -> None:
    write_record(top, "20251009T120000Z", {RESULT: '{"loss": 0.25}'}, 1)
    write_record(top, "20251009T120005Z", {"results/exp1/notes.md": "mine"}, 9)
    assert set(twins(top).values()) == {()}
