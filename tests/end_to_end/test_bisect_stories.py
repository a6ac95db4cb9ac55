from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from fixtures.laboratory import build
from tests.end_to_end.world import assert_fits

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 128


def test_the_regression_of_the_laboratory_is_found_and_confirmed(tmp_path: Path) -> None:
    truth = build("regression", tmp_path / "lab", SIZE)
    words = [sys.executable, "-P", "-m", "bisect_parity", "bisect", "--json", "--no-revert"]
    done = subprocess.run(
        [*words, "--good", truth.good, "--bad", truth.bad, "--size", str(SIZE)],
        cwd=tmp_path / "lab",
        check=False,
        capture_output=True,
        text=True,
        timeout=250,
    )
    told = json.loads(done.stdout)
    assert_fits(told)
    assert done.returncode == 0
    assert (told["outcome"], told["first_bad"]) == ("confirmed", truth.culprit)
