"""`bisect-parity diagnose`: what separates good runs from bad ones, and what may be to blame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from click.core import ParameterSource

from bisect_parity.commands.bench_options import bench_options, size_of
from bisect_parity.commands.figures_over_time import figures_over_time
from bisect_parity.commands.finding import find_bundles
from bisect_parity.commands.named_case import NamedCase
from bisect_parity.commands.named_path import files_of_runs
from bisect_parity.commands.options import PathName, case_option, common_options, gathered, out_option
from bisect_parity.commands.printing import answer, shown_path
from bisect_parity.commands.project import Project, evidence_folder, open_project
from bisect_parity.commands.series_runs import defaults_of, told_runs
from bisect_parity.commands.test_option import test_option
from bisect_parity.commands.value_completion import files
from bisect_parity.config import Criterion
from bisect_parity.diagnosis.diagnose import Diagnosis, diagnose, neighbours
from bisect_parity.diagnosis.next_step import NextStep, next_steps
from bisect_parity.diagnosis.tested import steps_after, with_tested
from bisect_parity.errors import BisectParityError, NoEvidenceError, UsageError
from bisect_parity.evidence.criterion import criterion_figures, recorded_names
from bisect_parity.evidence.keys import is_figure
from bisect_parity.files import json_text, replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.interval import Interval, intervals
from bisect_parity.report.diagnosis import diagnosis_lines, diagnosis_markdown
from bisect_parity.report.diagnosis_document import diagnosis_document
from bisect_parity.wording import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bisect_parity.commands.answers import Resolved
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.diagnosis.series import Run
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.params.code import CommitDefaults

OF_A_RUN = {"case_name": "--case", "revision": "--at", "size": "--size", "most": "--most"}


def _criterion(metric: str | None, least: float | None, greatest: float | None) -> Criterion | None:
    if metric is None:
        if least is not None or greatest is not None:
            raise UsageError("--min and --max need a figure to judge", "Name it with --metric.")
        return None
    try:
        return Criterion(metric, least, greatest)
    except ValueError as error:
        raise UsageError(f"--metric {metric}: {error.args[0]}", "Give --min, --max, or both.") from error


@click.command("diagnose")
@click.argument("bundles", nargs=-1, type=PathName(), metavar="[BUNDLE ...]")
@click.option(
    "--good",
    multiple=True,
    metavar="BUNDLE",
    shell_complete=files,
    help="A run that is good, whatever it recorded.",
)
@click.option(
    "--bad",
    multiple=True,
    metavar="BUNDLE",
    shell_complete=files,
    help="A run that is bad, whatever it recorded.",
)
@click.option("--metric", metavar="NAME", help="Judge the runs by this figure, and not by their parity.")
@click.option("--min", "least", type=float, metavar="X", help="The smallest value of a good run.")
@click.option("--max", "greatest", type=float, metavar="X", help="The largest value of a good run.")
@click.option(
    "--run", "is_run", is_flag=True, help="Also check one commit, clean and in a copy of your directory."
)
@case_option("With --run: the case; may be left out if there is one.")
@bench_options("With --run: ")
@out_option("Also write diagnosis.md and .json there.")
@test_option
@common_options
@gathered("criterion", _criterion)
@gathered("named", NamedCase)
def command(
    call: Invocation,
    bundles: tuple[Path, ...],
    good: tuple[str, ...],
    bad: tuple[str, ...],
    criterion: Criterion | None,
    is_run: bool,
    named: NamedCase,
    revision: str,
    most: str,
    out: Path | None,
) -> int:
    """Show what separates good runs from bad ones, and whether a commit can be to blame.

    The records of the series are read; nothing is run without --run. A run is good or bad by its recorded
    parity, by --metric with --min or --max, or because you say so with --good and --bad.

    \b
    code         do good and bad runs differ in their code at all?
    parameters   which of them separates good from bad, with an exact test
    environment  the same for versions, variables, host and paths
    reference    does the reference itself change between runs?
    noise        do equal runs have different verdicts?

    With --run, the commit --at is checked twice in a clean worktree, and once in a scratch copy of your
    directory with its untracked, ignored and changed files; where strace is installed, it shows which of
    these the case opened. Your directory is only read.

    Exit status: 0 done, 2 usage, 3 the repository or a bundle cannot be read, or a check of --run has no
    verdict.
    """  # noqa: D301 - click wants the character itself
    source_of = click.get_current_context().get_parameter_source
    given = [option for name, option in OF_A_RUN.items() if source_of(name) is ParameterSource.COMMANDLINE]
    given += ["--test"] if named.test is not None else []
    if given and not is_run:
        raise UsageError(f"{given[0]} belongs to --run", "Give both, or neither.")
    if named.test is not None:
        named.test.refuse_open_limit()
    place = out
    if is_run:
        project = _project_to_run(call, bundles, out)
        place = evidence_folder(project.repository, "diagnose", out)
    else:
        project = _project(call, bundles, (*good, *bad), out)
    project = _judged_by(criterion, project)
    call.log_to(project.repository.state_directory(), place)
    known = project.resolve_files()
    found, steps = diagnose_project(project, good, bad, known=known)
    figures = figures_over_time(project, project.single_runs(known), call.options)
    tested, status = None, 0
    if is_run and place is not None:
        from bisect_parity.bisection.in_place import check_in_place  # noqa: PLC0415 - slow, and seldom needed
        from bisect_parity.commands.bench import file_changes, open_bench  # noqa: PLC0415 - as above

        with open_bench(call, project.repository, revision, named, place) as bench:
            changes, local = file_changes(project.repository, bench.commit, size_of(most), bench.folder)
            facts, tested = check_in_place(bench, changes, local)
        found, steps = with_tested(found, facts), steps_after(facts, steps, has_kinds=bool(found.kinds))
        status = 0 if facts.differ or facts.agree else BisectParityError.exit_status
    document = diagnosis_document(found, [step.called_with(call.options) for step in steps], tested, figures)
    _publish(call, document, place)
    return status


def _publish(call: Invocation, document: dict[str, Any], place: Path | None) -> None:
    if place is not None:
        replace_file(place / "diagnosis.md", "\n".join(diagnosis_markdown(document)) + "\n")
        replace_file(place / "diagnosis.json", json_text(document))
    where = () if place is None else (f"evidence: {shown_path(place)}",)
    answer(call, document, (*diagnosis_lines(document), *where))


def _project(
    call: Invocation, bundles: tuple[Path, ...], named_runs: Sequence[str], out: Path | None
) -> Project:
    """The project of a call that runs nothing; runs that are told may be all the evidence that there is."""
    try:
        return find_bundles(call, bundles, out, stored=True)
    except NoEvidenceError:
        top = open_project(call, needs_work_tree=False).repository.work_tree
        if bundles or not named_runs or top is None:
            raise
        return find_bundles(call, files_of_runs(named_runs, top), out, stored=True)


def _project_to_run(call: Invocation, bundles: tuple[Path, ...], out: Path | None) -> Project:
    """The project of a call that runs something, which may do without any evidence."""
    try:
        return find_bundles(call, bundles, out)
    except NoEvidenceError:
        return open_project(call)


def diagnosis_of(
    project: Project,
    options: str,
    known: Resolved | None = None,
    code: Mapping[str, CommitDefaults] | None = None,
    case: str | None = None,
    figures: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document of the diagnosis of a project's runs; see `diagnose_project`.

    Args:
        project: with bundles.
        options: of any further command, each after a space.
        known, code, case: as of `diagnose_project`.
        figures: of the runs over time, if they were looked at.
    """
    found, steps = diagnose_project(project, known=known, code=code, case=case)
    return diagnosis_document(found, [step.called_with(options) for step in steps], figures=figures)


