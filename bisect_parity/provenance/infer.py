"""Infer the commits of all runs of a repository from everything but written ids. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.provenance.clock import Arrival
from bisect_parity.provenance.habits import learn, usual_habits
from bisect_parity.provenance.lines import build_lines
from bisect_parity.provenance.own_work import originals, work
from bisect_parity.provenance.posterior import Posterior, posterior
from bisect_parity.provenance.sheet import Sheet, lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.reflog import Reflog
    from bisect_parity.provenance.checkouts import Line
    from bisect_parity.provenance.habits import Habits
    from bisect_parity.provenance.parameters import Delay, Lines, Parameters
    from bisect_parity.provenance.subject import Subject
    from bisect_parity.provenance.survey import Case, History

__all__ = ["infer", "lay_out_all"]

NOTHING = Posterior((), np.zeros(0), 1.0, {}, 0.0, 0.0)


def infer(
    history: History,
    cases: Sequence[Case],
    parameters: Parameters,
    truths: Sequence[str | None] | None = None,
) -> list[tuple[tuple[Line, ...], Posterior]]:
    """For each run, the lines of history that it may have been on, and the posterior over its commits.

    Args:
        history: of the repository.
        cases: its runs, which teach each other what is usual there.
        parameters: of the model.
        truths: for each run, the full id that a program wrote down, or None; it counts for the others only.
    """
    lines, sheets = lay_out_all(history, cases, parameters)
    laid = [place for place, sheet in enumerate(sheets) if sheet is not None]
    named = truths or [None] * len(cases)
    numbers = [None if truth is None else history.names.number(truth) for truth in named]
    known = [sheet for sheet in sheets if sheet is not None]
    learned = learn(known, [numbers[place] for place in laid], parameters)
    habits = dict(zip(laid, learned, strict=True))
    found = [
        NOTHING if sheet is None else posterior(sheet, habits[place], history.names.commits)
        for place, sheet in enumerate(sheets)
    ]
    kept = (one.without(case.chain.beyond) for one, case in zip(found, cases, strict=True))
    return list(zip(lines, kept, strict=True))


def lay_out_all(
    history: History, cases: Sequence[Case], parameters: Parameters
) -> tuple[list[tuple[Line, ...]], list[Sheet | None]]:
    """The lines that each run is told by, and the run on a grid of time; None where nothing is known of it.

    Of the lines, the history and the reflogs are kept: of a thousand runs, the others would fill the memory.
    """
    usual = usual_habits(parameters)
    lines: list[tuple[Line, ...]] = []
    sheets: list[Sheet | None] = []
    for case in cases:
        some = _lines(history, case, parameters)
        sheets.append(_sheet(history, case, some, parameters, usual) if some else None)
        lines.append((*some[:1], *(line for line in some[1:] if line.entries)))
    return lines, sheets


def _lines(history: History, case: Case, parameters: Parameters) -> tuple[Line, ...]:
    priors = _reflog_priors(history, case.subject, parameters.lines)
    priors += _branch_priors(history, case.subject, priors, parameters.lines)
    return build_lines(history.names, case.chain, case.near, priors, parameters.lines)


def _sheet(
    history: History, case: Case, lines: tuple[Line, ...], parameters: Parameters, usual: Habits
) -> Sheet:
    table, subject, addition = history.table, case.subject, case.subject.addition

    def is_related(number: int) -> bool:
        if addition is None or number in case.chain.rows:
            return True
        return number < len(table) and table.is_ancestor(number, addition.row)

    share = parameters.elsewhere
    rewritten = addition is not None and addition.detail.is_rewritten
    return lay_out(
        lines,
        subject.statements,
        _arrivals(history, case, parameters.delay),
        subject.zones,
        share.rewritten if rewritten else share.plain,
        parameters,
        is_related,
        usual,
    )


def _arrivals(history: History, case: Case, delay: Delay) -> list[Arrival]:
    """When the bundle may have been committed: as the work was first, or when it was rewritten.

    Where the first commit of that work is still there, it had no bundle.
    """
    addition = case.subject.addition
    if addition is None:
        return []
    parent = next(iter(history.table.parents(addition.row)), None)
    before = math.inf if parent is None else history.table.time(parent)
    first, last = addition.time, float(max(addition.detail.author_time, addition.detail.committer_time))
    shares = [(first, 1 - delay.rewritten), (last, delay.rewritten)]
    if not addition.detail.is_rewritten or work(addition.detail) in originals(case.near):
        shares = [(last, 1.0)]
    return [Arrival(time, time - before, share) for time, share in shares]


def _reflog_priors(
    history: History, subject: Subject, lines: Lines
) -> list[tuple[Reflog, tuple[float, float]]]:
    """How probable it is that the run was in the worktree of each HEAD reflog: committed soon, and late."""
    heads = [reflog for reflog in history.reflogs if reflog.ref == "HEAD" and reflog.entries]
    if subject.addition is None:
        here = lines.here_if_untracked
        return [(reflog, (here, here)) for reflog in heads if reflog.path == history.own_reflog]
    added = subject.addition.detail.commit
    makers = [
        reflog
        for reflog in heads
        if any(entry.new == added and entry.is_created_here for entry in reflog.entries)
    ]
    soon, late = (
        places.here_if_created if makers else places.here_otherwise for places in (lines.soon, lines.late)
    )
    found = makers or heads
    return [(reflog, (soon / len(found), late / len(found))) for reflog in found]


def _branch_priors(
    history: History, subject: Subject, others: Sequence[tuple[Reflog, tuple[float, float]]], lines: Lines
) -> list[tuple[Reflog, tuple[float, float]]]:
    """The reflogs of the branches that the run named: they tell the branch's tip in any worktree."""
    names = {f"refs/heads/{branch.value}" for branch in subject.branches}
    found = [reflog for reflog in history.reflogs if reflog.ref in names and reflog.entries]
    soon, late = (
        (1 - sum(priors[kind] for _, priors in others)) * lines.named_branch / max(len(found), 1)
        for kind in (0, 1)
    )
    return [(reflog, (soon, late)) for reflog in found]
