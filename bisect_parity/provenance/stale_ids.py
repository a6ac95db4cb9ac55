"""Ids that a run wrote down though they were read for an earlier one: shown by the runs before it. Pure.

A variable of a shell that was opened in the morning, a version module that was made when the package was
installed, a file that was copied along: all write the same id on and on, while the code moves on. A clone on
another machine that is not updated does so, too, and its ids are right. All such ids of a machine tell the
two apart: those that are not read anew begin with a run for which they are right, and can be of any commit;
those of another clone begin when that is updated, and are of commits that were pushed.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.history.reflog import Reflog
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.parameters_of_several import StaleIds
    from bisect_parity.provenance.posterior import Posterior

MOSTLY = 0.5
REMOTES = "refs/remotes/"


@frozen
class WrittenId:
    """The commit that a program wrote down for a run, and the machine that it says it ran on, if any."""

    commit: str
    machine: str = ""


@frozen
class Pushed:
    """The commits that this clone pushed or fetched, as the reflogs of its remotes tell.

    Attributes:
        commits: full ids.
        since: from when on these reflogs tell, POSIX seconds.
        share: of all commits since then.
    """

    commits: frozenset[str]
    since: float
    share: float


def pushed(reflogs: Sequence[Reflog], times: np.ndarray) -> Pushed | None:
    """What the reflogs of remotes tell; None where there are none.

    Args:
        reflogs: all that there are.
        times: of all commits, POSIX seconds.
    """
    entries = [entry for log in reflogs if log.ref.startswith(REMOTES) for entry in log.entries]
    if not entries:
        return None
    since = float(min(entry.time for entry in entries))
    commits = frozenset(entry.new for entry in entries)
    count = int((times >= since).sum())
    return Pushed(commits, since, min(len(commits) / max(count, 1), 1.0))


def staleness(
    posteriors: Sequence[Posterior],
    written: Sequence[WrittenId | None],
    known: Pushed | None,
    parameters: Parameters,
) -> np.ndarray:
    """For each run, the probability that the id which a program wrote down was read for an earlier one.

    It can be so where it was right for an earlier run, all runs of the machine since have written it, and the
    other clues speak against it.

    Args:
        posteriors: of the runs of one repository, by everything but written ids.
        written: of each run; None where no program wrote an id.
        known: what was pushed or fetched.
        parameters: of the model.

    Returns:
        shape (n,).
    """
    found = np.zeros(len(posteriors))
    with_id = [place for place, each in enumerate(written) if each is not None and posteriors[place].commits]
    machines: dict[str, list[int]] = {}
    for place in sorted(with_id, key=lambda place: posteriors[place].run_time):
        machines.setdefault(getattr(written[place], "machine", ""), []).append(place)
    for places in machines.values():
        kept = list(_kept_ids(places, posteriors, written, parameters))
        factors = np.prod([_factors(each, known, parameters.stale_ids) for each in kept], axis=0)
        for each in kept:
            for place in each.doubted:
                found[place] = _share(posteriors[place], factors, parameters)
    return found


@frozen
class _Kept:
    """An id that runs of one machine wrote on and on, against the other clues of some of them.

    Attributes:
        commit: full id.
        time: when it was first written, POSIX seconds.
        is_right: whether the other clues agreed with it then; None for the first id of all, which may have
            been read long before.
        doubted: places of the runs after one for which it was right that have other clues against it.
    """

    commit: str
    time: float
    is_right: bool | None
    doubted: tuple[int, ...]


def _kept_ids(
    places: Sequence[int],
    posteriors: Sequence[Posterior],
    written: Sequence[WrittenId | None],
    parameters: Parameters,
) -> Iterator[_Kept]:
    """The ids that some runs of one machine, in the order in which they began, wrote against other clues."""
    for commit, alike in itertools.groupby(places, key=lambda place: getattr(written[place], "commit", "")):
        runs = list(alike)
        chances = np.array([posteriors[place].probability(commit) for place in runs])
        is_against = chances < parameters.classes.disagrees
        if is_against.any():
            is_after = np.logical_or.accumulate(chances >= MOSTLY)
            doubted = tuple(np.array(runs)[is_against & is_after].tolist())
            is_right = None if runs[0] == places[0] else bool(chances[0] >= MOSTLY)
            yield _Kept(commit, posteriors[runs[0]].run_time, is_right, doubted)


def _factors(kept: _Kept, known: Pushed | None, parameters: StaleIds) -> np.ndarray:
    """Likelihoods of an id: it was not read anew, is of a clone updated before use, or of another; (3,)."""
    right = np.array([parameters.right, parameters.updated_right, parameters.other_right])
    found = np.ones_like(right) if kept.is_right is None else right if kept.is_right else 1 - right
    if known is not None and kept.time >= known.since:
        share = np.array([known.share, parameters.fetched, parameters.fetched]).clip(0.01, 0.99)
        found = found * (share if kept.commit in known.commits else 1 - share)
    return found


def _share(posterior: Posterior, factors: np.ndarray, parameters: Parameters) -> float:
    """The probability that the id of a run was not read anew."""
    shares = parameters.stale_ids
    is_told = parameters.elsewhere.is_told(posterior.elsewhere)
    stale = shares.stale_here if is_told else shares.stale
    updated = (1 - stale) * shares.updated
    weights = np.array([stale, updated, 1 - stale - updated]) * factors
    return float(weights[0] / weights.sum())
