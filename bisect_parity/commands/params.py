"""`bisect-parity params`: parameters of runs and commits side by side."""

from __future__ import annotations

import fnmatch
import sys
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bisect_parity.commands.options import NumberRange, common_options
from bisect_parity.commands.printing import write_json
from bisect_parity.commands.value_completion import runs
from bisect_parity.errors import UsageError
from bisect_parity.files import printable_line
from bisect_parity.params.compare import Tolerance
from bisect_parity.params.diff import diff
from bisect_parity.params.model import name_parts
from bisect_parity.params.renames import renames
from bisect_parity.report.params import (
    change_text,
    commit_text,
    first_lines,
    lettered,
    markdown_lines,
    place_text,
    problem_lines,
    rename_text,
)
from bisect_parity.report.params_document import params_document
from bisect_parity.report.params_short import MOST_COLUMNS, counted_lines, grouped
from bisect_parity.wording import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.commands.invocation import Invocation

WIDTH_OF_A_PIPE = 2000
LONGEST_CELL = 60
MOST_TOLD = 20


@click.command("params")
@click.argument("compared", nargs=-1, metavar="[A B ...]", shell_complete=runs)
@click.option("--all", "show_all", is_flag=True, help="Also show values that are equal, and noise.")
@click.option("--only-changed", is_flag=True, help="Show only what differs; this is the default.")
@click.option(
    "--match",
    multiple=True,
    metavar="GLOB",
    help="Only names that match; without a wildcard, names that contain the text.",
)
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out names that match.")
@click.option(
    "--path", "paths", multiple=True, metavar="PATH", help="Read these files and folders of commits only."
)
@click.option(
    "--rtol", type=NumberRange(min=0), default=0.0, help="Relative tolerance of numbers; default: 0."
)
@click.option(
    "--atol", type=NumberRange(min=0), default=0.0, help="Absolute tolerance of numbers; default: 0."
)
@click.option("--full", is_flag=True, help="Show a column for each, however many there are, and every row.")
@click.option("--origins", is_flag=True, help="Show below each parameter where its values come from.")
@click.option("--md", "as_markdown", is_flag=True, help="Print Markdown.")
@click.option("--exit-code", is_flag=True, help="Exit with status 1 if parameters differ.")
@common_options
def command(
    call: Invocation,
    compared: tuple[str, ...],
    show_all: bool,
    only_changed: bool,
    match: tuple[str, ...],
    exclude: tuple[str, ...],
    paths: tuple[str, ...],
    rtol: float,
    atol: float,
    full: bool,
    origins: bool,
    as_markdown: bool,
    exit_code: bool,
) -> int:
    """Show the parameters of runs and commits side by side: any number of bundles and revisions.

    A revision stands for the defaults of its code and for its configuration files; A..B stands for two. A
    bundle stands for what its run used: what was given on the command line, else by the environment, else the
    default of the code of the commit that made it. Without any, HEAD and the files of the working tree that
    differ from it are compared. Nothing is executed.

    \b
    bisect-parity params HEAD~10 HEAD
    bisect-parity params reports/20251009T070458Z reports/20251009-161714 --origins
    bisect-parity params v1.0 v2.0 --match '*.yaml*' --md

    Exit status: 0 done, 1 parameters differ (with --exit-code only), 2 usage, 3 something cannot be read.
    """  # noqa: D301 - click wants the character itself
    if show_all and only_changed:
        raise UsageError("--all and --only-changed exclude each other")
    if as_markdown and call.as_json:
        raise UsageError("--md and --json exclude each other")
    from bisect_parity.commands.params_columns import compared_columns  # noqa: PLC0415 - slow to import

    project, columns, shown = compared_columns(call, compared, paths, with_unchanged=show_all or bool(match))
    call.log_to(project.repository.state_directory())
    tolerance = Tolerance(rtol, atol)
    everything = diff(columns, tolerance=tolerance)
    _check_patterns(match, [row.name for row in everything])
    rows = [row for row in everything if _is_asked(row.name, match, exclude)]
    document = params_document(shown, rows, renames(rows), tolerance)
    show_all = show_all or len(columns) == 1
    if call.as_json:
        write_json(document)
    else:
        is_short = len(columns) > MOST_COLUMNS and not (full or origins)
        shown_document = grouped(document) if is_short else document
        if shown_document is None:
            lines = counted_lines(document, show_all=show_all, as_markdown=as_markdown)
            click.echo("\n".join(line if as_markdown else printable_line(line) for line in lines))
        elif as_markdown:
            click.echo("\n".join(markdown_lines(shown_document, show_all=show_all)))
        else:
            _print(shown_document, show_all=show_all, with_origins=origins)
    return 1 if exit_code and document["changed"] else 0


