"""`bisect-parity rerun`: run a recorded command again at its commit, and compare the results."""

from __future__ import annotations

import contextlib
import shlex
from typing import TYPE_CHECKING

import click
from attrs import evolve, frozen

from bisect_parity.bisection.untracked_needs import is_product, untracked_need
from bisect_parity.commands.finding import find_bundles, of_one_run
from bisect_parity.commands.named_path import path_below
from bisect_parity.commands.options import (
    NumberRange,
    PathName,
    bring_option,
    common_options,
    evidence_option,
    gathered,
)
from bisect_parity.commands.printing import answer, shown_path
from bisect_parity.commands.project import evidence_folder
from bisect_parity.commands.recorded_call import STANDARD_ERROR, STANDARD_OUTPUT, open_recorded
from bisect_parity.commands.recorded_runs import tell_standings
from bisect_parity.commands.rerun_chain import present_commit, refuse_redacted, rerun_chain
from bisect_parity.commands.rerun_document import rerun_document, write_rerun
from bisect_parity.commands.value_completion import command_words, revisions
from bisect_parity.errors import EvidenceError, UsageError
from bisect_parity.evidence.model import flat
from bisect_parity.provenance.run_messages import recorded_command
from bisect_parity.recording.bundle_folder import RECORD_NAME
from bisect_parity.report.documents import read_as
from bisect_parity.report.rerun import rerun_lines
from bisect_parity.report.trial_documents import Rerun
from bisect_parity.rerun.attempt import Attempt, RerunPlan, rerun_at
from bisect_parity.rerun.likeness import Tolerances
from bisect_parity.rerun.recorded_run import run_of_bundle, run_of_record
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.project import Project
    from bisect_parity.rerun.recorded_run import OriginalRun

MOST_COMMANDS = 3
STREAM_NAMES = ("stderr.txt", "output.txt", "stdout.txt")  # of a bundle, where a failure is told
TAIL_BYTES = 8000
FIGURES = 1e-6


@frozen
class Asked:
    """What is run and how, as typed."""

    line: tuple[str, ...] = ()
    revisions_named: tuple[str, ...] = ()
    likely: int | None = None
    brought: tuple[str, ...] = ()
    tolerance: float = FIGURES

    def places(self, project: Project) -> tuple[str, ...]:
        """The files and folders to copy, relative to the top."""
        return tuple(path_below(path, project.top) for path in self.brought)

    def tolerances(self, project: Project) -> Tolerances:
        """What counts as the same."""
        return Tolerances(project.settings.thresholds, self.tolerance)


class _BehindDashes(click.Command):
    """A command that runs what stands after `--`, and nothing else: a second bundle is no program."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, and refuse a command line that does not stand after `--`."""
        has_dashes = "--" in args
        rest = super().parse_args(ctx, args)
        line = ctx.params.get("line") or ()
        if line and not has_dashes:
            raise UsageError(
                f"{line[0]} is neither an option nor after --",
                "One bundle is run again at a time, and a command is named so: "
                f"bisect-parity rerun {ctx.params['bundle']} -- COMMAND ...",
            )
        return rest


@click.command("rerun", cls=_BehindDashes)
@click.argument("bundle", type=PathName(), required=False)
@click.argument(
    "line", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND ...]", shell_complete=command_words
)
@click.option(
    "--at",
    "revisions_named",
    multiple=True,
    metavar="REV",
    shell_complete=revisions,
    help="Run it at this commit instead of the recorded one; may be repeated.",
)
@click.option(
    "--likely",
    type=click.IntRange(min=1),
    metavar="N",
    help="Run it at the N most probable code states, until one reproduces the figures to the last digit.",
)
@click.option(
    "--chain",
    is_flag=True,
    help="First run those recorded runs again whose outputs it reads; it reads the new ones.",
)
@click.option(
    "--status",
    "asks_status",
    is_flag=True,
    help="Run nothing: show which recorded runs are current, stale or replaced; of BUNDLE, or all.",
)
@bring_option("Copy a file or folder of your directory that no commit holds, as it is now; may be repeated.")
@click.option(
    "--tolerance",
    type=NumberRange(0),
    default=FIGURES,
    show_default=True,
    metavar="T",
    help="Greatest relative difference of figures that count as the same.",
)
@evidence_option("rerun")
@common_options
@gathered("asked", Asked)
def command(
    call: Invocation, bundle: Path | None, asked: Asked, chain: bool, asks_status: bool, out: Path | None
) -> int:
    """Run the command of BUNDLE again, and compare the new results with the old ones.

    It runs in a separate worktree, at the recorded commit, with the changes and the untracked files that
    the bundle kept. Outputs are compared by digest; images that differ by the thresholds, and the figures in
    other files by --tolerance. With --likely the commit need not be known: the code state that gives the
    same figures is the one. Of a bundle that `record` did not write, name the command.

    A run may read what another recorded run wrote. --chain runs these again first, in order, each at its own
    commit or all at the one of --at. --status shows which runs are stale: their code, an input or an output
    is not as it was, or they build on one that is stale.

    The command can do all that you can do: run again only what you would run.

    Exit status: 0 it gives the same, 1 it does not, 2 usage, 3 nothing could be run, or there is nothing to
    compare. With --status: 0 no run is stale, 1 some are.
    """
    if asks_status and (chain or out is not None or evolve(asked, tolerance=FIGURES) != Asked()):
        raise UsageError("--status runs nothing", "Leave the other options away.")
    if bundle is None and not asks_status:
        raise UsageError("no BUNDLE is named", "Name the folder of a run, or see them all with --status.")
    if asked.revisions_named and asked.likely is not None:
        raise UsageError("--at and --likely cannot both be given", "Either name commits, or have them found.")
    if chain and (asked.line or asked.likely is not None or len(asked.revisions_named) > 1):
        raise UsageError(
            "--chain runs what was recorded, at the recorded commits or at one --at",
            "Leave --likely, a second --at and the command away.",
        )
    project = find_bundles(call, () if bundle is None else (bundle,))
    if bundle is not None:
        project = of_one_run(project, bundle)
        _refuse_several(project, bundle)
    if asks_status:
        return tell_standings(call, project, named=bundle is not None)
    if not chain:
        return _rerun(call, project, asked, out)
    at = next((project.repository.resolve(revision) for revision in asked.revisions_named), None)
    return rerun_chain(call, project, at, asked.places(project), asked.tolerances(project), out)


