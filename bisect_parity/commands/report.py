"""`bisect-parity report`: the readable account of an evidence output, as one HTML file or as Markdown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from bisect_parity import __version__
from bisect_parity.commands.named_path import named_path
from bisect_parity.commands.options import PathName, common_options, path_option
from bisect_parity.commands.printing import answer
from bisect_parity.errors import OutputError, RepositoryError, UsageError
from bisect_parity.files import OUTPUT_FOLDER, json_text, replace_file
from bisect_parity.history.commit_details import read_subjects
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.repository import Repository
from bisect_parity.report.account import Account, NamedCommits, account_of
from bisect_parity.report.markdown_page import markdown_page
from bisect_parity.report.output import read_output
from bisect_parity.report.page import report_page
from bisect_parity.report.pictures import draw_all

if TYPE_CHECKING:
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.report.output import EvidenceOutput

MOST_PICTURES = 3  # checks; each takes some 300 KB of the page
HTML_MARK = '<meta name="generator" content="bisect-parity'
MARKDOWN_MARK = "# Parity report"
TWIN_MARK = '"schema": "bisect-parity/report"'
MARK_BYTES = 4096
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@click.command("report")
@click.argument("folder", type=PathName(), metavar="[DIR]", required=False)
@click.option("--html/--md", "as_html", default=True, help="One HTML file (default), or Markdown.")
@path_option("--out", described="File to write; default: report.html, or report.md and report.json, in DIR.")
@common_options
def command(call: Invocation, folder: Path | None, as_html: bool, out: Path | None) -> int:
    """Write a readable report of an evidence output.

    DIR is what audit, diagnose, bisect, sweep, isolate, rerun or check wrote, or a folder that holds several
    of these: by default reports/bisect-parity, where all of them write to. The report has the verdict in one
    sentence, the time line of the runs, the matrix, the parameters, the diagnosis, the search, kept images,
    every clue, and the commands. The HTML is one file that loads nothing.

    An earlier report is replaced; any other file is not.

    Exit status: 0 done, 2 usage, 3 DIR holds nothing to report, or FILE cannot be written.
    """
    folder = _place_of(call, Path(OUTPUT_FOLDER) if folder is None else folder)
    output = read_output(folder)
    history = _history(call, output)
    account = account_of(output, history, draw_all(output, MOST_PICTURES) if as_html else ())
    place = out or folder / ("report.html" if as_html else "report.md")
    document = _document(account, place)
    _keep_others(place, HTML_MARK if as_html else MARKDOWN_MARK)
    if as_html:
        replace_file(place, report_page(account))
    else:
        twin = _twin(place)
        replace_file(place, "\n".join(markdown_page(account)) + "\n")
        replace_file(twin, json_text(document))
    problems = (f"not read: {problem}" for problem in output.problems)
    answer(call, document, (account.headline.sentence, *problems, f"Written: {place}"))
    return 0


def _place_of(call: Invocation, folder: Path) -> Path:
    """The folder as it was typed; where there is none, that of this path below the top of the repository."""
    if folder.exists():
        return folder
    try:
        return named_path(folder, Repository.open(call.directory, call.journal).work_tree)
    except RepositoryError:
        return folder


def _document(account: Account, place: Path) -> dict[str, Any]:
    """The documented JSON form of a report."""
    return {
        "schema": "bisect-parity/report",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "verdict": attrs.asdict(account.headline),
        "sources": account.output.sources(),
        "not_read": account.output.problems,
        "report": str(place),
    }


def _twin(place: Path) -> Path:
    """The JSON file beside a report in Markdown.

    Raises:
        UsageError: the report itself has that name.
        OutputError: there is another file, or a folder.
    """
    twin = place.with_suffix(".json")
    if twin == place:
        raise UsageError(f"{place} is the name of the JSON twin", f"Name it {place.with_suffix('.md')}.")
    _keep_others(twin, TWIN_MARK)
    return twin


def _keep_others(place: Path, mark: str) -> None:
    """Replace nothing but an earlier report.

    Raises:
        OutputError: there is another file, or a folder.
    """
    try:
        with place.open("rb") as file:
            is_ours = mark.encode() in file.read(MARK_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"cannot write {place}: {error.strerror}", "Name another --out.") from error
    if not is_ours:
        raise OutputError(f"{place} exists, and is not an earlier report", "Name another --out.")


def _history(call: Invocation, output: EvidenceOutput) -> NamedCommits:
    """What git knows of the commits that are named: of the repository around the folder, or of the call's."""
    named = set(filter(_ID.fullmatch, output.commits()))
    for place in (output.folder, call.directory):
        try:
            repository = Repository.open(place, call.journal)
            call.log_to(repository.state_directory())
            table = CommitTable.load(repository)
            rows = {commit: row for commit in named if (row := table.index(commit)) is not None}
            subjects = read_subjects(repository, rows)
        except RepositoryError:
            continue
        if rows:
            return NamedCommits(
                times=sorted(table.times.tolist()),
                commit_times={commit: table.time(row) for commit, row in rows.items()},
                subjects=subjects,
            )
    return NamedCommits()
