"""GitPython's runner, with every process started by the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.kept_environment import kept_environment

with kept_environment(GIT_PYTHON_REFRESH="quiet"):  # the import would fail without a git on PATH
    from git.cmd import Git

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.history.repository import GitCommands


class JournaledGit(Git):
    """GitPython's command runner; what it would start itself, `GitCommands` starts."""

    def __init__(self, directory: Path, commands: GitCommands) -> None:
        super().__init__(str(directory))
        self._commands = commands

    def execute(self, command: Any, streamed: bool = False, **options: Any) -> Any:  # type: ignore[override]
        """Run the git subcommand `command`; `options` are those of `Journal.run`."""
        return self._commands.execute(command, streamed, **options)
