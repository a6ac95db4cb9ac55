"""What a bisection says, in words: why it ended as it did, and what to do next. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.bisection.ends import AUTO, ways_out
from bisect_parity.bisection.model import Check, Find
from bisect_parity.bisection.moves import figures_of, halfway, move_between
from bisect_parity.config import Thresholds
from bisect_parity.provenance.model import probability_text
from bisect_parity.wording import SHORT, counted, move_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.bisection.answer import BundleEnd, Suspects
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.parity.case import Case

__all__ = [
    "bundle_ends",
    "ends_agree",
    "flips",
    "hidden",
    "new_base",
    "no_old_end",
    "not_compared",
    "nothing",
    "other_thresholds",
    "same_code",
    "same_state",
    "shallow",
    "since_then",
    "stand_ins",
    "swapped",
    "untestable",
]


PATHS_TOLD = 5
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
    more = f" and {len(outside) - PATHS_TOLD} more" if len(outside) > PATHS_TOLD else ""
    told = (
        f"{counted(len(outside), 'file')} outside the code paths changed: {', '.join(outside[:PATHS_TOLD])}"
    )
    return f"{told}{more}. If one of them can change a result, name it in [code] paths."


def since_then(answer: Check, end: Check, reverts: Sequence[str], options: str) -> tuple[str, ...]:
    """What else happened after the commit that is named: it was reverted, or the figures moved again.

    Args:
        answer: the proof of the commit.
        end: the check of the end of the range.
        reverts: commits between them that say that they revert it, newest first.
        options: of a further command on the case.
    """
    if answer.commit == end.commit or "bad" not in (answer.verdict, end.verdict):
        return ()
    if reverts:
        revert, last = reverts[-1][:SHORT], end.commit[:SHORT]
        says = f"{revert} says that it reverts it, so that {last} may be bad because of another commit."
        return (f"{says} To look for that one: bisect-parity bisect --good {revert} --bad {last} {options}",)
    moved = [name for name in ("correlation", "sum_ratio") if _is_elsewhere(answer, end, name)]
    if not moved:
        return ()
    told = ", ".join(f"{name} {end.figure(name)}, here {answer.figure(name)}" for name in moved)
    says = (
        f"At {end.commit[:SHORT]} the figures are different ({told}): this commit is not the only one "
        "that moved them."
    )
    span = f"{answer.commit[:SHORT]}..{end.commit[:SHORT]}"
    return (f"{says} To see where: bisect-parity sweep {span} {options}",)


def _is_elsewhere(answer: Check, end: Check, name: str) -> bool:
    """Whether a figure is another distance from parity at the end; a tenth may be chance."""
    one, other = (check.figure(name) for check in (answer, end))
    if not isinstance(one, float | int) or not isinstance(other, float | int):
        return False
    distances = abs(1 - one), abs(1 - other)
    return abs(distances[0] - distances[1]) > max(SAME_SHARE * max(distances), LEAST_MOVE)


def ends_agree(limits: SearchRange, old: Check, new: Check, case: Case, options: str) -> tuple[str, ...]:
    """Both ends have one verdict, with different code; their figures may have moved all the same.

    Args:
        limits: the range.
        old, new: the checks of its ends.
        case: with its thresholds.
        options: of a further command on the case.
    """
    states = limits.span.state_count
    told = "" if states is None else f"{counted(states, 'code state')} in "
    return (
        (
            f"Clean worktrees agree: both ends are {old.verdict}, with different code "
            f"({told}{counted(limits.span.count, 'commit')})."
        ),
        (
            "So no single commit between them made one run good and another bad: something else did, or one "
            "commit broke it and another fixed it. To see what lies between: bisect-parity sweep "
            f"{limits.old[:SHORT]}..{limits.new[:SHORT]} {options}"
        ),
        *not_compared(old, new),
        *_before(limits, old, options),
        *_moved(limits, old, new, case, options),
    )


def not_compared(old: Check, new: Check) -> tuple[str, ...]:
    """What both ends wrote cannot be compared, for one reason: a wrong case would explain it as well."""
    is_one_fault = (old.verdict, old.step, old.reason) == ("bad", "compare", new.reason)
    if not is_one_fault or old.document.get("comparison"):
        return ()
    keys = "dtype, shape and suffix (for the reference alone: reference_dtype, reference_suffix)"
    return (
        f"Nothing was compared: {old.reason}. If it writes that at every commit, correct the case: {keys}.",
    )


def _before(limits: SearchRange, old: Check, options: str) -> tuple[str, ...]:
    """Where to look if the old end is already what the new end was to be."""
    find, end = limits.find, limits.old[:SHORT]
    if old.verdict != find.new or limits.is_whole:
        return ()
    did, option = ("broke", "") if find is Find.REGRESSION else ("mended", " --find fix")
    search = f"bisect-parity bisect{option} --{find.old} {AUTO} --{find.new} {end} {options}"
    return (f"{end} is {old.verdict} already. To find what {did} it before that: {search}",)


def shallow() -> str:
    """Why a history may end before the commit that is looked for."""
    return "This clone is shallow: `git fetch --unshallow` gets what came before."


def _moved(limits: SearchRange, old: Check, new: Check, case: Case, options: str) -> tuple[str, ...]:
    """What moved between ends of one verdict, and the search for the commit that moved it most."""
    ends, thresholds = (figures_of(old), figures_of(new)), case.thresholds or Thresholds()
    move = move_between(old.commit, new.commit, *ends, thresholds)
    if move is None:
        return ()
    find, ends_named = "", f"--good {limits.old[:SHORT]} --bad {limits.new[:SHORT]}"
    if move.share < 0:
        find, ends_named = " --find fix", f"--good {limits.new[:SHORT]} --bad {limits.old[:SHORT]}"
    search = " ".join([f"bisect-parity bisect{find}", ends_named, options, *halfway(move, thresholds, *ends)])
    says = f"But {move_text(move.figure, move.old, move.new, move.share)} between them."
    return (f"{says} To find the commit that moved it most: {search}",)


def other_thresholds(thresholds: Thresholds | None) -> tuple[str, ...]:
    """That the verdicts are not those of the case's own thresholds; None: they are."""
    if thresholds is None:
        return ()
    least, tolerance = thresholds.correlation_min, thresholds.sum_ratio_tolerance
    told = f"correlation at least {least!r}, sum ratio within {tolerance!r} of 1"
    return (f"Good means here, whatever the settings say: {told}.",)


