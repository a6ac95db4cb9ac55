"""Notes on runs: that bundles are gone, hold several runs, or are older than the clone."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.provenance.own_work import originals, work
from bisect_parity.provenance.runs import MOST_RUNS
from bisect_parity.provenance.timeline import yet_to_come
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.provenance.inferred import Inferred

SEVERAL = "holds"
SHALLOW = "the history of this clone begins later: `git fetch --unshallow` gets what came before"
FIRST = "the first commit brought it in: what was there before is not known"
MOSTLY = 0.5
PAST = "no longer in the working tree: read from git"


def further_notes(inferred: Sequence[Inferred]) -> dict[str, str]:
    """What must be said besides: that bundles are gone, hold several runs, or are older than a clone."""
    bundles = [bundle for item in inferred for bundle in item.run.subject.bundles if bundle.artifacts]
    files = {bundle.path: bundle.artifacts[0].path for bundle in bundles if is_run_of_file(bundle)}
    runs = Counter(files.values())  # of a file that was named, and of its folder: each once
    notes = {
        bundle.path: SHALLOW
        for item in inferred
        if item.run.chain.beyond and item.posterior.elsewhere > MOSTLY
        for bundle in item.run.subject.bundles
    }
    for item in inferred:
        if ahead := yet_to_come(item.run.subject, time.time()):
            notes |= {bundle.path: ahead for bundle in item.run.subject.bundles}
    first = (item.run.subject for item in inferred if item.run.is_of_first_commit)
    notes |= {bundle.path: FIRST for subject in first for bundle in subject.bundles}
    for item in inferred:
        successor = _successor(item)
        if successor is not None:
            gone = f"what {successor[:SHORT]} replaced was probably checked out: it was amended or rebased"
            notes |= {bundle.path: gone for bundle in item.run.subject.bundles}
        if item.original is not None:
            notes |= {bundle.path: item.original.note for bundle in item.run.subject.bundles}
    for bundle in bundles:
        inside = sum(runs[artifact.path] for artifact in bundle.artifacts)
        if inside > 1 and not is_run_of_file(bundle):
            more = " and more: the newest are resolved, each by itself"
            note = more if inside >= MOST_RUNS else ": each is resolved by itself"
            notes[bundle.path] = f"{SEVERAL} {inside} runs{note}"
        if bundle.is_past:
            notes[bundle.path] = PAST
    return notes


def _successor(item: Inferred) -> str | None:
    """The commit that has replaced the one that the run was most probably made at, if that is gone."""
    addition, near, time = item.run.subject.addition, item.run.near, item.posterior.run_time
    if addition is None or item.posterior.elsewhere <= MOSTLY:
        return None
    kept = originals(near)
    replacing = [
        detail
        for detail in near.values()
        if detail.author_time <= time < detail.committer_time
        and detail.author == detail.committer == addition.detail.author
        and work(detail) not in kept
    ]
    newest = max(replacing, key=lambda detail: detail.author_time, default=None)
    return None if newest is None else newest.commit


def is_run_of_file(bundle: Bundle) -> bool:
    """Whether a bundle is one of the runs that a file holds, and not a file that holds several."""
    file = bundle.artifacts[0].path
    is_whole = bundle.path == file and any(findings.runs for findings in bundle.findings)
    return bundle.path.startswith(file) and not is_whole
