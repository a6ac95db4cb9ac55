"""The ends of a search as they are tested: found on the way back, or stood in for by a neighbour."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from bisect_parity.bisection.ends import SearchRange
from bisect_parity.bisection.model import Role
from bisect_parity.bisection.skips import refuse_common_fault
from bisect_parity.bisection.span import read_span
from bisect_parity.bisection.untracked_needs import holders
from bisect_parity.parity.failure_kinds import way_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bisect_parity.bisection.model import Check
    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository

    Ask = Callable[[str, Role], Check]  # gives the check of a commit

ONE_BY_ONE, MOST_TRIED = 4, 16  # neighbours of an end that cannot be tested


class TestedEnds:
    """What is known of the ends of a range.

    Args:
        limits: as the user named them.
        repository: where they are.
        code_states: with the code paths.
        large: see `read_span`.

    Attributes:
        limits: the range; one whose old end was open has the end that was found.
        stand_ins: end -> the commit that was tested in its place.
        believed_end: an end that nothing stands in for, although commits inside the range can be tested.
        earliest_new: the earliest commit that was found to be new on the way back; empty without one.
    """

    def __init__(
        self, limits: SearchRange, repository: Repository, code_states: CodeStates, large: int
    ) -> None:
        self.limits = limits
        self.stand_ins: dict[str, str] = {}
        self.believed_end = ""
        self.earliest_new = ""
        self._repository = repository
        self._code_states = code_states
        self._large = large

    def walk_back(self, ask: Ask) -> bool:
        """Find an old end on the way back from the new one, over code states in doubling steps."""
        limits, find = self.limits, self.limits.find
        row = [limits.span.old, *limits.span.changes_on_main_line]
        first = self.tested(Role.NEW_END, ask)
        if first is None or first.verdict != find.new:
            return True  # the ends agree, or cannot be tested: that is reported as for any others
        new = row.index(first.commit) if first.commit in row else len(row) - 1
        place, back = new - 1, 1
        is_tested = True
        while True:
            place = max(0, place)
            verdict = ask(row[place], Role.OLD_END).verdict
            if verdict == "skip" and is_tested:
                new, found = self._halved(row, place, new, ask)
                place, verdict = (place, verdict) if found is None else (found, find.old)
            if verdict == find.old:
                break
            if place == 0:
                return False
            is_tested = verdict == find.new
            new = place if is_tested else new
            back *= 2
            place -= back
        span = read_span(self._repository, row[place], limits.new, self._code_states, self._large)
        ends = {find.old: row[place], find.new: limits.new}
        states = self._code_states.of(ends.values())
        end_states = (states[ends["good"]], states[ends["bad"]])
        self.limits = SearchRange(find, ends["good"], ends["bad"], span, end_states)
        self.earliest_new = row[new]
        return True

    def _halved(self, row: Sequence[str], skipped: int, new: int, ask: Ask) -> tuple[int, int | None]:
        """Look for an old commit between one that cannot be tested and a new one.

        Returns:
            the places of the earliest new commit that is known then, and of the old one if there is one.
        """
        while new - skipped > 1:
            middle = (skipped + new) // 2
            verdict = ask(row[middle], Role.OLD_END).verdict
            if verdict == self.limits.find.old:
                return new, middle
            new, skipped = (middle, skipped) if verdict == self.limits.find.new else (new, middle)
        return new, None

    def expected(self) -> Iterator[tuple[str, Role]]:
        """The commits that are asked for where all is as usual: both ends, or the steps of the way back."""
        span = self.limits.span
        if not self.limits.is_open:
            yield from ((span.old, Role.OLD_END), (span.new, Role.NEW_END))
            return
        row = [span.old, *span.changes_on_main_line]
        yield row[-1], Role.NEW_END
        place, back = len(row) - 1, 1
        while place > 0:
            place, back = max(0, place - back), 2 * back
            yield row[place], Role.OLD_END

    def refuse_fault(self, ask: Ask) -> None:
        """Give up where neither end can be tested, nor the middle, nor the quarters, and for one reason.

        Raises:
            CheckError: it is so.
        """
        span = self.limits.span
        inside = span.changes_on_main_line[:-1]
        between = (inside[len(inside) * quarter // 4] for quarter in (2, 1, 3) if inside)
        checks = []
        for commit in (span.old, span.new, *between):
            checks.append(ask(commit, Role.NEW_END if commit == span.new else Role.OLD_END))
            if checks[-1].verdict != "skip":
                return
        refuse_common_fault(checks)

    def tested(self, role: Role, ask: Ask) -> Check | None:
        """The check of an end, or of a commit inside the range that stands in for it."""
        span, is_old = self.limits.span, role is Role.OLD_END
        end = span.old if is_old else span.new
        check = ask(end, role)
        if check.verdict != "skip":
            return check
        line = span.changes_on_main_line
        inside = line[:-1] if is_old else [*reversed(line[:-1])]
        enough = self.limits.find.old if is_old else self.limits.find.new
        other = None
        if not self.limits.is_open:  # else the other end is the beginning of history, which nobody named
            other = ask(span.new, Role.NEW_END) if is_old else ask(span.old, Role.OLD_END)

        def is_usable(found: Check) -> bool:
            return _is_decided(found) and (other is None or not _fails_otherwise(found, other))

        # what lacks the same, such as a package by its later name, can be tested no better
        likely = holders(self._repository, check.reason, span.new if is_old else span.old, inside)
        found = _nearest(likely, lambda commit: ask(commit, role), is_usable, enough)
        if found is None:  # what fails otherwise is better than nothing
            found = _nearest(inside, lambda commit: ask(commit, role), _is_decided, enough)
        if found is not None:
            self.stand_ins[end] = found.commit
        return found

    def believed(self, old: Check, new: Check) -> tuple[str, str] | None:
        """Where to search if nothing with the verdict of an end that cannot be tested stands in for it.

        Such an end is believed to be what it was named for, as git believes it, if the other one is: any
        answer is tested itself, and so are its parents.

        Args:
            old, new: see `tested`.

        Returns:
            the old and the new commit to search between; None where no end is believed.
        """
        span, find = self.limits.span, self.limits.find
        if old.commit != span.old and old.verdict == new.verdict == find.new:
            self.believed_end, limits = span.old, (span.old, old.commit)
        elif new.commit != span.new and new.verdict == old.verdict == find.old:
            self.believed_end, limits = span.new, (new.commit, span.new)
        else:
            return None
        del self.stand_ins[self.believed_end]
        return limits

    def is_given_up(self, checks: Sequence[Check]) -> bool:
        """Whether so many commits in a row beside the believed end cannot be tested that no more are tried.

        Args:
            checks: of the search to that end, in order.
        """
        find = self.limits.find
        named = find.old if self.believed_end == self.limits.old else find.new
        verdicts = [check.verdict for check in checks if check.known_from is None]
        return named not in verdicts and verdicts[-MOST_TRIED:] == ["skip"] * MOST_TRIED


def _is_decided(check: Check) -> bool:
    return check.verdict != "skip"


def _fails_otherwise(check: Check, end: Check) -> bool:
    """Whether a commit is as bad as the other end, and in another way: that is not what is looked for."""
    return check.verdict == end.verdict == "bad" and way_of(check.reason) != way_of(end.reason)


def _nearest(
    row: Sequence[str], ask: Callable[[str], Check], is_usable: Callable[[Check], bool], enough: str
) -> Check | None:
    """The check of the first commit of a row that can be used, as far as few checks tell.

    One with the verdict `enough` will do wherever it is: the change lies on its other side. What cannot be
    tested is a stretch, mostly, and may take the whole time limit at each commit: beyond the first few, steps
    double, and halves find where it ends.
    """
    passed: list[int] = []
    for place in _places(len(row)):
        found = ask(row[place])
        if is_usable(found):
            break
        passed.append(place)
    else:
        return None
    before = max((other for other in passed if other < place), default=-1)
    while place - before > 1 and found.verdict != enough:
        middle = (before + place) // 2
        check = ask(row[middle])
        if is_usable(check):
            place, found = middle, check
        else:
            before = middle
    return found


def _places(count: int) -> list[int]:
    """Where to look in a row: at its start, on in doubling steps to its end, and halfway between."""
    places = [*range(min(count, ONE_BY_ONE))]
    step = 1
    while places and places[-1] + 1 < count:
        step *= 2
        places.append(min(places[-1] + step, count - 1))
    while len(places) < min(count, MOST_TRIED):
        start, end = max(itertools.pairwise(sorted(places)), key=lambda gap: gap[1] - gap[0])
        places.append((start + end) // 2)
    return places