def nothing(reasons: Iterable[str], found: Suspects | None, options: str) -> tuple[str, ...]:
    """There is nothing to bisect, and where else to look.

    Args:
        reasons: why.
        found: what the user's directory holds besides the commit.
        options: of a further command on the case.
    """
    says = [*reasons]
    if found is not None and (found.ignored or found.untracked or found.modified):
        says.append(
            "Files of your own directory that a clean worktree lacks can change a result: see the suspects. "
            "To check one commit in a clean worktree and in your directory: "
            f"bisect-parity diagnose --run {options}"
        )
    return tuple(says)


def swapped(limits: SearchRange, base: str, options: str) -> tuple[str, ...]:
    """The good end is bad, and the bad end good.

    Args:
        limits: the range.
        base: the common ancestor of the ends.
        options: of a further command on the case.
    """
    good, bad = limits.bad[:SHORT], limits.good[:SHORT]  # as tested
    says = f"The ends are swapped: {bad}, named as good, is bad; {good}, named as bad, is good."
    is_regression = limits.find is Find.REGRESSION
    if base == limits.old and is_regression:  # the true order in time asks for the other kind of search
        return (
            f"{says} So a commit between them fixed it.",
            ways_out(good, bad, options, is_whole=limits.is_whole),
        )
    fix = "" if is_regression or base == limits.old else " --find fix"
    return says, f"Run: bisect-parity bisect --good {good} --bad {bad}{fix} {options}"


