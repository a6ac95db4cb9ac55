"""A shell is offered commands, options, revisions and cases."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bisect_parity.commands.main import run
from tests.end_to_end.world import call, process
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Ask = Callable[..., list[str]]

SHELL_SECONDS = 60.0


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    made = Sandbox(tmp_path_factory.mktemp("completion") / "repo")
    made.commit({"bisect-parity.toml": '[case.parity]\nsize = 64\n[case."parity-large"]\nsize = 4096\n'})
    made.git("branch", "feature")
    made.git("tag", "v1.0")
    return made


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """What bash is told for the last of the words, each with its kind."""

    def told(cwd: Path, *words: str) -> list[str]:
        monkeypatch.chdir(cwd)
        monkeypatch.setenv("_BISECT_PARITY_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(("bisect-parity", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        with pytest.raises(SystemExit, match=r"\A0\Z"):
            run([])
        return capsys.readouterr().out.split()

    return told


@pytest.fixture
def offered(answers: Ask) -> Ask:
    """What bash is told for the last of the words."""
    return lambda cwd, *words: [item.partition(",")[2] for item in answers(cwd, *words)]


def test_commands_are_offered_by_their_beginning(offered: Ask, tmp_path: Path) -> None:
    assert offered(tmp_path, "att") == ["attach"]
    assert {"audit", "attach"} <= set(offered(tmp_path, "a"))


def test_options_of_a_command_are_offered(offered: Ask, tmp_path: Path) -> None:
    assert offered(tmp_path, "report", "--m") == ["--md"]


def test_revisions_are_offered_for_the_ends_of_a_bisection(
    offered: Ask, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert set(offered(sandbox.top, "bisect", "--good", "")) == {"HEAD", "main", "feature", "v1.0"}
    assert offered(sandbox.top, "bisect", "--bad", "fe") == ["feature"]
    assert offered(tmp_path, "bisect", "--bad", "fe") == []


@pytest.mark.parametrize("command", ["bisect", "check"])
def test_cases_are_offered(offered: Ask, sandbox: Sandbox, command: str) -> None:
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


def test_fish_is_told_what_its_script_asks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = call(capsys, "completion", "fish").out
    for name in ("_BISECT_PARITY_COMPLETE=fish_complete", "COMP_WORDS", "COMP_CWORD"):
        assert name in script
    told = {
        "_BISECT_PARITY_COMPLETE": "fish_complete",
        "COMP_WORDS": "bisect-parity att",
        "COMP_CWORD": "att",
    }
    answer = process(cwd=tmp_path, **told)
    assert answer.out == "plain,attach\tWrite a provenance statement for each bundle.\n"


def test_images_and_runs_are_completed_as_files(answers: Ask, sandbox: Sandbox) -> None:
    assert answers(sandbox.top, "compare", "im") == ["file,im"]
    assert answers(sandbox.top, "params", "fe") == ["file,fe", "plain,feature"]


def test_zsh_completes_what_is_typed(sandbox: Sandbox, tmp_path: Path) -> None:
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("zsh is not installed: its completion was NOT tried")
    program = tmp_path / "bin" / "bisect-parity"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m bisect_parity "$@"\n')
    program.chmod(0o755)
    script = subprocess.run([program, "completion", "zsh"], capture_output=True, text=True, check=True).stdout
    rc = f"PS1='READY '\nautoload -Uz compinit && compinit -u -d {tmp_path}/dump\n{script}"
    (tmp_path / ".zshrc").write_text(rc)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    with typed_into([zsh, "-i"], sandbox.top, PATH=path, ZDOTDIR=str(tmp_path)) as shown:
        assert "READY " in shown("", "READY ")
        for typed, completed in (
            ("bisect-parity att\t", "bisect-parity attach "),
            ("bisect-parity bisect --good v1\t", "--good v1.0 "),
            ("bisect-parity report bisect\t", "report bisect-parity.toml "),
        ):
            assert completed in shown(f"\x15{typed}", completed)  # in place of the line before


@contextlib.contextmanager
def typed_into(line: list[str], cwd: Path, **more: str) -> Iterator[Callable[[str, str], str]]:
    """A shell on a terminal: what it shows from when something is typed until it shows what is awaited."""
    ours, its = os.openpty()
    environment = dict(os.environ) | {"TERM": "dumb"} | more
    shell = subprocess.Popen(
        line, cwd=cwd, env=environment, stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)

    def shown(keys: str, awaited: str) -> str:
        os.write(ours, keys.encode())
        text, deadline = "", time.monotonic() + SHELL_SECONDS
        while awaited not in text.replace("\b", "") and (left := deadline - time.monotonic()) > 0:
            if select.select([ours], [], [], left)[0]:
                text += os.read(ours, 65536).decode(errors="replace")
        return text.replace("\b", "")

    try:
        yield shown
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


@pytest.mark.parametrize("before", [("record", "--"), ("record", "--out", "b", "--"), ("rerun", "b", "--")])
def test_after_the_dashes_programs_are_offered_and_then_files(
    answers: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: tuple[str, ...]
) -> None:
    for name, mode in (("simulate-a", 0o755), ("simulate-b", 0o644)):
        (tmp_path / name).touch(mode)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert answers(tmp_path, *before, "simul") == ["plain,simulate-a"]
    assert answers(tmp_path, *before, "./simul") == ["file,./simul"]
    assert answers(tmp_path, *before, "python", "run") == ["file,run"]
