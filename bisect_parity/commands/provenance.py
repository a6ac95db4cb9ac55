"""`bisect-parity provenance`: which commit made each bundle, how sure, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bisect_parity import __version__
from bisect_parity.commands.finding import find_runs
from bisect_parity.commands.options import PathName, common_options, out_option
from bisect_parity.commands.printing import answer
from bisect_parity.files import json_text, replace_file
from bisect_parity.provenance.model import Resolution, resolution_to_json

if TYPE_CHECKING:
    from bisect_parity.commands.invocation import Invocation


@click.command("provenance")
@click.argument("bundles", nargs=-1, type=PathName(), metavar="[BUNDLE ...]")
@click.option(
    "--blind", is_flag=True, help="Ignore recorded ids, and infer each commit from the other clues."
)
@click.option("--explain", "tell_all", is_flag=True, help="Show every clue with its file and line.")
@out_option("Also write provenance.json and commands.txt there.")
@common_options
def command(
    call: Invocation, bundles: tuple[Path, ...], blind: bool, tell_all: bool, out: Path | None
) -> int:
    """Show which commit made each evidence bundle, how certain that is, and why.

    Without BUNDLE, all bundles of the repository are resolved; FILE#NAME, as it is shown here, is one run
    of a file that holds several. Each answer has a class:

    \b
    confirmed     an id is recorded, and an independent clue agrees
    recorded      an id is recorded, and there is nothing to check it against
    inferred      no id is recorded; one commit or one code state stands out
    ambiguous     no id is recorded, and several code states remain
    contradicted  the recorded id and the other clues disagree
    unresolved    nothing identifies the commit, or it is not here

    Exit status: 0 when every bundle was looked at, 3 when the repository or a bundle cannot be read.
    """  # noqa: D301 - click wants the character itself
    project = find_runs(call, bundles, out, lambda found: call.log_to(found.state_directory(), out))
    resolutions = project.resolve_runs(blind=blind, of_files=True, past=True)
    as_json = document(resolutions, blind=blind)
    if out is not None:
        replace_file(out / "provenance.json", json_text(as_json))
    from bisect_parity.report.provenance import explain, summary_lines  # noqa: PLC0415 - see `commands.project`

    lines = (
        (line for item in resolutions for line in explain(item)) if tell_all else summary_lines(resolutions)
    )
    answer(call, as_json, lines)
    return 0


def document(resolutions: list[Resolution], *, blind: bool) -> dict[str, object]:
    """The documented JSON form of `provenance`."""
    return {
        "schema": "bisect-parity/provenance",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "blind": blind,
        "bundles": [resolution_to_json(resolution) for resolution in resolutions],
    }
