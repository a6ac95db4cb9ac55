"""What a search for evidence may not read is told."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bisect_parity.evidence.walk import WorkTree
from bisect_parity.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


@pytest.fixture
def locked() -> Iterator[Path]:
    """A working tree with a folder that may not be read; whoever may read everything is nobody meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        top, user = Path(name), os.geteuid()
        for folder in ("results/open", "results/locked"):
            (top / folder).mkdir(parents=True)
            (top / folder / "run.json").write_text("{}")
        top.chmod(0o755)
        (top / "results/locked").chmod(0)
        logger()  # imports what nobody may not read
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield top
        finally:
            os.seteuid(user)
            (top / "results/locked").chmod(0o700)


def test_a_folder_that_may_not_be_read_is_told_and_the_rest_is_read(
    locked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [file.path for file in WorkTree(locked).walk("results")]
    assert found == ["results/open/run.json"]
    assert capsys.readouterr().err == "warning: skipped: results/locked/: Permission denied\n"