def untestable(limits: SearchRange, checks: Iterable[Check]) -> tuple[str, ...]:
    """Neither an end nor a commit near it can be tested."""
    end, *others = [check for check in checks if check.verdict == "skip"]
    name = "good" if end.commit == limits.good else "bad"
    says = [f"The {name} end {end.commit[:SHORT]} cannot be tested: {end.reason}."]
    if others:
        reasons = Counter(check.reason for check in others)
        says.append(f"Nor can {counted(len(others), 'more commit')} on the way: {_reasons_text(reasons)}.")
    says.append("Fix that (a step of `prepare`, an environment), or name another end.")
    return tuple(says)


def stand_ins(chosen: Mapping[str, str], checks: Iterable[Check]) -> tuple[str, ...]:
    """Which commits were tested instead of an end that cannot be.

    Args:
        chosen: end -> the commit that stands in for it.
        checks: all that was asked.
    """
    why = {check.commit: check.reason for check in checks if check.verdict == "skip"}
    return tuple(
        f"The end {end[:SHORT]} cannot be tested ({why.get(end, 'skip')}): {commit[:SHORT]}, the nearest "
        "commit that can, stands in for it."
        for end, commit in chosen.items()
    )


def bundle_ends(bundles: Iterable[BundleEnd], order: Iterable[str]) -> tuple[str, ...]:
    """How sure it is that the ends are where the bundles were made.

    Args:
        bundles: that ends were named by.
        order: the commits of the range and its old end; empty where they are not known.
    """
    inside = set(order)
    says = []
    for bundle in bundles:
        known = f"{bundle.resolution_class}, probability {probability_text(bundle.probability)}"
        text = f"The {bundle.end} end {bundle.commit[:SHORT]} is the commit of {bundle.path} ({known})."
        outside = [
            f"{c[:SHORT]} ({chance:.2f})" for c, chance in bundle.others.items() if inside and c not in inside
        ]
        if outside:
            text += f" Other candidates lie outside of the range: {', '.join(outside)}."
        says.append(text)
    return tuple(says)


def no_old_end(limits: SearchRange, checks: Iterable[Check]) -> tuple[str, ...]:
    """Nothing but new commits were found on the way back."""
    kinds = Counter(check.verdict for check in checks)
    asked = ", ".join(f"{count} {verdict}" for verdict, count in kinds.items())
    find = limits.find
    return (
        f"No {find.old} commit was found on the way back from {limits.new[:SHORT]}: {asked}.",
        f"Name one with --{find.old}; or the {find.new} verdicts were never caused by a commit.",
    )


def hidden(find: Find, candidates: Sequence[str], reasons: Iterable[str]) -> tuple[str, ...]:
    """Commits that cannot be tested hide the answer.

    Args:
        find: what was looked for.
        candidates: what is left, ancestors first.
        reasons: of the skips among them.
    """
    named = _reasons_text(Counter(reasons)) or "no reason is known"
    return (
        (
            f"The first {find.new} commit is one of {len(candidates)} that are left, from "
            f"{candidates[0][:SHORT]} to {candidates[-1][:SHORT]}; what cannot be tested: {named}."
        ),
        "Fix what keeps them from being tested (a step of `prepare`, an environment).",
    )


def new_base(limits: SearchRange, base: str, options: str) -> tuple[str, ...]:
    """The common ancestor is as the new end is; `options` are those of a further command."""
    if limits.find is Find.REGRESSION:
        ends = f"--find fix --bad {base[:SHORT]} --good {limits.old[:SHORT]}"
    else:
        ends = f"--good {base[:SHORT]} --bad {limits.old[:SHORT]}"
    return (
        (
            f"The common ancestor of the two ends is {limits.find.new} already, so the change lies on "
            f"the side of {limits.old[:SHORT]}, not on the way to {limits.new[:SHORT]}."
        ),
        f"Search there: bisect-parity bisect {ends} {options}",
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


def _reasons_text(reasons: Counter[str]) -> str:
    return "; ".join(f"{reason or 'no reason'} ({count})" for reason, count in reasons.most_common())
