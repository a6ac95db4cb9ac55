"""`bisect-parity bisect`: finds the commit that broke the parity, or says that none did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve, frozen

from bisect_parity.bisection.folder import EVIDENCE, LOCK
from bisect_parity.bisection.model import Find, Outcome
from bisect_parity.bisection.whole_search import WholeSearch
from bisect_parity.commands.bisect_plan import AskedEnds, new_plan, old_plan
from bisect_parity.commands.flaky_options import FlakyOptions, flaky_options
from bisect_parity.commands.named_case import NamedCase
from bisect_parity.commands.options import (
    case_option,
    common_options,
    evidence_option,
    gathered,
    revision_option,
)
from bisect_parity.commands.progress import Teller
from bisect_parity.commands.search_options import jobs_option, refuse_beside_resume, resume_option
from bisect_parity.commands.session_ends import recorded_otherwise
from bisect_parity.commands.session_output import announce, print_search, write_bisection
from bisect_parity.commands.test_option import test_option
from bisect_parity.commands.threshold_options import threshold_options
from bisect_parity.errors import BisectParityError
from bisect_parity.history.repository import Repository
from bisect_parity.locks import file_lock
from bisect_parity.logs import logger
from bisect_parity.parity.figure import SECONDS
from bisect_parity.report.bisection import bisection_lines
from bisect_parity.report.documents import read_as
from bisect_parity.report.search_documents import Bisection
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from bisect_parity.bisection.flaky_session import FlakySession
    from bisect_parity.bisection.folder import Request
    from bisect_parity.bisection.plan import Plan
    from bisect_parity.bisection.span import Span
    from bisect_parity.commands.invocation import Invocation

NOT_FLAKY = "--until, --least-rate, --bad-is-proof and --suspect belong to --flaky"
COMPARE_RUNS = "Compare parameters, environment and machines of the runs: bisect-parity audit"
EXIT_STATUS = {
    Outcome.CONFIRMED: 0,
    Outcome.LIKELY: 0,
    Outcome.INCONCLUSIVE: 3,
    Outcome.REFUTED: 3,
    Outcome.NOTHING_TO_BISECT: 4,
    Outcome.INTERRUPTED: 130,
}


@frozen
class AnswerOptions:
    """What to do with the answer, if each code state has one verdict; None and False: nothing is said."""

    reprove: bool = False
    revert: bool | None = None
    into_submodules: bool | None = None


@click.command("bisect")
@revision_option(
    "--good", described="Where the parity holds: a commit, a date, a bundle of a good run, or auto."
)
@revision_option("--bad", described="Where it does not: a commit, a date, or a bundle of a bad run.")
@click.option(
    "--find",
    type=click.Choice([find.value for find in Find]),
    default=Find.REGRESSION.value,
    show_default=True,
    help="What to look for: the first bad commit after a good one, or the first good one after a bad one.",
)
@case_option("The case; may be left out if there is only one.")
@click.option(
    "--size",
    type=click.IntRange(min=1),
    metavar="N",
    help="Another size than the case's own; a smaller one is used only if it separates both ends as well.",
)
@evidence_option("bisect")
@resume_option("session")
@click.option(
    "--reprove", is_flag=True, help="Check the answer again even if a proof of the same content is recorded."
)
@click.option(
    "--revert/--no-revert",
    "revert",
    default=None,
    help="Also test the end with the found commit reverted; default: if the bound on checks allows it.",
)
@click.option(
    "--into-submodules/--no-submodules",
    "into_submodules",
    default=None,
    help="If the found commit moves a submodule, go on with the search inside it; default: do so.",
)
@threshold_options
@test_option
@flaky_options
@jobs_option
@common_options
@gathered("asked", AskedEnds)
@gathered("named", NamedCase)
@gathered("answer", AnswerOptions)
def command(
    call: Invocation,
    asked: AskedEnds,
    named: NamedCase,
    out: Path | None,
    resume: str | None,
    answer: AnswerOptions,
    flaky: FlakyOptions,
    jobs: int,
) -> int:
    """Find the commit that broke the parity, in a worktree of its own.

    --good auto walks back from the bad commit, over code states in doubling steps, until a good one is found
    (with --find fix: --bad auto). A bundle stands for the commit that made it, as far as that is known; a
    date such as 2025-01-31 or 2025-01-31T16:00Z for the last commit before it on the main line.

    Both ends are tested first, in a clean worktree. If they agree, no commit is to blame, and that is
    the answer. Otherwise git bisects, each code state is checked once, and the commit that git names and
    its parent are checked again. Your checkout, index and reflog are not touched.

    If the commit moves a submodule, the search goes on inside it: through the commits of the submodule
    between the old and the new one, each with all other files as the commit has them.

    --jobs N also checks the commits that will probably be asked for next, beside the one that is. The answer
    is the same; some checks turn out to be needless.

    --flaky is for a check that is sometimes good and sometimes bad on the same code. Every check is one more
    observation, and the next commit checked is the one expected to tell most. The search ends once some
    commit changed the rate of bad verdicts with probability --until. The rates before and after it are
    reported with their intervals.

    \b
    confirmed     checked again: the commit is bad, all its parents are good
    likely        the same for its first parent only
    inconclusive  commits that cannot be tested hide the answer, or an end cannot be tested
    refuted       the second check contradicts the first

    Exit status: 0 confirmed or likely, 2 usage, 3 inconclusive, refuted, or the repository cannot be
    read, 4 nothing to bisect, 130 interrupted.
    """  # noqa: D301 - click wants the character itself
    _refuse_mixture(flaky, resume, asked, answer)
    _refuse_timing("" if named.test is None else named.test.figure, jobs)
    repository = Repository.open(call.directory, call.journal)
    if resume is None:
        plan, request = new_plan(
            call, repository, asked, named, out, flaky.terms() if flaky.is_flaky else None
        )
    else:
        refuse_beside_resume(call, named, asked.good, asked.bad, out)
        plan, request = old_plan(repository, resume)
        if request.flaky is not None:
            request = evolve(request, flaky=flaky.terms(request.flaky))
    _refuse_timing(plan.case.figure, jobs)
    plan, request = _with_options(plan, request, answer, flaky, jobs)
    place = Path(request.out) if request.out else plan.folder.path / EVIDENCE
    with file_lock(plan.folder.path / LOCK, "The git directory must be writable."):
        if answer.into_submodules is not None:
            plan.folder.write(request)
        outcome, document = _run(call, plan, request, place)
    told = read_as(Bisection, document)
    print_search(call, document, (*bisection_lines(told), *_diagnosis_lines(document)), place)
    return EXIT_STATUS[outcome]


def _with_options(
    plan: Plan, request: Request, answer: AnswerOptions, flaky: FlakyOptions, jobs: int
) -> tuple[Plan, Request]:
    """What to do, with the options that a resumed session takes as well.

    Raises:
        UsageError: as click knows it.
    """
    if flaky.has_terms and request.flaky is None:
        raise click.UsageError(NOT_FLAKY)
    if answer.into_submodules and request.flaky is not None:
        raise click.UsageError("a search by a flaky check does not go into submodules")
    if answer.into_submodules is not None:
        request = evolve(request, into_submodules=answer.into_submodules)
    plan = evolve(
        plan,
        is_reproof=answer.reprove,
        is_revert_asked=answer.revert,
        jobs=jobs,
        most_checks=flaky.most_checks,
        into_submodules=request.into_submodules and request.flaky is None,
    )
    return plan, request


def _refuse_mixture(flaky: FlakyOptions, resume: str | None, asked: AskedEnds, answer: AnswerOptions) -> None:
    """Refuse options that do not go together.

    Raises:
        UsageError: as click knows it.
    """
    if resume is None and None in (asked.good, asked.bad):
        named = "name both ends with --good and --bad, such as --good auto --bad HEAD"
        raise click.UsageError(f"{named}, or a session with --resume")
    is_asked = answer.reprove or answer.revert or answer.into_submodules
    if flaky.is_flaky and (resume is not None or is_asked):
        others = "--resume, --reprove, --revert or --into-submodules"
        raise click.UsageError(f"--flaky cannot be combined with {others}")
    if flaky.has_terms and not flaky.is_flaky and resume is None:
        raise click.UsageError(NOT_FLAKY)


def _refuse_timing(figure: str, jobs: int) -> None:
    """Refuse to compare run times of checks that take the processors from each other.

    Raises:
        UsageError: as click knows it.
    """
    if figure == SECONDS and jobs > 1:
        raise click.UsageError("run times are measured one at a time: leave out --jobs")


def _run(call: Invocation, plan: Plan, request: Request, place: Path) -> tuple[Outcome, dict[str, Any]]:
    """Run the session, and write what comes of it, also where it is interrupted."""
    call.journal.move_to(place / "commands.txt")
    log = logger()
    log.info(f"{_range_text(plan.limits.span)} between the ends; evidence goes to {place}")
    announce(plan.again, plan.case)
    teller = Teller(is_quiet=call.quiet)
    session: WholeSearch | FlakySession
    if request.flaky is None:
        session = WholeSearch(plan, teller.tell, teller.watch)
    else:
        from bisect_parity.bisection.flaky_session import FlakySession  # noqa: PLC0415 - slow, seldom needed

        session = FlakySession(plan, request.flaky, teller.tell, teller.watch)
    try:
        with teller:
            result = session.run()
    except KeyboardInterrupt:
        to_go_on = f"To resume: {plan.again}"
        result = session.result(Outcome.INTERRUPTED, f"The session was interrupted. {to_go_on}")
        write_bisection(result, result.to_json(), plan.folder, place)
        plan.folder.write(request, result.outcome.value)
        log.warning("\n".join((to_go_on, *result.says[1:])))
        raise
    diagnosed: dict[str, Any] = {}
    if result.outcome is Outcome.NOTHING_TO_BISECT:
        found = _diagnosis(call, plan)
        diagnosed = {"diagnosis": found}
        if found is not None:
            verdicts = {check.commit: check.verdict for check in result.checks}
            first, *others = (*result.says, COMPARE_RUNS + plan.call_options)
            recorded = recorded_otherwise(found["runs"], verdicts, plan.call_options)
            result = evolve(result, says=(first, *recorded, *others))
    document = result.to_json() | diagnosed
    write_bisection(result, document, plan.folder, place)
    plan.folder.write(request, result.outcome.value)
    return result.outcome, document


def _diagnosis(call: Invocation, plan: Plan) -> dict[str, Any] | None:
    """What the records of earlier runs say, another search as the last resort; None where there are none."""
    from bisect_parity.commands.diagnose import diagnosis_of  # noqa: PLC0415 - slow to import, seldom needed
    from bisect_parity.commands.finding import find_bundles  # noqa: PLC0415 - as above

    try:
        found = diagnosis_of(find_bundles(call, ()), plan.call_options, case=plan.case.name)
    except BisectParityError as error:
        logger().info(f"no diagnosis of earlier runs: {error.message}")
        return None
    ends = {plan.limits.old[:SHORT], plan.limits.new[:SHORT]}
    others = [step for step in found["next"] if not ends <= set(step["command"].split())]  # not this search
    found["next"] = sorted(others, key=lambda step: step["command"].startswith("bisect-parity bisect "))
    return found


def _diagnosis_lines(document: dict[str, Any]) -> list[str]:
    found = document.get("diagnosis")
    if found is None:
        return []
    from bisect_parity.report.diagnosis import brief_lines  # noqa: PLC0415 - slow to import, seldom needed

    return [
        "what the records of earlier runs say by themselves (all of it: bisect-parity diagnose):",
        *brief_lines(found),
    ]


def _range_text(span: Span) -> str:
    if span.state_count is None:
        return f"{span.count} commits, of which {len(span.main_line)} on the main line are searched first,"
    return f"{counted(span.count, 'commit')} and {counted(span.state_count, 'code state')}"
