"""`bisect-parity bisect`: finds the commit that broke the parity, or says that none did."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog
from attrs import evolve

from bisect_parity.bisection.ends import resolve_range
from bisect_parity.bisection.facts import OUTPUT_FOLDER
from bisect_parity.bisection.folder import LATEST, Request, SessionFolder, create_folder, open_folder
from bisect_parity.bisection.model import Bisection, Check, Find, Outcome
from bisect_parity.bisection.session import Plan, Remaining, Session
from bisect_parity.commands.candidates import case_names, revisions
from bisect_parity.commands.common import Invocation, common_options, write_json
from bisect_parity.config import load_settings
from bisect_parity.errors import OutputError
from bisect_parity.files import printable, replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.locks import file_lock
from bisect_parity.history.repository import Repository
from bisect_parity.parity.case import find_case
from bisect_parity.report.bisection import bisection_lines, bisection_markdown, verdict_line

if TYPE_CHECKING:
    from bisect_parity.bisection.span import Span

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
@click.option("--good", metavar="REV", shell_complete=revisions, help="A commit at which the parity holds.")
@click.option("--bad", metavar="REV", shell_complete=revisions, help="A commit at which it does not hold.")
@click.option(
    "--find",
    type=click.Choice([find.value for find in Find]),
    default=Find.REGRESSION.value,
    show_default=True,
    help="What to look for: the first bad commit after a good one, or the first good one after a bad one.",
)
@click.option(
    "--case",
    "case_name",
    metavar="NAME",
    shell_complete=case_names,
    help="The case; may be left out if there is only one.",
)
@click.option(
    "--size",
    type=click.IntRange(min=1),
    metavar="N",
    help="Another size than the case's own; a smaller one is used only if it separates both ends as well.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the evidence goes; default: reports/bisect-parity/<UTC time>-bisect in the work tree.",
)
@click.option(
    "--resume",
    is_flag=False,
    flag_value=LATEST,
    metavar="[SESSION]",
    help="Go on with a session that was stopped; default: the last one. No finished check is run again.",
)
@click.option(
    "--reprove", is_flag=True, help="Make a new proof, also where one of the same content is recorded."
)
@click.option(
    "--revert/--no-revert",
    "revert",
    default=None,
    help="Test the end without the answer; default: where that exceeds no bound on the number of checks.",
)
@common_options()
def command(
    call: Invocation,
    good: str | None,
    bad: str | None,
    find: str,
    case_name: str | None,
    size: int | None,
    out: Path | None,
    resume: str | None,
    reprove: bool,
    revert: bool | None,
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
    if resume is None and (good is None or bad is None):
        raise click.UsageError("name both ends with --good and --bad, or a session with --resume")
    if resume is not None and (good, bad, case_name, size, out, call.config) != (None,) * 6:
        raise click.UsageError("--resume takes the ends, the case and the output of its session")
    repository = Repository.open(call.directory, call.journal)
    if resume is None:
        plan, request = _new_plan(call, repository, (str(good), str(bad), find), case_name, size, out)
    else:
        plan, request = _old_plan(repository, resume)
    plan = evolve(plan, is_reproof=reprove, is_revert_asked=revert)
    place = Path(request.out) if request.out else plan.folder.path / "evidence"
    with file_lock(plan.folder.path / "session.lock", "The git directory must be writable."):
        result = _run(call, plan, request, place)
    document = result.to_json()
    if call.as_json:
        write_json(document)
    else:
        for line in bisection_lines(document):
            click.echo(printable(line))
        click.echo(f"evidence: {place}")
    return EXIT_STATUS[result.outcome]


def _new_plan(
    call: Invocation,
    repository: Repository,
    asked: tuple[str, str, str],
    case_name: str | None,
    size: int | None,
    out: Path | None,
) -> tuple[Plan, Request]:
    """The plan of a new session; a wrong case or a wrong end is told before anything is written."""
    good, bad, find = asked
    states = (repository.git_dir / "bisect-parity", repository.state_directory())
    settings = call.settings(states, None)
    case = find_case(settings, case_name)
    chosen = case.at_size(size).size
    code_states = CodeStates(repository, case.code_paths or ())
    limits = resolve_range(repository, good, bad, Find(find), code_states)
    place = _output_place(repository, out)
    folder = create_folder(repository, settings)
    request = Request(limits.good, limits.bad, find, case.name, chosen, place)
    folder.write(request)
    case = find_case(load_settings(folder.settings), case.name)  # as frozen
    return Plan(repository, limits, code_states, case, folder, chosen), request


def _old_plan(repository: Repository, name: str) -> tuple[Plan, Request]:
    """The plan of a session that was stopped."""
    folder, request = open_folder(repository, name)
    settings = load_settings(folder.settings)
    case = find_case(settings, request.case)
    code_states = CodeStates(repository, case.code_paths or ())
    limits = resolve_range(repository, request.good, request.bad, Find(request.find), code_states)
    return Plan(repository, limits, code_states, case, folder, request.size), request


def _run(call: Invocation, plan: Plan, request: Request, place: Path) -> Bisection:
    """Run the session, and write what comes of it, also where it is interrupted."""
    call.journal.move_to(place / "commands.txt")
    log = structlog.get_logger()
    log.info(f"{_counted(plan.limits.span)} between the ends; evidence goes to {place}")
    log.info(f"after a stop, go on with: bisect-parity bisect --resume {plan.folder.path.name}")
    session = Session(plan, _tell)
    try:
        result = session.run()
    except KeyboardInterrupt:
        to_go_on = f"To go on: bisect-parity bisect --resume {plan.folder.path.name}"
        _write(
            session.result(Outcome.INTERRUPTED, f"The session was interrupted. {to_go_on}"),
            plan.folder,
            place,
        )
        plan.folder.write(request, Outcome.INTERRUPTED)
        log.warning(to_go_on)
        raise
    _write(result, plan.folder, place)
    plan.folder.write(request, result.outcome)
    return result


def _counted(span: Span) -> str:
    if span.state_count is None:
        return f"{span.count} commits, of which {len(span.main_line)} on the main line are searched first,"
    return f"{span.count} commits and {span.state_count} code states"


def _output_place(repository: Repository, out: Path | None) -> str:
    """The folder for the evidence output, which holds no earlier bisection; empty: that of the session.

    Raises:
        OutputError: it does hold one.
    """
    if out is not None:
        if (out / "bisect.json").exists():
            raise OutputError(f"{out} holds a bisection already", "Name another folder with --out.")
        return str(out.absolute())
    if repository.work_tree is None:
        return ""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return str(repository.work_tree / OUTPUT_FOLDER / f"{stamp}-bisect")


def _tell(check: Check, remaining: Remaining | None) -> None:
    left = ""
    if remaining is not None:
        steps = "1 step" if remaining.steps == 1 else f"{remaining.steps} steps"
        left = f"; about {steps} and the proof left"
        if remaining.seconds is not None:
            least, most = (round(seconds) for seconds in remaining.seconds)
            left += f", {least} to {most} s"
    structlog.get_logger().info(verdict_line(check.to_json()) + left)


def _write(result: Bisection, folder: SessionFolder, place: Path) -> None:
    """Write the evidence output.

    Raises:
        OutputError: it cannot be written.
    """
    document = result.to_json()
    if result.log:
        replace_file(place / "bisect.log", result.log)
    named = ({check.name, check.known_from} for check in result.checks)
    for name in sorted(name for name in set().union(*named) if name is not None):
        _copy_check(folder.check_folder(name), place / "verdicts", name)
    replace_file(place / "bisect.md", bisection_markdown(document))
    replace_file(place / "bisect.json", json.dumps(document, indent=2) + "\n")


def _copy_check(source: Path, target: Path, name: str) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file, suffix in (("verdict.json", ".json"), ("commands.txt", ".commands.txt")):
            if (source / file).is_file():
                shutil.copyfile(source / file, target / f"{name}{suffix}")
        for preview in source.glob("preview*.npz"):
            shutil.copyfile(preview, target / f"{name}.{preview.name}")
    except OSError as error:
        raise OutputError(
            f"cannot write {target}: {error.strerror}", "Choose a folder that can be written with --out."
        ) from error
