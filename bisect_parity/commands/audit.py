"""`bisect-parity audit`: the baseline of good and bad evidence, in one stamped folder."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import click
from attrs import evolve

from bisect_parity.commands.diagnose import diagnosis_of
from bisect_parity.commands.figures_over_time import figures_over_time
from bisect_parity.commands.finding import find_bundles
from bisect_parity.commands.options import PathName, common_options, out_option
from bisect_parity.commands.printing import answer, shown_path
from bisect_parity.commands.project import evidence_folder
from bisect_parity.commands.provenance import document as provenance_document
from bisect_parity.commands.series_runs import defaults_of
from bisect_parity.diagnosis.series import contrast_pair, select
from bisect_parity.files import json_text, replace_file
from bisect_parity.report.audit_documents import Matrix
from bisect_parity.report.diagnosis import diagnosis_markdown, next_lines
from bisect_parity.report.documents import read_as
from bisect_parity.report.matrix import matrix_lines, summary_lines
from bisect_parity.report.matrix_document import expected_context, matrix_csv, matrix_document
from bisect_parity.report.param_diff import param_diff_lines
from bisect_parity.report.param_diff_document import param_diff_document
from bisect_parity.report.provenance import provenance_page

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation

NAMES = (
    "artifact_matrix.md",
    "artifact_matrix.json",
    "artifact_matrix.csv",
    "param_diff.md",
    "param_diff.json",
    "provenance.md",
    "provenance.json",
    "diagnosis.md",
    "diagnosis.json",
)


@click.command("audit")
@click.argument("bundles", nargs=-1, type=PathName(), metavar="[BUNDLE ...]")
@out_option(
    "Folder to write to; default: reports/bisect-parity/<UTC time>-audit, in a bare repository's"
    " git directory below bisect-parity."
)
@common_options
def command(call: Invocation, bundles: tuple[Path, ...], out: Path | None) -> int:
    """Write the baseline: what every run recorded, which commit made it, and what separates good from bad.

    Without BUNDLE, all bundles of the repository are read. It writes

    \b
    artifact_matrix.md  figures, verdict and commit of each run; gaps; open questions
    param_diff.md       commands, environment and code defaults of the runs side by side
    provenance.md       the commit of every bundle, with its clues
    diagnosis.md        what separates good from bad, and whether a commit can be to blame
    commands.txt        this command, and every process that it started

    and a JSON twin of each Markdown file, and the matrix as CSV. Nothing is overwritten: where --out holds
    files of an earlier audit, new ones are numbered (artifact_matrix.2.md), and commands.txt is appended to.
    Evidence is only read.

    Exit status: 0 done, 1 done and expected files are missing or cannot be read, 2 usage, 3 the repository or
    a bundle cannot be read.
    """  # noqa: D301 - click wants the character itself
    project = find_bundles(call, bundles, out, stored=True)
    folder = out or evidence_folder(project.repository, "audit", None)
    call.journal.move_to(folder / "commands.txt")
    known = project.resolve_files()
    resolutions = known[0][: len(project.bundles)]
    runs = project.single_runs(known)
    selection = select([bundle for bundle, _ in runs], [item for _, item in runs], project.settings)
    pair = contrast_pair(selection.runs)
    paths = {item.path for item in resolutions}
    resolutions += [item for _, item in runs if item.path not in paths]
    names = _free_names(folder)
    settings = evolve(project.settings, context=expected_context(selection, project.settings))
    matrix = matrix_document(selection, settings)
    told = read_as(Matrix, matrix)
    code = defaults_of(project, selection.runs)
    code |= defaults_of(project, pair or (), are_whole=True)
    figures = figures_over_time(project, runs, call.options)
    diagnosis = diagnosis_of(project, call.options, known, code, figures=figures)
    diff = param_diff_document(selection, settings, pair, code)
    contents = {
        "artifact_matrix.md": _text(list(matrix_lines(told, names["provenance.md"]))),
        "artifact_matrix.json": json_text(matrix),
        "artifact_matrix.csv": matrix_csv(matrix),
        "param_diff.md": _text(list(param_diff_lines(diff))),
        "param_diff.json": json_text(diff),
        "provenance.md": _text(list(provenance_page(resolutions))),
        "provenance.json": json_text(provenance_document(resolutions, blind=False)),
        "diagnosis.md": _text(list(diagnosis_markdown(diagnosis))),
        "diagnosis.json": json_text(diagnosis),
    }
    for name, content in contents.items():
        replace_file(folder / names[name], content)
    written = ", ".join(name for name in names.values() if name.endswith(".md"))
    lines = [*summary_lines(told, names["artifact_matrix.md"])]
    lines += [f"Diagnosis: {diagnosis['verdict']}", *(f"  {sentence}" for sentence in diagnosis["says"])]
    lines += [f"Written to {shown_path(folder)}:"]
    lines += [f"  {written}, their JSON, commands.txt", *next_lines(diagnosis)]
    answer(call, matrix, lines)
    return 1 if matrix["missing"] or matrix["unreadable"] else 0


def _free_names(folder: Path) -> dict[str, str]:
    """The names to write, numbered alike where one of them is taken."""
    for number in itertools.count(1):
        infix = f".{number}" if number > 1 else ""
        names = {name: name.replace(".", f"{infix}.", 1) for name in NAMES}
        if not any((folder / name).exists() or (folder / name).is_symlink() for name in names.values()):
            break
    return names


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
