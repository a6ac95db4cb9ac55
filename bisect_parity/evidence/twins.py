"""Twins: bundles of one run, by files that no second run could have written, or that a record lists. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.model import Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.model import Bundle, Findings, TimeStatement

FARTHEST_SECONDS = 30 * 3600  # zones are up to 26 hours apart, and a run may take hours
LEAST_DIGITS = 8
LEAST_TIMINGS = 2
SHORTEST_ID = 7
_TIMING = re.compile(r"(?i)(?:.*_)?(?:time|seconds|duration|elapsed|runtime|speedup|mean|wall)(?:_.*)?")


def with_twins(bundles: tuple[Bundle, ...]) -> tuple[Bundle, ...]:
    """Name, in each bundle, the bundles that are copies of the same run."""
    holders: dict[str, list[Bundle]] = {}
    for bundle in bundles:
        unique = {findings.path for findings in bundle.findings if _is_time_unique(findings)}
        for digest in {artifact.sha256 for artifact in bundle.artifacts if artifact.path in unique} - {""}:
            holders.setdefault(digest, []).append(bundle)
    twins: dict[str, set[str]] = {}
    for written, record in _recorded_outputs(bundles):
        twins.setdefault(written, set()).add(record)
        twins.setdefault(record, set()).add(written)
    for group in holders.values():
        if len(_recorded(group)) > 1:
            continue  # programs wrote different ids: the file was carried along, it is not one run
        for bundle in group:
            near = {other.path for other in group if other is not bundle and _is_near(bundle, other)}
            twins.setdefault(bundle.path, set()).update(near)
    named = (tuple(sorted(twins.get(bundle.path, ()))) for bundle in bundles)
    pairs = zip(bundles, named, strict=True)
    return tuple(bundle if bundle.twins == names else evolve(bundle, twins=names) for bundle, names in pairs)


def _recorded_outputs(bundles: tuple[Bundle, ...]) -> Iterator[tuple[str, str]]:
    """Bundles whose files a recorded run wrote, by path and digest, each with the bundle of its record.

    Of runs that wrote the same file, the last one counts; what several runs wrote together is of none.
    """
    listed: dict[str, tuple[float, str, str]] = {}  # path -> when the run ended, its bundle, the digest
    for bundle in bundles:
        for findings in bundle.findings:
            ended = max((statement.seconds for statement in findings.times), default=0.0)
            for output in findings.outputs:
                output_of_run = ended, bundle.path, output.hexdigest
                listed[output.file] = max(output_of_run, listed.get(output.file, output_of_run))
    for bundle in bundles if listed else ():
        known = [artifact for artifact in bundle.artifacts if artifact.path in listed and artifact.sha256]
        records = {listed[artifact.path][1] for artifact in known}
        is_as_written = all(artifact.sha256 == listed[artifact.path][2] for artifact in known)
        if len(records) == 1 and is_as_written and bundle.path not in records:
            yield bundle.path, records.pop()


def _is_time_unique(findings: Findings) -> bool:
    """Whether a file holds an exact start, or timings of many digits: both never repeat by chance."""
    if any(statement.origin == "trace" for statement in findings.times):
        return True
    values = [(metric.name, metric.value) for metric in findings.metrics]
    values += [(p.name.rpartition(".")[2], p.value) for p in findings.parameters]
    timings = [
        value
        for name, value in values
        if isinstance(value, float) and _TIMING.fullmatch(name) and len(repr(value)) > LEAST_DIGITS
    ]
    return len(timings) >= LEAST_TIMINGS or any(_is_time_unique(run) for run in findings.runs)


def _recorded(group: list[Bundle]) -> set[str]:
    """The first digits of the ids that programs wrote into some bundles."""
    return {
        record.text[:SHORTEST_ID]
        for bundle in group
        for findings in bundle.findings
        for record in findings.records
        if record.is_id and record.trust >= Trust.MACHINE
    }


def _is_near(one: Bundle, other: Bundle) -> bool:
    """Whether the names' stamps allow one run: a copy in a bundle of another day is a stale copy."""
    first, second = _stamp(one), _stamp(other)
    if first is None or second is None:
        return True
    allowed = FARTHEST_SECONDS + max(first.resolution, second.resolution)
    return abs(first.seconds - second.seconds) < allowed


def _stamp(bundle: Bundle) -> TimeStatement | None:
    return next((stamp for stamp in bundle.stamps if not stamp.lacks_year), None)
