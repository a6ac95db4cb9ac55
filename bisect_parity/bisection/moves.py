"""What changes between neighbours of a sweep besides the verdict: a figure, or the reason to be bad. Pure."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, TypeGuard

from attrs import frozen

from bisect_parity.bisection.figure_limit import short_between
from bisect_parity.parity.failure_kinds import way_of
from bisect_parity.wording import move_text, threshold_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from bisect_parity.bisection.graph import RangeGraph
    from bisect_parity.bisection.model import Check
    from bisect_parity.config import Thresholds

FIGURES = ("correlation", "sum_ratio")
OF_TEST = "figure"
LEAST_SHARE = 0.01  # a reference may differ from itself by as much
LEAST_SAME = 3  # neighbours with the very same figures show that the case repeats itself


@frozen
class Move:
    """Two commits with different figures, and none between them that was tested.

    Attributes:
        before, after: full ids; `after` descends from `before`.
        figure: "correlation", "sum_ratio", or "figure" for that of a test.
        old, new: its values.
        share: how much farther from 1 the new value is, in units of the distance that the threshold allows;
            negative where it is nearer. Of a test: by how much it rose, in units of the old value.
        untested: how many commits that change the code lie between them.
    """

    before: str
    after: str
    figure: str
    old: float
    new: float
    share: float
    untested: int = 0

    @property
    def text(self) -> str:
        """The figure, and how far it moved."""
        return move_text(self.figure, self.old, self.new, self.share)


def figures_of(check: Check) -> dict[str, float]:
    """The finite figures of a check; empty where no images were compared."""
    found = {name: check.figure(name) for name in FIGURES}
    return {name: value for name, value in found.items() if _is_finite(value)}


def all_figures_of(check: Check) -> dict[str, float]:
    """The finite figures of a check, that of a test included."""
    own = check.document.get(OF_TEST)
    return figures_of(check) | ({OF_TEST: own} if _is_finite(own) else {})


def move_between(
    before: str,
    after: str,
    old: Mapping[str, float],
    new: Mapping[str, float],
    thresholds: Thresholds,
    untested: int = 0,
    least: float = LEAST_SHARE,
) -> Move | None:
    """The greatest of the moves of all figures; None where none moved by as much as `least`, or at all.

    Args:
        before, after: full ids of the commits.
        old, new: their figures, by name.
        thresholds: what they are held against.
        untested: how many commits that change the code lie between them.
        least: of a share that counts.
    """
    allowed = {"correlation": 1 - thresholds.correlation_min, "sum_ratio": thresholds.sum_ratio_tolerance}
    moves = [
        Move(before, after, name, old[name], new[name], farther / allowed[name], untested)
        for name in FIGURES
        if name in old and name in new and allowed[name] > 0
        for farther in (abs(1 - new[name]) - abs(1 - old[name]),)
    ]
    if old.get(OF_TEST) and OF_TEST in new:
        rise = (new[OF_TEST] - old[OF_TEST]) / abs(old[OF_TEST])
        moves.append(Move(before, after, OF_TEST, old[OF_TEST], new[OF_TEST], rise, untested))
    greatest = max(moves, key=lambda move: abs(move.share), default=None)
    return None if greatest is None or not greatest.share or abs(greatest.share) < least else greatest


def moves_of(
    graph: RangeGraph, start: str, figures: Mapping[str, Mapping[str, float]], thresholds: Thresholds
) -> list[Move]:
    """Every move between commits that were tested, with none between them that was, the greatest first.

    A merge moved a figure only if it is another than on each side: of its moves the least counts. Where most
    commits leave all figures exactly as they were, there is no noise, and every move counts, however small.

    Args:
        graph: of the range.
        start: the commit before it.
        figures: of the commits that change the code and were compared, and of `start`.
        thresholds: what they are held against.
    """
    least: dict[str, tuple[float, Move | None]] = {}
    pairs = list(neighbours(graph, start, figures.keys()))
    same = sum(figures.get(before) == figures[after] for before, after, _ in pairs)
    smallest = 0.0 if same >= max(len(pairs) / 2, LEAST_SAME) else LEAST_SHARE
    for before, after, untested in pairs:
        old = figures.get(before, {})
        move = move_between(before, after, old, figures[after], thresholds, untested, smallest)
        size = 0.0 if move is None else abs(move.share)
        if size < least.get(after, (math.inf, None))[0]:
            least[after] = (size, move)
    moves = (move for _, move in least.values() if move is not None)
    return sorted(moves, key=lambda move: -abs(move.share))


def halfway(
    move: Move, thresholds: Thresholds, old: Mapping[str, float], new: Mapping[str, float]
) -> list[str]:
    """The options by which one end of a move is good and the other bad: its threshold lies halfway.

    Args:
        move: from one end to the other.
        thresholds: what the figures are held against. The other figure's is left out where it fails.
        old, new: figures of both ends.
    """
    near, far = sorted(abs(1 - value) for value in (move.old, move.new))
    if move.figure == "correlation":
        worst = max(abs(1 - end.get("sum_ratio", 1.0)) for end in (old, new))
        wide = float(f"{2 * worst:.0e}") if worst > thresholds.sum_ratio_tolerance else None
        return threshold_words(short_between(1 - far, 1 - near), wide)
    is_failed = min(end.get("correlation", 1.0) for end in (old, new)) < thresholds.correlation_min
    return threshold_words(-1.0 if is_failed else None, short_between(near, far))


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, float | int) and math.isfinite(value)


@frozen
class FailureChange:
    """Two commits that are bad for different reasons, and none between them that was tested.

    Attributes:
        before, after: full ids; `after` descends from `before`.
        old, new: the reasons of their verdicts.
        untested: how many commits that change the code lie between them.
    """

    before: str
    after: str
    old: str
    new: str
    untested: int


def failure_changes(graph: RangeGraph, start: str, reasons: Mapping[str, str]) -> list[FailureChange]:
    """Every change of the reason between bad commits, in the order of the commits.

    A merge is bad for another reason only if none of its sides that are bad is so for the same.

    Args:
        graph: of the range.
        start: the commit before it.
        reasons: of the commits that change the code, and of `start`, where they have a verdict; empty where
            they are good.
    """
    found = []
    for after, group in itertools.groupby(neighbours(graph, start, reasons.keys()), key=lambda pair: pair[1]):
        new = reasons[after]
        bad = {name: untested for name, _, untested in group if reasons.get(name)}
        if new and bad and way_of(new) not in {way_of(reasons[name]) for name in bad}:
            before = min(bad, key=lambda name: bad[name])
            found.append(FailureChange(before, after, reasons[before], new, bad[before]))
    return found


def neighbours(graph: RangeGraph, start: str, tested: Set[str]) -> Iterator[tuple[str, str, int]]:
    """Each commit that was tested after each that it follows, in the order of the commits.

    Args:
        graph: of the range.
        start: the commit before it: what a commit in the range has no tested ancestor in, it has here.
        tested: commits that change the code; whether `start` was is not asked.

    Yields:
        the earlier commit, the later one, and how many commits that change the code lie between them.
    """
    changing = set(graph.changing)
    nearest: dict[str, dict[str, int]] = {}  # tested commits that can be met first, and what lies between
    for commit in graph.commits:
        parents = graph.parents[commit]
        if commit not in changing:  # its code is that of a parent, and so is all that led there
            parents = tuple(parent for parent in parents if graph.states[parent] == graph.states[commit])
        before: dict[str, int] = {}
        for parent in parents or ("",):
            for other, count in nearest.get(parent, {start: 0}).items():
                before[other] = max(count, before.get(other, 0))
        if commit not in changing or commit not in tested:
            between = int(commit in changing)
            nearest[commit] = {other: count + between for other, count in before.items()}
            continue
        nearest[commit] = {commit: 0}
        yield from ((other, commit, count) for other, count in before.items())
