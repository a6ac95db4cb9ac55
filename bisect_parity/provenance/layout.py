"""What may have been checked out when a run began, and the run on a grid of time. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bisect_parity.provenance.densities import Arrival
from bisect_parity.provenance.habits import usual_habits
from bisect_parity.provenance.lines import build_lines
from bisect_parity.provenance.named_branch import branches_in_path, tips_of
from bisect_parity.provenance.own_work import originals, work
from bisect_parity.provenance.reflog_lines import ReflogLines
from bisect_parity.provenance.sheet import RunFacts, Sheet, lay_out
from bisect_parity.provenance.zones import as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.provenance.checkouts import Hypotheses, Line
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.subject import Subject
    from bisect_parity.provenance.survey import History, SurveyedRun

MOST_MERGES = 4  # in a row, of one person


class Layout:
    """Lays out the runs of one repository; what they have in common is made once.

    Args:
        history: of the repository.
        runs: its runs; afterwards all commits have their numbers.
        parameters: of the model.
    """

    def __init__(self, history: History, runs: Sequence[SurveyedRun], parameters: Parameters) -> None:
        self._history = history
        self._parameters = parameters
        self._usual = usual_habits(parameters)
        self._adding = {run.subject.addition.row for run in runs if run.subject.addition is not None}
        self._together = _times_together(runs)
        self._reflogs = ReflogLines(history.reflogs, history.own_reflog, history.names, self._adding)
        for run in runs:
            if run.chain.beyond:
                history.names.number(run.chain.beyond)

    def line(self, line: Line | str) -> Line:
        """The line itself, or the reflog at a path."""
        return self._reflogs.at(line) if isinstance(line, str) else line

    def is_known(self, run: SurveyedRun) -> bool:
        """Whether anything says what can have been checked out."""
        if run.is_of_first_commit:
            return False
        return bool(len(run.chain.rows) or self._hypotheses(run).lines)

    def of(self, runs: Sequence[SurveyedRun]) -> list[tuple[tuple[Line, ...], Sheet]]:
        """The lines that each run may have been on, where any are known, and the run on a grid of time."""
        facts_of_runs = [self._facts(run) for run in runs]
        sheets = lay_out(facts_of_runs, self._parameters, self._usual)
        return [(facts.hypotheses.lines, sheet) for facts, sheet in zip(facts_of_runs, sheets, strict=True)]

    def _hypotheses(self, run: SurveyedRun) -> Hypotheses:
        parameters = self._parameters.lines
        reflogs = self._reflogs.of(run.subject, parameters, _last_own(run), run.near)
        index = self._history.table.index
        away = {index(commit) for commit in self._reflogs.not_there(run.subject)}
        tips = self._tips(run.subject)
        if _is_told_by_branch(run, reflogs):
            tips = frozenset()  # its history would only say once more what the reflog says better
        return build_lines(
            self._history.names,
            run.chain,
            run.near,
            reflogs,
            parameters,
            self._adding,
            away,
            run.subject.account,
            tips,
        )

    def _tips(self, subject: Subject) -> frozenset[int]:
        """The newest commits of the branches that a run wrote down, else of those that its path names."""
        stated = tips_of(subject, self._history)
        named = () if stated else branches_in_path(subject, self._history)
        return stated or frozenset(tip for name in named for tip in self._history.tips[name])

    def _facts(self, run: SurveyedRun) -> RunFacts:
        table, subject, addition = self._history.table, run.subject, run.subject.addition

        is_apart = bool(len(run.chain.aside) or self._tips(subject))
        is_apart = is_apart or self._reflogs.is_for_results(subject)

        def is_related(number: int) -> bool:
            if addition is None or is_apart or number in run.chain.rows:
                return True
            return number < len(table) and table.is_ancestor(number, addition.row)

        hypotheses = self._hypotheses(run)
        return RunFacts(
            hypotheses,
            subject.statements,
            self._arrivals(run),
            subject.zones,
            self._elsewhere(run, float(hypotheses.rest[1])),
            is_related,
            subject.took,
        )

    def _elsewhere(self, run: SurveyedRun, rest: float) -> float:
        """Probability that a run was at none of the commits on its lines but reflogs, which leave `rest`."""
        subject, shares = run.subject, self._parameters.elsewhere
        added = subject.addition and subject.addition.detail
        share = shares.plain
        if added and added.is_rewritten and added.author_time >= self._history.table.begin:
            share = shares.rewritten
        elif self._may_be_branch(run) or self._is_before_landing(run):
            share = shares.landed
        elif self._is_carried(run):
            share = shares.carried
        share = share if subject.is_timed else max(share, shares.untimed)
        return share + (max(shares.remote, share) - share) * min(subject.is_remote / rest, 1.0)

    def _may_be_branch(self, run: SurveyedRun) -> bool:
        """Whether the adding commit may hold a branch: one made by hand in another's name does not."""
        addition = run.subject.addition
        if addition is None or not addition.detail.may_be_branch:
            return False
        return addition.detail.is_squash or not self._reflogs.is_made_here(addition)

    def _is_before_landing(self, run: SurveyedRun) -> bool:
        """Whether the next commit after the run is work of the same person that a server squashed.

        The run may have been made on its branch, of which nothing is left.
        """
        table, addition, began = self._history.table, run.subject.addition, _stated_time(run)
        if addition is None or began is None:
            return False
        chain = frozenset(run.chain.rows.tolist())
        after = [row for row in run.near if row in chain and table.time(row) > began]
        row = min(after, key=table.time, default=None)
        if row is None or len(table.parents(row)) != 1:
            return False
        detail = run.near[row]
        return detail.may_be_branch and detail.author == addition.detail.author

    def _is_carried(self, run: SurveyedRun) -> bool:
        """Whether the adding commit stands on the same person's that were rebased with their dates kept.

        It may have been rebased with them, or made on them afterwards: its own date does not say.
        """
        table, addition = self._history.table, run.subject.addition
        if addition is None or not table.remade:
            return False
        for row in table.first_parents(addition.row):
            if row in table.remade:
                return True
            if row not in run.near or run.near[row].committer != addition.detail.committer:
                break
        return False

    def _arrivals(self, run: SurveyedRun) -> list[Arrival]:
        """When the bundle may have been committed: as the work was first, or when it was rewritten.

        Where the first commit of that work is still there, it had no bundle.
        """
        addition = run.subject.addition
        if addition is None:
            return []
        before = self._last_before(run, addition.row)
        first, last = addition.time, float(max(addition.detail.author_time, addition.detail.committer_time))
        rewritten = self._parameters.delay.rewritten
        shares = [(first, 1 - rewritten), (last, rewritten)]
        if not addition.detail.is_rewritten or work(addition.detail) in originals(run.near):
            shares = [(last, 1.0)]
        others, since = self._others(run, addition.row)
        shortest = self._parameters.delay.late.median
        return [
            Arrival(time, time - before, share, others, max(time - since, shortest)) for time, share in shares
        ]

    def _others(self, run: SurveyedRun, added: int) -> tuple[int, float]:
        """How many other runs came in with one, and the earliest time that they state."""
        times, own = self._together.get(added, []), _stated_time(run)
        if own is None:
            return len(times), next(iter(times), math.inf)
        return len(times) - 1, next(iter(times[1:] if times[0] == own else times), math.inf)

    def _last_before(self, run: SurveyedRun, added: int) -> float:
        """When the last commit before the adding one was made, in its history or in that of the code.

        A merge between them, made by who added the results, tells of nothing that was tried.
        """
        table = self._history.table
        if len(run.chain.aside):
            times = table.times[run.chain.rows]
            return float(times[times <= table.time(added)].max(initial=0))
        parent, addition = table.first_parent(added), run.subject.addition
        for _ in range(MOST_MERGES):
            merge = None if parent is None else run.near.get(parent)
            if merge is None or parent is None or addition is None or table.parent_counts[parent] < 2:
                break
            if merge.committer != addition.detail.committer:
                break
            newest = max(table.parents(parent), key=table.time)
            side = run.near.get(newest)
            if newest == table.first_parent(parent) or side is None or side.committer != merge.committer:
                break
            parent = newest
        return math.inf if parent is None else table.time(parent)


