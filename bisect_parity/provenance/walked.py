"""Runs that a script made at one commit after the other: what all of a series together tell of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

from bisect_parity.evidence.bundle_verdicts import judge_bundles
from bisect_parity.evidence.model import Source
from bisect_parity.evidence.verdict import Verdict
from bisect_parity.history.commit_details import read_messages
from bisect_parity.provenance.clues import duration_text
from bisect_parity.provenance.held import SMALLEST
from bisect_parity.provenance.model import Clue
from bisect_parity.provenance.runs_in_a_row import (
    BISECTION,
    SWEEP,
    TAGS,
    RunsInARow,
    find_series,
    over_commits,
    words_said,
)
from bisect_parity.provenance.walks import Walks, bisections, histories, ranges, sweeps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.config import Settings
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

WALKED = "series"
IS_BAD = {Verdict.BAD: True, Verdict.GOOD: False, Verdict.UNKNOWN: None}
LEAST_PROBABILITY = 0.01  # of a walk over commits, to be counted and told


@frozen
class Walked:
    """What a run has to do with a series.

    Attributes:
        series: that it is one of.
        probability: that a script went over commits with it.
        is_bisection: whether it was a bisection rather than a sweep.
    """

    series: RunsInARow
    probability: float
    is_bisection: bool

    @property
    def note(self) -> str:
        """What a reader must know."""
        return f"one of {len(self.series.places)} runs in a row: a script may have gone over commits"

    def clue(self, path: str, weight: float, commit: str | None) -> Clue:
        """As a clue, in one sentence."""
        how = "`git bisect run` does" if self.is_bisection else "a sweep over commits does"
        count, pace = len(self.series.places), duration_text(self.series.pace)
        says = (
            f"one of {count} runs in a row, {pace} apart, that came in together: a script may have checked "
            f"out another commit for each, as {how} (probability {self.probability:.2f})"
        )
        return Clue(WALKED, Source(path), says, commit, weight)


def walked(
    repository: Repository,
    table: CommitTable,
    subjects: Sequence[Subject],
    posteriors: Sequence[Posterior],
    truths: Sequence[str | None] | None,
    settings: Settings,
    parameters: Parameters,
) -> tuple[list[Posterior], list[Walked | None]]:
    """The posteriors of all runs, where a script may have gone over commits with those of a series.

    Args:
        repository: where.
        table: all commits.
        subjects: the runs.
        posteriors: of each by itself, by everything but written ids.
        truths: the commits that programs wrote down; each tells about the other runs of its series.
        settings: what makes a run good or bad.
        parameters: of the model.
    """
    found = list(posteriors)
    notes: list[Walked | None] = [None] * len(found)
    every = find_series(subjects, posteriors, parameters.series)
    if not every:
        return found, notes
    context = _Context(repository, table, subjects, every, settings)
    for series in every:
        walks, is_bisection = context.walks(series, posteriors, parameters)
        if walks.weights.sum() < LEAST_PROBABILITY:
            continue
        known = [None if truths is None else truths[place] for place in series.places]
        mixtures = _mixtures([posteriors[place] for place in series.places], walks, known, table, parameters)
        for place, (posterior, probability) in zip(series.places, mixtures, strict=True):
            found[place] = posterior
            notes[place] = Walked(series, probability, is_bisection)
    return found, notes


class _Context:
    """What all series of a repository have in common."""

    def __init__(
        self,
        repository: Repository,
        table: CommitTable,
        subjects: Sequence[Subject],
        every: Sequence[RunsInARow],
        settings: Settings,
    ) -> None:
        self._table = table
        self._subjects = subjects
        judged = judge_bundles([subject.bundles[0] for subject in subjects], settings)
        self._verdicts = [judged[subject.bundles[0].path].verdict.verdict for subject in subjects]
        self._adding = {each.addition.row for each in subjects if each.addition is not None}
        self._tagged = _tagged(repository, table)
        self._messages = read_messages(repository, sorted({each.adding for each in every if each.adding}))

    def walks(
        self, series: RunsInARow, posteriors: Sequence[Posterior], parameters: Parameters
    ) -> tuple[Walks, bool]:
        """What a script can have gone over; the weights sum to the probability that one did.

        Returns:
            and whether it was a bisection more probably than a sweep.
        """
        table, count, shares = self._table, len(series.places), parameters.sweeps
        tip = table.index(series.tip)
        paths = [self._subjects[place].bundles[0].path for place in series.places]
        said = words_said(paths, self._messages.get(series.adding or "", ""))
        if tip is None or (count < parameters.series.least and not said):
            return Walks.none(count), False
        if TAGS in said:
            of_tags = shares.lists[TAGS] * parameters.series.named[TAGS]
            shares = evolve(shares, lists={**shares.lists, TAGS: of_tags})
        lists = histories(table, tip, count, self._adding, self._tagged)
        roots = {row for rows in lists.values() for row in rows.tolist() if not table.parents(row)}
        ends = self._tagged | roots
        verdicts = [IS_BAD[self._verdicts[place]] for place in series.places]
        good_ends = self._good(series, posteriors) or ends
        of_sweeps = sweeps(lists, count, ends, shares)
        of_bisections = bisections(ranges(table, tip, count), verdicts, good_ends, shares)
        kinds = {
            SWEEP: 1 - shares.bisection if len(of_sweeps.weights) else 0.0,
            BISECTION: shares.bisection if len(of_bisections.weights) else 0.0,
        }
        is_told = parameters.elsewhere.is_told
        chances = over_commits(
            series,
            self._subjects,
            said,
            kinds,
            parameters.series,
            is_mixed={True, False} <= set(verdicts),
            is_told=all(is_told(posteriors[place].elsewhere) for place in series.places),
        )
        together = Walks(
            np.concatenate([of_sweeps.rows, of_bisections.rows]),
            np.concatenate([of_sweeps.weights * chances[SWEEP], of_bisections.weights * chances[BISECTION]]),
        )
        return together, chances[BISECTION] > chances[SWEEP]

    def _good(self, series: RunsInARow, posteriors: Sequence[Posterior]) -> set[int]:
        """The rows of the commits at which other runs were good: where a bisection begins."""
        own = set(series.places)
        places = (p for p, verdict in enumerate(self._verdicts) if verdict is Verdict.GOOD and p not in own)
        rows = (self._table.index(posteriors[p].likeliest) for p in places if posteriors[p].commits)
        return {row for row in rows if row is not None}


def _tagged(repository: Repository, table: CommitTable) -> set[int]:
    """The rows of the commits that have tags."""
    named = repository.git("for-each-ref", "--format=%(objectname) %(*objectname)", "refs/tags").decode()
    rows = (table.index(line.split()[-1]) for line in named.splitlines() if line.strip())
    return {row for row in rows if row is not None}


def _mixtures(
    posteriors: Sequence[Posterior],
    walks: Walks,
    truths: Sequence[str | None],
    table: CommitTable,
    parameters: Parameters,
) -> list[tuple[Posterior, float]]:
    """For each run of a series its posterior, and how probable a walk is, by what the others wrote down."""
    right = parameters.records.machine
    wrong = (1 - right) / parameters.records.alternatives
    by_walk = np.zeros(walks.rows.shape)
    alone = np.zeros(len(posteriors))
    for number, (posterior, truth) in enumerate(zip(posteriors, truths, strict=True)):
        row = None if truth is None else table.index(truth)
        if truth is not None and row is not None:
            by_walk[:, number] = np.log(np.where(walks.rows[:, number] == row, right, 0.0) + wrong)
            alone[number] = np.log(right * posterior.probability(truth) + wrong)
    of_others = by_walk.sum(axis=1, keepdims=True) - by_walk
    alone_others = alone.sum() - alone
    highest = np.maximum(of_others.max(axis=0), alone_others)
    weights = walks.weights[:, None] * np.exp(of_others - highest)
    against = (1 - walks.weights.sum()) * np.exp(alone_others - highest)
    found = []
    for number, posterior in enumerate(posteriors):
        total = float(weights[:, number].sum())
        share = total / max(total + float(against[number]), SMALLEST)
        rows, of_rows = np.unique(walks.rows[:, number], return_inverse=True)
        likely = np.bincount(of_rows, weights[:, number]) / max(total, SMALLEST)
        commits = table.commits(rows)
        found.append((posterior.mixed(commits, likely * parameters.sweeps.listed, share, WALKED), share))
    return found
