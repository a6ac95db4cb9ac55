"""Infer the commit of one run from everything but written ids. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.provenance.lines import Line, build_lines
from bisect_parity.provenance.posterior import Posterior, integrate

if TYPE_CHECKING:
    from bisect_parity.history.reflog import Reflog
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.subject import Subject
    from bisect_parity.provenance.survey import Case, History

__all__ = ["infer"]


def infer(history: History, case: Case, parameters: Parameters) -> tuple[tuple[Line, ...], Posterior]:
    """The lines of history that the run may have been on, and the posterior over its commits."""
    subject = case.subject
    priors = _reflog_priors(history, subject, parameters)
    priors += _branch_priors(history, subject, 1 - sum(prior for _, prior in priors), parameters)
    author_times = {row: detail.author_time for row, detail in case.near.items() if detail.is_rewritten}
    lines = build_lines(history.names, case.chain, author_times, priors, parameters.lines)
    if not lines:
        return (), Posterior((), np.zeros(0), 1.0, {}, 0.0, 0.0)
    table, addition = history.table, subject.addition

    def is_related(number: int) -> bool:
        if addition is None or number in case.chain.rows:
            return True
        return number < len(table) and table.is_ancestor(number, addition.row)

    share = parameters.elsewhere
    rewritten = addition is not None and addition.detail.is_rewritten
    posterior = integrate(
        lines,
        subject.statements,
        None if addition is None else addition.time,
        subject.zone,
        share.rewritten if rewritten else share.plain,
        parameters,
        is_related,
        history.names.commit,
    )
    return lines, posterior


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
