from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.requirements import requirements_text
from bisect_parity.parity.case import Case, case_of_table
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def case(*prepare: str) -> Case:
    table = {"test": ["python3", "t.py"], "prepare": [list(prepare)] if prepare else []}
    return case_of_table("unit", table, "test")


@pytest.mark.parametrize(
    ("path", "old", "new", "is_told"),
    [
        ("pyproject.toml", 'dependencies = ["kern==1"]\n', 'dependencies = ["kern>=2"]\n', True),
        ("pyproject.toml", "[tool.ruff]\nline-length = 99\n", "[tool.ruff]\nline-length = 110\n", False),
        ("sub/requirements-dev.txt", "kern\n", "kern\nother\n", True),
        ("environment.yml", "- kern=1\n", "- kern=2\n", True),
        ("docs/notes.txt", "kern==1\n", "kern==2\n", False),
    ],
)
def test_packages_that_the_range_asks_for_otherwise_are_told(
    tmp_path: Path, path: str, old: str, new: str, is_told: bool
) -> None:
    sandbox = Sandbox(tmp_path / "r")
    before, after = (sandbox.commit({path: text}) for text in (old, new))
    told = requirements_text(opened(sandbox.top), before, after, case())
    assert bool(told) is is_told
    if told:
        assert f"git diff {before[:12]} {after[:12]} -- {path}" in told[0]


@pytest.mark.parametrize(
    "installs", [("{scratch}/venv/bin/pip", "install", "."), ("sh", "-c", "uv sync && true")]
)
def test_a_case_that_installs_them_itself_needs_no_word(tmp_path: Path, installs: tuple[str, ...]) -> None:
    sandbox = Sandbox(tmp_path / "r")
    before, after = (sandbox.commit({"requirements.txt": text}) for text in ("a==1\n", "a==2\n"))
    assert requirements_text(opened(sandbox.top), before, after, case(*installs)) == ()
