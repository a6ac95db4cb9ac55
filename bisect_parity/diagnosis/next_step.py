"""What to do about a diagnosis, as commands to type. Pure."""

from __future__ import annotations

import itertools
import re
import shlex
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.diagnosis.attributes import Attribute, Kind
from bisect_parity.diagnosis.causes import CauseKind
from bisect_parity.diagnosis.sentences import run_numbers
from bisect_parity.evidence.verdict import Verdict, is_parity_metric, leaf
from bisect_parity.params.model import name_parts
from bisect_parity.wording import SHORT, case_option, search_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.config import Criterion
    from bisect_parity.diagnosis.diagnose import Diagnosis
    from bisect_parity.diagnosis.series import Run

MOST_NAMES = 8
TEST = "--test COMMAND"


@frozen
class NextStep:
    """One thing to do: the command, and why."""

    command: str
    why: str

    def called_with(self, options: str) -> NextStep:
        """The same with further options, which begin with a space."""
        return NextStep(self.command + options, self.why)


def next_steps(
    diagnosis: Diagnosis,
    cases: Sequence[str],
    figures: Sequence[str] = (),
    before_checks: NextStep | None = None,
    criterion: Criterion | None = None,
) -> list[NextStep]:
    """The commands that bring the diagnosis further, the first one first.

    Args:
        diagnosis: to go on from.
        cases: names of the cases at hand.
        figures: names of figures that runs record, for a series without verdicts.
        before_checks: what must be done before a commit can be checked.
        criterion: what the runs are judged by, if not by their parity: a test is, too.
    """
    contrast = diagnosis.contrast
    if not (contrast.good and contrast.bad):
        return list(_verdicts_first(figures))
    steps = [step for part in diagnosis.kinds or (diagnosis,) for step in _of_part(part, cases)]
    steps += _comparison(diagnosis, cases) + _recorded(diagnosis, cases)
    judged = f"{TEST}{'' if criterion is None else _limit_options(criterion)}"
    steps = [NextStep(step.command.replace(TEST, judged), step.why) for step in steps]
    if before_checks is None:
        return steps
    return [before_checks, *steps] if cases else [*steps, before_checks]  # --test COMMAND needs no settings


def _of_part(diagnosis: Diagnosis, cases: Sequence[str]) -> list[NextStep]:
    """What to do about bad runs of one kind, by what is likeliest to blame for them."""
    verdict, steps = diagnosis.verdict, []
    is_open = verdict is CauseKind.UNKNOWN and not diagnosis.premise.is_ruled_out
    if verdict is CauseKind.CODE or is_open:
        steps += _bisection(diagnosis, cases)
    separates = any(_separating(diagnosis, kind) for kind in (Kind.PARAMETERS, Kind.ENVIRONMENT))
    is_told = verdict in (CauseKind.CODE, CauseKind.PARAMETERS, CauseKind.ENVIRONMENT)
    if is_told or (is_open and separates):
        names = shlex.join(run.name for run in _pair(diagnosis))
        why = "shows everything that differs between the two runs"
        steps.append(NextStep(f"bisect-parity params {names}", why))
    return steps


def _limit_options(criterion: Criterion) -> str:
    """How a test is judged by a criterion; nothing where it has two limits, or may mean several figures."""
    limit = criterion.min if criterion.max is None else criterion.max
    if None not in (criterion.min, criterion.max) or {"*", "?"} & set(criterion.metric):
        return ""
    better = "" if criterion.min is None else " --better higher"
    return f"{_figure_option(criterion.metric)} --limit {limit!r}{better}"


def _figure_option(name: str) -> str:
    return f" --figure {shlex.quote(re.escape(leaf(name)))}"


def search_for_step(figure: str, ends: tuple[Run, Run], cases: Sequence[str]) -> NextStep | None:
    """The command that finds the commit which moved a figure; None where no commit lies between the runs.

    Args:
        figure: its name.
        ends: the last run before the step, and the first one after it.
        cases: names of the cases at hand.
    """
    before, after = ends
    commits = before.resolution.commit, after.resolution.commit
    if None in commits or commits[0] == commits[1]:
        return None
    first, second = (shlex.quote(run.name) for run in ends)
    verdicts = before.verdict.verdict, after.verdict.verdict
    if not is_parity_metric(figure):
        command = search_command(first, second, f"{TEST}{_figure_option(figure)}")
        return NextStep(command, f"finds the commit, where COMMAND prints {leaf(figure)}")
    if verdicts == (Verdict.GOOD, Verdict.BAD):
        command = search_command(first, second, _case_option(cases))
        return NextStep(command, "tests both ends in a clean worktree first, and then searches")
    if verdicts == (Verdict.BAD, Verdict.GOOD):
        command = search_command(first, second, _case_option(cases), is_fix=True)
        return NextStep(command, "finds the commit that fixed it")
    span = "..".join(commit[:SHORT] for commit in commits if commit is not None)
    case = case_option(cases[0] if cases else "NAME")  # a test alone has no figures that could move
    return NextStep(f"bisect-parity sweep {span} {case}", "lists the commits that moved the figures")


