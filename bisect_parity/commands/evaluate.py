"""`bisect-parity evaluate`: how far the inferred commits can be believed on this repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from attrs import asdict

from bisect_parity.commands.finding import find_stored_bundles
from bisect_parity.commands.options import PathName, common_options, path_option
from bisect_parity.commands.printing import answer
from bisect_parity.errors import EvidenceError
from bisect_parity.files import replace_file
from bisect_parity.provenance.evaluate import evaluate
from bisect_parity.provenance.recorded import recorded_truth
from bisect_parity.provenance.resolve import blind_resolutions
from bisect_parity.report.evaluation import evaluation_lines

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation


@click.command("evaluate")
@click.argument("bundles", nargs=-1, type=PathName(), metavar="[BUNDLE ...]")
@path_option(
    "--plot",
    metavar="FILE.svg",
    described="Also write the reliability diagram: stated probability against how often it was right.",
)
@common_options
def command(call: Invocation, bundles: tuple[Path, ...], plot: Path | None) -> int:
    """Hide every recorded commit of this repository, infer it from the other clues, and compare.

    It hides all recorded ids, ids in file names, and times that tools copied from the commit. A record can
    be wrong itself: look at the misses before you believe either side.

    Exit status: 0 done, 3 no bundle has a recorded commit, or the repository cannot be read.
    """
    project = find_stored_bundles(call, bundles, None if plot is None else plot.parent)
    call.log_to(project.repository.state_directory())
    resolutions, records, states = blind_resolutions(
        project.repository, project.bundles, project.settings, project.answers.background
    )
    truths = {path: commit for path, ids in records.items() if (commit := recorded_truth(ids)) is not None}
    if not truths:
        raise EvidenceError(
            f"no bundle of {project.top} has a recorded commit that exists here",
            "There is nothing to compare with; `bisect-parity provenance` still infers.",
        )
    result = evaluate(truths, resolutions, states)
    if plot is not None:
        from bisect_parity.report.figures import draw_reliability  # noqa: PLC0415 - slow to import

        replace_file(plot, draw_reliability(result.reliability))
    document = {"schema": "bisect-parity/evaluation", "version": 1, **asdict(result)}
    answer(call, document, evaluation_lines(result))
    return 0
