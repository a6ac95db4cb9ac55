"""Which part of a commit that moves submodules is to blame: one of them, or what else it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from bisect_parity.bisection.model import Check, Find, Role
from bisect_parity.bisection.variants import Place, Variants
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.submodules import SubmoduleMove
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from bisect_parity.bisection.search import SearchResult

    Ask = Callable[[str, Role], Check]  # gives the check of a commit
    Search = Callable[[str, str, Find], SearchResult]  # finds the first new commit between two


@frozen
class Step:
    """A commit that is new where its first parent is old, in the superproject or in a submodule of it.

    Attributes:
        place: of the commit.
        before: full id of its first parent, in the same repository.
        old, new: the commits of the superproject that stand for both.
        find: what is looked for.
    """

    place: Place
    before: str
    old: str
    new: str
    find: Find


@frozen
class MovedSubmodule:
    """The submodule that is to blame.

    Attributes:
        move: of it; its path is that in `place`.
        place: what is held while it moves.
        fixed: the other submodules that move, and the commits they are held at.
        start: the commit of the superproject that has its old commit.
        is_start_old: whether that one was found to be old; otherwise it cannot be tested.
    """

    move: SubmoduleMove
    place: Place
    fixed: Mapping[str, str]
    start: str
    is_start_old: bool


@define
class Splitter:
    """Tells the parts of a commit from each other.

    Attributes:
        step: the commit.
        moves: the submodules that it moves, one at least.
        variants: makes commits that have one part without the other.
        code_states: with the code paths.
        ask: gives verdicts.
        search: finds the first new commit in a row.
        says: what was found, a sentence an item.
        is_rest_to_blame: whether what else the commit changes was found to be to blame.
    """

    step: Step
    moves: Sequence[SubmoduleMove]
    variants: Variants
    code_states: CodeStates
    ask: Ask
    search: Search
    says: list[str] = field(factory=list)
    is_rest_to_blame: bool = False

    def part(self) -> MovedSubmodule | None:
        """The part that is to blame; None where it is no submodule, or cannot be told.

        What else the commit changes is held as it is after the commit, where that is not bad by itself: so it
        stands in the history.

        Raises:
            BisectParityError: as for any check.
        """
        step, moves = self.step, self.moves
        place = step.place
        start = self._variant(place, {move.path: move.old for move in moves}, moves[0], moves[0].old)
        is_start_old = True
        states = self.code_states.of([start, step.old])
        if states[start] != states[step.old]:
            chosen = self._beside_the_rest(start)
            if chosen is None:
                return None
            place, start, is_start_old = chosen
            if place.commit == step.before:
                moves = [evolve(move, path=move.old_path) for move in moves]
        if len(moves) == 1:
            return MovedSubmodule(moves[0], place, {}, start, is_start_old)
        return self._one_of(moves, place, start, is_start_old=is_start_old)

    def _beside_the_rest(self, start: str) -> tuple[Place, str, bool] | None:
        """What is held, the commit to start from, and whether that is old; None if the rest is to blame."""
        step, moves = self.step, self.moves
        old, new = step.find.old, step.find.new
        commit, parent = step.place.commit[:SHORT], step.before[:SHORT]
        names = _names(self.moves)
        moved = self._variant(
            step.place.at(step.before), {move.old_path: move.new for move in moves}, moves[0], moves[0].new
        )
        without, alone = self.ask(start, Role.PARTS), self.ask(moved, Role.PARTS)
        as_before = f"{commit} with {names} as before is {_verdict_text(without)}"
        only = f"{parent} with {names} moved is {_verdict_text(alone)}"
        rest = "changes other code as well"
        if all(move.is_subtree for move in moves):
            rest = f"has code in {names} that the other history lacks, or changes other code"
        self.says.append(f"{commit} {rest}: {as_before}, {only}.")
        if without.verdict == old:
            if alone.verdict == old:
                self.says.append(f"So both are needed; the search holds the other changes as in {commit}.")
            return step.place, start, True
        if alone.verdict == new:
            if without.verdict == new:
                self.says.append(
                    "So each is enough alone: the other changes are to blame, too. Here the move is "
                    f"searched, in the tree of {parent}."
                )
            return step.place.at(step.before), step.old, True
        if without.verdict == new:
            self.is_rest_to_blame = True
            self.says.append(f"So the other changes of {commit} are to blame, and not {names}.")
            return None
        return step.place, start, False

    def _one_of(
        self, moves: Sequence[SubmoduleMove], place: Place, start: str, *, is_start_old: bool
    ) -> MovedSubmodule | None:
        """The one of several submodules that is to blame: they are moved one after the other."""
        pins = {move.path: move.old for move in moves}
        row = [start]
        for move in moves:
            pins[move.path] = move.new
            row.append(self._variant(place, pins, move, move.new, (row[-1],)))
        found = self.search(start if is_start_old else self.step.old, row[-1], self.step.find)
        names = ", ".join(move.path for move in moves)
        if found.first not in row[1:]:
            reason = "" if found.first else ": what is between them cannot be tested"
            self.says.append(f"It moves several submodules ({names}); which one to blame is unknown{reason}.")
            return None
        number = row.index(found.first) - 1
        chosen = moves[number]
        fixed = {m.path: m.new for m in moves[:number]} | {m.path: m.old for m in moves[number + 1 :]}
        self.says.append(f"It moves several submodules ({names}); {chosen.path} is to blame.")
        return MovedSubmodule(chosen, place, fixed, row[number], is_start_old or number > 0)

    def _variant(
        self,
        place: Place,
        pins: Mapping[str, str],
        move: SubmoduleMove,
        pin: str,
        parents: tuple[str, ...] | None = None,
    ) -> str:
        shown = (place.path_of(move.path), pin)
        return self.variants.one(place, pins, parents or (self.step.old,), shown)


def _names(moves: Sequence[SubmoduleMove]) -> str:
    paths = ", ".join(move.path for move in moves)
    what = "subtree" if all(move.is_subtree for move in moves) else "submodule"
    return f"the {what} {paths}" if len(moves) == 1 else f"the {what}s {paths}"


def _verdict_text(check: Check) -> str:
    return check.verdict if check.verdict in ("good", "bad") else f"not testable ({check.reason})"
