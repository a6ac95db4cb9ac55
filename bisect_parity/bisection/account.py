"""What a bisection says, in words: why it ended as it did, and what to do next. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.parity.failure_kinds import KINDS, differ_in_a_value, rule_of, way_of
from bisect_parity.wording import SHORT, counted, first_of, is_line_test, search_command, threshold_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.bisection.answer_parts import Suspects
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.model import Check, Find
    from bisect_parity.config import Thresholds
    from bisect_parity.history.commit_summary import CommitSummary
    from bisect_parity.history.submodules import SubmoduleMove
    from bisect_parity.parity.case import Case

NOT_INSIDE = "To search them: without --flaky, by a test that repeats itself until it decides."
PATHS_TOLD = 5
REASONS_TOLD = 5
FEW_FILES = 3  # are looked through by eye
SAME_SHARE = 0.1
LEAST_MOVE = 1e-4  # a tenth of what the usual thresholds allow the correlation
NO_COMMIT = "So no commit between them explains why one run was good and another bad: something else does."


def same_code(limits: SearchRange, outside: Sequence[str]) -> tuple[str, ...]:
    """Both ends hold the same code, as far as the code paths go; `outside` of them these files differ."""
    span = limits.span
    changed = " in the end: such changes are taken back" if span.state_count != 1 else ""
    between = f"{counted(span.count, 'commit')} between {span.old[:SHORT]} and {span.new[:SHORT]}"
    between += f" changes a file under the code paths{changed}."
    says = (
        f"The code is the same at both ends: nothing in the {between}",
        "No check was run: clean worktrees of the two ends agree, since they hold the same code.",
    )
    if not outside:
        return (*says, NO_COMMIT)
    return (*says, _outside_text(outside), NO_COMMIT)


def same_state(check: Check, before: Check, outside: Sequence[str]) -> tuple[str, ...]:
    """Two commits of one code state have different verdicts; `outside` of the code paths these differ."""
    if not outside:
        return ()
    between = f"Between {check.commit[:SHORT]} and {before.commit[:SHORT]}, whose code is the same, "
    return (between + _outside_text(outside),)


def _outside_text(outside: Sequence[str]) -> str:
    text = f"{counted(len(outside), 'file')} outside the code paths changed: {first_of(outside, PATHS_TOLD)}"
    return f"{text}. If one of them can change a result, name it in [code] paths."


def since_then(
    answer: Check,
    end: Check,
    reverts: Sequence[str],
    options: str,
    *,
    call_options: str = "",
    is_repeatable: bool = False,
) -> tuple[str, ...]:
    """What else happened after the commit that is named: it was reverted, or the figures moved again.

    Args:
        answer: the proof of the commit.
        end: the check of the end of the range.
        reverts: commits between them that say that they revert it, newest first.
        options: of a further command on the case.
        call_options: those of them that any command needs here.
        is_repeatable: whether an earlier check of the answer said the same, to the last digit.
    """
    if answer.commit == end.commit or "bad" not in (answer.verdict, end.verdict):
        return ()
    last, span = end.commit[:SHORT], f"{answer.commit[:SHORT]}..{end.commit[:SHORT]}"
    if reverts:
        revert = reverts[-1][:SHORT]
        says = f"{revert} says that it reverts it, so that {last} may be bad because of another commit."
        return (f"{says} To look for that one: {search_command(revert, last, options)}",)
    is_compared = _has_figures(answer), _has_figures(end)
    if end.verdict == "bad" and not all(is_compared) and way_of(answer.reason) != way_of(end.reason):
        says = f"{last} is bad for another reason ({end.reason}): another commit is to blame for that."
        if not is_compared[0]:
            is_image = answer.step == end.step == "compare"
            return (f"{says} To see which: bisect-parity sweep {span} {options}",) if is_image else ()
        way = search_command(answer.commit[:SHORT], last, options, *threshold_words(-1.0, 1e9))
        return (f"{says} To find it, with thresholds that let all figures pass: {way}",)
    moved = [name for name in ("correlation", "sum_ratio") if is_elsewhere(answer, end, name)]
    figures = ", ".join(f"{name} {end.figure(name)}, here {answer.figure(name)}" for name in moved)
    to_see = f"bisect-parity sweep {span} {options}"
    if is_repeatable and differ_in_a_value(answer.reason, end.reason) and not any(is_compared):
        figures = end.reason
        if "--figure " not in options:
            to_see = f"bisect-parity sweep {span} --test COMMAND --figure NAME{call_options}"
            to_see += "  (COMMAND prints the number behind NAME, and does not fail)"
    if not figures:
        return ()
    says = (
        f"At {last} the figures are different ({figures}): this commit is not the only one that moved them."
    )
    return (f"{says} To see where: {to_see}",)


def _has_figures(check: Check) -> bool:
    return isinstance(check.figure("correlation"), float | int)


def is_elsewhere(answer: Check, end: Check, name: str) -> bool:
    """Whether a figure is another distance from parity at the end; a tenth may be chance."""
    one, other = (check.figure(name) for check in (answer, end))
    if not isinstance(one, float | int) or not isinstance(other, float | int):
        return False
    distances = abs(1 - one), abs(1 - other)
    return abs(distances[0] - distances[1]) > max(SAME_SHARE * max(distances), LEAST_MOVE)


def other_thresholds(thresholds: Thresholds | None) -> tuple[str, ...]:
    """That the verdicts are not those of the case's own thresholds; None: they are."""
    if thresholds is None:
        return ()
    least, tolerance = thresholds.correlation_min, thresholds.sum_ratio_tolerance
    limits = f"correlation at least {least!r}, sum ratio within {tolerance!r} of 1"
    return (f"Good means here, whatever the settings say: {limits}.",)


