"""`bisect-parity init`: a settings file from what the repository holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bisect_parity.commands.common import Invocation, common_options, write_json
from bisect_parity.commands.room import Room, open_room
from bisect_parity.config import Settings, load_settings
from bisect_parity.errors import UsageError
from bisect_parity.evidence.discover import discover
from bisect_parity.files import printable_line, replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.params.code import parameter_files
from bisect_parity.parity.case import case_of_table
from bisect_parity.report.settings_file import settings_text
from bisect_parity.settings_source import SETTINGS_NAME

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("init")
@click.option(
    "--freeze",
    is_flag=True,
    help=f"Copy the working tree's {SETTINGS_NAME} into the git directory, where check and bisect read it.",
)
@common_options()
def command(call: Invocation, freeze: bool) -> int:
    """Write a commented bisect-parity.toml at the top of the working tree, from what is found there.

    Edit the case in it, then run `bisect-parity init --freeze`: `check` and `bisect` read the copy in the
    git directory, never the file of the commit under test.

    Exit status: 0 done, 2 the file is there already or is not valid, 3 no repository.
    """
    room = open_room(call)
    call.log_to(room.repository.state_directory())
    place = _freeze(room, call) if freeze else _write(room)
    if call.as_json:
        write_json({"schema": "bisect-parity/init", "version": 1, "written": str(place)})
    else:
        click.echo(printable_line(f"{place} written"))
    return 0


def _write(room: Room) -> Path:
    place = room.top / SETTINGS_NAME
    if os.path.lexists(place):
        raise UsageError(f"{place} is there already", "Edit it, then run `bisect-parity init --freeze`.")
    listed = room.repository.git("ls-files", "-z").split(b"\0")
    tracked = [os.fsdecode(name) for name in listed if name]
    bundles = discover(room.top, Settings().evidence)
    roots = sorted({bundle.path.partition("/")[0] for bundle in bundles})
    states = CodeStates(room.repository, ())
    code = sorted({path.partition("/")[0] for path in tracked if states.holds(path) and not _is_hidden(path)})
    programs = parameter_files(path for path in tracked if states.holds(path))
    replace_file(place, settings_text(Settings(), roots, code, programs))
    load_settings(place)
    return place


def _is_hidden(path: str) -> bool:
    """Whether it is a dotfile at the top: those configure git and editors, and change no result."""
    return path.startswith(".") and "/" not in path


def _freeze(room: Room, call: Invocation) -> Path:
    source = call.config or room.top / SETTINGS_NAME
    settings = load_settings(source)
    if source.name != SETTINGS_NAME:
        raise UsageError(
            f"{source} cannot be frozen", f"Write the settings to a {SETTINGS_NAME} of their own."
        )
    if not settings.case:
        raise UsageError(f"{source} has no [case.NAME]", "Describe how a commit is checked, then freeze.")
    for name, table in settings.case.items():
        case_of_table(name, table, str(source))  # a mistake is better told now than at the first check
    place = room.repository.state_directory() / SETTINGS_NAME
    replace_file(place, source.read_text(encoding="utf-8"))
    return place
