"""Whether what recorded runs gave still follows from what is there now: current, stale, replaced. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from attrs import frozen

from bisect_parity.rerun.lineage import RecordedRun
from bisect_parity.wording import SHORT, counted, first_of

TOLD = 3  # of many


class State(enum.StrEnum):
    """How the results of a run stand to what is there now."""

    CURRENT = "current"  # code, inputs and outputs are as they were
    FAILED = "failed"  # that, and the run itself ended with another exit status than 0
    STALE = "stale"  # something that it rests on has changed since
    REPLACED = "replaced"  # a later run wrote all its outputs, or was the same command


_TAINTED = {State.STALE: "is stale", State.FAILED: "failed"}  # what is built on such a run is stale


class Surroundings(NamedTuple):
    """What is there now.

    Attributes:
        digests: of the files that runs read and wrote, by path relative to the top; None where none is there.
        changed_code: by run, the code that is not as its commit had it; None where the commit is not here.
    """

    digests: dict[str, str | None]
    changed_code: dict[str, tuple[str, ...] | None]


@frozen
class Standing:
    """How one run stands.

    Attributes:
        one: the run.
        state: in one word.
        reasons: why it is not current, a sentence an item.
    """

    one: RecordedRun
    state: State
    reasons: tuple[str, ...] = ()


def standings(runs: Sequence[RecordedRun], now: Surroundings) -> tuple[Standing, ...]:
    """How each run stands, in the order of their starts.

    Args:
        runs: all recorded runs, as `linked` gives them.
        now: what is there now.
    """
    last_writer = {one.place_of(file): one.name for one in runs for file in one.run.written}
    last_of_command = {
        (did_end_well, *_command(one)): one.name
        for one in runs
        for did_end_well in (False, one.run.status == 0)  # a run that failed replaces none that did not
    }
    found: dict[str, Standing] = {}
    for one in runs:
        later = _replacement(one, last_writer, last_of_command)
        if later is not None:
            found[one.name] = Standing(one, State.REPLACED, (f"by {later}",))
            continue
        reasons = (*_inputs(one, now, last_writer, found), *_code(one, now), *_outputs(one, now, last_writer))
        state = State.STALE if reasons else State.FAILED if one.run.status else State.CURRENT
        if one.run.status:
            reasons = (f"it ended with exit status {one.run.status}", *reasons)
        found[one.name] = Standing(one, state, reasons)
    return tuple(found.values())


def _command(one: RecordedRun) -> tuple[str, ...]:
    return (one.run.prefix, *one.run.argv)


def _replacement(
    one: RecordedRun, last_writer: dict[str, str], last_of_command: dict[tuple[object, ...], str]
) -> str | None:
    """The later run that stands in the place of this one."""
    outside = [one.place_of(file) for file in one.run.written if not file.is_in_bundle]
    again = last_of_command[one.run.status == 0, *_command(one)]
    later = {last_writer[place] for place in outside} if outside else {again}
    return None if one.name in later else min(later)


def _inputs(
    one: RecordedRun, now: Surroundings, last_writer: dict[str, str], before: dict[str, Standing]
) -> Iterator[str]:
    sources = {link.path: link.source for link in one.links}
    told = set()
    for path, digest in one.reads.items():
        if digest is None:
            continue
        is_same = now.digests.get(path) == digest
        writer = last_writer.get(path, sources.get(path))
        if not is_same:
            how = "is gone" if now.digests.get(path) is None else "has other bytes now"
            by = f", written by {writer}" if writer not in (None, one.name, sources.get(path)) else ""
            yield f"input {path} {how}{by}"
        elif writer in before and before[writer].state in _TAINTED and writer not in told:
            told.add(writer)
            yield f"input {path} is from {writer}, which {_TAINTED[before[writer].state]}"


def _code(one: RecordedRun, now: Surroundings) -> Iterator[str]:
    changed = now.changed_code.get(one.name, ())
    commit = (one.run.commit or "")[:SHORT]
    if changed is None:
        yield f"its commit {commit} is not in this repository"
    elif changed:
        yield f"{counted(len(changed), 'file')} of the code changed since {commit}: {first_of(changed, TOLD)}"


def _outputs(one: RecordedRun, now: Surroundings, last_writer: dict[str, str]) -> Iterator[str]:
    for file in one.run.written:
        place = one.place_of(file)
        if file.sha256 is None or last_writer[place] != one.name:
            continue
        digest = now.digests.get(place)
        if digest != file.sha256:
            yield f"output {place} {'is gone' if digest is None else 'has other bytes now'}"