def nothing(reasons: Iterable[str], suspects: Suspects | None, options: str) -> tuple[str, ...]:
    """There is nothing to bisect, and where else to look.

    Args:
        reasons: why.
        suspects: what the user's directory holds besides the commit.
        options: of a further command on the case, at the bad end.
    """
    says = [*reasons]
    if suspects is not None and (suspects.ignored or suspects.untracked or suspects.modified):
        says.append(
            "Files of your own directory that a clean worktree lacks can change a result: see the suspects. "
            "To check one commit in a clean worktree and in your directory: "
            f"bisect-parity diagnose --run {options}"
        )
    return tuple(says)


def moved_histories(
    submodules: Iterable[tuple[str, str, str, int]], subtrees: Iterable[SubmoduleMove], to_go_on: str
) -> tuple[str, ...]:
    """That a commit brings in commits of other histories, any of which may be to blame; how to list them.

    Args:
        submodules: path, both ids, and how many commits that takes in.
        subtrees: histories that were merged below a folder.
        to_go_on: the sentence that says how to search them; empty without one.
    """
    says = [
        f"It merges another history below {move.path}, whose commits may be to blame: "
        f"git log --oneline {move.old[:SHORT]}..{move.new[:SHORT]}"
        for move in subtrees
    ]
    says += [
        f"It moves the submodule {path} by {counted(count, 'commit')}, which may be to blame: "
        f"git -C {shlex.quote(path)} log --oneline {before}..{now}"
        for path, before, now, count in submodules
    ]
    return (*says, to_go_on) if says and to_go_on else tuple(says)


def many_files(facts: CommitSummary, options: str) -> tuple[str, ...]:
    """How to find the part of a large commit that is to blame.

    Args:
        facts: of the commit, with its files.
        options: of a further command on the same case.
    """
    if len(facts.files) <= FEW_FILES or not facts.parents:
        return ()
    command = f"bisect-parity isolate --over code --at {facts.commit[:SHORT]} {options}".rstrip()
    return (f"To find which lines of its {len(facts.files)} files are to blame: {command}",)


def kept_products(case: Case) -> list[str]:
    """Why a proof may contradict a search by a case that keeps build products; empty for another case."""
    if not case.keep:
        return []
    kept = ", ".join(case.keep)
    says = f"The case keeps {kept}: products of another commit may have misled the search."
    return [says, f"Search again without `keep` in [case.{case.name}]."]


def sought_failure(reasons: Iterable[str], case: str, again: str) -> tuple[str, ...]:
    """How to look for a failure that counts as untestable, where all failures are of one kind.

    Args:
        reasons: of the commits that cannot be tested.
        case: its name.
        again: the command that asks the same question.
    """
    kinds = {rule_of(reason) for reason in reasons}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None:
        return ()
    if is_line_test(case):
        return (f"If that is the fault that you look for: {again} --on {kind}=bad",)
    how = f'set {KINDS[kind]} = "bad" in [case.{case}], and then: bisect-parity init --freeze'
    return (f"If that is the fault that you look for, {how}",)


def hidden(find: Find, candidates: Sequence[str], reasons: Iterable[str]) -> tuple[str, ...]:
    """Commits that cannot be tested hide the answer.

    Args:
        find: what was looked for.
        candidates: what is left, ancestors first.
        reasons: of the skips among them.
    """
    named = reasons_text(Counter(reasons)) or "no reason is known"
    first, last = candidates[0][:SHORT], candidates[-1][:SHORT]
    left = f"one of {len(candidates)} that are left, from {first} to {last}"
    if len(candidates) == 1:
        left = f"{first}, the only one that is left"
    return (
        f"The first {find.new} commit is {left}; what cannot be tested: {named}.",
        (
            "If they should work, fix what keeps them from being tested: a step of `prepare` (then start "
            "again) or the environment (then: bisect-parity bisect --resume)."
        ),
    )


def hidden_lines(old: str, new: str, options: str) -> str:
    """How to find the lines that are to blame, whichever commit they are in.

    Args:
        old, new: the commits that were tested on both sides.
        options: of a further command on the same case.
    """
    ends = f"--from {old[:SHORT]} --at {new[:SHORT]}"
    return (
        f"To find the lines that are to blame between {old[:SHORT]} and {new[:SHORT]}, whichever commit they"
        f" are in: bisect-parity isolate --over code {ends} {options}"
    )


def flips(limits: SearchRange, pairs: Sequence[tuple[str, str]], options: str) -> tuple[str, ...]:
    """The verdicts change more than once on the way.

    Args:
        limits: the range.
        pairs: new commits, each with an old one that comes after it.
        options: of a further command on the case.
    """
    if not pairs:
        return ()
    find = limits.find
    new, old = pairs[0]
    return (
        (
            f"The verdicts on the way are not monotone: {new[:SHORT]} is {find.new}, and {old[:SHORT]}, "
            f"which comes after it, is {find.old}. One change is named here; for all of them: "
            f"bisect-parity sweep {limits.old[:SHORT]}..{limits.new[:SHORT]} {options}"
        ),
    )


def reasons_text(reasons: Counter[str]) -> str:
    """Each reason with how often it was given, the most frequent first."""
    named = [f"{reason or 'no reason'} ({count})" for reason, count in reasons.most_common(REASONS_TOLD)]
    more = len(reasons) - len(named)
    return "; ".join([*named, *([f"and {counted(more, 'other reason')}"] if more else [])])
