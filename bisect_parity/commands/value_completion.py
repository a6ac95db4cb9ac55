"""What a shell offers for the value of an option; nothing, where that would take time."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.errors import BisectParityError

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from bisect_parity.history.repository import Repository

MOST = 500


def revisions(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """HEAD, branches and tags."""
    try:
        answer = _repository(context).git(
            "for-each-ref",
            f"--count={MOST}",
            "--sort=-committerdate",
            "--format=%(refname:short)",
            "refs/heads",
            "refs/tags",
            "refs/remotes",
        )
    except (BisectParityError, OSError):
        return []
    names = ["HEAD", *answer.decode(errors="replace").splitlines()]
    return [name for name in names if name.startswith(incomplete) and name.isprintable()]


def case_names(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The cases of the settings that would apply."""
    from bisect_parity.config import find_settings  # noqa: PLC0415 - see _repository

    try:
        repository = _repository(context)
        places = (repository.git_dir / "bisect-parity", repository.state_directory())
        settings = find_settings(context.params.get("config"), places, repository.work_tree)
    except (BisectParityError, OSError):
        return []
    return [name for name in settings.case if name.startswith(incomplete) and name.isprintable()]


def files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files and folders, which the shell knows best."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only where a shell asks

    return [CompletionItem(incomplete, type="file")]


def runs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What names a run: a folder, or a revision."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only where a shell asks

    named = [CompletionItem(name) for name in revisions(context, parameter, incomplete)]
    return [*files(context, parameter, incomplete), *named]


def command_words(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """A command line after `--`: first a program, then files."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only where a shell asks

    is_first = not context.params.get(parameter.name or "")
    if not is_first or not incomplete or "/" in incomplete:
        return files(context, parameter, incomplete)
    found: set[str] = set()
    for folder in os.get_exec_path():
        with contextlib.suppress(OSError):
            names = [name for name in os.listdir(folder) if name.startswith(incomplete)]  # noqa: PTH208 - text
            found |= {name for name in names if name.isprintable() and os.access(f"{folder}/{name}", os.X_OK)}
    return [CompletionItem(name) for name in sorted(found)[:MOST]]


def _repository(context: click.Context) -> Repository:
    from bisect_parity.history.repository import Repository  # noqa: PLC0415 - a check must start fast,
    from bisect_parity.journal import Journal  # noqa: PLC0415 - and needs neither for its own work

    start = context.params.get("directory") or Path.cwd()
    return Repository.open(start, Journal(None, ["bisect-parity"]))