def _stated_time(run: SurveyedRun) -> float | None:
    """What a run states first, as written, POSIX seconds; None where it is running text or nothing."""
    first = next(iter(run.subject.statements), None)
    return None if first is None or first.origin == "prose" else as_written(first, run.subject.zones[0])


def _is_told_by_branch(run: SurveyedRun, reflogs: Hypotheses) -> bool:
    """Whether the reflog of a branch that a run named begins before it."""
    began = _stated_time(run)
    logs = [line for line in reflogs.lines if line.kind == "branch reflog"]
    return began is not None and any(line.starts[0] <= began for line in logs)


def _last_own(run: SurveyedRun) -> Detail | None:
    """The last commit that the person who made a run had made when it began, where that is stated."""
    addition, began = run.subject.addition, _stated_time(run)
    if addition is None or began is None:
        return None
    person = run.subject.account or addition.detail.committer
    own = (each for each in run.near.values() if each.committer == person and each.committer_time <= began)
    return max(own, key=lambda each: each.committer_time, default=None)


def _times_together(runs: Sequence[SurveyedRun]) -> dict[int, list[float]]:
    """The times that the runs of each adding commit state, the earliest first."""
    found: dict[int, list[float]] = {}
    for run in runs:
        time = _stated_time(run)
        if time is not None and run.subject.addition is not None:
            found.setdefault(run.subject.addition.row, []).append(time)
    return {row: sorted(times) for row, times in found.items()}
