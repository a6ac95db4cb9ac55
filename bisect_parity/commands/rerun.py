"""`bisect-parity rerun`: run a recorded command again at its commit, and compare the results."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from bisect_parity.commands.finding import find_bundles
from bisect_parity.commands.named_path import path_below
from bisect_parity.commands.options import bring_option, common_options, evidence_option
from bisect_parity.commands.printing import shown_path, write_json
from bisect_parity.commands.project import evidence_folder
from bisect_parity.commands.recorded_call import STANDARD_ERROR, STANDARD_OUTPUT, open_recorded
from bisect_parity.commands.typed_values import NumberRange, PathName
from bisect_parity.commands.value_completion import command_words, revisions
from bisect_parity.errors import EvidenceError, UsageError
from bisect_parity.evidence.model import flat
from bisect_parity.files import json_text, printable_line, replace_file
from bisect_parity.recording.bundle_folder import RECORD_NAME
from bisect_parity.redaction import REDACTED
from bisect_parity.report.rerun import rerun_lines, rerun_markdown
from bisect_parity.rerun.attempt import Attempt, RerunPlan, rerun_at
from bisect_parity.rerun.likeness import Likeness, Tolerances
from bisect_parity.rerun.recorded_run import run_of_bundle, run_of_record
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.project import Project
    from bisect_parity.rerun.recorded_run import OriginalRun

__all__ = ["command"]

MOST_COMMANDS = 3
FIGURES = 1e-6
HOW = {
    Likeness.IDENTICAL: "to the byte",
    Likeness.EQUAL: "to the last digit",
    Likeness.EQUIVALENT: "within the tolerances",
}


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
@click.argument("bundle", type=PathName())
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
@common_options()
def command(
    call: Invocation,
    bundle: Path,
    line: tuple[str, ...],
    revisions_named: tuple[str, ...],
    likely: int | None,
    brought: tuple[str, ...],
    tolerance: float,
    out: Path | None,
) -> int:
    """Run the command of BUNDLE again, and compare the new results with the old ones.

    It runs in a separate worktree, at the recorded commit, with the changes and the untracked files that
    the bundle kept. Outputs are compared by digest; images that differ by the thresholds, and the figures in
    other files by --tolerance. With --likely the commit need not be known: the code state that gives the
    same figures is the one. Of a bundle that `record` did not write, name the command.

    The command can do all that you can do: run again only what you would run.

    Exit status: 0 it gives the same, 1 it does not, 2 usage, 3 nothing could be run, or there is nothing to
    compare.
    """
    if revisions_named and likely is not None:
        raise UsageError("--at and --likely cannot both be given", "Either name commits, or have them found.")
    project = find_bundles(call, (bundle,))
    run = _run_of(project, bundle)
    plan = RerunPlan(
        run,
        _command_of(project, run, line),
        tuple(path_below(path, project.top) for path in brought),
        Tolerances(project.settings.thresholds, tolerance),
        STANDARD_ERROR if call.as_json else STANDARD_OUTPUT,
    )
    commits = _commits(project, run, revisions_named, likely)
    folder = out.absolute() if out is not None else evidence_folder(project.repository, "rerun")
    call.journal.move_to(folder / "commands.txt")
    attempts: list[Attempt] = []
    for commit in commits:
        repository, redactor = open_recorded(call, plan.argv)
        attempts.append(rerun_at(plan, commit, repository, redactor, folder / commit[:SHORT]))
        if likely is not None and attempts[-1].is_exact:
            break
    document = _document(project.bundles[0].path, run, attempts, commits, call.options)
    replace_file(folder / "rerun.json", json_text(document))
    replace_file(folder / "rerun.md", "\n".join(rerun_markdown(document)) + "\n")
    if call.as_json:
        write_json(document)
    else:
        for sentence in rerun_lines(document):
            click.echo(printable_line(sentence))
        click.echo(printable_line(f"evidence: {shown_path(folder)}"))
    if any(attempt.is_reproduced for attempt in attempts):
        return 0
    return 3 if all(attempt.likeness is None and not attempt.has_failed for attempt in attempts) else 1


def _run_of(project: Project, named: Path) -> OriginalRun:
    if len(project.bundles) != 1:
        raise UsageError(
            f"{named} holds {len(project.bundles)} bundles",
            f"Name one of them, such as {project.bundles[0].path}.",
        )
    found = project.bundles[0]
    folder = project.top / found.path
    return run_of_record(folder) if (folder / RECORD_NAME).is_file() else run_of_bundle(found, project.top)


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
    if any(REDACTED in word for word in run.argv):
        raise EvidenceError(
            f"the command of {name} held secrets, which were not recorded",
            f"Name it whole: bisect-parity rerun {name} -- COMMAND ...",
        )
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
        if project.repository.try_resolve(run.commit) is None:
            raise EvidenceError(
                f"commit {run.commit} is not in this repository", "Fetch it, or name another one with --at."
            )
        return {run.commit: None}
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


def _document(
    bundle: str,
    run: OriginalRun,
    attempts: list[Attempt],
    commits: dict[str, float | None],
    options: str,
) -> dict[str, Any]:
    best = min(attempts, key=lambda attempt: (not attempt.is_exact, not attempt.is_reproduced))
    return {
        "schema": "bisect-parity/rerun",
        "version": 1,
        "bundle": bundle,
        "outcome": str(best.outcome),
        "commit": best.commit if best.is_reproduced else None,
        "says": _says(bundle, best, attempts, options),
        "then": {"commit": run.commit, "exit_status": run.status, "seconds": run.seconds},
        "attempts": [attempt.to_json() | {"probability": commits[attempt.commit]} for attempt in attempts],
    }


def _says(bundle: str, best: Attempt, attempts: list[Attempt], options: str) -> str:
    others = [attempt.commit[:SHORT] for attempt in attempts if not attempt.is_reproduced]
    if best.is_reproduced:
        how = HOW[best.likeness or Likeness.EQUIVALENT]
        but = f", and does not at {', '.join(others)}" if others else ""
        left = [file.name for file in best.files if file.likeness in (Likeness.CHANGED, Likeness.MISSING)]
        most = f", as far as it can be compared (not {', '.join(left[:MOST_COMMANDS])})" if left else ""
        return f"The results are the same at {best.commit[:SHORT]}, {how}{most}{but}."
    if best.likeness is None and not best.has_failed:
        return "It ran, and there is nothing to compare: no output of then is known."
    place = shown_path(best.folder)
    if all(attempt.has_failed for attempt in attempts):
        does = "fails" if any(attempt.status for attempt in attempts) else "does not fail"
        return f"It {does} at {', '.join(others)}. See what it said in {place}."
    return (
        f"The results are not the same at {', '.join(others)}. "
        f"What else differs: bisect-parity params {shlex.join((bundle, place))}{options}"
    )
