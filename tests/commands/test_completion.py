"""A shell is offered commands, options, revisions and cases."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.world import call, process
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    made = Sandbox(tmp_path_factory.mktemp("completion") / "repo")
    made.commit({"bisect-parity.toml": '[case.parity]\nsize = 64\n[case."parity-large"]\nsize = 4096\n'})
    made.git("branch", "feature")
    made.git("tag", "v1.0")
    return made


def offered(cwd: Path, *words: str) -> list[str]:
    """What bash is told for the last of the words."""
    line = " ".join(("bisect-parity", *words))
    told = {
        "_BISECT_PARITY_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
    }
    answer = process(cwd=cwd, **told)
    assert answer.status == 0, answer
    return [item.partition(",")[2] for item in answer.out.split()]


def test_commands_are_offered_by_their_beginning(tmp_path: Path) -> None:
    assert offered(tmp_path, "att") == ["attach"]
    assert {"audit", "attach"} <= set(offered(tmp_path, "a"))


def test_options_of_a_command_are_offered(tmp_path: Path) -> None:
    assert offered(tmp_path, "report", "--m") == ["--md"]


def test_revisions_are_offered_for_the_ends_of_a_bisection(sandbox: Sandbox, tmp_path: Path) -> None:
    assert set(offered(sandbox.top, "bisect", "--good", "")) == {"HEAD", "main", "feature", "v1.0"}
    assert offered(sandbox.top, "bisect", "--bad", "fe") == ["feature"]
    assert offered(tmp_path, "bisect", "--bad", "fe") == []


@pytest.mark.parametrize("command", ["bisect", "check"])
def test_cases_are_offered(sandbox: Sandbox, command: str) -> None:
    assert offered(sandbox.top, command, "--case", "parity-") == ["parity-large"]


def test_commands_are_offered_without_importing_them(tmp_path: Path) -> None:
    script = (
        "import sys; from bisect_parity.commands.main import group; import click;"
        "names = [i.value for i in group.shell_complete(click.Context(group), '')];"
        "print('compare' in names, [m for m in ('torch', 'git', 'numpy', 'structlog') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "True []\n"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_what_is_printed_is_a_script_of_the_shell(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = call(capsys, "completion", shell)
    assert answer.status == 0
    assert f"_BISECT_PARITY_COMPLETE={shell}_complete" in answer.out
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed: its script was NOT tried")
    script = tmp_path / "script"
    script.write_text(answer.out)
    subprocess.run([program, "-n", str(script)], check=True, env=dict(os.environ))
