"""The command group: subcommands are imported when they are called, so that each starts fast."""

from __future__ import annotations

import gc
import importlib
from typing import TYPE_CHECKING

import click

from bisect_parity import __version__
from bisect_parity.commands.invocation import status_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["run"]

# what is read is kept, and holds no cycles: looking through it for garbage is mostly in vain
GARBAGE_THRESHOLD = 100_000
COMMANDS = {
    "init": "Write a commented bisect-parity.toml for this repository.",
    "audit": "Write the baseline: artifact matrix, parameter diff, provenance, commands.",
    "provenance": "Tell which commit made each evidence bundle, how sure, and why.",
    "diagnose": "Tell what separates good runs from bad ones, and whether a commit can be to blame.",
    "evaluate": "Hide the recorded commits, infer them again, and report accuracy and calibration.",
    "params": "Show the parameters of runs and commits side by side.",
    "compare": "Compare two image files: correlation, sums and differences.",
    "check": "Check the parity of the checked-out commit, with git-bisect exit statuses.",
    "bisect": "Find the commit that broke the parity, in a worktree of our own.",
    "isolate": "Find the smallest set of files, variables or parameters that flips the verdict.",
    "report": "Tell an evidence output so that people can read it: one HTML file, or Markdown.",
    "sweep": "Check every code state between two commits, and show where the verdict changes.",
    "worktree": "List, or remove, the worktrees that bisections keep and use again.",
    "record": "Run a command, and write a bundle that lacks nothing.",
    "ledger": "Append one Attempt to an entry of a ledger, and change no other byte.",
    "completion": "Print what bash, zsh or fish needs to complete our command lines.",
    "attach": "Write a provenance statement for each bundle.",
    "verify": "Check statements: every digest, every commit, and the signature.",
}


class _LazyGroup(click.Group):
    """A group whose commands live in `bisect_parity.commands.NAME`, as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"bisect_parity.commands.{cmd_name}").command
        gc.freeze()  # modules stay for good: later collections need not walk them
        gc.set_threshold(GARBAGE_THRESHOLD)
        gc.enable()
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Options of the group, and commands by what is known of them without importing any."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only where a shell asks

        names = [
            CompletionItem(name, help=told) for name, told in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bisect-parity")
def group() -> None:
    """Find out which commit made each result, what separates good from bad, and which commit is to blame.

    Start with `bisect-parity audit` in a repository that holds evidence of earlier runs.
    """


def run(arguments: list[str]) -> int:
    """Run one command line, and return its exit status; every user error is told in one line."""
    return status_of(lambda: _run(arguments))


def _run(arguments: list[str]) -> object:
    try:
        return group.main(arguments, prog_name="bisect-parity", standalone_mode=False)
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        error.show()
        return error.exit_code
