"""`bisect-parity bisect`: finds the commit that broke the parity, or says that none did."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from bisect_parity.bisection.ends import resolve_range
from bisect_parity.bisection.facts import OUTPUT_FOLDER
from bisect_parity.bisection.folder import create_folder
from bisect_parity.bisection.model import Bisection, Check, Find, Outcome
from bisect_parity.bisection.session import Plan, Remaining, Session
from bisect_parity.commands.common import Invocation, common_options, write_json
from bisect_parity.config import load_settings
from bisect_parity.errors import OutputError
from bisect_parity.files import printable, replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.parity.case import find_case
from bisect_parity.report.bisection import bisection_lines, bisection_markdown, verdict_line

if TYPE_CHECKING:
    from bisect_parity.bisection.folder import SessionFolder

__all__ = ["command"]

EXIT_STATUS = {
    Outcome.CONFIRMED: 0,
    Outcome.LIKELY: 0,
    Outcome.INCONCLUSIVE: 3,
    Outcome.REFUTED: 3,
    Outcome.NOTHING_TO_BISECT: 4,
    Outcome.INTERRUPTED: 130,
}


@click.command("bisect")
@click.option("--good", required=True, metavar="REV", help="A commit at which the parity holds.")
@click.option("--bad", required=True, metavar="REV", help="A commit at which it does not hold.")
@click.option(
    "--find",
    type=click.Choice([find.value for find in Find]),
    default=Find.REGRESSION.value,
    show_default=True,
    help="What to look for: the first bad commit after a good one, or the first good one after a bad one.",
)
@click.option("--case", "case_name", metavar="NAME", help="The case; may be left out if there is only one.")
@click.option("--size", type=click.IntRange(min=1), metavar="N", help="Detector width in pixels to check at.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the evidence goes; default: reports/bisect-parity/<UTC time>-bisect in the work tree.",
)
@common_options()
def command(
    call: Invocation,
    good: str,
    bad: str,
    find: str,
    case_name: str | None,
    size: int | None,
    out: Path | None,
) -> int:
    r"""Find the commit that broke the parity, in a worktree of our own.

    Both ends are tested first, in a clean worktree. If they agree, no commit is to blame, and that is
    the answer. Otherwise git bisects, each code state is checked once, and the commit that git names and
    its parent are checked again. Your checkout, index and reflog are not touched.

    \b
    confirmed     checked again: the commit is bad, all its parents are good
    likely        the same for its first parent only
    inconclusive  commits that cannot be tested hide the answer, or an end cannot be tested
    refuted       the second check contradicts the first

    Exit status: 0 confirmed or likely, 2 usage, 3 inconclusive, refuted, or the repository cannot be
    read, 4 nothing to bisect, 130 interrupted.
    """
    repository = Repository.open(call.directory, call.journal)
    states = (repository.git_dir / "bisect-parity", repository.state_directory())
    settings = call.settings(states, None)
    find_case(settings, case_name).at_size(size)  # what is wrong with it is told before anything is written
    code_states = CodeStates(repository, settings.code.paths)
    limits = resolve_range(repository, good, bad, Find(find), code_states)
    folder = create_folder(repository, settings)
    case = find_case(load_settings(folder.settings), case_name).at_size(size)
    place = _output_place(repository, folder, out)
    call.journal.move_to(place / "commands.txt")
    session = Session(Plan(repository, limits, code_states, case, folder), _tell)
    structlog.get_logger().info(
        f"{len(limits.commits)} commits and {limits.state_count} code states between the ends; "
        f"evidence goes to {place}"
    )
    try:
        result = session.run()
    except KeyboardInterrupt:
        says = "Interrupted: verdicts so far are kept, the worktree is gone."
        _write(session.result(Outcome.INTERRUPTED, says), folder, place)
        raise
    document = _write(result, folder, place)
    if call.as_json:
        write_json(document)
    else:
        for line in bisection_lines(document):
            click.echo(printable(line))
        click.echo(f"evidence: {place}")
    return EXIT_STATUS[result.outcome]


def _output_place(repository: Repository, folder: SessionFolder, out: Path | None) -> Path:
    """The folder for the evidence output, which holds no earlier bisection.

    Raises:
        OutputError: it does hold one.
    """
    if out is not None:
        place = out.absolute()
    elif repository.work_tree is not None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        place = repository.work_tree / OUTPUT_FOLDER / f"{stamp}-bisect"
    else:
        place = folder.path / "evidence"
    if (place / "bisect.json").exists():
        raise OutputError(f"{place} holds a bisection already", "Name another folder with --out.")
    return place


def _tell(check: Check, remaining: Remaining | None) -> None:
    left = ""
    if remaining is not None:
        steps = "1 step" if remaining.steps == 1 else f"{remaining.steps} steps"
        least, most = (round(seconds) for seconds in remaining.seconds)
        left = f"; about {steps} and the proof left, {least} to {most} s"
    structlog.get_logger().info(verdict_line(check.to_json()) + left)


def _write(result: Bisection, folder: SessionFolder, place: Path) -> dict[str, object]:
    """Write the evidence output, and return the document bisect.json.

    Raises:
        OutputError: it cannot be written.
    """
    document = result.to_json()
    if result.log:
        replace_file(place / "bisect.log", result.log)
    for check in result.checks:
        if check.known_from is None:
            _copy_check(folder.check_folder(check.name), place / "verdicts", check.name)
    replace_file(place / "bisect.md", bisection_markdown(document))
    replace_file(place / "bisect.json", json.dumps(document, indent=2) + "\n")
    return document


def _copy_check(source: Path, target: Path, name: str) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file, suffix in (("verdict.json", ".json"), ("commands.txt", ".commands.txt")):
            if (source / file).is_file():
                shutil.copyfile(source / file, target / f"{name}{suffix}")
    except OSError as error:
        raise OutputError(
            f"cannot write {target}: {error.strerror}", "Choose a folder that can be written with --out."
        ) from error
