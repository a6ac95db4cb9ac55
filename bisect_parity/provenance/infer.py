"""Infer the commits of all runs of a repository from everything but written ids. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.provenance.habits import learn, usual_habits
from bisect_parity.provenance.lines import Line, build_lines
from bisect_parity.provenance.posterior import Posterior, Sheet, lay_out, posterior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.reflog import Reflog
    from bisect_parity.provenance.habits import Habits
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.subject import Subject
    from bisect_parity.provenance.survey import Case, History

__all__ = ["infer"]

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
    usual = usual_habits(parameters)
    lines = [_lines(history, case, parameters) for case in cases]
    sheets = [
        _sheet(history, case, some, parameters, usual) if some else None
        for case, some in zip(cases, lines, strict=True)
    ]
    laid = [place for place, sheet in enumerate(sheets) if sheet is not None]
    named = truths or [None] * len(cases)
    numbers = [None if truth is None else history.names.number(truth) for truth in named]
    known = [sheet for sheet in sheets if sheet is not None]
    learned = learn(known, [numbers[place] for place in laid], parameters)
    habits = dict(zip(laid, learned, strict=True))
    found = [
        NOTHING if sheet is None else posterior(sheet, habits[place], history.names.commit)
        for place, sheet in enumerate(sheets)
    ]
    kept = (one.without(case.chain.beyond) for one, case in zip(found, cases, strict=True))
    return list(zip(lines, kept, strict=True))


def _lines(history: History, case: Case, parameters: Parameters) -> tuple[Line, ...]:
    priors = _reflog_priors(history, case.subject, parameters)
    priors += _branch_priors(history, case.subject, 1 - sum(prior for _, prior in priors), parameters)
    return build_lines(history.names, case.chain, case.near, priors, parameters.lines)


def _sheet(
    history: History, case: Case, lines: tuple[Line, ...], parameters: Parameters, usual: Habits
) -> Sheet:
    table, subject, addition = history.table, case.subject, case.subject.addition

    def is_related(number: int) -> bool:
        if addition is None or number in case.chain.rows:
            return True
        return number < len(table) and table.is_ancestor(number, addition.row)

    parent = next(iter(table.parents(addition.row)), None) if addition is not None else None
    share = parameters.elsewhere
    rewritten = addition is not None and addition.detail.is_rewritten
    return lay_out(
        lines,
        subject.statements,
        None if addition is None else addition.time,
        None if parent is None else table.time(parent),
        subject.zones,
        share.rewritten if rewritten else share.plain,
        parameters,
        is_related,
        usual,
    )


def _reflog_priors(
    history: History, subject: Subject, parameters: Parameters
) -> tuple[tuple[Reflog, float], ...]:
    """How probable it is that the run was in the work tree of each HEAD reflog."""
    heads = [reflog for reflog in history.reflogs if reflog.ref == "HEAD" and reflog.entries]
    lines = parameters.lines
    if subject.addition is None:
        own = [reflog for reflog in heads if reflog.path == history.own_reflog]
        return tuple((reflog, lines.here_if_untracked) for reflog in own)
    added = subject.addition.detail.commit
    makers = [
        reflog
        for reflog in heads
        if any(entry.new == added and entry.is_created_here for entry in reflog.entries)
    ]
    if makers:
        return tuple((reflog, lines.here_if_created / len(makers)) for reflog in makers)
    return tuple((reflog, lines.here_otherwise / len(heads)) for reflog in heads)


def _branch_priors(
    history: History, subject: Subject, rest: float, parameters: Parameters
) -> tuple[tuple[Reflog, float], ...]:
    """The reflogs of the branches that the run named: they tell the branch's tip in any work tree."""
    names = {f"refs/heads/{branch.value}" for branch in subject.branches}
    found = [reflog for reflog in history.reflogs if reflog.ref in names and reflog.entries]
    return tuple((reflog, rest * parameters.lines.named_branch / len(found)) for reflog in found)
