"""What is said where a check finds no settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.commands.no_settings import no_settings
from bisect_parity.parity.case import NO_SETTINGS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bisect-parity.toml", "[case.unit]\ntest = ['true']\n"),
        ("pyproject.toml", "[tool.bisect-parity.case.unit]\ntest = ['true']\n"),
    ],
)
def test_a_case_that_is_written_and_not_frozen_is_not_asked_for_again(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    assert no_settings(tmp_path).startswith(f"{name} has one")
    assert "init --freeze" in no_settings(tmp_path)


@pytest.mark.parametrize("text", ["", "[code]\npaths = ['src']\n", "no toml"])
def test_settings_without_a_case_ask_for_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "bisect-parity.toml").write_text(text)
    assert no_settings(tmp_path) == no_settings(None) == NO_SETTINGS
