"""`bisect-parity isolate`: what flips a verdict: files, variables or parameters, or the code of a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from attrs import frozen

from bisect_parity.bisection.changes import (
    Difference,
    environment_changes,
    parameter_change,
    without_switches,
)
from bisect_parity.bisection.isolate import isolate
from bisect_parity.bisection.local_items import LocalItems
from bisect_parity.commands.bench import file_changes, open_bench
from bisect_parity.commands.bench_options import bench_options, size_of
from bisect_parity.commands.isolate_code import isolated_code, told_isolation
from bisect_parity.commands.named_case import NamedCase
from bisect_parity.commands.options import case_option, common_options, evidence_option, gathered
from bisect_parity.commands.test_option import test_option
from bisect_parity.commands.threshold_options import threshold_options
from bisect_parity.commands.value_completion import revisions
from bisect_parity.errors import UsageError
from bisect_parity.history.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.bisection.bench import Bench
    from bisect_parity.commands.invocation import Invocation

OVER = ("files", "env", "params", "code")


@frozen
class Tried:
    """What may flip the verdict, as typed: kinds of changes, parameters, and two runs that differ."""

    over: str
    settings: tuple[str, ...]
    good: str | None
    bad: str | None


@click.command("isolate")
@click.option(
    "--over",
    default="files",
    show_default=True,
    metavar="KINDS",
    help="What to search in: files, env, params, or several with commas; or code.",
)
@click.option(
    "--from",
    "before",
    metavar="REV",
    shell_complete=revisions,
    help="With --over code: the commit without the changes; default: the first parent of --at.",
)
@click.option(
    "--max-checks",
    "--most-checks",
    "most_checks",
    type=click.IntRange(min=8),
    default=200,
    show_default=True,
    metavar="N",
    help="With --over code: make no more checks than this.",
)
@case_option("The case; may be left out if there is only one.")
@bench_options()
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="[STEP:]--FLAG=VALUE",
    help="A parameter to try: of the step reference or candidate, or of both. Implies --over params.",
)
@click.option(
    "--good", metavar="BUNDLE", help="With --bad: try what differs between the bad run and this one."
)
@click.option("--bad", metavar="BUNDLE", help="A bad run, whose recorded parameters and variables are tried.")
@evidence_option("isolate")
@threshold_options
@test_option
@common_options
@gathered("tried", Tried)
@gathered("named", NamedCase)
def command(
    call: Invocation,
    tried: Tried,
    before: str | None,
    most_checks: int,
    named: NamedCase,
    revision: str,
    most: str,
    out: Path | None,
) -> int:
    """Find the smallest set of changes that flips the verdict of one commit, or the part of it that does.

    The commit is checked in a clean worktree, and with all changes applied. If the verdicts differ,
    delta debugging finds the smallest set that makes the difference, and the set is tested both ways: with it
    alone, and with everything but it.

    \b
    files   untracked, ignored and changed files of your directory, those that
            strace sees opened first
    env     variables of your environment that the case does not pass through;
            with --good and --bad, those that the two runs recorded
    params  parameters that you name with --set, or in which the runs --good
            and --bad differ
    code    what the commit --at itself changes: files, then the hunks in them

    Your directory is only read: every check runs in a scratch copy, and no verdict is cached.

    Exit status: 0 isolated, 2 usage, 3 inconclusive (a check has no verdict, or does not repeat), 4 the
    verdict is the same with all changes and without any.
    """  # noqa: D301 - click wants the character itself
    kinds = _kinds(tried)
    if "code" in kinds:
        if len(kinds) > 1:
            raise UsageError("--over code is tried alone", "Try the others in a call of their own.")
        if tried.good is not None:
            raise UsageError(
                "--good and --bad name runs, and --over code takes commits", "See --from and --at."
            )
        return isolated_code(call, revision, before, named, most_checks, out)
    if before is not None:
        raise UsageError("--from belongs to --over code", "Add it, or leave --from out.")
    most_bytes = size_of(most)
    repository = Repository.open(call.directory, call.journal)
    with open_bench(call, repository, revision, named, out) as bench:
        folder = bench.folder
        call.journal.move_to(folder / "commands.txt")
        changes: list[Difference] = []
        local = LocalItems(())
        if "files" in kinds:
            changes, local = file_changes(repository, bench.commit, most_bytes, folder)
        changes += _other_changes(call, bench, kinds, tried)
        if not changes:
            what = f"no {' and no '.join(kinds)} differ from a clean check"
            what = "all files that differ are left out for their size" if local.left_out else what
            remedy = "Give more with --most." if local.left_out else "Name more with --over or --set."
            raise UsageError(f"there is nothing to try: {what}", remedy)
        result = isolate(bench, changes)
        document = result.to_json(bench, changes, local)
    return told_isolation(call, document, folder)


def _other_changes(call: Invocation, bench: Bench, kinds: tuple[str, ...], tried: Tried) -> list[Difference]:
    """The variables and parameters to try: of two runs, or of the environment; and those of --set."""
    changes: list[Difference] = []
    if tried.good is not None and tried.bad is not None:
        from bisect_parity.commands.isolate_runs import differences_of_runs  # noqa: PLC0415 - slow to import

        recorded = differences_of_runs(call, bench, tried.good, tried.bad)
        changes += [change for change in recorded if change.kind in kinds]
    elif "env" in kinds:
        bench.case = without_switches(bench.case, bench.caller)
        changes += environment_changes(bench.case, bench.caller)
    return [*changes, *(change for text in tried.settings for change in parameter_change(bench.case, text))]


def _kinds(tried: Tried) -> tuple[str, ...]:
    kinds = [kind.strip() for kind in tried.over.split(",") if kind.strip()]
    for kind in kinds:
        if kind not in OVER:
            raise UsageError(f"--over {kind!r} is none of {', '.join(OVER)}", "Choose among them.")
    if tried.settings and "params" not in kinds:
        explicit = click.get_current_context().get_parameter_source("over")
        kinds = ["params"] if explicit is click.core.ParameterSource.DEFAULT else [*kinds, "params"]
    if (tried.good is None) != (tried.bad is None):
        raise UsageError("--good and --bad belong together", "Name a run of each verdict.")
    if "params" in kinds and not tried.settings and tried.good is None:
        remedy = "Name them, as in --set candidate:--distance=151, or two runs with --good and --bad."
        raise UsageError("--over params needs parameters to try", remedy)
    return tuple(dict.fromkeys(kinds))
