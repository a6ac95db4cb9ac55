"""The note of an answer: what its class and probability do not tell by themselves. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.record import MOVED
from bisect_parity.history.code_state import EMPTY
from bisect_parity.provenance.clues import clock_text, duration_text
from bisect_parity.provenance.inferred import BEFORE_ALL
from bisect_parity.provenance.model import Dirty, ResolutionClass
from bisect_parity.provenance.recorded import OTHER_TREE
from bisect_parity.provenance.whereabouts import BATCH, host
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Findings
    from bisect_parity.provenance.inferred import Inferred
    from bisect_parity.provenance.model import Candidate
    from bisect_parity.provenance.recorded import RecordedId
    from bisect_parity.provenance.subject import Subject

MOSTLY = 0.5
EMPTY_FILE = "empty"
OF_IDS = {
    "prefix": "a recorded id has the first digits of a commit and an invented tail",
    OTHER_TREE: "a recorded id is not that of the commit whose tree is recorded beside it",
}


def hold_no_code(states: Iterable[str]) -> bool:
    """Whether there is no code at any commit: that of results kept apart has another repository."""
    return set(filter(None, states)) == {EMPTY}


def dirty_state(subject: Subject, records: Sequence[RecordedId], states: Mapping[str, str]) -> Dirty:
    """Whether the working tree of a run had changes that no commit holds."""
    stated = [entry.record.dirty for entry in records if entry.record.dirty is not None]
    if stated:
        return Dirty.RECORDED if any(stated) else Dirty.NO
    if subject.addition is None:
        return Dirty.UNKNOWN
    before = states.get(subject.addition.parent or "")
    changes_code = before is not None and states.get(subject.addition.detail.commit) != before
    return Dirty.POSSIBLE if changes_code else Dirty.UNKNOWN


def _of_moves(subject: Subject) -> Iterator[str]:
    """That another commit was checked out while a recorded run went on."""
    found = (problem for bundle in subject.bundles for part in bundle.findings for problem in part.problems)
    yield from dict.fromkeys(problem.message for problem in found if problem.message.startswith(MOVED))


def _of_unread(subject: Subject) -> Iterator[str]:
    """That a file could not be read at all: what it states is unknown, not absent."""
    parts = (part for bundle in subject.bundles for part in bundle.findings)
    silent = [part.problems[0] for part in parts if part.problems and not _says_anything(part)]
    unread = [problem for problem in silent if problem.message != EMPTY_FILE]
    if unread:
        more = f", nor {len(unread) - 1} more" if len(unread) > 1 else ""
        yield f"{unread[0].path} was not read ({unread[0].message}){more}"


def _of_machine(subject: Subject, records: Sequence[RecordedId]) -> Iterator[str]:
    """That it was made by another person, or perhaps in a clone on another machine."""
    if subject.account and subject.addition is not None and subject.account not in subject.addition.people:
        yield f"{subject.account} ran it, by the account that it names, and somebody else committed it"
    if subject.clock_offset and not any(record.exists == "yes" for record in records):
        wrong = f"{duration_text(abs(subject.clock_offset))} {'slow' if subject.clock_offset > 0 else 'fast'}"
        yield f"the clock there may be {wrong}: all its runs would follow commits closely then"
    if subject.is_remote >= MOSTLY and not any(record.exists == "yes" for record in records):
        where = host(subject.bundles) or f"another {'system' if subject.machine else 'account'}"
        where = BATCH if subject.machine == BATCH else where
        yield f"the results of {where} come in later than others: a clone there may be out of date"


def _says_anything(part: Findings) -> bool:
    stated = (part.records, part.mentions, part.times, part.metrics, part.parameters, part.environment)
    return any((*stated, part.commands, part.frames, part.digests, part.runs))


def answer_note(
    item: Inferred,
    kind: ResolutionClass,
    records: Sequence[RecordedId],
    candidates: Sequence[Candidate],
    states: Mapping[str, str],
) -> str:
    """What a reader should know of the answer, as one line.

    Args:
        item: the run.
        kind: the class of its answer.
        records: the ids that count.
        candidates: the commits that may be the one.
        states: code state of every commit that may be named.
    """
    notes = list(_of_gone_commits(item, kind, candidates))
    subject, walk = item.run.subject, item.walked
    notes += [*_of_moves(subject), *_of_unread(subject), *_of_machine(subject, records)]
    if walk is not None and not any(record.exists == "yes" for record in records):
        notes.append(walk.note)
    states_of_ids = {record.exists for record in records}
    notes += (text for state, text in OF_IDS.items() if state in states_of_ids)
    if any(record.exists == "no" for record in records):
        notes.append("a recorded id names no commit of this repository")
        if item.rewritten >= MOSTLY:
            notes.append(
                "nor does that of any run until then: the history was rewritten, its dates were kept"
            )
    named = {record.commit for record in records if record.exists == "yes"}
    if len(named) > 1:
        notes.append(f"{len(named)} different commits are written down")
    if kind is ResolutionClass.CONTRADICTED:
        notes.append("the record and the other clues disagree")
        if item.stale:
            notes.append("the runs before wrote the same id: it may not have been read anew")
    is_gone = kind is ResolutionClass.UNRESOLVED and item.posterior.elsewhere >= MOSTLY
    is_possible = dirty_state(subject, records, states) is Dirty.POSSIBLE and not is_gone
    if is_possible and subject.addition is not None:  # a commit that is gone may have held that code
        detail = subject.addition.detail
        holder = "a branch that was squashed" if detail.may_be_branch else "a dirty tree"
        adding = detail.commit[:SHORT]
        notes.append(f"{adding}, which added it, changes code: {holder} may have held its code state")
    known = {states.get(candidate.commit) for candidate in candidates}
    if kind is ResolutionClass.UNRESOLVED and hold_no_code(candidate.code_state for candidate in candidates):
        notes.append("no commit here holds code: ask the repository of the code, by --repo")
    elif candidates and not any(known):
        notes.append(
            "this clone lacks the trees of these commits: their code, and what added files, are unknown"
        )
    elif len(candidates) > 1 and len(known) == 1:
        notes.append("all candidates have one code state")
    return "; ".join(notes)


def _of_gone_commits(item: Inferred, kind: ResolutionClass, candidates: Sequence[Candidate]) -> Iterator[str]:
    """That the commit is not here, or will not be for long."""
    if not candidates:
        return
    top, gone = candidates[0].commit, item.posterior.elsewhere
    if BEFORE_ALL in item.posterior.alone and kind is not ResolutionClass.CONFIRMED:
        first = clock_text(float(item.history.table.times.min()))
        yield f"it states a time before the first commit here, of {first}"
    if kind is ResolutionClass.UNRESOLVED and gone >= MOSTLY:
        yield f"with a probability of {gone:.2f} at a commit that is not here"
    elif kind is not ResolutionClass.UNRESOLVED and item.history.table.is_lost(top):
        keep = f"`git branch NAME {top[:SHORT]}` keeps it"
        yield f"no branch, tag or reflog holds {top[:SHORT]}, so git will remove it: {keep}"
