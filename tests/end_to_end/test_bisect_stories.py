from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from fixtures.laboratory import build
from tests.end_to_end.world import assert_fits

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.truth import Truth

SIZE = 128


def bisect(top: Path, truth: Truth) -> tuple[int, dict[str, Any]]:
    words = [sys.executable, "-P", "-m", "bisect_parity", "bisect", "--json", "--no-revert"]
    done = subprocess.run(
        [*words, "--good", truth.good, "--bad", truth.bad, "--size", str(SIZE)],
        cwd=top,
        check=False,
        capture_output=True,
        text=True,
        timeout=250,
    )
    told = json.loads(done.stdout)
    assert_fits(told)
    return done.returncode, told


def test_the_regression_of_the_laboratory_is_found_and_confirmed(tmp_path: Path) -> None:
    truth = build("regression", tmp_path / "lab", SIZE)
    status, told = bisect(tmp_path / "lab", truth)
    assert status == 0
    assert (told["outcome"], told["first_bad"]) == ("confirmed", truth.culprit)


def test_the_phantom_of_the_laboratory_is_refused_and_its_file_is_a_suspect(tmp_path: Path) -> None:
    truth = build("phantom", tmp_path / "lab", SIZE)
    status, told = bisect(tmp_path / "lab", truth)
    assert status == 4
    assert told["outcome"] == "nothing-to-bisect"
    assert told["first_bad"] is None
    assert "Clean worktrees agree: both ends are good" in told["says"][0]
    assert truth.untracked in told["suspects"]["ignored"]
    assert told["diagnosis"]["schema"] == "bisect-parity/diagnosis"


def test_the_reference_of_the_laboratory_that_draws_lots_is_refused_with_the_reason(tmp_path: Path) -> None:
    truth = build("nondeterministic-reference", tmp_path / "lab", SIZE)
    case = tmp_path / "lab/.git/bisect-parity/bisect-parity.toml"
    # two lots in a hundred are too close to tell: the second end is a second chance
    case.write_text(case.read_text().replace("[case.parity]\n", "[case.parity]\nreference_twice = true\n"))
    status, told = bisect(tmp_path / "lab", truth)
    assert status == 3
    assert told["outcome"] == "inconclusive"
    assert told["checks_run"] <= 2
    assert "the reference differs from itself, run twice" in told["says"][0]
