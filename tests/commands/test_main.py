"""The group of all commands: its help tells them by purpose, and a slip of the keyboard is told the way."""

from __future__ import annotations

import pytest

from bisect_parity.__main__ import judged_run
from bisect_parity.commands.main import COMMANDS, SECTIONS, run


def test_the_help_tells_every_command_once_under_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line[2:].split(" ")[0] in COMMANDS] == list(COMMANDS)
    assert {f"{title}:" for title in SECTIONS} <= set(lines)


@pytest.mark.parametrize(
    ("typed", "told"), [("provenace", "Did you mean 'provenance'?"), ("frob", "Known commands: init, audit,")]
)
def test_a_command_that_there_is_not_is_usage_and_the_nearest_is_told(
    typed: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([typed]) == 2
    assert told in capsys.readouterr().err


def test_an_option_of_a_command_stands_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--repo", "x", "audit"]) == 2
    assert "No such option '--repo' here: it belongs after the command" in capsys.readouterr().err


def test_a_package_that_is_not_installed_is_named_and_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_arguments: list[str]) -> int:
        raise ModuleNotFoundError("No module named 'rich'", name="rich")

    monkeypatch.setattr("bisect_parity.commands.main.run", broken)
    assert judged_run(["audit"]) == 70
    assert "Install the package that holds rich where" in capsys.readouterr().err
