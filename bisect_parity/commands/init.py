"""`bisect-parity init`: a settings file from what the repository holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bisect_parity.bisection.case_files import warn_of_case
from bisect_parity.commands.options import common_options
from bisect_parity.commands.printing import answer
from bisect_parity.commands.project import no_work_tree
from bisect_parity.commands.repository_findings import found_in
from bisect_parity.config import Settings, load_settings
from bisect_parity.errors import UsageError
from bisect_parity.files import replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.parity.case import find_case
from bisect_parity.report.settings_file import settings_text
from bisect_parity.settings_source import SETTINGS_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation


@click.command("init")
@click.option(
    "--freeze",
    is_flag=True,
    help=f"Copy the working tree's {SETTINGS_NAME} into the git directory, where check and bisect read it.",
)
@common_options
def command(call: Invocation, freeze: bool) -> int:
    """Write a commented bisect-parity.toml at the top of the working tree, from what is found there.

    Edit the case in it, then run `bisect-parity init --freeze`: `check` and `bisect` read the copy in the
    git directory, never the file of the commit under test.

    Exit status: 0 done, 2 the file already exists or is not valid, 3 no repository.
    """
    repository = Repository.open(call.directory, call.journal, lean=True)
    top = repository.work_tree
    if top is None:
        raise no_work_tree(repository)
    call.log_to(repository.state_directory())
    place = _freeze(repository, top, call) if freeze else _write(repository, top)
    document = {"schema": "bisect-parity/init", "version": 1, "written": str(place)}
    then = "bisect-parity check" if freeze else "put a case into it, then bisect-parity init --freeze"
    answer(call, document, [f"{place} written", f"next: {then}"])
    return 0


def _write(repository: Repository, top: Path) -> Path:
    place = top / SETTINGS_NAME
    if os.path.lexists(place):
        raise UsageError(f"{place} already exists", "Edit it, then run `bisect-parity init --freeze`.")
    replace_file(place, settings_text(found_in(repository, top), Settings().thresholds))
    load_settings(place)
    return place


def _freeze(repository: Repository, top: Path, call: Invocation) -> Path:
    source = call.config or top / SETTINGS_NAME
    if call.config is None and not source.exists():
        raise UsageError(
            f"there is no {source}", "Write it with `bisect-parity init`, and put a case into it."
        )
    settings = load_settings(source)
    if source.name != SETTINGS_NAME:
        raise UsageError(
            f"{source} cannot be frozen", f"Write the settings to a {SETTINGS_NAME} of their own."
        )
    if not settings.case:
        raise UsageError(f"{source} has no [case.NAME]", "Describe how a commit is checked, then freeze.")
    head = repository.try_resolve("HEAD")
    for name in settings.case:
        case = find_case(settings, name)  # a mistake is better found now than at the first check
        if head is not None:
            states = CodeStates(repository, case.code_paths or ())
            warn_of_case(repository, case, head, states)
    place = repository.state_directory() / SETTINGS_NAME
    replace_file(place, source.read_text(encoding="utf-8"))
    return place
