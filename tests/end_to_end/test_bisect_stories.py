"""The whole command as a process of its own, on real code; elsewhere a stub gives the verdicts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bisect_parity.history.worktree_pool import kept_worktrees
from fixtures.git import GitRunner, first_named, snapshot
from fixtures.laboratory import build
from tests.end_to_end.world import assert_fits
from tests.history.checkout import opened

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 128
CODE_STATES = 12


def without_reports(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if not name.startswith("reports/bisect-parity/")}


def test_the_regression_of_the_laboratory_is_found_confirmed_and_written_down(tmp_path: Path) -> None:
    top = tmp_path / "lab"
    truth = build("regression", top, SIZE)
    repo = GitRunner(top, init=False)
    (top / "simulator/__init__.py").write_text("dirty\n")
    (top / "notes.txt").write_text("untracked\n")
    before = snapshot(top)
    words = [sys.executable, "-P", "-m", "bisect_parity", "bisect", "--json", "--no-revert"]
    done = subprocess.run(
        [*words, "--good", truth.good, "--bad", truth.bad, "--size", str(SIZE)],
        cwd=top / "simulator",
        check=False,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    assert without_reports(snapshot(top)) == before
    for kept in kept_worktrees(opened(top)):
        assert not kept.is_used
        assert repo.git("-C", str(kept.path), "status", "--porcelain", "--ignored") == ""
    told = json.loads(done.stdout)
    assert_fits(told)
    assert (told["outcome"], told["first_bad"]) == ("confirmed", truth.culprit)
    assert told["first_bad_parent"] == repo.rev(f"{truth.culprit}^")
    assert told["ends"]["good"]["checks"][0]["correlation"] == pytest.approx(1)
    assert told["ends"]["bad"]["checks"][0]["margins"]["sum_ratio"] < 0
    assert told["checks_run"] <= 2 + CODE_STATES.bit_length() + 2
    assert len(done.stderr.splitlines()) == 2 + told["checks_run"] + told["checks_cached"]
    (place,) = (top / "reports/bisect-parity").iterdir()
    assert json.loads((place / "bisect.json").read_text()) == told
    written = {path.name for path in (place / "verdicts").iterdir()}
    assert {name for name in written if not name.endswith(".npz")} == {
        f"{check['name']}{suffix}" for check in told["tested"] for suffix in (".json", ".commands.txt")
    }
    assert {path.name for path in place.glob("*.png")} == {"bisect.png", "difference.png"}
    for file in place.rglob("*"):
        assert file.is_dir() or file.suffix in (".npz", ".png") or file.read_bytes().isascii()
    commands = (place / "commands.txt").read_text().splitlines()
    assert commands[1].startswith(f"# bisect-parity bisect --json --no-revert --good {truth.good}")
    assert any("bisect start" in line for line in commands)
    table = (place / "bisect.md").read_text()
    assert "# Bisection: confirmed" in table
    assert table.count("| bad |") + table.count("| good |") == len(told["tested"])
    replayed = repo.clone(tmp_path / "clone").git("bisect", "replay", str(place / "bisect.log"))
    assert first_named(replayed) == truth.culprit
