"""Infer the commits of all runs of a repository from everything but written ids. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bisect_parity.forked_map import forked_map, forked_meanwhile
from bisect_parity.kept_environment import kept_environment
from bisect_parity.provenance.habits import learn, teachers
from bisect_parity.provenance.layout import Layout
from bisect_parity.provenance.posterior import NOTHING, Posterior, posterior

with kept_environment():
    from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bisect_parity.provenance.checkouts import Line
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.sheet import Sheet
    from bisect_parity.provenance.survey import History, SurveyedRun

    Each = TypeVar("Each")

BATCH = 16  # runs that are laid out at once: of more, the arrays outgrow a core's cache
LEAST_BATCHES = 2  # that are worth a process


def infer(
    history: History,
    runs: Sequence[SurveyedRun],
    parameters: Parameters,
    truths: Sequence[str | None] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> list[tuple[tuple[Line, ...], Posterior]]:
    """For each run, the lines of history that its answer names, and the posterior over its commits.

    The lines are the history and the reflogs: of a thousand runs, the others would fill the memory.

    Args:
        history: of the repository.
        runs: its runs, which teach each other what is usual there.
        parameters: of the model.
        truths: for each run, the full id that a program wrote down, or None; it counts for the others only.
        meanwhile: what this process does while copies of it infer.
    """
    # at these sizes, threads of the linear algebra wait for each other, and round otherwise than one does
    with threadpool_limits(limits=1, user_api="blas"):
        return _infer(history, runs, parameters, truths or [None] * len(runs), meanwhile)


def _infer(
    history: History,
    runs: Sequence[SurveyedRun],
    parameters: Parameters,
    truths: Sequence[str | None],
    meanwhile: Callable[[], object],
) -> list[tuple[tuple[Line, ...], Posterior]]:
    layout = Layout(history, runs, parameters)
    known = [place for place, run in enumerate(runs) if layout.is_known(run)]

    def laid(places: Sequence[int]) -> list[tuple[list[Line | str], Sheet]]:
        found = layout.of([runs[place] for place in places])
        # reflogs are long, and here; the other lines are in no answer
        kept = [[*lines[:1], *(line for line in lines[1:] if line.entries)] for lines, _ in found]
        return [
            ([line.origin if line.entries else line for line in lines], sheet)
            for lines, (_, sheet) in zip(kept, found, strict=True)
        ]

    teaching = _batches([known[number] for number in teachers(len(known))])
    taught = dict(zip(_joined(teaching), _joined(forked_map(laid, teaching, LEAST_BATCHES)), strict=True))
    numbers = [None if truth is None else history.names.number(truth) for truth in truths]
    sheets = [taught[place][1] if place in taught else None for place in known]
    learned = learn(sheets, [numbers[place] for place in known], parameters)
    habits = dict(zip(known, learned, strict=True))

    def posteriors_of(places: Sequence[int]) -> list[tuple[list[Line | str], Posterior]]:
        untaught = [place for place in places if place in habits and place not in taught]
        here = taught | dict(zip(untaught, laid(untaught), strict=True))
        found: list[tuple[list[Line | str], Posterior]] = []
        for place in places:
            lines, sheet = here.get(place, ([], None))
            one = NOTHING if sheet is None else posterior(sheet, habits[place], history.names.commits)
            found.append((lines if one.commits else [], one.without(runs[place].chain.beyond)))
        return found

    with forked_meanwhile(posteriors_of, _batches(range(len(runs))), LEAST_BATCHES) as found:
        meanwhile()
        return [(tuple(map(layout.line, lines)), one) for lines, one in _joined(found())]


def _batches(places: Sequence[int]) -> list[Sequence[int]]:
    return [places[first : first + BATCH] for first in range(0, len(places), BATCH)]


def _joined(batches: Iterable[Sequence[Each]]) -> list[Each]:
    return [each for batch in batches for each in batch]
