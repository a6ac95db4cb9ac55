"""What searches inside submodules know so far: each level is one search, and the next one lies in it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.bisection.answer import Bisection
from bisect_parity.bisection.answer_parts import Inside
from bisect_parity.bisection.commit_summaries import commit_summaries
from bisect_parity.bisection.model import Find, Outcome
from bisect_parity.bisection.span import LARGE
from bisect_parity.history.submodules import SubmoduleMove, history_of
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.model import Check
    from bisect_parity.bisection.moved_parts import MovedSubmodule, Step
    from bisect_parity.history.commit_summary import CommitSummary
    from bisect_parity.history.repository import Repository


class Levels:
    """The levels, the outermost first."""

    def __init__(self, outer: Bisection) -> None:
        self._outer = outer
        self._levels: list[Inside] = []

    def begin(self, step: Step, moves: Sequence[SubmoduleMove]) -> None:
        """Begin a level: one commit, and the submodules that it moves."""
        outer, move = self._outer, moves[0]
        ends = (move.old, move.new) if step.find is Find.REGRESSION else (move.new, move.old)
        result = Bisection(
            Outcome.INCONCLUSIVE,
            step.find,
            outer.case,
            outer.size,
            outer.case_size,
            *ends,
            thresholds=outer.thresholds,
            jobs=outer.jobs,
            session=outer.session,
            settings_sha256=outer.settings_sha256,
            settings_frozen=outer.settings_frozen,
        )
        paths = ", ".join(step.place.path_of(one.path) for one in moves)
        self._levels.append(
            Inside(paths, move.old, move.new, step.place.commit, result, is_subtree=move.is_subtree)
        )

    def choose(self, step: Step, part: MovedSubmodule) -> None:
        """The submodule that is searched on this level."""
        said = self._levels.pop().result.says
        self.begin(step, [part.move])
        self._levels[-1] = evolve(self._levels[-1], held=part.place.commit)
        self.update(says=said)

    @property
    def result(self) -> Bisection:
        """Of the innermost level."""
        return self._levels[-1].result

    def update(self, **changes: Any) -> None:
        """Change the result of the innermost level."""
        self._levels[-1] = evolve(self._levels[-1], result=evolve(self.result, **changes))

    def add(self, *says: str) -> None:
        """Add sentences to what the innermost level says."""
        self.update(says=(*self.result.says, *says))

    def describe(self, module: Repository, facts: CommitSummary | None = None) -> None:
        """Take in what is known of the commits of a submodule that the innermost level names."""
        level, result = self._levels[-1], self.result
        tested = [check.commit for check in result.checks if check.submodule == level.submodule]
        parents = facts.parents if facts is not None else ()
        known = commit_summaries(module, [level.old, level.new, *tested, *result.candidates, *parents])
        self.update(facts=known | ({} if facts is None else {facts.commit: facts}))

    def folded(
        self, outcome: Outcome | None = None, *says: str, checks: Sequence[Check] = (), log: str = ""
    ) -> Inside | None:
        """All levels, one in the other.

        Args:
            outcome: of the innermost, where it was stopped; None: its own.
            says: why.
            checks, log: of the innermost, where it was stopped.
        """
        found: Inside | None = None
        for level in reversed(self._levels):
            result = evolve(level.result, inside=found)
            if found is None and outcome is not None:
                says = (*result.says, *says)
                result = evolve(result, outcome=outcome, checks=tuple(checks), says=says, log=log)
            found = evolve(level, result=result)
        return found


def lacks(repository: Repository, place: str, move: SubmoduleMove) -> str:
    """What has to be fetched before a submodule can be searched; empty where all is there.

    Args:
        repository: that holds the submodule.
        place: its path from the top of the superproject.
        move: of it.
    """
    folder = shlex.quote(place)
    module = history_of(repository, move)
    if module is None:
        return f"The submodule {place} is not here: git submodule update --init --recursive {folder}"
    missing = [pin for pin in (move.old, move.new) if module.try_resolve(pin) is None]
    if not missing:
        return ""
    return f"The submodule {place} lacks its commit {missing[0]}: git -C {folder} fetch origin {missing[0]}"


def refusal(module: Repository, place: str, move: SubmoduleMove) -> str:
    """Why the commits of a submodule between two cannot be searched; empty where they can.

    Args:
        module: its repository.
        place: its path from the top of the superproject.
        move: of it.
    """
    if module.git_result("merge-base", move.old, move.new).status != 0:
        if module.is_shallow:
            remedy = f"it is a shallow clone: git -C {shlex.quote(place)} fetch --unshallow"
        else:
            remedy = "they have no common ancestor"
        return f"There is no way from {move.old} to {move.new} in the submodule {place}: {remedy}"
    count = int(module.git("rev-list", "--count", f"{move.old}...{move.new}"))
    if count > LARGE:
        return f"{counted(count, 'commit')} between the two in {place} are too many (more than {LARGE})."
    return ""
