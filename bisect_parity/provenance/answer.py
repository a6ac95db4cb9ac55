"""From a posterior and what was recorded to the answer: class, commit, probability, clues. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from bisect_parity.evidence.model import Trust
from bisect_parity.history.code_state import EMPTY
from bisect_parity.provenance.clues import (
    AddedByClue,
    BranchClue,
    ClueMaker,
    FingerprintClue,
    NoTraceClue,
    RecordClue,
    ReflogClue,
    TimeClue,
    TwinClue,
    VersionClue,
)
from bisect_parity.provenance.fingerprint import first_place
from bisect_parity.provenance.model import Candidate, Dirty, Resolution, ResolutionClass
from bisect_parity.provenance.walked import WALKED
from bisect_parity.provenance.weighed import Weighed, mixed, weigh
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.provenance.checkouts import Line
    from bisect_parity.provenance.fingerprint import Match
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.recorded import RecordedId
    from bisect_parity.provenance.subject import Subject
    from bisect_parity.provenance.versions import Stated
    from bisect_parity.provenance.walked import Walked

__all__ = ["answer"]

MOST_CANDIDATES = 10
SMALLEST = 1e-4
MOSTLY = 0.5


def answer(
    subject: Subject,
    lines: Sequence[Line],
    posterior: Posterior,
    matches: Mapping[str, Match],
    version: tuple[Stated | None, Mapping[str, Match]],
    states: Mapping[str, str],
    parameters: Parameters,
    *,
    blind: bool,
    rewritten: float = 0.0,
    stale: float = 0.0,
    walk: Walked | None = None,
) -> Iterator[Resolution]:
    """The resolutions of the bundles of one run.

    Args:
        subject: the run.
        lines: what was checked out when.
        posterior: by everything but written ids.
        matches: how far each candidate's code agrees with what the run reported.
        version: of the project, as the run states it, and how far each candidate declares it.
        states: code state of every commit that may be named.
        parameters: of the model.
        blind: whether written ids are ignored.
        rewritten: how probable it is that ids that are gone say nothing, for all history was rewritten since.
        stale: how probable it is that the ids say nothing, for they were read for an earlier run.
        walk: that a script may have gone over commits with it, if it may.
    """
    records = () if blind else subject.records
    weighed = weigh(posterior, records, parameters, rewritten, is_timed=subject.is_timed)
    if stale and records:
        weighed = mixed(weighed, weigh(posterior, (), parameters, 0.0, is_timed=subject.is_timed), stale)
    top = weighed.commits[0] if weighed.commits else None
    top_state = states.get(top, "") if top else ""
    state_probability = sum(
        p
        for commit, p in zip(weighed.commits, weighed.probabilities, strict=True)
        if top_state and states.get(commit) == top_state
    )
    kind = _classify(subject, posterior, weighed, records, states, state_probability, parameters)
    if kind is ResolutionClass.UNRESOLVED:
        top, top_state, state_probability = None, "", 0.0
    clues = [
        maker.clue()
        for maker in _clue_makers(subject, lines, posterior, matches, version, weighed, records, parameters)
    ]
    if walk is not None and posterior.commits:
        effect = _effect(posterior, WALKED, _answer_and_rival(posterior, weighed))
        clues.append(walk.clue(subject.bundles[0].path, *effect))
    candidates = tuple(
        Candidate(commit, probability, states.get(commit, ""))
        for commit, probability in zip(weighed.commits, weighed.probabilities, strict=True)
        if probability >= SMALLEST
    )[:MOST_CANDIDATES]
    resolution = Resolution(
        path="",
        resolution_class=kind,
        commit=top,
        probability=weighed.probabilities[0] if top else 0.0,
        code_state=top_state,
        code_state_probability=min(state_probability, 1.0),
        candidates=candidates,
        clues=tuple(sorted(clues, key=lambda clue: -abs(clue.weight))),
        dirty=_dirty(subject, records, states),
        run_time=posterior.run_time if posterior.commits and subject.statements else None,
        run_time_error=posterior.run_time_error if posterior.commits and subject.statements else None,
        note=_note(subject, kind, records, candidates, states, rewritten, stale, walk),
    )
    for bundle in subject.bundles:
        twins = tuple(TwinClue(bundle.path, other).clue() for other in bundle.twins)
        yield evolve(resolution, path=bundle.path, clues=(*resolution.clues, *twins))


def _classify(
    subject: Subject,
    posterior: Posterior,
    weighed: Weighed,
    records: Sequence[RecordedId],
    states: Mapping[str, str],
    state_probability: float,
    parameters: Parameters,
) -> ResolutionClass:
    named = {item.commit for item in records if item.commit is not None and item.exists == "yes"}
    informed = bool(subject.statements) or subject.addition is not None
    is_possible = bool(named) or not _hold_no_code(states.get(commit, "") for commit in weighed.commits)
    if not weighed.commits or not (informed or named) or not is_possible:
        return ResolutionClass.UNRESOLVED
    top = weighed.commits[0]
    if not named and posterior.elsewhere >= parameters.classes.stands_out:
        return ResolutionClass.UNRESOLVED  # what stands out is that it is none of them
    if not named:
        certainty = max(weighed.probabilities[0], state_probability)
        stands_out = certainty >= parameters.classes.stands_out
        return ResolutionClass.INFERRED if stands_out else ResolutionClass.AMBIGUOUS
    if top in named and informed and posterior.commits and _agrees(top, posterior, states, parameters):
        return ResolutionClass.CONFIRMED
    is_unlikely = subject.is_timed and posterior.probability(top) < parameters.classes.disagrees
    if top not in named or (is_unlikely and top not in _witnessed(records)):
        return ResolutionClass.CONTRADICTED
    return ResolutionClass.RECORDED


def _hold_no_code(states: Iterable[str]) -> bool:
    """Whether there is no code at any commit: that of results kept apart has another repository."""
    return set(filter(None, states)) == {EMPTY}


def _witnessed(records: Sequence[RecordedId]) -> set[str | None]:
    """Commits that git named when the run began: other clues of that moment are those of another checkout."""
    return {item.commit for item in records if item.record.trust is Trust.WITNESS}


def _agrees(commit: str, posterior: Posterior, states: Mapping[str, str], parameters: Parameters) -> bool:
    """Whether a commit is in the smallest set that holds most of the other clues' probability.

    A commit that stands on none of the lines may have been rewritten: its code speaks for it instead.
    """
    order = posterior.order()
    if commit not in posterior.commits:
        state = states.get(commit)
        return bool(state) and states.get(posterior.commits[order[0]]) == state
    place = order.tolist().index(posterior.commits.index(commit))
    before = float(posterior.probabilities[order[:place]].sum())
    return before < parameters.classes.agrees * (1 - posterior.elsewhere)


def _clue_makers(
    subject: Subject,
    lines: Sequence[Line],
    posterior: Posterior,
    matches: Mapping[str, Match],
    version: tuple[Stated | None, Mapping[str, Match]],
    weighed: Weighed,
    records: Sequence[RecordedId],
    parameters: Parameters,
) -> Iterator[ClueMaker]:
    for item in records:
        yield RecordClue(item, parameters)
    if not posterior.commits:
        return
    pair = _answer_and_rival(posterior, weighed)
    for number, statement in enumerate(subject.statements):
        weight, points_at = _effect(posterior, f"time {number}", pair)
        yield TimeClue(
            statement, subject.duration, subject.zones, parameters, posterior.run_time, weight, points_at
        )
    for line in lines:
        place = int(np.searchsorted(line.starts, posterior.run_time, side="right")) - 1
        entry = line.entries[place] if line.entries and place >= 0 else None
        if entry is not None and line.belief(np.array([posterior.run_time])).any():
            weight, _ = _effect(posterior, "reflog", pair)
            following = line.entries[place + 1] if place + 1 < len(line.entries) else None
            yield ReflogClue(line.origin, entry, following, weight)
    if subject.addition is not None:
        weight, points_at = _effect(posterior, "delay", pair)
        yield AddedByClue(subject.addition, posterior.run_time, weight, points_at)
    if not parameters.elsewhere.is_told(posterior.elsewhere) and not any(r.exists == "yes" for r in records):
        yield NoTraceClue(subject.bundles[0].path, posterior.elsewhere)
    for branch in subject.branches[:1]:
        has_reflog = any(line.origin.endswith(f"logs/refs/heads/{branch.value}") for line in lines)
        yield BranchClue(str(branch.value), branch.source, has_reflog)
    match = matches.get(posterior.commits[pair[0]])
    if match is not None and match.agree + match.disagree:
        weight, _ = _effect(posterior, "fingerprint", pair)
        rival = matches.get(posterior.commits[pair[1]])
        yield FingerprintClue(first_place(subject), match, posterior.commits[pair[0]], rival, weight)
    stated, declared = version
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
    floor = 1e-9
    return float(np.log((probabilities[first] + floor) / (probabilities[rival] + floor)))


def _dirty(subject: Subject, records: Sequence[RecordedId], states: Mapping[str, str]) -> Dirty:
    stated = [item.record.dirty for item in records if item.record.dirty is not None]
    if stated:
        return Dirty.RECORDED if any(stated) else Dirty.NO
    if subject.addition is None:
        return Dirty.UNKNOWN
    before = states.get(subject.addition.parent or "")
    changes_code = before is not None and states.get(subject.addition.detail.commit) != before
    return Dirty.POSSIBLE if changes_code else Dirty.UNKNOWN


def _note(
    subject: Subject,
    kind: ResolutionClass,
    records: Sequence[RecordedId],
    candidates: Sequence[Candidate],
    states: Mapping[str, str],
    rewritten: float,
    stale: float,
    walk: Walked | None,
) -> str:
    notes = []
    if walk is not None and not any(item.exists == "yes" for item in records):
        notes.append(walk.note)
    if any(item.exists == "prefix" for item in records):
        notes.append("a recorded id has the first digits of a commit and an invented tail")
    if any(item.exists == "no" for item in records):
        notes.append("a recorded id names no commit of this repository")
        if rewritten >= MOSTLY:
            notes.append(
                "nor does that of any run until then: the history was rewritten, its dates were kept"
            )
    named = {item.commit for item in records if item.exists == "yes"}
    if len(named) > 1:
        notes.append(f"{len(named)} different commits are written down")
    if kind is ResolutionClass.CONTRADICTED:
        notes.append("the record and the other clues disagree")
        if stale:
            notes.append("the runs before wrote the same id: it may not have been read anew")
    if _dirty(subject, records, states) is Dirty.POSSIBLE and subject.addition is not None:
        detail = subject.addition.detail
        holder = "a branch that was squashed" if detail.is_landed else "a dirty tree"
        adding = detail.commit[:SHORT]
        notes.append(f"{adding}, which added it, changes code: {holder} may have held its code state")
    known = {states.get(candidate.commit) for candidate in candidates}
    if kind is ResolutionClass.UNRESOLVED and _hold_no_code(candidate.code_state for candidate in candidates):
        notes.append("no commit here holds code: ask the repository of the code, by --repo")
    elif len(candidates) > 1 and len(known) == 1 and known != {""}:
        notes.append("all candidates have one code state")
    return "; ".join(notes)
