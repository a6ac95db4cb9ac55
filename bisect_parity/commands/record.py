"""`bisect-parity record`: run a command, and write a bundle that lacks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bisect_parity.commands.options import PathName, common_options, out_option, path_option
from bisect_parity.commands.printing import write_json
from bisect_parity.commands.recorded_call import open_recorded, run_recorded
from bisect_parity.commands.value_completion import command_words
from bisect_parity.errors import UsageError
from bisect_parity.recording.bundle_folder import DEFAULT_ROOT, Wishes, evidence_root
from bisect_parity.recording.post_run import record_afterwards

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation


@click.command("record", context_settings={"allow_interspersed_args": False})
@click.argument(
    "line", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND ...", shell_complete=command_words
)
@out_option("Folder of the bundle, new or empty; default: recorded/<UTC time> in the first root, or reports.")
@click.option("--keep-diff", is_flag=True, help="Keep the diff of tracked files against HEAD.")
@click.option("--keep-untracked", is_flag=True, help="Keep copies of untracked files.")
@click.option("--strace", is_flag=True, help="Follow which ignored files are opened (slow).")
@path_option(
    "--input",
    "inputs",
    metavar="PATH",
    several=True,
    described="A file of the working tree that the command reads, and does not name.",
)
@path_option(
    "--output",
    "outputs",
    metavar="PATH",
    several=True,
    described="A file or folder that the command writes; new files of the working tree are found without it.",
)
@click.option(
    "--post-run",
    type=PathName(exists=True, file_okay=False),
    metavar="DIR",
    help="Run nothing: write record.json into the folder of a run that has just ended.",
)
@click.option("--status", type=click.IntRange(0, 255), help="With --post-run: how it ended.")
@click.option("--began", metavar="TIME", help="With --post-run: when it began, ISO 8601 with zone.")
@common_options
def command(
    call: Invocation,
    line: tuple[str, ...],
    out: Path | None,
    keep_diff: bool,
    keep_untracked: bool,
    strace: bool,
    inputs: tuple[Path, ...],
    outputs: tuple[Path, ...],
    post_run: Path | None,
    status: int | None,
    began: str | None,
) -> int:
    """Run a command unchanged, and write a bundle about it.

    Standard streams pass through unchanged; a copy of them, without secrets, is kept. The bundle holds
    commit, branch, changes and untracked files as they were before the start, command line, environment
    (an allow-list), interpreter, packages, programs and libraries, times, memory, exit status and outputs.
    With --json the record is printed on standard output, and that of the command goes to standard error.

    Exit status: that of the command, 128 + N where signal N ended it, 127 where there is no such command;
    2 usage, 3 the repository or the bundle cannot be written: then nothing was run.
    """
    if not line and post_run is None:
        raise UsageError("no command is given", "Write it after --: bisect-parity record -- python run.py")
    if post_run is not None and (out is not None or strace):
        raise UsageError(
            "--post-run runs nothing, and names the folder itself", "Leave --out and --strace away."
        )
    if post_run is None and (status is not None or began is not None):
        raise UsageError(
            "--status and --began are of a run that is over",
            "Name its folder with --post-run, or leave them away: `record` sees for itself.",
        )
    wishes = Wishes(out or post_run, DEFAULT_ROOT, keep_diff, keep_untracked, outputs, inputs)
    if post_run is None:
        recorded = run_recorded(call, line, wishes, uses_strace=strace)
        if call.as_json:
            write_json(recorded.document)
        return recorded.status
    repository, redactor = open_recorded(call, line)
    wishes = wishes._replace(root=evidence_root(repository, call.config))
    document = record_afterwards(line, repository, wishes, redactor, status=status or 0, began=began)
    if call.as_json:
        write_json(document)
    return 0
