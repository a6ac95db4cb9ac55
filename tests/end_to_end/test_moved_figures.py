"""Figures that move within the thresholds: what moved them is found by a threshold between the ends."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.folder import Request, open_folder
from bisect_parity.bisection.plan import Plan
from bisect_parity.bisection.sweep_session import SweepPlan
from bisect_parity.config import Thresholds
from tests.bisection.conftest import STUB
from tests.end_to_end.world import call
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import array, sys
FACTOR = {factor}
size, out = int(sys.argv[1]), sys.argv[2]
pixels = [FACTOR * ((i * 7919) % 1000) for i in range(size * size)]
open(out, "wb").write(array.array("f", pixels).tobytes())
"""
CASE = """
[code]
paths = ["candidate.py"]
[case.parity]
size = 8
reference = ["{{python}}", "{top}/reference.py", "{{size}}", "{{out}}"]
candidate = ["{{python}}", "candidate.py", "{{size}}", "{{out}}"]
"""
FACTORS = (1.0, 1.0, 1.0005, 1.0005, 1.0032, 1.0032)  # the fifth commit moved the sum most


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    top = tmp_path_factory.mktemp("moved")
    sandbox = Sandbox(top / "repository")
    (top / "reference.py").write_text(PROGRAM.format(factor=1.0))
    for number, factor in enumerate(FACTORS):
        text = PROGRAM.format(factor=factor) + f"# {number}\n"
        sandbox.commit({"candidate.py": text, "verdict": f"sum {factor}\n"})  # told by the stub of a check
    folder = sandbox.top / ".git/bisect-parity"
    folder.mkdir(exist_ok=True)
    (folder / "bisect-parity.toml").write_text(CASE.format(top=top))
    return sandbox


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stub give the figures: what a session makes of them is the point."""
    for name, plan in (("bisect_plan.Plan", Plan), ("sweep.SweepPlan", SweepPlan)):
        monkeypatch.setattr(f"bisect_parity.commands.{name}", functools.partial(plan, check_command=STUB))


@pytest.mark.usefixtures("stubbed")
def test_ends_of_one_verdict_lead_to_the_commit_that_moved_a_figure_most(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start, end = sandbox.git("rev-parse", f"HEAD~{len(FACTORS) - 1}"), sandbox.git("rev-parse", "HEAD")
    place = ("--repo", sandbox.top, "--json", "--out")
    agreed = call(capsys, "bisect", "--good", start, "--bad", end, *place, tmp_path / "agreed")
    assert agreed.status == 4
    (said,) = [text for text in json.loads(agreed.out)["says"] if " moved from " in text]
    assert "sum_ratio moved from 1.0 to 1.00" in said
    words = re.split(r"bisect-parity ", said)[-1].split()
    assert words[-2:] == ["--sum-ratio-tolerance", "0.002"]

    swept = call(capsys, "sweep", f"{start}..{end}", *words[-2:], *place, tmp_path / "swept")
    assert swept.status == 1
    document = json.loads(swept.out)
    assert document["thresholds"] == {"correlation_min": 0.999, "sum_ratio_tolerance": 0.002}
    assert [flip["after"] for flip in document["flips"]] == [sandbox.git("rev-parse", "HEAD~1")]
    assert [move["after"] for move in document["moves"]] == [
        sandbox.git("rev-parse", name) for name in ("HEAD~1", "HEAD~3")
    ]


@pytest.mark.usefixtures("stubbed")
def test_every_check_of_a_search_is_told_of_the_thresholds_also_after_a_stop(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = ("--good", "HEAD~2", "--bad", "HEAD")
    place = ("--repo", sandbox.top, "--out", tmp_path / "out")
    sessions = sandbox.top / ".git/bisect-parity/sessions"
    earlier = set(sessions.glob("*/session.json"))
    found = call(capsys, "bisect", *ends, "--sum-ratio-tolerance", "0.002", *place)
    assert "Good means here, whatever the settings say" in found.out
    told = "--correlation-min 0.999 --sum-ratio-tolerance 0.002"
    started = [
        line for line in (tmp_path / "out/commands.txt").read_text().splitlines() if "stub_check" in line
    ]
    assert len(started) > 3
    assert all(told in line for line in started)
    assert told in (tmp_path / "out/issue.md").read_text()
    (session,) = set(sessions.glob("*/session.json")) - earlier
    folder, request = open_folder(opened(sandbox.top), session.parent.name, Request)
    assert request.thresholds == Thresholds(0.999, 0.002)
    by_others, by_own = (folder.earlier_states("parity", 8, known) for known in (request.thresholds, None))
    assert by_others - by_own


def test_a_check_by_hand_takes_a_threshold_that_the_settings_do_not_hold(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("check", "--repo", sandbox.top, "--out", tmp_path / "out")
    assert call(capsys, *words).status == 0
    assert call(capsys, *words, "--sum-ratio-tolerance", "0.002").status == 1


def test_a_test_has_no_thresholds(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("bisect", "--good", "HEAD~1", "--bad", "HEAD", "--repo", sandbox.top, "--test", "true")
    call(capsys, *words, "--correlation-min", "0.9").is_told(2, "no thresholds")


def test_a_tolerance_without_an_end_is_refused(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("compare", "a.npy", "b.npy", "--repo", sandbox.top, "--sum-ratio-tolerance", "inf")
    call(capsys, *words).is_told(2, "sum_ratio_tolerance", "inf")
