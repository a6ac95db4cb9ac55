"""The clues of an answer, each with how much it says by itself. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.evidence.model import Source
from bisect_parity.provenance.clues import (
    AddedByClue,
    BranchClue,
    ClueMaker,
    FingerprintClue,
    NoTraceClue,
    RecordClue,
    ReflogClue,
    TimeClue,
    VersionClue,
)
from bisect_parity.provenance.fingerprint import first_place
from bisect_parity.provenance.moment import moment
from bisect_parity.provenance.named_branch import branches_in_path, tips_of
from bisect_parity.provenance.same_results import COPIED
from bisect_parity.provenance.together import TOGETHER
from bisect_parity.provenance.walked import WALKED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.provenance.inferred import Inferred
    from bisect_parity.provenance.model import Clue
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.recorded import RecordedId
    from bisect_parity.provenance.weighed import Weighed

SMALLEST_PROBABILITY = 1e-9  # in the ratio of two


def answer_clues(
    item: Inferred, weighed: Weighed, records: Sequence[RecordedId], parameters: Parameters
) -> list[Clue]:
    """What speaks for and against the answer of one run, copies of it left out.

    Args:
        item: the run.
        weighed: its commits, the answer first.
        records: the ids that count.
        parameters: of the model.
    """
    clues = [maker.clue() for maker in _clue_makers(item, weighed, records, parameters)]
    for told, name in ((item.walked, WALKED), (item.original, COPIED)):
        if told is not None and item.posterior.commits:
            effect = _effect(item.posterior, name, _answer_and_rival(item.posterior, weighed))
            clues.append(told.clue(item.run.subject.bundles[0].path, *effect))
    return clues


def _clue_makers(
    item: Inferred, weighed: Weighed, records: Sequence[RecordedId], parameters: Parameters
) -> Iterator[ClueMaker]:
    for record in records:
        yield RecordClue(record, parameters)
    subject, posterior = item.run.subject, item.posterior
    if not posterior.commits:
        return
    pair = _answer_and_rival(posterior, weighed)
    began, _ = moment(item, posterior.commits[pair[0]])
    for number, statement in enumerate(subject.statements):
        weight, points_at = _effect(posterior, f"time {number}", pair)
        yield TimeClue(
            statement, subject.duration, subject.zones, parameters, posterior.run_time, weight, points_at
        )
    for line in item.lines:
        place = int(np.searchsorted(line.starts, began, side="right")) - 1
        entry = line.entries[place] if line.entries and place >= 0 else None
        if entry is not None and line.belief(np.array([began])).any():
            weight, _ = _effect(posterior, "reflog", pair)
            following = line.entries[place + 1] if place + 1 < len(line.entries) else None
            yield ReflogClue(line.origin, entry, following, weight)
    if subject.addition is not None:
        weight, points_at = _effect(posterior, "delay", pair)
        yield AddedByClue(subject.addition, began, weight, points_at)
    if not parameters.elsewhere.is_told(posterior.elsewhere) and not any(r.exists == "yes" for r in records):
        yield NoTraceClue(subject.bundles[0].path, posterior.elsewhere, TOGETHER in posterior.alone)
    for branch in subject.branches[:1]:
        has_reflog = any(line.kind == "branch reflog" for line in item.lines)
        weight, _ = _effect(posterior, "branch", pair)
        is_here = bool(tips_of(subject, item.history))
        yield BranchClue(str(branch.value), branch.source, has_reflog, is_here, weight)
    for name in () if subject.branches else branches_in_path(subject, item.history):
        yield BranchClue(name, Source(subject.bundles[0].path), False, True, 0.0, is_of_path=True)
    match = item.matches.get(posterior.commits[pair[0]])
    if match is not None and match.agree + match.disagree:
        weight, _ = _effect(posterior, "fingerprint", pair)
        rival = item.matches.get(posterior.commits[pair[1]])
        yield FingerprintClue(first_place(subject), match, posterior.commits[pair[0]], rival, weight)
    stated, declared = item.version
    match = declared.get(posterior.commits[pair[0]])
    if stated is not None and match is not None:
        weight, _ = _effect(posterior, "version", pair)
        rival = declared.get(posterior.commits[pair[1]])
        yield VersionClue(stated, match, posterior.commits[pair[0]], rival, weight)


def _answer_and_rival(posterior: Posterior, weighed: Weighed) -> tuple[int, int]:
    """Positions of the answer and of its best rival in the posterior."""
    top = weighed.commits[0]
    order = posterior.order()[:2].tolist()
    first = posterior.commits.index(top) if top in posterior.commits else order[0]
    rival = next((position for position in order if position != first), first)
    return first, rival


def _effect(posterior: Posterior, name: str, pair: tuple[int, int]) -> tuple[float, str | None]:
    """How much a clue by itself raises the answer over its rival, and where it points."""
    alone = posterior.alone.get(name)
    if alone is None:
        return 0.0, None
    first, rival = pair
    weight = _log_ratio(alone, first, rival)
    if name == "reflog":
        weight = _log_ratio(posterior.probabilities, first, rival) - weight
    return weight, posterior.commits[int(np.argmax(alone))]


def _log_ratio(probabilities: np.ndarray, first: int, rival: int) -> float:
    floor = SMALLEST_PROBABILITY
    return float(np.log((probabilities[first] + floor) / (probabilities[rival] + floor)))
