"""`bisect-parity sweep`: checks the code states of a range, and shows every flip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve

from bisect_parity.bisection.case_files import frozen_folder
from bisect_parity.bisection.ends import refuse_moved_code
from bisect_parity.bisection.folder import EVIDENCE, LOCK, SweepRequest, open_folder
from bisect_parity.bisection.lacking import look_over
from bisect_parity.bisection.model import Outcome
from bisect_parity.bisection.named_ends import resolve_ends
from bisect_parity.bisection.span import read_span
from bisect_parity.bisection.sweep_session import SweepPlan, SweepSession
from bisect_parity.commands.named_case import NamedCase, settings_of
from bisect_parity.commands.options import (
    case_option,
    common_options,
    evidence_option,
    gathered,
    revision_option,
)
from bisect_parity.commands.progress import Teller
from bisect_parity.commands.search_options import jobs_option, refuse_beside_resume, resume_option
from bisect_parity.commands.session_output import (
    announce,
    copy_verdicts,
    have_images,
    output_place,
    print_search,
)
from bisect_parity.commands.test_option import test_option
from bisect_parity.commands.threshold_options import threshold_options
from bisect_parity.config import load_settings
from bisect_parity.errors import CheckError, UsageError
from bisect_parity.files import json_text, replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.locks import file_lock
from bisect_parity.logs import logger
from bisect_parity.parity.case import find_case
from bisect_parity.report import search_documents
from bisect_parity.report.bisection_table import matrix_csv
from bisect_parity.report.documents import read_as
from bisect_parity.report.sweep import sweep_lines, sweep_markdown
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from bisect_parity.bisection.folder import SessionFolder
    from bisect_parity.bisection.span import Span
    from bisect_parity.bisection.sweep import Sweep
    from bisect_parity.commands.invocation import Invocation

DONE = "done"


@click.command("sweep")
@click.argument("ends", metavar="[A..B]", required=False)
@revision_option("--from", "start", described="The first commit, or a date.")
@revision_option("--to", "end", described="The last commit, or a date.")
@click.option(
    "--max-checks",
    "--budget",
    "budget",
    type=click.IntRange(min=2),
    metavar="N",
    help="Check N code states, evenly spread.",
)
@case_option("The case; may be left out if there is only one.")
@click.option(
    "--size", type=click.IntRange(min=1), metavar="N", help="Check at another size than the case's own."
)
@evidence_option("sweep")
@resume_option("sweep")
@threshold_options
@test_option
@jobs_option
@common_options
@gathered("named", NamedCase)
def command(
    call: Invocation,
    ends: str | None,
    start: str | None,
    end: str | None,
    budget: int | None,
    named: NamedCase,
    out: Path | None,
    resume: str | None,
    jobs: int,
) -> int:
    """Check every code state between two commits, and show where the verdict changes.

    A bisection finds one change from good to bad. Where the parity was broken, fixed and broken again, this
    finds all of them. Both ends are checked first, then the rest in halves, so that a sweep that is stopped
    has looked everywhere. Each code state is checked once; what earlier sessions found is not run again.

    A..B stands for --from A --to B.

    Exit status: 0 no flip, 1 the verdict changes, 2 usage, 3 nothing could be tested, or the repository
    cannot be read, 130 interrupted.
    """
    start, end = _named_ends(ends, start, end, resume)
    if resume is not None:
        refuse_beside_resume(call, named, start, end, out)
    repository = Repository.open(call.directory, call.journal)
    if resume is None:
        plan, request = _new_plan(call, repository, (str(start), str(end)), named, out)
    else:
        plan, request = _old_plan(repository, resume)
    if budget is not None:
        request = evolve(request, budget=budget)
    plan = evolve(
        plan,
        budget=request.budget,
        jobs=jobs,
        repo_option=call.repo_option,
        config_option=call.config_option,
    )
    place = Path(request.out) if request.out else plan.folder.path / EVIDENCE
    with file_lock(plan.folder.path / LOCK, "The git directory must be writable."):
        plan.folder.write(request)
        result = _run(call, plan, request, place)

    document = result.to_json()
    print_search(call, document, sweep_lines(read_as(search_documents.Sweep, document), plan.options), place)
    if not result.is_decided:
        raise CheckError(
            "none of the selected commits could be tested",
            "See the reasons above; check more with --resume --budget N.",
        )
    return 1 if result.flips else 0


def _named_ends(
    ends: str | None, start: str | None, end: str | None, resume: str | None
) -> tuple[str | None, str | None]:
    """The ends of a new sweep, named in one of two ways; none of one that is resumed."""
    if ends is not None:
        if (start, end, resume) != (None,) * 3:
            raise click.UsageError(f"{ends} names both ends: leave out --from, --to and --resume")
        return _both_ends(ends)
    if resume is None and (start is None or end is None):
        raise click.UsageError("name both ends, as A..B or with --from and --to, or a sweep with --resume")
    return start, end


def _both_ends(text: str) -> tuple[str, str]:
    """The revisions of "A..B"; as in git, one that is left out is HEAD."""
    start, dots, end = text.partition("..")
    if not dots or not (start or end) or end.startswith("."):
        raise click.UsageError(f"{text!r} names no range: write it as A..B, or give --from A --to B")
    return start or "HEAD", end or "HEAD"


def _new_plan(
    call: Invocation,
    repository: Repository,
    ends: tuple[str, str],
    named: NamedCase,
    out: Path | None,
) -> tuple[SweepPlan, SweepRequest]:
    """The plan of a new sweep; a wrong case or end is refused before anything is written."""
    settings, content = settings_of(call, repository, named)
    case = find_case(settings, named.case_name).at_size(named.size)
    thresholds = named.thresholds.for_case(case)
    resolved = resolve_ends(repository, {"--from": ends[0], "--to": ends[1]})
    start, end = resolved["--from"], resolved["--to"]
    if start == end:
        raise UsageError(f"--from and --to name the same commit, {start[:SHORT]}", "Name two commits.")
    if repository.git_result("merge-base", "--is-ancestor", start, end).status != 0:
        raise UsageError(
            f"{start[:SHORT]} is no ancestor of {end[:SHORT]}",
            "Name the older one first: OLD..NEW, or --from OLD.",
        )
    code_states = CodeStates(repository, case.code_paths or ())
    refuse_moved_code(repository, code_states, start, end)
    look_over(repository, case, code_states, start, end)
    span = read_span(repository, start, end, code_states)
    place = output_place(repository, out, "sweep")
    folder = frozen_folder(repository, settings, content, case)
    request = SweepRequest(start, end, case.name, case.size, place, thresholds=thresholds)
    return _plan(repository, span, code_states, folder, request), request


def _old_plan(repository: Repository, name: str) -> tuple[SweepPlan, SweepRequest]:
    """The plan of a sweep that was stopped."""
    folder, request = open_folder(repository, name, SweepRequest)
    case = find_case(load_settings(folder.settings), request.case)
    code_states = CodeStates(repository, case.code_paths or ())
    span = read_span(repository, request.start, request.end, code_states)
    return _plan(repository, span, code_states, folder, request), request


def _plan(
    repository: Repository, span: Span, code_states: CodeStates, folder: SessionFolder, request: SweepRequest
) -> SweepPlan:
    case = find_case(load_settings(folder.settings), request.case)  # as frozen
    case = case.at_size(request.size).judged_by(request.thresholds)
    return SweepPlan(
        repository=repository,
        span=span,
        code_states=code_states,
        case=case,
        folder=folder,
        thresholds=request.thresholds,
    )


def _run(call: Invocation, plan: SweepPlan, request: SweepRequest, place: Path) -> Sweep:
    """Run the sweep, and write what comes of it, also where it is interrupted."""
    call.journal.move_to(place / "commands.txt")
    log = logger()
    again = plan.resuming("sweep")
    announce(again, plan.case)
    teller = Teller(is_quiet=call.quiet)
    session = SweepSession(plan, teller.tell, teller.watch)
    try:
        with teller:
            result = session.run()
    except KeyboardInterrupt:
        _write(session.result(), plan, place)
        plan.folder.write(request, Outcome.INTERRUPTED.value)
        log.warning(f"To resume: {again}")
        raise
    except CheckError:
        _write(session.result(), plan, place)
        raise
    _write(result, plan, place)
    plan.folder.write(request, DONE)
    return result


def _write(result: Sweep, plan: SweepPlan, place: Path) -> None:
    document = result.to_json()
    copy_verdicts(result.checks, plan.folder, place)
    told = read_as(search_documents.Sweep, document)
    replace_file(place / "matrix.csv", matrix_csv(told))
    replace_file(place / "sweep.md", sweep_markdown(told, plan.options))
    replace_file(place / "sweep.json", json_text(document))
    if have_images(result.checks):
        from bisect_parity.commands.session_charts import write_sweep_chart  # noqa: PLC0415 - slow to import

        write_sweep_chart(told, result.checks, place)
