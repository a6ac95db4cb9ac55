"""The help of every command can be read."""

from __future__ import annotations

import pytest

from bisect_parity.commands.main import COMMANDS, run


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_no_marks_that_were_meant_for_its_layout(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "\\b" not in shown
    assert "\b" not in shown
