"""Whether a run was made on another machine than the one on which its results were committed. Pure.

Of the machines whose results one person commits, the one whose results are committed soonest is that of the
person. Results of another one that come in as soon may be of the same one by another name; if they come in
late, they were perhaps carried over from a clone there, of which nothing here tells what it had checked out;
or it shares the worktree, as the nodes of a cluster do, and its jobs end in the night. Batch jobs that name
no host are of such a machine, if other runs of that person are none.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.provenance.whereabouts import BATCH, FAMILIES, account, may_be
from bisect_parity.provenance.zones import as_written

BY_HAND = "no batch jobs"  # of a person who has those, too

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.subject import Subject


def with_other_machines(subjects: Sequence[Subject], parameters: Parameters) -> list[Subject]:
    """The runs, with the probability that each was made in a clone on another machine."""
    own_clone, at_other_times = parameters.lines.own_clone, parameters.lines.at_other_times
    named = {(s.person, s.machine) for s in subjects if s.addition is not None and s.machine}
    nameless = {person: BY_HAND if (person, BATCH) in named else "" for person, _ in named}
    places = [_place(subject, nameless) for subject in subjects]
    stated = list(zip(places, map(delay, subjects), strict=True))
    known = [(place, delay) for place, delay in stated if place is not None and delay is not None]
    counts = Counter(place for place, _ in known)
    soon = Counter(place for place, delay in known if delay < parameters.delay.slow.median)
    vague = {
        (person, name)
        for person, name in counts
        if name.casefold() in FAMILIES
        and any(who == person and one != name and may_be(name, one) for who, one in counts)
    }
    best: dict[str, tuple[float, str]] = {}
    for place in sorted(counts):
        person, machine = place
        rate = (soon[place] + 1) / (counts[place] + 2)
        best[person] = max(best.get(person, (0.0, "")), (rate, machine))

    def share(place: tuple[str, str] | None) -> float:
        if place is None or place not in counts or place in vague or place[1] in (BY_HAND, best[place[0]][1]):
            return 0.0
        rate, early, late = best[place[0]][0], soon[place], counts[place] - soon[place]
        alike = early * math.log(rate) + late * math.log(1 - rate)
        apart = math.lgamma(early + 1) + math.lgamma(late + 1) - math.lgamma(early + late + 2)
        ratio = math.exp(min(alike - apart, 700.0))
        return own_clone / (own_clone + at_other_times + (1 - own_clone - at_other_times) * ratio)

    return [
        evolve(subject, is_remote=share(place)) for subject, (place, _) in zip(subjects, stated, strict=True)
    ]


def delay(subject: Subject) -> float | None:
    """Seconds from the end of a run, or its begin, until its results were committed, where that is stated."""
    first = next(iter(subject.statements), None)
    if first is None or first.origin == "prose" or subject.addition is None:
        return None
    return subject.addition.time - as_written(first, subject.zones[0]) - (subject.took or 0.0)


def _place(subject: Subject, nameless: Mapping[str, str]) -> tuple[str, str] | None:
    """The person who made a run, and its machine; where none is named in that person's, the account there."""
    if subject.addition is None:
        return None
    machine = subject.machine or nameless.get(subject.person)
    machine = account(subject.bundles) if machine is None else machine
    return (subject.person, machine) if machine else None
