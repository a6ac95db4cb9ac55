"""One commit in two places: a clean worktree, and a copy of the user's directory, ignored files included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity.bisection.bench import Trial
from bisect_parity.bisection.isolate import opened_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.bench import Bench
    from bisect_parity.bisection.changes import Difference
    from bisect_parity.bisection.local_items import LocalItems


@frozen
class InPlaceCheck:
    """The verdicts of one commit, clean and in place.

    Attributes:
        clean, again: of the clean worktree, twice: a reference that differs from itself can judge nothing.
        in_place: of the copy.
        opened: what the case opened of the files that only the copy has; None where strace could not.
    """

    clean: Trial
    again: Trial
    in_place: Trial
    opened: tuple[str, ...] | None

    @property
    def reference_repeats(self) -> bool | None:
        """Whether the reference gave the same image twice; None where it gave none."""
        return _same(self.clean, self.again, "reference_image", "sum_reference")

    @property
    def candidate_repeats(self) -> bool | None:
        """Whether the candidate gave the same image twice; None where it gave none."""
        return _same(self.clean, self.again, "candidate_image", "sum_candidate")

    @property
    def reference_moves(self) -> bool:
        """Whether the reference gives another image in the copy."""
        return _same(self.clean, self.in_place, "reference_image", "sum_reference") is False

    @property
    def candidate_moves(self) -> bool:
        """Whether the candidate gives another image in the copy."""
        return _same(self.clean, self.in_place, "candidate_image", "sum_candidate") is False

    def to_json(self, local: LocalItems) -> dict[str, Any]:
        """These checks as they stand in diagnosis.json, with what only the copy held."""
        by_kind: dict[str, list[str]] = {}
        for item in local.items:
            by_kind.setdefault(item.kind, []).append(item.path + ("/" if item.is_folder else ""))
        return {
            "clean": self.clean.to_json(),
            "clean_again": self.again.to_json(),
            "in_place": self.in_place.to_json(),
            "reference_repeats": self.reference_repeats,
            "candidate_repeats": self.candidate_repeats,
            "reference_moves": self.reference_moves,
            "candidate_moves": self.candidate_moves,
            "only_in_place": {
                kind: by_kind.get(kind, []) for kind in ("untracked", "ignored", "modified", "deleted")
            },
            "opened": None if self.opened is None else list(self.opened),
            "left_out": [item.path for item in local.left_out],
        }


def check_in_place(bench: Bench, changes: Sequence[Difference]) -> InPlaceCheck:
    """Check a commit twice in a clean worktree and once with all changes.

    Raises:
        BisectParityError: a copy cannot be written.
    """
    clean = bench.run("clean")
    again = bench.run("clean, again")
    in_place, found = bench.run_traced("in place", changes)
    opened = None if found is None else opened_names(changes, found.opened)
    return InPlaceCheck(clean, again, in_place, opened)


def _same(one: Trial, other: Trial, digest: str, figure: str) -> bool | None:
    """Whether two images are equal; files that differ in a date alone give equal figures."""
    first, second = one.result.digests.get(digest), other.result.digests.get(digest)
    if first is None or second is None:
        return None
    sums = one.figures()[figure], other.figures()[figure]
    return first == second or (
        sums[0] is not None and sums[0] == sums[1] and one.figures() == other.figures()
    )
