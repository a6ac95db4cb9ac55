"""Runs on their grids of time."""

from __future__ import annotations

import numpy as np
import pytest

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.history.reflog import ReflogEntry
from bisect_parity.provenance.checkouts import Hypotheses, Line
from bisect_parity.provenance.densities import Arrival
from bisect_parity.provenance.habits import usual_habits
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.sheet import RunFacts, lay_out

PARAMETERS = load_parameters()
USUAL = usual_habits(PARAMETERS)
START = 1_760_000_000.0


def run(commits: int, statements: int, arrivals: int, *, has_reflog: bool) -> RunFacts:
    """A run of a history with a commit every ten minutes."""
    history = Line(START + 600.0 * np.arange(commits), np.arange(commits) + 7, "history")
    entry = ReflogEntry("0" * 40, "1" * 40, int(START) + 650, 0, "commit: work", 1)
    reflog = Line(np.array([START + 650]), np.array([commits]), "logs/HEAD", (entry,))
    lines = (history, reflog) if has_reflog else (history,)
    stated = [
        TimeStatement(START + 700.0 + number, TimeKind.LOCAL, 1.0, "stamp", Source("b"))
        for number in range(statements)
    ]
    came = [Arrival(START + 3000 + 600 * number, 300.0, 1 / arrivals) for number in range(arrivals)]
    return RunFacts(
        Hypotheses(lines, np.full((len(lines), 2), 1 / len(lines))),
        stated,
        came,
        (3600,),
        0.1,
        lambda number: number % 2 == 0,
    )


def test_runs_that_are_laid_out_together_are_as_each_by_itself() -> None:
    runs = [
        run(9, 1, 1, has_reflog=True),
        run(3, 2, 0, has_reflog=False),
        run(5, 0, 2, has_reflog=True),
        run(4, 0, 0, has_reflog=False),
    ]
    for each, together in zip(runs, lay_out(runs, PARAMETERS, USUAL), strict=True):
        (alone,) = lay_out([each], PARAMETERS, USUAL)
        for name in ("middles", "widths", "prior", "commits", "cells", "numbers", "factors", "shares"):
            assert getattr(together, name) == pytest.approx(getattr(alone, name)), name
        assert together.elsewhere == pytest.approx(alone.elsewhere)
        assert together.is_reflog.tolist() == alone.is_reflog.tolist()
        for one, other in zip(together.stated, alone.stated, strict=True):
            assert one.densities == pytest.approx(other.densities)


def test_no_runs_have_no_sheets() -> None:
    assert lay_out([], PARAMETERS, USUAL) == []