def _rerun(call: Invocation, project: Project, asked: Asked, out: Path | None) -> int:
    """Run one bundle again, at one commit or several; as `command`."""
    run = _run_of(project)
    plan = RerunPlan(
        run,
        _command_of(project, run, asked.line),
        asked.places(project),
        asked.tolerances(project),
        STANDARD_ERROR if call.as_json else STANDARD_OUTPUT,
    )
    commits = _commits(project, run, asked.revisions_named, asked.likely)
    folder = evidence_folder(project.repository, "rerun", out)
    call.journal.move_to(folder / "commands.txt")
    attempts: list[Attempt] = []
    for commit in commits:
        repository, redactor = open_recorded(call, plan.argv)
        attempts.append(rerun_at(plan, commit, repository, redactor, folder / commit[:SHORT]))
        if asked.likely is not None and attempts[-1].is_exact:
            break
    lacks = _lacking(project, attempts)
    document = rerun_document(project.bundles[0].path, run, attempts, commits, call.options, lacks)
    write_rerun(folder, document)
    answer(call, document, (*rerun_lines(read_as(Rerun, document)), f"evidence: {shown_path(folder)}"))
    if any(attempt.is_reproduced for attempt in attempts):
        return 0
    return 3 if all(attempt.likeness is None and not attempt.has_failed for attempt in attempts) else 1


def _lacking(project: Project, attempts: Sequence[Attempt]) -> str:
    """What failed attempts did not find and the user's directory has, and what to do; empty where nothing."""
    for name in (name for name in STREAM_NAMES if all(attempt.has_failed for attempt in attempts)):
        with contextlib.suppress(OSError):
            text = (attempts[0].folder / name).read_bytes()[-TAIL_BYTES:].decode(errors="replace")
            if (need := untracked_need(project.repository, text)) is not None:
                path, place = need
                how = f"To take it along as it is now: --bring {shlex.quote(place)}"
                if is_product(project.repository, path):
                    how = "Your build made it: have the command build first (-- sh -c 'make && ...')"
                return f" It lacks {path}, which is untracked in your directory. {how}"
    return ""


def _refuse_several(project: Project, named: Path) -> None:
    """Refuse a folder of several bundles.

    Raises:
        UsageError: it is one.
    """
    if len(project.bundles) != 1:
        raise UsageError(
            f"{named} holds {len(project.bundles)} bundles",
            f"Name one of them, such as {project.bundles[0].path}.",
        )


def _run_of(project: Project) -> OriginalRun:
    found = project.bundles[0]
    folder = project.top / found.path
    if (folder / RECORD_NAME).is_file():
        return run_of_record(folder)
    run, told = run_of_bundle(found, project.top), recorded_command(project.repository, found)
    if told is None or not told.said.command:
        return run
    said = told.said
    argv = ("sh", "-c", said.command)
    return evolve(run, argv=argv, prefix=said.folder, commit=told.parent, status=said.status)


def _command_of(project: Project, run: OriginalRun, line: tuple[str, ...]) -> tuple[str, ...]:
    """The command that was named, or that is recorded.

    Raises:
        EvidenceError: there is none, or its secrets were taken out.
    """
    if line:
        return line
    name = project.bundles[0].path
    if not run.argv:
        stated = [command for part in flat(project.bundles[0].findings) for command in part.commands]
        stated_lines = [shlex.join(one.argv) for one in stated[:MOST_COMMANDS]]
        hint = f" It states: {'; '.join(stated_lines)}" if stated_lines else ""
        raise EvidenceError(
            f"{name} was not written by `record`: its command is not run unless you name it",
            f"Name the command: bisect-parity rerun {name} -- python run.py.{hint}",
        )
    refuse_redacted(name, run.argv)
    return run.argv


def _commits(
    project: Project, run: OriginalRun, named: tuple[str, ...], likely: int | None
) -> dict[str, float | None]:
    """The commits to run at, with their probabilities where they were inferred.

    Raises:
        EvidenceError: nothing says which.
    """
    if named:
        return dict.fromkeys(project.repository.resolve(revision) for revision in named)
    if likely is None and run.commit is not None:
        return {present_commit(project.repository, run.commit): None}
    (resolution,) = project.resolve()
    first: dict[str, tuple[str, float]] = {}
    for candidate in resolution.candidates:
        commit, chance = first.get(candidate.code_state, (candidate.commit, 0.0))
        first[candidate.code_state] = commit, chance + candidate.probability
    found = sorted(first.values(), key=lambda one: -one[1])[: likely or 1]
    if not found:
        raise EvidenceError(
            f"nothing shows which commit made {resolution.path}", "Name one with --at, or several."
        )
    return dict(found)
