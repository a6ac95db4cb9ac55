"""The command group: subcommands are imported when they are called, so that each starts fast."""

from __future__ import annotations

import gc
import importlib
from typing import TYPE_CHECKING

import click

from bisect_parity import __version__
from bisect_parity.commands.invocation import status_of
from bisect_parity.wording import did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# what is read is kept, and holds no cycles: looking through it for garbage is mostly in vain
GARBAGE_THRESHOLD = 100_000
SECTIONS = {
    "Get started": {
        "init": "Write a commented bisect-parity.toml for this repository.",
        "audit": "Write the baseline: artifact matrix, parameter diff, provenance, commands.",
    },
    "Find the commit of a result": {
        "provenance": "Show which commit made each evidence bundle, how certain that is, and why.",
        "evaluate": "Hide the recorded commits, infer them again, and report accuracy and calibration.",
    },
    "Find what else differs": {
        "params": "Show the parameters of runs and commits side by side.",
        "diagnose": "Show what separates good runs from bad ones, and whether a commit can be to blame.",
        "isolate": "Find the smallest set of files, variables or parameters that flips the verdict.",
    },
    "Judge one commit": {
        "check": "Check the parity of the checked-out commit, with git-bisect exit statuses.",
        "compare": "Compare two image files: correlation, sums and differences.",
    },
    "Find the commit to blame": {
        "bisect": "Find the commit that broke the parity; your checkout is not touched.",
        "sweep": "Check every code state between two commits, and show where the verdict changes.",
        "worktree": "List or remove the worktrees that bisections keep and reuse.",
    },
    "Keep the provenance of new results": {
        "record": "Run a command, and record it in a complete bundle.",
        "rerun": "Run a recorded command again at its commit, and compare the results.",
        "attach": "Write a provenance statement for each bundle.",
        "verify": "Check statements: every digest, every commit, and the signature.",
    },
    "Report": {
        "report": "Write a readable report of an evidence output: one HTML file, or Markdown.",
        "ledger": "Append one attempt to an entry of a ledger, and change no other byte.",
    },
    "Shell": {
        "completion": "Print the completion script for bash, zsh or fish.",
    },
}
COMMANDS = {name: help_text for section in SECTIONS.values() for name, help_text in section.items()}
WIDEST = max(map(len, COMMANDS))


class _LazyGroup(click.Group):
    """A group whose commands live in `bisect_parity.commands.NAME`, as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"bisect_parity.commands.{cmd_name}").command
        gc.freeze()  # modules stay loaded: later collections need not walk them
        gc.set_threshold(GARBAGE_THRESHOLD)
        gc.enable()
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            ctx.fail(f"No such option {error.option_name!r} here: it belongs after the command that has it.")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was typed; for an unknown one, the nearest ones are suggested."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}. {did_you_mean(args[0], COMMANDS, 'commands')}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Options of the group, and commands by what is known of them without importing any."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only where a shell asks

        names = [
            CompletionItem(name, help=help_text)
            for name, help_text in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(WIDEST), help_text) for name, help_text in commands.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bisect-parity")
def group() -> None:
    """Find out which commit made each result, what separates good from bad, and which commit is to blame.

    Start with `bisect-parity audit` in a repository that holds evidence of earlier runs.
    """


def run(arguments: list[str]) -> int:
    """Run one command line, and return its exit status; every user error is one line."""
    return status_of(lambda: _run(arguments))


def _run(arguments: list[str]) -> object:
    try:
        return group.main(arguments, prog_name="bisect-parity", standalone_mode=False)
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        error.show()
        return error.exit_code
