from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from bisect_parity.commands import search_options as module


@click.command()
@module.jobs_option
def command(jobs: int) -> None:
    click.echo(jobs)


@pytest.fixture(autouse=True)
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "usable_cores", lambda: 3)


@pytest.mark.parametrize(
    ("words", "number"), [([], 1), (["-j", "4"], 4), (["--jobs", "0"], 3), (["--jobs=auto"], 3)]
)
def test_checks_at_once_are_named_or_as_many_as_cores(words: list[str], number: int) -> None:
    assert CliRunner().invoke(command, words).output == f"{number}\n"


@pytest.mark.parametrize("value", ["-1", "two", "1.5", ""])
def test_what_is_no_number_of_checks_is_refused(value: str) -> None:
    ended = CliRunner().invoke(command, ["--jobs", value])
    assert ended.exit_code == 2
    assert f"{value!r} is neither a number of checks nor auto" in ended.output
