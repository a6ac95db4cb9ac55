"""Infer the commits of all runs of a repository from everything but written ids. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from bisect_parity.forked_map import forked_map, forked_meanwhile
from bisect_parity.provenance.habits import learn, teachers
from bisect_parity.provenance.layout import Layout
from bisect_parity.provenance.posterior import Posterior, posterior

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.provenance.checkouts import Line
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.sheet import Sheet
    from bisect_parity.provenance.survey import Case, History

__all__ = ["infer"]

NOTHING = Posterior((), np.zeros(0), 1.0, {}, 0.0, 0.0)


def infer(
    history: History,
    cases: Sequence[Case],
    parameters: Parameters,
    truths: Sequence[str | None] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> list[tuple[tuple[Line, ...], Posterior]]:
    """For each run, the lines of history that its answer tells, and the posterior over its commits.

    The lines are the history and the reflogs: of a thousand runs, the others would fill the memory.

    Args:
        history: of the repository.
        cases: its runs, which teach each other what is usual there.
        parameters: of the model.
        truths: for each run, the full id that a program wrote down, or None; it counts for the others only.
        meanwhile: what this process does while copies of it infer.
    """
    # at these sizes, threads of the linear algebra wait for each other, and round otherwise than one does
    with threadpool_limits(limits=1, user_api="blas"):
        return _infer(history, cases, parameters, truths or [None] * len(cases), meanwhile)


def _infer(
    history: History,
    cases: Sequence[Case],
    parameters: Parameters,
    truths: Sequence[str | None],
    meanwhile: Callable[[], object],
) -> list[tuple[tuple[Line, ...], Posterior]]:
    layout = Layout(history, cases, parameters)
    known = [place for place, case in enumerate(cases) if layout.is_known(case)]

    def laid(place: int) -> tuple[list[Line | str], Sheet]:
        lines, sheet = layout.of(cases[place])
        kept = [*lines[:1], *(line for line in lines[1:] if line.entries)]
        return [line.origin if line.entries else line for line in kept], sheet  # reflogs are long, and here

    teaching = [known[number] for number in teachers(len(known))]
    taught = dict(zip(teaching, forked_map(laid, teaching), strict=True))
    numbers = [None if truth is None else history.names.number(truth) for truth in truths]
    sheets = [taught[place][1] if place in taught else None for place in known]
    learned = learn(sheets, [numbers[place] for place in known], parameters)
    habits = dict(zip(known, learned, strict=True))

    def told(place: int) -> tuple[list[Line | str], Posterior]:
        if place not in habits:
            return [], NOTHING
        lines, sheet = taught.get(place) or laid(place)
        found = posterior(sheet, habits[place], history.names.commits)
        return lines, found.without(cases[place].chain.beyond)

    with forked_meanwhile(told, range(len(cases))) as found:
        meanwhile()
        return [(tuple(map(layout.line, lines)), one) for lines, one in found()]
