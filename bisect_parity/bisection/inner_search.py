"""The search goes on inside a submodule: through its commits between the two that the culprit names.

The questions, the books and the proof are those of any search; only the commits are made for it (see
`variants`). Verdicts are kept by code state, which holds the commit of the submodule: a stopped search is
resumed, and the ends are known from the search before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.bisection import account
from bisect_parity.bisection.commit_summaries import change_of, commit_summaries, with_files
from bisect_parity.bisection.ddmin import ChecksSpentError
from bisect_parity.bisection.git_bisect import GitBisect
from bisect_parity.bisection.hidden import narrowed_text
from bisect_parity.bisection.inner_levels import Levels, lacks, refusal
from bisect_parity.bisection.model import Check, Find, Outcome, Role
from bisect_parity.bisection.moved_parts import MovedSubmodule, Splitter, Step
from bisect_parity.bisection.proof import Prover
from bisect_parity.bisection.search import SearchResult
from bisect_parity.bisection.searching import Searching
from bisect_parity.bisection.span import read_span
from bisect_parity.bisection.variants import Place, Variants
from bisect_parity.bisection.workplace import workplace
from bisect_parity.errors import BisectParityError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.pinned_range import read_pinned_range
from bisect_parity.history.submodules import SubmoduleMove, history_of, moves_between
from bisect_parity.history.subtrees import subtree_moves
from bisect_parity.logs import logger
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.answer_parts import Inside
    from bisect_parity.bisection.check_pool import CheckPool
    from bisect_parity.bisection.plan import Plan
    from bisect_parity.bisection.remaining import Remaining
    from bisect_parity.history.repository import Repository

FOUND = (Outcome.CONFIRMED, Outcome.LIKELY)


class InnerSearch(Searching):
    """Searches the submodules that the answer of a search moves; `partial` gives what is known at any moment.

    Args:
        plan: of the search.
        outer: what it came to: a commit whose first parent is as the old end is.
        tell, watch: see `Searching`; they are given the commits of the submodule.
    """

    def __init__(
        self,
        plan: Plan,
        outer: Bisection,
        tell: Callable[[Check, Remaining | None], None],
        watch: Callable[[Sequence[str]], None],
    ) -> None:
        variants = self._variants = Variants()
        super().__init__(
            plan,
            lambda check, left: tell(variants.shown(check), left),
            lambda commits: watch([variants.named(commit) for commit in commits]),
            outer.checks,
        )
        self._outer = outer
        self._levels = Levels(outer)
        self._checker.named = variants.named
        self._checker.number_after(outer.checks)

    def run(self) -> Inside | None:
        """Search; None where the commit moves no submodule that is code.

        Raises:
            BisectParityError: no worktree can be made. What keeps a submodule from being searched is told.
        """
        outer, plan = self._outer, self._plan
        commit, parent = outer.first, outer.first_parent()
        if commit is None or parent is None:
            return None
        step: Step | None = Step(Place(plan.repository, commit), parent, parent, commit, outer.find)
        if step is None or not self._moves(step):
            return None
        with workplace(self._checker, plan, commit, self._watch, returns_to_commit=True) as pool:
            while step is not None and (moves := self._moves(step)):
                step = self._level(pool, step, moves)
        return self._levels.folded()

    def partial(self, outcome: Outcome, *says: str) -> Inside | None:
        """What was found so far, where the search was stopped."""
        return self._levels.folded(outcome, *says, checks=self._checks(), log=self._log)

    def _level(self, pool: CheckPool, step: Step, moves: list[SubmoduleMove]) -> Step | None:
        """Search the submodules that one commit moves, and return the next step inwards."""
        self._begin = len(self._checker.checks)
        self._checker.size = self._outer.size
        self._log = ""
        self._levels.begin(step, moves)
        try:
            return self._searched(pool, step, moves)
        except ChecksSpentError:
            so_far = narrowed_text(self._plan.repository, step.find, self._made)
            says = (self._plan.checks_spent_text, *map(self._variants.translated, so_far))
            return self._end(Outcome.INCONCLUSIVE, *says)
        except BisectParityError as error:
            return self._end(Outcome.INCONCLUSIVE, f"The search was stopped: {error}")

    def _searched(self, pool: CheckPool, step: Step, moves: list[SubmoduleMove]) -> Step | None:
        place = step.place
        missing = [lacks(place.repository, self._path(step, move), move) for move in moves]
        if any(missing):
            return self._end(Outcome.INCONCLUSIVE, *filter(None, missing))
        splitter = Splitter(
            step,
            moves,
            self._variants,
            self._plan.code_states,
            lambda commit, role: self._asked(pool, commit, role),
            lambda old, new, find: self._search(pool, old, new, find),
        )
        part = splitter.part()
        if part is None:
            is_other = splitter.is_rest_to_blame
            return self._end(Outcome.NOTHING_TO_BISECT if is_other else Outcome.INCONCLUSIVE, *splitter.says)
        self._levels.choose(step, part)
        self._levels.add(*splitter.says)
        return self._through(pool, step, part)

    def _through(self, pool: CheckPool, step: Step, part: MovedSubmodule) -> Step | None:
        """Search the commits of one submodule."""
        move, find = part.move, step.find
        module = history_of(step.place.repository, move)
        why = "" if module is None else refusal(module, self._path(step, move), move)
        if module is None or why:
            return self._end(Outcome.INCONCLUSIVE, why)
        span = read_pinned_range(module, move.old, move.new)
        made = self._variants.history(part.place, move.path, part.fixed, span, module, step.old)
        self._levels.update(commits=len(span.inside), order=span.inside)
        old, new = made[move.old], made[move.new]
        commits = counted(len(span.inside), "commit")
        what = "subtree" if move.is_subtree else "submodule"
        logger().info(f"the search goes on in the {what} {self._path(step, move)}, through {commits}")
        if part.is_start_old:
            self._asked(pool, old, Role.OLD_END)
        self._asked(pool, new, Role.NEW_END)
        if span.is_back:
            found = SearchResult(new_base=new)
        else:
            found = self._search(pool, old if part.is_start_old else step.old, new, find)
        if found.new_base is not None and part.is_start_old:
            find = find.opposite
            base = self._variants.named(found.new_base)[:SHORT]
            self._levels.add(
                f"{base}, which comes before {move.old[:SHORT]}, is {step.find.new} already. So the "
                f"move loses the commit that made it {step.find.old}, and that one is looked for."
            )
            self._levels.update(find=find)
            found = self._search(pool, found.new_base, old, find)
        if found.first is None:
            return self._left_over(module, found, step, part)
        return self._proven(evolve(step, find=find), part, module, found.first)

    def _proven(self, step: Step, part: MovedSubmodule, module: Repository, first: str) -> Step | None:
        """Check the answer and its parents again; the next step is inside a submodule of the submodule."""
        plan, states = self._plan, CodeStates(module, ())
        commit = self._variants.named(first)
        self._checker.size = max(plan.size, plan.case.size)
        prover = Prover(plan.repository, plan.code_states, self._checker, step.find, plan.jobs)
        parents = plan.repository.parents(first)
        outcome, says, proof = prover.prove(first, parents, is_new=plan.is_reproof)
        proof = evolve(proof, checks=tuple(map(self._variants.shown, proof.checks)))
        facts = with_files(module, commit_summaries(module, [commit])[commit], states)
        change = change_of(module, facts, part.move.new, states) if outcome in FOUND else None
        self._levels.update(first=commit, change=change, proof=proof)
        self._end(outcome, *map(self._variants.translated, says))
        self._levels.describe(module, facts)
        if part.move.is_subtree or outcome not in FOUND or not facts.parents:
            return None
        if self._variants.named(parents[0]) != facts.parents[0]:
            return None
        place = part.place.inside(part.move.path, part.fixed, module, commit)
        return Step(place, facts.parents[0], parents[0], first, step.find)

    def _left_over(
        self, module: Repository, found: SearchResult, step: Step, part: MovedSubmodule
    ) -> Step | None:
        """Commits that cannot be tested hide the answer, or the old end of the move."""
        left = [self._variants.named(commit) for commit in found.candidates]
        checks = self._checks()
        skips = {check.commit: check.reason for check in checks if check.verdict == "skip"}
        says = []
        if left:
            reasons = [skips[commit] for commit in left if commit in skips]
            says = list(account.hidden(self._levels.result.find, left, reasons))
        if not part.is_start_old and (not left or part.move.old in left):
            commit = step.place.commit[:SHORT]
            says.append(f"The other changes of {commit}, which cannot be tested without the move, may do it.")
        self._levels.update(candidates=tuple(left))
        self._end(Outcome.INCONCLUSIVE, *says)
        self._levels.describe(module)
        return None

    def _end(self, outcome: Outcome, *says: str) -> Step | None:
        """End a level; there is no next one then."""
        self._levels.add(*says)
        self._levels.update(outcome=outcome, checks=self._checks(), log=self._log)
        return None

    def _path(self, step: Step, move: SubmoduleMove) -> str:
        return step.place.path_of(move.path)

    def _moves(self, step: Step) -> list[SubmoduleMove]:
        found = moves_between(step.place.repository, step.before, step.place.commit)
        if not step.place.around:
            found += subtree_moves(step.place.repository, step.place.commit)
        is_code = self._plan.code_states.holds
        return [move for move in found if step.place.around or is_code(move.path)]

    def _search(self, pool: CheckPool, old: str, new: str, find: Find) -> SearchResult:
        books = GitBisect(pool.home, find)
        try:
            span = read_span(self._plan.repository, old, new, self._plan.code_states)
            return self._search_range(pool, span, find, books)
        finally:
            self._log = self._variants.translated(books.log)
            books.forget()

    def _checks(self) -> tuple[Check, ...]:
        """Those of the innermost level, as its commits are known."""
        needless = [evolve(check, role=Role.AHEAD) for check in self._checker.ahead]
        return tuple(map(self._variants.shown, [*self._made, *needless]))
