"""The evidence output of a search: where it goes, and what is written there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bisect_parity.commands.printing import write_json
from bisect_parity.errors import OutputError, writing
from bisect_parity.files import copy_whole, json_text, new_output_folder, printable, replace_file
from bisect_parity.logs import logger
from bisect_parity.report import search_documents
from bisect_parity.report.bisection import bisection_markdown
from bisect_parity.report.bisection_table import issue_markdown, matrix_csv
from bisect_parity.report.documents import read_as

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.folder import SessionFolder
    from bisect_parity.bisection.model import Check
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.history.repository import Repository
    from bisect_parity.parity.case import Case

CHART, DIFFERENCE, SWEEP_CHART = "bisect.png", "difference.png", "sweep.png"
SEARCHES = {"bisect": "bisection", "sweep": "sweep"}
LOG_NAMES = ("commands.txt", "commands.stdin")  # of a search that ended before it found anything


def output_place(repository: Repository, out: Path | None, kind: str) -> str:
    """The folder for the evidence output, which holds nothing else; empty: that of the session.

    One that the user did not name is made.

    Args:
        repository: of the call.
        out: what the user named.
        kind: of the search, which is the name of its documents: "bisect" or "sweep".

    Raises:
        OutputError: it does hold something, or cannot be made.
    """
    if out is not None:
        if (out / f"{kind}.json").exists():
            what = SEARCHES[kind]
            raise OutputError(f"{out} holds a {what} already", "Name another folder with --out.")
        if out.is_dir() and any(path.name not in LOG_NAMES for path in out.iterdir()):
            raise OutputError(
                f"{out} holds other files: evidence is never changed", "Name a new folder with --out."
            )
        return str(out.resolve())
    if repository.work_tree is None:
        return ""
    return str(new_output_folder(repository.work_tree, kind))


def announce(again: str, case: Case) -> None:
    """Say how to go on after a stop, and where no later session will know the verdicts.

    Args:
        again: the command that resumes the session.
        case: by which it checks.
    """
    logger().info(f"if interrupted, resume with: {again}")
    if case.not_cached:
        logger().info(f"verdicts are kept for this session only: {case.not_cached}")


def write_bisection(result: Bisection, document: dict[str, Any], folder: SessionFolder, place: Path) -> None:
    """Write the evidence output of a bisection.

    Args:
        result: as far as it came.
        document: of it, with what the command added.
        folder: of the session.
        place: the folder of the output.

    Raises:
        OutputError: it cannot be written.
    """
    level: Bisection | None = result
    number = 0
    while level is not None:
        if level.log:
            name = (
                "bisect.log" if number == 0 else f"bisect.submodule{'' if number == 1 else f'-{number}'}.log"
            )
            replace_file(place / name, level.log)
        copy_verdicts(level.checks, folder, place)
        level, number = (level.inside.result if level.inside else None), number + 1
    told = read_as(search_documents.Bisection, document)
    replace_file(place / "matrix.csv", matrix_csv(told))
    replace_file(place / "issue.md", issue_markdown(told))
    replace_file(place / "bisect.md", bisection_markdown(told))
    replace_file(place / "bisect.json", json_text(document))
    if have_images(result.checks):
        from bisect_parity.commands.session_charts import write_bisection_charts  # noqa: PLC0415 - slow to import

        write_bisection_charts(told, result.order, result.checks, place)


def have_images(checks: Iterable[Check]) -> bool:
    """Whether images were compared, so that there is something to draw: what draws takes long to import."""
    return any(check.document.get("comparison") for check in checks)


def charts(place: Path) -> list[Path]:
    """The charts that an evidence output holds."""
    return [place / name for name in (CHART, DIFFERENCE, SWEEP_CHART) if (place / name).is_file()]


def print_search(call: Invocation, document: dict[str, Any], lines: Iterable[str], place: Path) -> None:
    """Print what a search found: its document, or the lines that tell it and where the rest lies."""
    if call.as_json:
        write_json(document)
        return
    for line in lines:
        click.echo(printable(line))
    for chart in charts(place):
        click.echo(f"chart: {chart}")
    click.echo(f"evidence: {place}")


def copy_verdicts(checks: Iterable[Check], folder: SessionFolder, place: Path) -> None:
    """Copy the verdict of each check, and what it ran.

    Raises:
        OutputError: they cannot be written.
    """
    names = {name for check in checks for name in (check.name, check.known_from) if name is not None}
    target = place / "verdicts"
    with writing(target, "Choose a folder that can be written with --out."):
        target.mkdir(parents=True, exist_ok=True)
        for name in sorted(names):
            for file, suffix in (("verdict.json", ".json"), ("commands.txt", ".commands.txt")):
                source = folder.check_folder(name) / file
                if source.is_file():
                    copy_whole(source, target / f"{name}{suffix}")
            for preview in folder.check_folder(name).glob("preview*.npz"):
                copy_whole(preview, target / f"{name}.{preview.name}")