def diagnose_project(
    project: Project,
    good: Sequence[str] = (),
    bad: Sequence[str] = (),
    *,
    known: Resolved | None,
    code: Mapping[str, CommitDefaults] | None = None,
    case: str | None = None,
) -> tuple[Diagnosis, list[NextStep]]:
    """The diagnosis of a project's runs, and what to do next.

    Args:
        project: with bundles.
        good, bad: bundles whose verdict the user gave.
        known: as in `Project.single_runs`.
        code: what `defaults_of` gave for the runs.
        case: the name of the case that is in use; None: those of the settings count.

    Raises:
        BisectParityError: as `told_runs`.
    """
    runs, bundles = told_runs(project, good, bad, known)
    code_states = CodeStates(project.repository, project.settings.code.paths)
    code = defaults_of(project, runs) if code is None else code
    found = diagnose(runs, _intervals(project, code_states, runs), code, _is_tracked(project))
    common = [name for name, count in recorded_names(bundles).items() if count > 1]
    common = [name for name in common if is_figure(name)] or common
    if case is not None:
        return found, next_steps(found, [case], common)
    criterion, cases = project.settings.evidence.criterion, sorted(project.settings.case)
    return found, next_steps(found, cases, common, _before_checks(project), criterion)


def _before_checks(project: Project) -> NextStep | None:
    """What must be done before a commit can be checked; None where a case is at hand."""
    source = project.settings.source
    if source is None:
        why = "writes settings, in which a case says how one commit is checked; --test COMMAND needs none"
        return NextStep("bisect-parity init", why)
    if not project.settings.case:
        why = f"once {source.name} has a [case.NAME], which says how one commit is checked; --test needs none"
    elif source.parent == project.top:
        why = f"copies the case of {source.name} to the git directory, where checks read it"
    else:
        return None
    return NextStep("bisect-parity init --freeze", why)


def _judged_by(criterion: Criterion | None, project: Project) -> Project:
    """The project with runs that are judged by a criterion, if there is one."""
    if criterion is None:
        return project
    _check_is_recorded(criterion, project.everything)
    evidence = attrs.evolve(project.settings.evidence, criterion=criterion)
    return attrs.evolve(project, settings=attrs.evolve(project.settings, evidence=evidence))


def _check_is_recorded(criterion: Criterion, bundles: Sequence[Bundle]) -> None:
    """Refuse a figure that no run records: a typing error would leave all runs without a verdict."""
    if not any(criterion_figures(bundle, criterion) for bundle in bundles):
        raise UsageError(
            f"no run records the figure {criterion.metric!r} of --metric",
            did_you_mean(criterion.metric, recorded_names(bundles), "figures"),
        )


def _intervals(
    project: Project, code_states: CodeStates, runs: Sequence[Run]
) -> dict[tuple[int, int], Interval]:
    """What lies between each bad run and the good one nearest to it; nothing where git does not know."""
    ends: dict[tuple[int, int], tuple[str, str]] = {}
    for one, other in neighbours(runs):
        commits = runs[one].resolution.commit, runs[other].resolution.commit
        if commits[0] is not None and commits[1] is not None:
            ends[one, other] = commits[0], commits[1]
    # those of a shallow or partial clone, and of commits that are gone, are left out
    known = intervals(project.repository, code_states, dict.fromkeys(ends.values()))
    return {places: known[pair] for places, pair in ends.items() if pair in known}


def _is_tracked(project: Project) -> Callable[[str], bool]:
    """Whether a reported file is tracked here, judged by its name: its folder may be another machine's."""
    names = {path.rpartition("/")[2] for path in project.repository.fields("ls-files")}
    return lambda file: file.rpartition("/")[2] in names
