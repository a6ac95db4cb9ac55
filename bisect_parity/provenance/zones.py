"""In which time zone a run was: that of its person then, as commits and reflogs show. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.evidence.model import TimeKind, TimeStatement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.reflog import Reflog

MOST_ZONES = 3


def as_written(statement: TimeStatement, zone: int) -> float:
    """What is stated, as written, in a zone: POSIX seconds."""
    return statement.seconds - (zone if statement.kind is not TimeKind.UTC else 0)


def usual_zones(details: Iterable[Detail]) -> tuple[int, ...]:
    """The zones of some commits' authors, the most usual one first."""
    return tuple(zone for zone, _ in Counter(detail.zone for detail in details).most_common())


def known_zones(zone: int | None, usual: Sequence[int]) -> tuple[int, ...]:
    """The zone where a run probably was, by default the usual one; then the most usual others."""
    first = next(iter(usual), 0) if zone is None else zone
    return (first, *[other for other in usual if other != first][:MOST_ZONES])


def zone_of_person(person: str, time: float, near: Iterable[Detail]) -> int | None:
    """The zone in which a person worked at a time: it changes with the summer, and on journeys.

    Commits that a server made of the person's work show the zone of neither.
    """
    own = [detail for detail in near if detail.author == person == detail.committer]
    return min(own, key=lambda detail: abs(detail.author_time - time)).zone if own else None


def zone_of_worktree(time: float, reflog: Reflog | None, near: Iterable[Detail]) -> int | None:
    """The zone of a worktree at a time, by its reflog, else by the commit nearest in time."""
    entry = reflog.at(time) if reflog is not None else None
    if entry is not None:
        return entry.zone
    nearest = min(near, key=lambda detail: abs(detail.committer_time - time), default=None)
    return None if nearest is None else nearest.zone
