"""Searches by a flaky check, simulated: how often they are right, how sure they claim to be, what they cost.

    python -m benchmarks.flaky_bisections [--histories N] [--first SEED] [--jobs N] [--bayesect FOLDER]

Histories are drawn from seeds: rows of 32 commits, and the graphs of `fixtures.graphs` with one change and no
commit that cannot be tested. A check of a commit is bad at one rate before the change, and at another from it
on; where both are equal there is none. Nothing is checked out: a check is a draw. The search is told nothing
of the rates. Beside it stand

- plain bisection, which believes every check;
- the same with up to k checks of each commit, which counts a commit as bad if one of them is (`any`), or more
  than half (`most`). Of all k, the one is shown that reaches the share of right answers of the search above
  with the fewest checks, or else comes nearest: who chooses it must know the rates;
- in rows, the same search with `--suspect`: a quarter of the commits is taken to be ten times as likely, and
  the culprit is among them as often as that says;
- git bayesect, where FOLDER holds its package. It knows rows only.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import itertools
import random
import statistics
import sys
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, evolve, field, frozen

from bisect_parity.bisection.choice import choose
from bisect_parity.bisection.descent import descent_of
from bisect_parity.bisection.graph import GraphWalk, RangeGraph
from bisect_parity.bisection.hints import USUAL_FACTOR, Hint, prior_of
from bisect_parity.bisection.model import Find
from bisect_parity.bisection.odds import LEAST, FlakyTerms
from bisect_parity.bisection.suspicion import Suspicion
from bisect_parity.bisection.tallies import Tally
from bisect_parity.commands.flaky_options import USUAL
from fixtures.graphs import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["RATES", "Answer", "Flaky", "flaky_graph", "flaky_row", "plainly", "share_right", "weighing"]

HISTORIES, ROW = 200, 32
RATES = ((0.0, 1.0), (0.0, 0.3), (0.0, 0.1), (0.02, 0.3), (0.05, 0.5), (0.3, 0.9), (0.0, 0.0), (0.3, 0.3))
REPEATS = tuple((rule, k) for rule in ("any", "most") for k in (2, 3, 5, 7, 9, 13, 17, 21, 31))
OLD = "old"
BANDS = (0.95, 0.97, 0.99, 2.0)


@define
class Flaky:
    """A history whose check is flaky.

    Attributes:
        graph: of it; the old end is `OLD`.
        new: the new end.
        culprit: the commit from which on the rate is another one; None where nothing changes it.
        rates: of bad verdicts before and after.
        seed: of the draws.
        spread: standard deviation of the logarithm of what a check takes, whose median is 1; 0: all take 1.
        checks: how many were made.
    """

    graph: RangeGraph
    new: str
    culprit: str | None
    rates: tuple[float, float]
    seed: int
    spread: float = 0.0
    checks: int = 0
    _random: random.Random = field(init=False)
    _times: random.Random = field(init=False)
    _after: frozenset[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._times = random.Random(self.seed)
        after: set[str] = set()
        for commit, parents in self.graph.parents.items():
            if commit == self.culprit or not after.isdisjoint(parents):
                after.add(commit)
        self._after = frozenset(after)

    def check(self, commit: str) -> bool:
        """Whether a check of the commit is bad, this time."""
        self.checks += 1
        return self._random.random() < self.rates[commit in self._after]

    def duration(self) -> float:
        """How long a check takes, this time."""
        return self._times.lognormvariate(0, self.spread) if self.spread else 1.0


@frozen
class Answer:
    """What a search said.

    Attributes:
        is_right: the culprit was named; or nothing was, and there is none.
        checks: that it took.
        stated: the probability that it stated for a commit that it named; None where it named none.
        time: that it took, where a check takes 1 in the median.
    """

    is_right: bool
    checks: int
    stated: float | None = None
    time: float = 0.0


def flaky_row(seed: int, rates: tuple[float, float]) -> Flaky:
    """Commits in a row, each with code of its own."""
    names = [f"c{place}" for place in range(ROW)]
    parents = {name: (before,) for before, name in zip([OLD, *names], names, strict=False)}
    culprit = random.Random(seed).choice(names) if rates[0] != rates[1] else None
    return Flaky(RangeGraph(parents, {name: name for name in (OLD, *names)}), names[-1], culprit, rates, seed)


def flaky_graph(seed: int, rates: tuple[float, float]) -> Flaky | None:
    """The history with merges of a seed; None where it is a row, or its culprit cannot be named."""
    history = draw(seed)
    if history.is_linear or history.skipped or history.culprit is None:
        return None
    name = {place: OLD if place == history.old else f"c{place}" for place in range(len(history.commits))}
    parents = {name[c]: tuple(name[p] for p in history.commits[c].parents) for c in history.range}
    states = {name[c]: " ".join(sorted(history.code[c])) for c in range(len(history.commits))}
    culprit = name[history.culprit] if rates[0] != rates[1] else None
    return Flaky(RangeGraph(parents, states), name[history.new], culprit, rates, seed)


def suspected(story: Flaky) -> tuple[float, ...]:
    """The prior of somebody who suspects a quarter of the commits, as often right as the factor says."""
    chance = random.Random(-1 - story.seed)
    names = story.graph.commits
    count = len(names) // 4
    share = USUAL_FACTOR * count / (USUAL_FACTOR * count + len(names) - count)
    others = [name for name in names if name != story.culprit]
    is_meant = story.culprit is not None and chance.random() < share
    meant = {*chance.sample(others, count - is_meant), *([story.culprit] if is_meant else [])}
    return prior_of(names, [(Hint("a quarter", USUAL_FACTOR), frozenset(filter(None, meant)))])


@define
class Running:
    """Checks of a history that run at once.

    Attributes:
        story: is checked.
        jobs: how many run at once.
        now: when the last one ended.
        told: what came of those that ended.
    """

    story: Flaky
    jobs: int
    now: float = 0.0
    told: dict[str, Tally] = field(factory=dict)
    _running: list[tuple[float, int, str]] = field(factory=list)  # when each ends, its number, its commit
    _begun: int = 0

    @property
    def commits(self) -> list[str]:
        """Their commits, in the order in which they were begun."""
        return [commit for _, _, commit in sorted(self._running, key=itemgetter(1))]

    def begin(self, commit: str) -> None:
        """Begin a check."""
        self._begun += 1
        self._running.append((self.now + self.story.duration(), self._begun, commit))

    def fill(self, seen: Suspicion, left: int) -> None:
        """Begin the most informative checks beside those that run, within the number that is left."""
        while len(self._running) < min(self.jobs, left):
            commit = seen.question(self.commits)
            if commit is None:
                return
            self.begin(commit)

    def end(self) -> None:
        """Wait for the check that ends first."""
        self._running.remove(first := min(self._running))
        self.now, _, commit = first
        is_bad, known = self.story.check(commit), self.told.get(commit, Tally())
        self.told[commit] = evolve(known, bad=known.bad + is_bad, good=known.good + (not is_bad))

    def all_of(self, commits: Iterable[str]) -> None:
        """Check commits, and wait for all."""
        waiting = list(commits)
        while waiting or self._running:
            while waiting and len(self._running) < self.jobs:
                self.begin(waiting.pop(0))
            self.end()


def weighing(
    story: Flaky,
    *,
    bad_is_proof: bool = False,
    jobs: int = 1,
    in_rounds: bool = False,
    chances: tuple[float, ...] | None = None,
) -> Answer:
    """The search of `bisect --flaky`: the ends, then what tells most, then one more of what it would name.

    Args:
        story: is checked.
        bad_is_proof: see `FlakyTerms`.
        jobs: checks at once.
        in_rounds: begin checks only when none runs, to see what that costs.
        chances: the prior; None: all commits are alike.
    """
    terms = FlakyTerms(USUAL.until, USUAL.most_checks, LEAST, bad_is_proof)
    descent = descent_of(story.graph, OLD, story.new)
    running = Running(story, jobs)
    proven: set[str] = set()
    running.all_of((OLD, story.new))
    while story.checks < USUAL.most_checks:
        seen = Suspicion(descent, Find.REGRESSION, terms, running.told, chances)
        is_none = max(seen.posterior.same, seen.falls) >= USUAL.until
        is_sure = seen.probability >= USUAL.until
        if running.commits and (is_none or is_sure or in_rounds):
            running.end()
        elif is_none:
            is_right = story.culprit is None and seen.falls < USUAL.until
            return Answer(is_right, story.checks, time=running.now)
        elif is_sure:
            unproven = sorted({seen.leader, *story.graph.parents[seen.leader]} - proven)
            if not unproven:
                return Answer(seen.leader == story.culprit, story.checks, seen.probability, running.now)
            proven |= set(unproven[:jobs])
            running.all_of(unproven[:jobs])
        else:
            running.fill(seen, USUAL.most_checks - story.checks)
            if not running.commits:
                break
            running.end()
    return Answer(False, story.checks, time=running.now)


def plainly(story: Flaky, rule: str, repeats: int) -> Answer:
    """A bisection that counts a commit as bad if one of so many checks is (`any`), or most of them are."""
    walk = GraphWalk(story.graph, story.graph.source(story.new))
    while (commit := choose(walk)) is not None:
        bad = 0
        for made in range(1, repeats + 1):
            bad += story.check(commit)
            if rule == "any" and bad:
                break
            if rule == "most" and max(bad, made - bad) > repeats / 2:
                break
        is_bad = bad > 0 if rule == "any" else bad > repeats / 2
        (walk.mark_new if is_bad else walk.mark_old)(commit)
    return Answer(walk.new == story.culprit, story.checks)


def by_bayesect(bisector: Callable[[np.ndarray], Any], story: Flaky) -> Answer:
    """What `git bayesect run` does in a row of commits, from the newest to the oldest and the old end."""
    row = [*reversed(story.graph.commits), OLD]
    search = bisector(np.ones(len(row)))
    while story.checks < USUAL.most_checks:
        stated = float(search.distribution.max())
        if stated >= USUAL.until:
            named = row[int(search.distribution.argmax())]
            return Answer(named == story.culprit, story.checks, stated)
        place = search.select()
        search.record(place, story.check(row[place]))
    return Answer(False, story.checks)


def share_right(answers: Sequence[Answer]) -> float:
    """The share of right answers."""
    return statistics.fmean(answer.is_right for answer in answers)


def _mean_checks(answers: Sequence[Answer]) -> float:
    return statistics.fmean(answer.checks for answer in answers)


def _best_repeats(stories: Callable[[], Iterable[Flaky]], wanted: float) -> tuple[str, list[Answer]]:
    tried = [(f"{rule} of {k}", [plainly(story, rule, k) for story in stories()]) for rule, k in REPEATS]
    enough = [one for one in tried if share_right(one[1]) >= wanted]
    if enough:
        return min(enough, key=lambda one: _mean_checks(one[1]))
    return max(tried, key=lambda one: share_right(one[1]))


def _stories(kind: str, rates: tuple[float, float], seeds: Iterable[int]) -> Iterator[Flaky]:
    for seed in seeds:
        story = flaky_row(seed, rates) if kind == "row" else flaky_graph(seed, rates)
        if story is not None:
            yield story


def _line(name: str, answers: Sequence[Answer]) -> str:
    stated = [answer.stated for answer in answers if answer.stated is not None]
    told = f"{statistics.fmean(stated):.3f} stated for {len(stated)} named" if stated else ""
    middle = statistics.median(answer.checks for answer in answers)
    return (
        f"  {name:<15}{share_right(answers):6.3f} right {_mean_checks(answers):7.1f} checks, median "
        f"{middle:<6g} {told}"
    ).rstrip()


def _calibration(answers: Sequence[Answer]) -> Iterator[str]:
    """Of the commits that were named: how often they were right, by the probability that was stated."""
    for low, high in itertools.pairwise(BANDS):
        band = [a for a in answers if a.stated is not None and low <= a.stated < high]
        if band:
            stated = statistics.fmean(answer.stated or 0 for answer in band)
            told = f"{stated:.3f} stated, {share_right(band):.3f} right"
            yield f"  from {low:g}: {len(band)} named, {told}"


def main() -> None:
    """Search all histories in each way, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--histories", type=int, default=HISTORIES, help="of each kind and pair of rates")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--jobs", type=int, default=1, help="checks at once of --flaky")
    parser.add_argument("--bayesect", metavar="FOLDER", help="that holds git_bayesect.py")
    options = parser.parse_args()
    bisector = None
    if options.bayesect:
        sys.path.append(options.bayesect)
        bisector = importlib.import_module("git_bayesect").Bisector
    seeds = range(options.first, options.first + options.histories)
    all_answers: list[Answer] = []
    for kind in ("row", "graph"):
        for rates in RATES:
            stories = functools.partial(_stories, kind, rates, seeds)
            answers = [weighing(story, jobs=options.jobs) for story in stories()]
            all_answers += answers
            print(f"{kind}, bad before {rates[0]:g}, after {rates[1]:g}: {len(answers)} histories")
            print(_line("--flaky", answers), flush=True)
            if kind == "row":
                hinted = [weighing(story, chances=suspected(story)) for story in stories()]
                print(_line("--suspect", hinted), flush=True)
            if rates[0] == 0:
                proof = [weighing(story, bad_is_proof=True) for story in stories()]
                print(_line("--bad-is-proof", proof), flush=True)
            if bisector is not None and kind == "row":
                print(
                    _line("git bayesect", [by_bayesect(bisector, story) for story in stories()]), flush=True
                )
            if rates[0] == rates[1]:
                continue
            print(_line("plain", [plainly(story, "any", 1) for story in stories()]))
            print(_line(*_best_repeats(stories, share_right(answers))), flush=True)
    print("stated and right, of all that --flaky named:")
    print(*_calibration(all_answers), sep="\n")


if __name__ == "__main__":
    main()
