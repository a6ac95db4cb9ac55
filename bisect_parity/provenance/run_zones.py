"""The zone that the local times of a run are in: that of its time and person, or of the machine. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from bisect_parity.evidence.model import TimeKind
from bisect_parity.provenance.machine_zone import clock_offset, machine_zones
from bisect_parity.provenance.zones import (
    as_written,
    known_zones,
    zone_of_person,
    zone_of_worktree,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.provenance.background import History
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.subject import Subject

MARGIN_SECONDS = 3 * 86400  # within which of a stated time the run is looked for
WRITTEN_AT_ONCE = ("trace", "stamp", "field")
SAME_ZONE_SECONDS = 86400  # within which the adding commit's zone is the run's


def with_zone_then(subject: Subject, near: Mapping[int, Detail], history: History) -> Subject:
    """The run with the zone of its time, where the commit that added it was made at another, or by none."""
    if not subject.statements:
        return subject
    time = as_written(subject.statements[0], subject.zones[0])
    if subject.addition is None:
        own = next((log for log in history.reflogs if log.path == history.own_reflog), None)
        zone = zone_of_worktree(time, own, near.values())
    elif (
        subject.person == subject.addition.detail.author
        and abs(time - subject.addition.detail.author_time) < SAME_ZONE_SECONDS
    ):
        return subject
    else:
        zone = zone_of_person(subject.person, time, near.values())
    return subject if zone is None else evolve(subject, zones=known_zones(zone, subject.zones))


def with_machine_zones(
    subjects: Sequence[Subject], table: CommitTable, parameters: Parameters
) -> list[Subject]:
    """The runs, with the zone of the machine where that is another one than the person's."""
    local: dict[tuple[str, str], list[tuple[int, float, int, float]]] = {}
    for place, subject in enumerate(subjects):
        added = subject.addition
        time = next((each for each in subject.statements if each.kind is TimeKind.LOCAL), None)
        if added is not None and time is not None:
            known = (place, time.seconds, subject.zones[0], added.time)
            local.setdefault((subject.person, subject.machine), []).append(known)
    found = list(subjects)
    for runs in local.values():
        if len(runs) < parameters.machine_zone.runs:
            continue
        stated, own, added_at = (np.array(values) for values in list(zip(*runs, strict=True))[1:])
        _, checkouts = table.between(stated.min() - MARGIN_SECONDS, stated.max() + MARGIN_SECONDS)
        machine = machine_zones(stated, own, added_at, checkouts, parameters.recency, parameters.machine_zone)
        if machine is not None:
            for (place, *_), zone in zip(runs, machine.tolist(), strict=True):
                zones = known_zones(int(zone), subjects[place].zones)
                found[place] = evolve(subjects[place], zones=zones)
    return found


def with_clock_offsets(
    subjects: Sequence[Subject], table: CommitTable, parameters: Parameters
) -> list[Subject]:
    """The runs, with the offset of the clock of their machine where all of these show one.

    Those that follow the same checkout by either clock are left as they are.
    """
    groups: dict[tuple[str, str], list[tuple[int, float, float]]] = {}
    for place, subject in enumerate(subjects):
        first = next((each for each in subject.statements if each.origin in WRITTEN_AT_ONCE), None)
        if subject.addition is not None and first is not None and first.resolution <= 1:
            known = (place, as_written(first, subject.zones[0]), subject.addition.time)
            groups.setdefault((subject.person, subject.machine), []).append(known)
    found = list(subjects)
    for runs in groups.values():
        if len(runs) < parameters.machine_zone.runs:
            continue
        places, begun, added = (np.array(values) for values in zip(*runs, strict=True))
        _, checkouts = table.between(begun.min() - MARGIN_SECONDS, begun.max() + MARGIN_SECONDS)
        offset = clock_offset(begun, added, checkouts, parameters.recency, parameters.machine_zone)
        last, then = (checkouts.searchsorted(times, side="right") for times in (begun, begun + offset))
        for place in places[last != then].tolist():
            found[place] = evolve(found[place], clock_offset=offset)
    return found
