"""The proof: the answer and its parents are checked again, and the answer is classed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bisect_parity.bisection.model import Check, Find, Outcome
from bisect_parity.wording import SHORT


def classify(
    find: Find, answer: Check, parents: Sequence[Check], known: Mapping[str, Check]
) -> tuple[Outcome, list[str]]:
    """Class an answer by its proof.

    Args:
        find: what was looked for.
        answer: the new check of the commit that git named.
        parents: the new checks of its parents, first parent first.
        known: the verdicts of the search, by code state.

    Returns:
        the outcome, and the reasons, a sentence an item.
    """
    changed = [check for check in (answer, *parents) if _changed(check, known)]
    if changed:
        return Outcome.REFUTED, [_change(check, known[check.code_state]) for check in changed]
    if answer.verdict != find.new or not _is_testable(answer):
        return _untested("the commit itself", answer, find.new)
    if not parents:
        return Outcome.LIKELY, [f"{_name(answer)} is {find.new}, but it has no parent to compare it with."]
    first, *others = parents
    if first.verdict != find.old:
        return _untested("its parent", first, find.old)
    if first.code_state == answer.code_state:
        same = f"{_name(answer)} holds the same code as its parent {_name(first)}: it has no effective change"
        return Outcome.REFUTED, [f"{same}, and something else makes the verdicts differ."]
    doubtful = [check for check in others if check.verdict != find.old]
    sure = ", ".join(_name(check) for check in parents if check not in doubtful)
    its = f"its parent {sure} is" if len(parents) - len(doubtful) == 1 else f"its parents {sure} are"
    ends = f"{_name(answer)} is {find.new}, {its} {find.old}"
    says = [f"Checked again in a new worktree: {ends}."]
    same = _same_image(answer, first)
    if same:
        says.append(same)
    says += [f"Its other parent {_name(check)} is {_verdict(check)}, not {find.old}." for check in doubtful]
    return Outcome.LIKELY if doubtful else Outcome.CONFIRMED, says


def _is_testable(check: Check) -> bool:
    return check.verdict in ("good", "bad")


def _changed(check: Check, known: Mapping[str, Check]) -> bool:
    before = known.get(check.code_state)
    return before is not None and {before.verdict, check.verdict} == {"good", "bad"}


def _change(check: Check, before: Check) -> str:
    why = "the check does not repeat"
    if before.commit != check.commit:
        why += ", or something outside the code paths decides"
    return (
        f"{_name(check)} is {check.verdict} now, and the same code was {before.verdict} before (check "
        f"{before.name}): {why}, so no commit can be named."
    )


def _untested(what: str, check: Check, wanted: str) -> tuple[Outcome, list[str]]:
    if _is_testable(check):
        return Outcome.REFUTED, [
            f"The proof fails: {what}, {_name(check)}, is {check.verdict}, not {wanted}."
        ]
    return Outcome.INCONCLUSIVE, [f"The proof is missing: {what}, {_name(check)}, is {_verdict(check)}."]


def _verdict(check: Check) -> str:
    return check.verdict if _is_testable(check) else f"not testable ({check.reason or check.verdict})"


def _same_image(answer: Check, parent: Check) -> str:
    """Whether both made one and the same candidate image, so that the change had no effect on it."""
    digests = [check.document.get("digests") for check in (answer, parent)]
    images = [table.get("candidate_image") if isinstance(table, dict) else None for table in digests]
    if images[0] is None or images[0] != images[1]:
        return ""
    return "Both made the same candidate image, byte for byte: the change is on the side of the reference."


def _name(check: Check) -> str:
    return check.commit[:SHORT]