def _verdicts_first(figures: Sequence[str]) -> list[NextStep]:
    others = f"; recorded are {', '.join(figures[:MOST_NAMES])}" if figures else ""
    return [
        NextStep(
            "bisect-parity diagnose --metric NAME (--min X | --max Y)",
            f"judges the runs by another recorded figure{others}",
        ),
        NextStep("bisect-parity diagnose --good BUNDLE --bad BUNDLE", "contrasts runs that you know"),
    ]


def _pair(diagnosis: Diagnosis) -> tuple[Run, Run]:
    """A good and a bad run to look at: the nearest in time, a bad one that follows a good one first."""
    runs, contrast = diagnosis.runs, diagnosis.contrast
    for step in reversed(diagnosis.premise.transitions):
        if step.before in contrast.good:
            return runs[step.before], runs[step.after]
    pairs = itertools.product(contrast.good, contrast.bad)  # where no times are known, by their order
    good, bad = min(pairs, key=lambda pair: (pair[0] > pair[1], abs(pair[0] - pair[1])))
    return runs[good], runs[bad]


def _bisection(diagnosis: Diagnosis, cases: Sequence[str]) -> list[NextStep]:
    good, bad = _pair(diagnosis)
    first, second = good.resolution.commit, bad.resolution.commit
    if first is None or second is None or first == second:
        return []
    option = _case_option(cases)
    if bad.time >= good.time:
        search = search_command(first[:SHORT], second[:SHORT], option)
        usual = NextStep(search, "tests both ends in a clean worktree first, and then searches")
        return [*_past_other_kinds(diagnosis, good, bad, option), usual]
    fix = search_command(second[:SHORT], first[:SHORT], option, is_fix=True)
    before = search_command("auto", second[:SHORT], option)
    return [
        NextStep(fix, "finds the commit that fixed it, since the bad run came first"),
        NextStep(before, "finds the commit that broke it, on the way back from the bad run"),
    ]


def _past_other_kinds(diagnosis: Diagnosis, good: Run, bad: Run, option: str) -> list[NextStep]:
    """Where bad runs of another kind lie between both, and this kind was fixed: the search for its fix."""
    runs, contrast = diagnosis.runs, diagnosis.contrast
    first, last = runs.index(good), runs.index(bad)
    known = {*contrast.good, *contrast.bad}
    others = [n for n in range(first, last) if runs[n].verdict.verdict is Verdict.BAD and n not in known]
    fixed = next((runs[n] for n in contrast.good if n > last), None)
    if not others or fixed is None:
        return []
    before, after = bad.resolution.commit, fixed.resolution.commit
    if before is None or after is None or before == after:
        return []
    search = search_command(before[:SHORT], after[:SHORT], option, is_fix=True)
    why = f"finds the commit that fixed it; a search before it meets the cause of {run_numbers(others)} first"
    return [NextStep(search, why)]


def _recorded(diagnosis: Diagnosis, cases: Sequence[str]) -> list[NextStep]:
    """Where recorded parameters or variables separate good from bad: try them on the case."""
    separating = _separating(diagnosis, Kind.PARAMETERS)
    parameters = [a for a in separating if name_parts(a.name)[1].startswith("-")]  # words cannot be set
    variables = [a for a in _separating(diagnosis, Kind.ENVIRONMENT) if a.name.startswith("$")]
    return [
        *_tried(diagnosis, cases, parameters, "params", "parameters"),
        *_tried(diagnosis, cases, variables, "env", "variables"),
    ]


def _separating(diagnosis: Diagnosis, kind: Kind) -> list[Attribute]:
    contrast = diagnosis.contrast
    alone = [a for h in contrast.separating(kind) for a in h.attributes]
    return alone or [a for pair in contrast.paired(kind)[:1] for a in pair.attributes if a.kind is kind]


def _tried(
    diagnosis: Diagnosis, cases: Sequence[str], separating: Sequence[Attribute], over: str, name: str
) -> list[NextStep]:
    if not separating or not cases:
        return []
    values, contrast = separating[0].values, diagnosis.contrast
    pair = [next(at for at in side if values[at] is not None) for side in (contrast.good, contrast.bad)]
    good, bad = (shlex.quote(diagnosis.runs[at].name) for at in pair)
    command = f"bisect-parity isolate --over {over} --good {good} --bad {bad} {_case_option(cases)}"
    commit = diagnosis.runs[pair[0]].resolution.commit  # there the case is good without the bad run's values
    at = f" --at {commit[:SHORT]}" if commit else ""
    return [NextStep(command + at, f"tries the {name} that differ between the two runs")]


def _case_option(cases: Sequence[str]) -> str:
    """The option that names the first case; where there is none yet, that for a test."""
    return case_option(cases[0]) if cases else TEST


def _comparison(diagnosis: Diagnosis, cases: Sequence[str]) -> list[NextStep]:
    _, bad = _pair(diagnosis)
    commit = bad.resolution.commit
    at = commit[:SHORT] if commit else "HEAD"
    return [
        NextStep(
            f"bisect-parity diagnose --run --at {at} {_case_option(cases)}",
            "runs one commit in a clean worktree and in a copy of your directory, and the reference twice",
        )
    ]
