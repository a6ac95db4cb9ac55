"""The size gate: a smaller size may stand in for the case's own only where it judges both ends alike. Pure.

A regression can pass at 256 pixels and fail from 512 up: a small size would lead to a wrong commit, or to
none. So both ends are checked at both sizes first, and the proof at the end is made at the case's own.
"""

from __future__ import annotations

from collections.abc import Sequence


def size_gate(small: int, full: int, at_small: Sequence[str], at_full: Sequence[str]) -> tuple[int, str]:
    """Decide whether the smaller size separates the ends as the case's own does.

    Args:
        small: the size that was asked for.
        full: the case's own, which is greater.
        at_small, at_full: verdicts on both ends at each size, in one order.

    Returns:
        the size that a search may go on at, and why, in one sentence.
    """
    small_said, full_said = ", ".join(at_small), ", ".join(at_full)
    own = f"as the case's own size {full} does ({full_said})"
    if tuple(at_small) == tuple(at_full):
        made = f"the search is made at size {small}, and the proof at size {full}"
        return small, f"Size {small} separates the two ends {own}: {made}."
    made = f"the search is made at size {full}"
    return full, f"Size {small} does not separate the two ends ({small_said}) {own}: {made}."
