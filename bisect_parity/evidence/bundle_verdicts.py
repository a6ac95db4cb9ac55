"""The recorded verdict of each bundle: by its figures, by what its texts state, or by a criterion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.evidence.criterion import criterion_figures, criterion_verdict
from bisect_parity.evidence.verdict import (
    Figures,
    RecordedVerdict,
    judged_size,
    recorded_verdict,
    result_figures,
    text_figures,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.config import Settings
    from bisect_parity.evidence.model import Bundle


@frozen
class Judged:
    """What a bundle is judged by, and the verdict."""

    figures: Figures | None
    verdict: RecordedVerdict


def judge_bundles(bundles: Sequence[Bundle], settings: Settings) -> dict[str, Judged]:
    """The recorded verdicts of bundles, by their paths. What notes state counts only where nothing else does.

    Args:
        bundles: all of them: whether notes count depends on the others.
        settings: thresholds, the size that is judged, and the criterion.
    """
    criterion = settings.evidence.criterion
    if criterion is not None:
        of_criterion = ((bundle, criterion_figures(bundle, criterion)) for bundle in bundles)
        return {b.path: Judged(found, criterion_verdict(found, criterion)) for b, found in of_criterion}
    size = judged_size(bundles, settings.evidence.size)
    figures = {b.path: result_figures(b, size) or text_figures(b, logs_only=True) for b in bundles}
    if all(found is None for found in figures.values()):
        figures = {b.path: text_figures(b, logs_only=False) for b in bundles}
    return {
        path: Judged(found, recorded_verdict(found, settings.thresholds, size))
        for path, found in figures.items()
    }
