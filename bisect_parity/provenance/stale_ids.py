"""Ids that a run wrote down though they were read for an earlier one: shown by the runs before it. Pure.

A variable of a shell that was opened in the morning, a version module that was made when the package was
installed, a file that was copied along: all write the same id on and on, while the code moves on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior

__all__ = ["staleness"]

MOSTLY = 0.5


def staleness(
    posteriors: Sequence[Posterior], written: Sequence[str | None], parameters: Parameters
) -> np.ndarray:
    """For each run, the probability that the id which a program wrote down was read for an earlier one.

    It was right for an earlier run, all runs since have written it, and the other clues speak against it. The
    same is seen where a clone on another machine is not updated; but hardly where a reflog tells what was
    checked out.

    Args:
        posteriors: of the runs of one repository, by everything but written ids.
        written: the commit of each run that its program wrote down; else None.
        parameters: of the model.

    Returns:
        shape (n,).
    """
    found = np.zeros(len(posteriors))
    told = [place for place, commit in enumerate(written) if commit and posteriors[place].commits]
    last, was_right = "", False
    for place in sorted(told, key=lambda place: posteriors[place].run_time):
        posterior, commit = posteriors[place], written[place] or ""
        probability = posterior.probability(commit)
        was_right = probability >= MOSTLY or (was_right and commit == last)
        last = commit
        if was_right and probability < parameters.classes.disagrees:
            is_told = posterior.elsewhere < parameters.elsewhere.plain / 2
            found[place] = parameters.records.stale_here if is_told else parameters.records.stale
    return found
