"""What is said of the ends of a search: how they were named and tested, and where else to look. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.bisection.account import reasons_text
from bisect_parity.bisection.ends import AUTO, ways_out
from bisect_parity.bisection.model import Check, Find
from bisect_parity.bisection.moves import figures_of, halfway, move_between
from bisect_parity.config import Thresholds
from bisect_parity.parity.failure_kinds import FAILED
from bisect_parity.wording import SHORT, counted, is_line_test, probability_text, search_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bisect_parity.bisection.answer_parts import BundleEnd
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.parity.case import Case


def ends_agree(limits: SearchRange, old: Check, new: Check, case: Case, options: str) -> tuple[str, ...]:
    """Both ends have one verdict, with different code; their figures may have moved all the same.

    Args:
        limits: the range.
        old, new: the checks of its ends.
        case: with its thresholds.
        options: of a further command on the case.
    """
    states = limits.span.state_count
    code = "" if states is None else f"{counted(states, 'code state')} in "
    return (
        (
            f"Clean worktrees agree: both ends are {old.verdict}, with different code "
            f"({code}{counted(limits.span.count, 'commit')})."
        ),
        (
            "So no single commit between them made one run good and another bad: something else did, or one "
            "commit broke it and another fixed it. To see what lies between: bisect-parity sweep "
            f"{limits.old[:SHORT]}..{limits.new[:SHORT]} {options}"
        ),
        *failed_alike(old, new, case),
        *_before(limits, old, options),
        *_moved(limits, old, new, case, options),
    )


def failed_alike(old: Check, new: Check, case: Case) -> tuple[str, ...]:
    """Both ends failed for one reason, which a wrong case or test would explain as well."""
    if (old.verdict, old.step, old.reason) != ("bad", new.step, new.reason):
        return ()
    if old.reason.startswith(FAILED):
        if case.failure:
            return ()
        way = "with --failure REGEX" if is_line_test(case.name) else f"as `failure` in [case.{case.name}]"
        told = f"Both say: {old.reason}. If that is another failure than the one that you look for, correct"
        return (f"{told} the test, or name yours {way}.",)
    if old.step != "compare" or old.document.get("comparison"):
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
    did = "broke" if find is Find.REGRESSION else "mended"
    search = search_command(AUTO, end, options, is_fix=find is Find.FIX)
    return (f"{end} is {old.verdict} already. To find what {did} it before that: {search}",)


def _moved(limits: SearchRange, old: Check, new: Check, case: Case, options: str) -> tuple[str, ...]:
    """What moved between ends of one verdict, and the search for the commit that moved it most."""
    ends, thresholds = (figures_of(old), figures_of(new)), case.thresholds or Thresholds()
    move = move_between(old.commit, new.commit, *ends, thresholds)
    if move is None:
        return ()
    words = options, *halfway(move, thresholds, *ends)
    search = search_command(limits.old[:SHORT], limits.new[:SHORT], *words, is_fix=move.share < 0)
    says = f"But {move.text} between them."
    return (f"{says} To find the commit that moved it most: {search}",)


def two_lines(limits: SearchRange, base: str, options: str) -> tuple[str, ...]:
    """Both ends are as the new one was to be, and neither is an ancestor of the other; else nothing.

    Args:
        limits: the range.
        base: the common ancestor of the ends.
        options: of a further command on the case.
    """
    if base == limits.old:
        return ()
    find = limits.find
    searches = (
        search_command(base[:SHORT], end[:SHORT], options, is_fix=find is Find.FIX)
        for end in (limits.old, limits.new)
    )
    reason = (
        f"The ends are on two lines of history since {base[:SHORT]}, such as branches with the same change."
    )
    return (f"{reason} If that is {find.old}, each has a commit of its own: {'; and '.join(searches)}",)


def shallow() -> str:
    """Why a history may end before the commit that is looked for."""
    return "This clone is shallow: `git fetch --unshallow` gets what came before."


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
    if is_regression or base == limits.old:
        return says, f"Run: {search_command(good, bad, options)}"
    return says, f"Run: {search_command(bad, good, options, is_fix=True)}"


def untestable(limits: SearchRange, checks: Iterable[Check]) -> tuple[str, ...]:
    """Neither an end nor a commit near it can be tested."""
    end, *others = [check for check in checks if check.verdict == "skip"]
    name = "good" if end.commit == limits.good else "bad"
    says = [f"The {name} end {end.commit[:SHORT]} cannot be tested: {end.reason}."]
    if others:
        reasons = Counter(check.reason for check in others)
        says.append(f"Nor can {counted(len(others), 'more commit')} on the way: {reasons_text(reasons)}.")
    says.append("Fix that (a step of `prepare`, an environment), or name another end.")
    return tuple(says)


def stand_ins(chosen: Mapping[str, str], believed: str, checks: Iterable[Check]) -> tuple[str, ...]:
    """Which commits were tested instead of an end that cannot be, and which end is only believed.

    Args:
        chosen: end -> the commit that stands in for it.
        believed: an end that nothing stands in for; empty without one.
        checks: all that was asked.
    """
    why = {check.commit: check.reason for check in checks if check.verdict == "skip"}
    ends = {
        end: f"{commit[:SHORT]} inside of the range can, and stands in for it"
        for end, commit in chosen.items()
    }
    if believed:
        ends[believed] = (
            "it is believed to be what it was named for, since no commit was found near it that is"
        )
    return tuple(
        f"The end {end[:SHORT]} cannot be tested ({why.get(end, 'skip')}): {text}."
        for end, text in ends.items()
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


def no_new_end(limits: SearchRange) -> str:
    """The one end that was named is not as it was said to be."""
    find = limits.find
    return (
        f"{limits.new[:SHORT]}, named as {find.new}, is {find.old} in a clean worktree. So no commit before"
        f" it is looked for: name a commit that is {find.new} there."
    )


def new_base(limits: SearchRange, base: str, options: str) -> tuple[str, ...]:
    """The common ancestor is as the new end is; `options` are those of a further command."""
    is_fix = limits.find is Find.REGRESSION
    return (
        (
            f"The common ancestor of the two ends is {limits.find.new} already, so the change lies on "
            f"the side of {limits.old[:SHORT]}, not on the way to {limits.new[:SHORT]}."
        ),
        f"Search there: {search_command(base[:SHORT], limits.old[:SHORT], options, is_fix=is_fix)}",
    )
