"""Runs that came in together and would be at one commit: seldom all of them are. Pure.

Who runs again, and keeps both results, has mostly changed something: the code, at commits that were dropped,
squashed or visited for one run. A few runs are meant; more are a series (`runs_in_a_row`), or a sweep.
Where their names are of the two sides of a comparison, the code of the first side was mostly another one.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.provenance.checkouts import WORKTREE
from bisect_parity.provenance.runs_in_a_row import are_figures_equal, has_chosen_values, is_on_the_hour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

TOGETHER = "together"
AT_ONCE = 2.0  # seconds within which runs were begun by one command
MOSTLY = 0.5  # of the probability, by the reflog of a worktree
ENOUGH = 2  # further runs: more say no more
_SIDES = re.compile(
    r"(?i)(?<![a-z])(?:(before|base|baseline|old|original|main|master)|after|new|branch|head|patched)(?![a-z])"
)
FIRST = "first"
NO_COMMITS: tuple[str, ...] = ()


def doubted(
    subjects: Sequence[Subject],
    posteriors: Sequence[Posterior],
    is_settled: Sequence[bool],
    parameters: Parameters,
) -> list[Posterior]:
    """The posteriors, with more kept for other commits where several runs would be at the same one.

    Args:
        subjects: all runs.
        posteriors: of each by itself, by everything but written ids.
        is_settled: of each, whether something else tells how it came in with others.
        parameters: of the model.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    told: set[int] = set()  # by what else there is, unless they are the sides of a comparison
    for place, (subject, posterior) in enumerate(zip(subjects, posteriors, strict=True)):
        if subject.addition is None or not subject.is_timed or not posterior.commits or is_settled[place]:
            continue
        is_told = parameters.elsewhere.is_told(posterior.elsewhere)
        if is_told and posterior.by_kind[WORKTREE].sum() >= MOSTLY:
            continue
        told |= {place} if is_told else set()
        groups.setdefault((subject.addition.detail.commit, posterior.likeliest), []).append(place)
    found = list(posteriors)
    for group in groups.values():
        sides = dict(zip(group, _sides([subjects[place].bundles[0].path for place in group]), strict=True))
        places = [place for place in group if sides[place] or place not in told]
        share = _share([subjects[place] for place in places], [posteriors[p] for p in places], parameters)
        for place in places if share else ():
            each = max(share, parameters.series.other_if_compared) if sides[place] == FIRST else share
            found[place] = posteriors[place].mixed(NO_COMMITS, np.zeros(0), each, TOGETHER)
    return found


def _sides(paths: Sequence[str]) -> list[str]:
    """Which side of a comparison each path is of, by the folders and names that not all share.

    Empty for what is of no side, and for all where there is only one side.
    """
    parts = [path.split("/") for path in paths]
    shared = len(os.path.commonprefix(parts))  # noqa: RUF071 - of lists, not of texts
    words = [_SIDES.search("/".join(each[shared:])) for each in parts]
    sides = ["" if word is None else FIRST if word[1] else "second" for word in words]
    return sides if len({*sides} - {""}) > 1 else [""] * len(sides)


def _share(subjects: Sequence[Subject], posteriors: Sequence[Posterior], parameters: Parameters) -> float:
    """How probable it is that each of some runs was of other code than that of their one commit."""
    begun = np.sort([posterior.run_time for posterior in posteriors])
    files = {subject.bundles[0].path.partition("#")[0] for subject in subjects}
    further = min(int((np.diff(begun) > AT_ONCE).sum()), len(files) - 1, ENOUGH)
    bundles = [subject.bundles[0] for subject in subjects]
    if (
        not further
        or len(subjects) >= parameters.series.least
        or are_figures_equal(bundles)
        or is_on_the_hour(begun, parameters.series)
    ):
        return 0.0
    series = parameters.series
    each = series.other_if_chosen if has_chosen_values(bundles) else series.other_code
    return 1 - (1 - each) ** further
