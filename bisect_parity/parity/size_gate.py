"""The size gate: a smaller size may stand in for the case's own only where it judges both ends alike. Pure.

A regression can pass at 256 pixels and fail from 512 up: a small size would lead to a wrong commit, or to
none. So both ends are checked at both sizes first, and the proof at the end is made at the case's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen


@frozen
class SizeGate:
    """Which size a search may go on at.

    Attributes:
        size: in pixels.
        says: why, in one sentence.
    """

    size: int
    says: str


def size_gate(small: int, full: int, at_small: Sequence[str], at_full: Sequence[str]) -> SizeGate:
    """Decide whether the smaller size separates the ends as the case's own does.

    Args:
        small: the size that was asked for.
        full: the case's own, which is greater.
        at_small, at_full: verdicts on both ends at each size, in one order.
    """
    if tuple(at_small) == tuple(at_full):
        return SizeGate(
            small,
            f"Size {small} separates the two ends as the case's own size {full} does ({', '.join(at_full)}): "
            f"the search is made at size {small}, and the proof at size {full}.",
        )
    return SizeGate(
        full,
        f"Size {small} does not separate the two ends ({', '.join(at_small)}) as the case's own size {full} "
        f"does ({', '.join(at_full)}): the search is made at size {full}.",
    )
