"""What later runs left in the folder of a run, or under its name: evaluations of what it made, say. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.model import Bundle, TimeKind
from bisect_parity.provenance.clock import EASTMOST
from bisect_parity.provenance.runs import OF_NO_CLOCK, RunOfFile, has_figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.evidence.model import Findings
    from bisect_parity.history.additions import FileChange, FileHistory
    from bisect_parity.history.commits import CommitTable

LATER_SECONDS = 3600.0  # between the commits that added two folders, before their common stamp is of one only


def without_later_runs(
    bundles: Sequence[Bundle],
    changes: Mapping[str, FileChange | None],
    history: FileHistory,
    table: CommitTable,
) -> tuple[list[Bundle], list[RunOfFile]]:
    """The bundles without what later runs added to them, and these runs.

    A file with figures is of a later run if all that it states of its time lies behind the commit that added
    the folder, and another commit added it. A stamp that stands in the name of an earlier folder, too, which
    another commit added, may be that of the run there: it is believed as running text is.
    """
    rows = {path: table.index(change.commit) for path, change in changes.items() if change is not None}
    added = {path: table.time(row) for path, row in rows.items() if row is not None}
    first: dict[float, int] = {}
    for bundle in bundles:
        if bundle.stamps and bundle.path in added:
            stamp, time = bundle.stamps[0].seconds, added[bundle.path]
            first[stamp] = min(first.get(stamp, time), time)
    kept, runs = [], []
    for bundle in bundles:
        if not bundle.stamps or bundle.path not in added:
            kept.append(bundle)
            continue
        time, change = added[bundle.path], changes[bundle.path]
        later: dict[str, FileChange] = {}
        for findings in bundle.findings:
            own = history.added(findings.path)
            if (
                own is not None
                and change is not None
                and own.commit != change.commit
                and _is_later(findings, time)
            ):
                later[findings.path] = own
                files = tuple(artifact for artifact in bundle.artifacts if artifact.path == findings.path)
                runs.append(RunOfFile(Bundle(findings.path, (), files, (findings,)), own))
        is_of_other = time > first[bundle.stamps[0].seconds] + LATER_SECONDS
        stamps = tuple(evolve(s, origin="prose") if is_of_other else s for s in bundle.stamps)
        own_findings = tuple(each for each in bundle.findings if each.path not in later)
        kept.append(evolve(bundle, stamps=stamps, findings=own_findings))
    return kept, runs


def _is_later(findings: Findings, time: float) -> bool:
    """Whether figures in a file are those of a run that began after a time, by all that it states."""
    stated = [
        each.seconds - (0 if each.kind is TimeKind.UTC else EASTMOST)
        for part in (findings, *findings.runs)
        for each in part.times
        if each.origin not in OF_NO_CLOCK
    ]
    return bool(stated) and min(stated) > time and has_figures(findings)
