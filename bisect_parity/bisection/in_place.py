"""One commit in two places: a clean worktree, and a copy of the user's directory, ignored files included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import asdict

from bisect_parity.bisection.isolate import opened_names
from bisect_parity.diagnosis.tested import Tested, place_text
from bisect_parity.parity.verdict import DECIDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.bench import Bench, Trial
    from bisect_parity.bisection.changes import Difference
    from bisect_parity.bisection.local_items import LocalItems

REFERENCE = ("reference_image", "sum_reference")  # its digest, and its figure
CANDIDATE = ("candidate_image", "sum_candidate")
KINDS = ("untracked", "ignored", "modified", "deleted")


def check_in_place(
    bench: Bench, changes: Sequence[Difference], local: LocalItems
) -> tuple[Tested, dict[str, Any]]:
    """Check a commit twice in a clean worktree, where a reference must repeat, and once with all changes.

    Args:
        bench: to check with.
        changes: that make the clean worktree a copy of the directory.
        local: what only the copy holds.

    Returns:
        the facts, and these checks as they stand in diagnosis.json.

    Raises:
        BisectParityError: a copy cannot be written.
    """
    clean, again = bench.run("clean"), bench.run("clean, again")
    in_place, found = bench.run_traced("in place", changes)
    undecided = [check.result.reason for check in (clean, in_place) if check.verdict not in DECIDED]
    facts = Tested(
        commit=bench.commit,
        case=bench.case.name,
        clean=clean.verdict,
        in_place=in_place.verdict,
        reference_repeats=_same(clean, again, *REFERENCE),
        candidate_repeats=_same(clean, again, *CANDIDATE),
        reference_moves=_same(clean, in_place, *REFERENCE) is False,
        candidate_moves=_same(clean, in_place, *CANDIDATE) is False,
        local_items=len(changes),
        opened=None if found is None else opened_names(changes, found.opened),
        reason=undecided[0] if undecided else "",
    )
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for item in local.items:
        by_kind[item.kind].append(item.path + ("/" if item.is_folder else ""))
    told = asdict(facts)
    names = ("reference_repeats", "candidate_repeats", "reference_moves", "candidate_moves")
    return facts, {
        "commit": bench.commit,
        "case": bench.case.name,
        "says": f"{place_text(facts)}.",
        "clean": clean.to_json(),
        "clean_again": again.to_json(),
        "in_place": in_place.to_json(),
        **{name: told[name] for name in names},
        "only_in_place": by_kind,
        "opened": None if facts.opened is None else list(facts.opened),
        "left_out": [item.path for item in local.left_out],
    }


def _same(one: Trial, other: Trial, digest: str, figure: str) -> bool | None:
    """Whether two images are equal, None where one is not there; files that differ in a date alone are."""
    first, second = one.result.digests.get(digest), other.result.digests.get(digest)
    if first is None or second is None:
        return None
    sums = one.figures()[figure], other.figures()[figure]
    return first == second or (
        sums[0] is not None and sums[0] == sums[1] and one.figures() == other.figures()
    )