def _is_asked(name: str, match: Sequence[str], exclude: Sequence[str]) -> bool:
    wanted = not match or any(_fits(name, pattern) for pattern in match)
    return wanted and not any(_fits(name, pattern) for pattern in exclude)


def _fits(name: str, pattern: str) -> bool:
    """Whether a pattern means a name: one without wildcards means the names that contain it."""
    glob = pattern if any(character in pattern for character in "*?[") else f"*{pattern}*"
    return any(fnmatch.fnmatchcase(one, glob) for one in (name, name_parts(name)[1]))


def _check_patterns(match: Sequence[str], names: Sequence[str]) -> None:
    """Refuse a pattern that no parameter fits: what a typing error hides must not look as if it were equal.

    Raises:
        UsageError: there is one.
    """
    for pattern in match:
        if not any(_fits(name, pattern) for name in names):
            known = dict.fromkeys(name_parts(name)[1] for name in names)
            remedy = did_you_mean(pattern.strip("*"), known, "parameters")
            raise UsageError(f"no parameter that was read matches --match {pattern}", remedy)


def _print(document: Mapping[str, Any], *, show_all: bool, with_origins: bool) -> None:
    columns = document["columns"]
    head = Table.grid(padding=(0, 2))
    for letter, item in lettered(columns):
        head.add_row(letter, _plain(item["label"]), commit_text(item))
    parts: list[Table | str] = [head]
    changed = document["changed"] + (document["ignored"] if show_all else [])
    for title, rows in _sections(changed):
        parts += [f"\n{title}:", _table(rows, columns, with_origins=with_origins)]
    if not changed and len(columns) > 1:
        parts.append("\nNo parameter differs.")
    if show_all and document["unchanged"]:
        title = "\nThe same, or recorded once:" if len(columns) > 1 else ""
        parts += [title, _table(document["unchanged"], columns, with_origins=with_origins)]
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE, highlight=False, markup=False)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    for line in (*captured.get().splitlines(), *map(printable_line, _remarks(document, show_all=show_all))):
        click.echo(line.rstrip())


def _sections(rows: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, list[Mapping[str, Any]]]]:
    """Values that changed first, since they are few among all that came and went."""
    changed = [row for row in rows if any(row["changes"])]
    partial = [row for row in rows if not any(row["changes"])]
    if changed:
        yield "Changed", changed
    if partial:
        yield "Only in some", partial


def _remarks(document: Mapping[str, Any], *, show_all: bool) -> Iterable[str]:
    if document["renames"]:
        yield ""
        yield "Perhaps renamed or moved:"
        yield from first_lines([f"  {rename_text(item)}" for item in document["renames"]], MOST_TOLD)
    if not show_all and document["ignored"]:
        yield ""
        yield "Ignored as noise (--all shows them):"
        ignored = [f"  {row['name']}: {row['reason']}" for row in document["ignored"]]
        yield from first_lines(ignored, MOST_TOLD)
    if not show_all and document["unchanged"]:
        yield ""
        yield f"The same, or recorded once: {len(document['unchanged'])} more (--all shows them)."
    problems = problem_lines(document["columns"])
    if problems:
        yield ""
        yield "Not read:"
        yield from first_lines([f"  {line}" for line in problems], MOST_TOLD)


def _table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Mapping[str, Any]], *, with_origins: bool
) -> Table:
    shown = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    shown.add_column("parameter", overflow="fold")
    for letter, _ in lettered(columns):
        shown.add_column(letter, overflow="fold")
    if len(columns) > 1:
        shown.add_column("change", overflow="fold")
    owner = ""
    for row in rows:
        own_owner, name = name_parts(row["name"])
        if own_owner != owner and own_owner:
            shown.add_row(Text(printable_line(own_owner), style="bold"))
        owner = own_owner
        cells = [_cell(cell) for cell in row["cells"]]
        changes = [Text(change_text(row))] if len(columns) > 1 else []
        shown.add_row(_plain(f"  {name}" if owner else name), *cells, *changes)
        if with_origins:
            places = [_plain(place_text(cell)) for cell in row["cells"]]
            shown.add_row(Text(""), *places, *(Text("") for _ in changes), style="dim")
    return shown


def _cell(cell: Mapping[str, Any]) -> Text:
    if cell["state"] != "recorded":
        return Text(cell["state"], style="dim")
    note = f" ({cell['note']})" if cell["note"] else ""
    text = cell["text"]
    return _plain(f"{text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 3] + '...'}{note}")


def _plain(text: str) -> Text:
    """Text of others for the terminal: no markup, no control characters."""
    return Text(printable_line(text))
