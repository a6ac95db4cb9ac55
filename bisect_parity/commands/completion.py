"""`bisect-parity completion`: prints what a shell needs to complete our command lines."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

PROGRAM = "bisect-parity"
VARIABLE = "_BISECT_PARITY_COMPLETE"
SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the completion of a shell: commands, options, revisions, cases and files.

    \b
    bash, in ~/.bashrc:  eval "$(bisect-parity completion bash)"
    zsh, in ~/.zshrc:    eval "$(bisect-parity completion zsh)"
    fish, in ~/.config/fish/config.fish:  bisect-parity completion fish | source
    """  # noqa: D301 - click wants the character itself
    completer = SHELLS[shell](context.find_root().command, {}, PROGRAM, VARIABLE)
    click.echo(ShellComplete.source(completer))  # that of bash would start a bash to ask for its version
    return 0
