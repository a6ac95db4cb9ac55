"""A sweep: every code state of a range, or as many as a budget allows, is checked; every flip is reported."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from attrs import Factory, asdict, frozen

from bisect_parity.bisection.model import Check
from bisect_parity.bisection.moves import FailureChange, Move, neighbours
from bisect_parity.config import Thresholds
from bisect_parity.history.commit_summary import CommitSummary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.bisection.graph import RangeGraph

SCHEMA = "bisect-parity/sweep"


@frozen
class Flip:
    """Two commits with different verdicts, and none between them that was tested.

    Attributes:
        before, after: full ids; `after` descends from `before`.
        change: "good to bad", or "bad to good".
        untested: how many commits that change the code lie between them.
        submodules: paths of those, and of subtrees, that the later one moves, where no commit lies between.
    """

    before: str
    after: str
    change: str
    untested: int
    submodules: tuple[str, ...] = ()


@frozen
class Sweep:
    """What a sweep found.

    Attributes:
        case: name of the case.
        size: detector width in pixels.
        start, end: full ids of the ends.
        commits, code_states: how many there are from end to end.
        checks: in the order of the commits.
        flips: in the order of the commits.
        moves: of the figures, the greatest first.
        failure_changes: where the reason of bad verdicts changes, in the order of the commits.
        thresholds: that counted instead of the case's own.
        jobs: how many checks could run at once.
        facts: of all that was tested.
        is_complete: whether every code state was asked for.
        session: folder of the session.
    """

    case: str
    size: int
    start: str
    end: str
    commits: int
    code_states: int
    checks: tuple[Check, ...] = ()
    flips: tuple[Flip, ...] = ()
    moves: tuple[Move, ...] = ()
    failure_changes: tuple[FailureChange, ...] = ()
    thresholds: Thresholds | None = None
    jobs: int = 1
    facts: dict[str, CommitSummary] = Factory(dict)
    is_complete: bool = False
    session: str = ""

    @property
    def is_decided(self) -> bool:
        """Whether any commit that was asked has a verdict."""
        return any(check.verdict in ("good", "bad") for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """The document sweep.json."""
        run = sum(check.known_from is None for check in self.checks)
        return {
            "schema": SCHEMA,
            "version": 1,
            "case": self.case,
            "size": self.size,
            "thresholds": asdict(self.thresholds) if self.thresholds else None,
            "from": self.start,
            "to": self.end,
            "commits": self.commits,
            "code_states": self.code_states,
            "complete": self.is_complete,
            "jobs": self.jobs,
            "checks_run": run,
            "checks_cached": len(self.checks) - run,
            "flips": [asdict(flip) for flip in self.flips],
            "moves": [asdict(move) for move in self.moves],
            "failure_changes": [asdict(change) for change in self.failure_changes],
            "tested": [check.to_json() for check in self.checks],
            "commit_facts": [asdict(facts) for facts in self.facts.values()],
            "session": self.session,
        }


def spread(count: int, budget: int | None) -> list[int]:
    """Places from 0 to `count` - 1, the ends first and then evenly spread, at each moment as well as can be.

    Args:
        count: how many places there are.
        budget: how many of them are wanted; None: all.
    """
    wanted = count if budget is None else min(budget, count)
    if wanted <= 2:
        return [place for place in dict.fromkeys((0, count - 1)) if count][:wanted]
    if budget is not None and wanted < count:
        places = sorted({round(step * (count - 1) / (wanted - 1)) for step in range(wanted)})
    else:
        places = list(range(count))
    order, gaps = [places[0], places[-1]], [(0, len(places) - 1)]
    while gaps:
        halves = []
        for low, high in gaps:
            if high - low > 1:
                middle = (low + high) // 2
                order.append(places[middle])
                halves += [(low, middle), (middle, high)]
        gaps = halves
    return order


def flips_of(graph: RangeGraph, start: str, verdicts: Mapping[str, str]) -> list[Flip]:
    """Every flip between commits that were tested, with none between them that was.

    A merge flips nothing that happened on one of its sides, and else once: after the nearest tested commit.

    Args:
        graph: of the range.
        start: the commit before it: what a commit in the range has no tested ancestor in, it has here.
        verdicts: "good" or "bad" of commits that change the code, and of `start`.
    """
    found: list[Flip] = []
    happened: dict[str, frozenset[Flip]] = {}  # at a commit and before
    pairs = neighbours(graph, start, verdicts.keys())
    for after, group in itertools.groupby(pairs, key=lambda pair: pair[1]):
        verdict, before = verdicts[after], {name: untested for name, _, untested in group}
        earlier = {name: happened.get(name, frozenset()) for name in before}
        sides = frozenset[Flip]().union(*(earlier[name] for name in before if verdicts.get(name) == verdict))
        flips = [
            flip
            for name, untested in before.items()
            if verdicts.get(name, verdict) != verdict
            for flip in (Flip(name, after, f"{verdicts[name]} to {verdict}", untested),)
            if flip.change not in {other.change for other in sides - earlier[name]}
        ]
        flips = sorted(flips, key=lambda flip: flip.untested)[:1]
        found += flips
        happened[after] = frozenset(flips).union(*earlier.values())
    return found
