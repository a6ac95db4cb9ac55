"""From a posterior and what was recorded to the answer: class, commit, probability, clues. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.model import Trust
from bisect_parity.provenance.answer_clues import answer_clues
from bisect_parity.provenance.answer_note import answer_note, dirty_state, hold_no_code
from bisect_parity.provenance.clues import TwinClue
from bisect_parity.provenance.model import Candidate, Resolution, ResolutionClass
from bisect_parity.provenance.recorded import OTHER_TREE
from bisect_parity.provenance.weighed import Weighed, mixed, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.provenance.inferred import Inferred
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.recorded import RecordedId
    from bisect_parity.provenance.subject import Subject

MOST_CANDIDATES = 10
SMALLEST = 1e-4


def answer(
    item: Inferred, states: Mapping[str, str], parameters: Parameters, *, blind: bool
) -> Iterator[Resolution]:
    """The resolutions of the bundles of one run.

    Args:
        item: the run, with what was inferred of it.
        states: code state of every commit that may be named.
        parameters: of the model.
        blind: whether written ids are ignored.
    """
    subject, posterior = item.run.subject, item.posterior
    records = () if blind else subject.records
    weighed = weigh(posterior, records, parameters, item.rewritten, is_timed=subject.is_timed)
    if item.stale and records:
        weighed = mixed(weighed, weigh(posterior, (), parameters, 0.0, is_timed=subject.is_timed), item.stale)
    top = weighed.commits[0] if weighed.commits else None
    top_state = states.get(top, "") if top else ""
    state_probability = sum(
        p
        for commit, p in zip(weighed.commits, weighed.probabilities, strict=True)
        if top_state and states.get(commit) == top_state
    )
    if top and not top_state:  # a clone without trees: a commit has the code of at least itself
        state_probability = weighed.probabilities[0]
    kind = _classify(subject, posterior, weighed, records, states, state_probability, parameters)
    if kind is not ResolutionClass.UNRESOLVED and any(item.exists == OTHER_TREE for item in records):
        kind = ResolutionClass.CONTRADICTED
    if kind is ResolutionClass.UNRESOLVED:
        top, top_state, state_probability = None, "", 0.0
    clues = answer_clues(item, weighed, records, parameters)
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
        dirty=dirty_state(subject, records, states),
        run_time=posterior.run_time if posterior.commits and subject.statements else None,
        run_time_error=posterior.run_time_error if posterior.commits and subject.statements else None,
        note=answer_note(item, kind, records, candidates, states),
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
    is_possible = bool(named) or not hold_no_code(states.get(commit, "") for commit in weighed.commits)
    if not weighed.commits or not (informed or named) or not is_possible:
        return ResolutionClass.UNRESOLVED
    top = weighed.commits[0]
    if not named and posterior.elsewhere >= parameters.classes.gone:
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
