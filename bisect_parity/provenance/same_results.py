"""Results that are the same, byte by byte, as earlier ones: copies, or of runs that gave the same. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.evidence.model import Bundle, Findings
    from bisect_parity.provenance.inferred import Inferred

__all__ = ["same_results"]

LEAST_DIGITS = 6  # of figures that two computations hardly share


def same_results(inferred: Sequence[Inferred]) -> dict[str, str]:
    """Bundle -> the earliest other one that holds the same results, of those that state no time or id.

    Only the commit that added such a bundle speaks for a commit, and not if the bundle is a copy.
    """
    holders: dict[frozenset[str], list[tuple[float, str]]] = {}
    silent: dict[str, tuple[frozenset[str], float]] = {}
    for item in inferred:
        subject = item.run.subject
        if subject.addition is None:
            continue
        added = subject.addition.time
        for bundle in subject.bundles:
            digests = _results(bundle)
            if not digests or bundle.twins:
                continue
            holders.setdefault(digests, []).append((added, bundle.path))
            if not subject.is_timed and not any(record.commit for record in subject.records):
                silent[bundle.path] = digests, added
    found = {}
    for path, (digests, added) in silent.items():
        first = min(holders[digests])
        if first[0] < added:
            found[path] = first[1]
    return found


def _results(bundle: Bundle) -> frozenset[str]:
    """The digests of the files of a bundle that hold telling figures."""
    telling = {part.path for part in bundle.findings if _digits(part) >= LEAST_DIGITS}
    return frozenset(item.sha256 for item in bundle.artifacts if item.sha256 and item.path in telling)


def _digits(part: Findings) -> int:
    """How many digits the figures of a file have, all together."""
    values = (metric.value for metric in part.metrics if metric.value is not None)
    return sum(len(repr(value).partition("e")[0].replace(".", "").strip("-0")) for value in values)
