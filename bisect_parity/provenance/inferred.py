"""What is inferred of every run: by its own clues, and by what all of them together teach."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.evidence.model import Trust
from bisect_parity.provenance.adapt import adapt
from bisect_parity.provenance.background import Background, History
from bisect_parity.provenance.checkouts import Line
from bisect_parity.provenance.colleagues import with_colleagues
from bisect_parity.provenance.fingerprint import Match, apply, fitting, read_matches
from bisect_parity.provenance.infer import infer
from bisect_parity.provenance.line_shares import Lesson, with_learned_lines
from bisect_parity.provenance.named_branch import on_named_branches
from bisect_parity.provenance.posterior import Posterior
from bisect_parity.provenance.recorded import recorded_elsewhere, recorded_truth, trust_probability
from bisect_parity.provenance.rewritten import Written, rewritten_since
from bisect_parity.provenance.same_results import Original, as_copies
from bisect_parity.provenance.stale_ids import WrittenId, pushed, staleness
from bisect_parity.provenance.states import ToldStates, inferred_commits, stated_commits
from bisect_parity.provenance.survey import SurveyedRun, survey
from bisect_parity.provenance.together import doubted
from bisect_parity.provenance.versions import StatedVersion, read_versions
from bisect_parity.provenance.visits import visits
from bisect_parity.provenance.walked import Walked, walked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.config import EvidenceSettings, Settings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.subject import Subject

BEFORE_ALL = "before"  # the clue that a run states a time before the first commit


@frozen
class Inferred:
    """One run, with what was inferred of it.

    Attributes:
        run: the run, and the part of history that it can have been made in.
        lines: the histories that it can have been on.
        posterior: over their commits.
        matches: by commit, how far its code fits what the run reported of the code.
        version: of the project, as the run states it, and by commit how far it fits.
        history: of the repository.
        rewritten: the probability that all history was rewritten since the run.
        stale: the probability that the recorded id was read for an earlier run.
        walked: that a script may have gone over commits with it.
        original: the bundle that it may be a copy of.
    """

    run: SurveyedRun
    lines: tuple[Line, ...]
    posterior: Posterior
    matches: dict[str, Match]
    version: tuple[StatedVersion | None, dict[str, Match]]
    history: History
    rewritten: float
    stale: float
    walked: Walked | None
    original: Original | None


def infer_all(
    background: Background,
    bundles: Sequence[Bundle],
    settings: Settings,
    parameters: Parameters,
    *,
    blind: bool,
    of_files: bool,
    past: EvidenceSettings | None = None,
) -> tuple[list[Inferred], dict[str, str]]:
    """Infer every run; unless `blind`, with what the other runs' recorded commits teach.

    Returns:
        the runs, and the code states of all commits that their answers name.
    """
    history, runs = survey(background, bundles, parameters, of_files=of_files, past=past)
    truths = None if blind else [recorded_truth(run.subject.records) for run in runs]
    subjects = [run.subject for run in runs]
    states = ToldStates(background.repository, settings, history.table)
    stated = stated_commits(subjects)
    found = infer(history, runs, parameters, truths, meanwhile=lambda: states.of(stated))
    alone = [posterior for _, posterior in found]
    alone = [
        posterior.mixed((), np.zeros(0), parameters.machine_zone.clock, "clock")
        if subject.clock_offset
        else posterior
        for subject, posterior in zip(subjects, alone, strict=True)
    ]
    first = _first_time(history, subjects)
    alone = [
        posterior.mixed((), np.zeros(0), _before_all(subject, posterior.elsewhere, parameters), BEFORE_ALL)
        if subject.is_before(first)
        else posterior
        for subject, posterior in zip(subjects, alone, strict=True)
    ]
    alone = on_named_branches(subjects, alone, history, parameters)
    alone = with_colleagues(runs, alone, history, parameters)
    posteriors, walks = walked(
        background.repository, history.table, subjects, alone, truths, settings, parameters
    )
    posteriors = doubted(subjects, posteriors, [walk is not None for walk in walks], parameters)
    matches = read_matches(background.repository, subjects, posteriors)
    rewritten = stale = [0.0] * len(runs)
    if truths is not None:
        rewritten = rewritten_since(list(map(_written, runs, posteriors)), parameters.rewriting).tolist()
        known = pushed(history.reflogs, history.table.times)
        stale = staleness(posteriors, list(map(_by_program, runs, truths)), known, parameters).tolist()
        doubts = list(map(max, rewritten, stale))
        lessons = list(map(partial(_lesson, parameters), runs, truths, matches, doubts))
        posteriors = with_learned_lines(posteriors, lessons, parameters)
        posteriors = adapt(posteriors, lessons, parameters, visits(subjects, alone, history, parameters))
    posteriors = [
        apply(posterior, match, parameters.fingerprint)
        for posterior, match in zip(posteriors, matches, strict=True)
    ]
    versions = read_versions(background.repository, subjects, posteriors)
    posteriors = [
        apply(posterior, match, parameters.version, "version")
        for posterior, (_, match) in zip(posteriors, versions, strict=True)
    ]
    posteriors, originals = as_copies(subjects, posteriors, truths or [None] * len(runs), parameters)
    inferred = [
        Inferred(run, lines, posterior, match, version, history, is_rewritten, is_stale, walk, original)
        for run, (lines, _), posterior, match, version, is_rewritten, is_stale, walk, original in zip(
            runs, found, posteriors, matches, versions, rewritten, stale, walks, originals, strict=True
        )
    ]
    return inferred, states.of(stated | inferred_commits(posteriors))


def _first_time(history: History, subjects: Sequence[Subject]) -> float:
    """When the first commit was made; in a history that was rewritten, authors have the older dates."""
    times = [subject.addition.time for subject in subjects if subject.addition is not None]
    if len(history.table):
        times.append(float(history.table.times.min()))
    return min(times, default=0.0)


def _before_all(subject: Subject, elsewhere: float, parameters: Parameters) -> float:
    """How probable it is that a run was before the first commit, as it states: else its time is wrong."""
    origins = {statement.origin for statement in subject.statements}
    right = max(parameters.sources[origin].reliability for origin in origins)
    gone = max(elsewhere, parameters.elsewhere.plain) * right
    return gone / (gone + (1 - elsewhere) * (1 - right))


def _lesson(
    parameters: Parameters, run: SurveyedRun, truth: str | None, matches: Mapping[str, Match], doubt: float
) -> Lesson | None:
    """What a run teaches: the commit that it wrote down, known here or not, else those whose code fits."""
    records = run.subject.records
    named = truth or recorded_elsewhere(records)
    if named is not None:
        trusts = [item.record.trust for item in records if named in (item.commit, item.record.text)]
        right: float = getattr(parameters.records, trust_probability(max(trusts)))
        return Lesson(frozenset({named}), right * (1 - doubt))
    fits = fitting(matches, parameters.fingerprint)
    return Lesson(fits, parameters.records.witness) if fits else None


def _written(run: SurveyedRun, posterior: Posterior) -> Written | None:
    """What a run wrote down, unless its adding commit shows that a branch was squashed or rebased."""
    addition, records = run.subject.addition, run.subject.records
    gone = recorded_elsewhere(records)
    if not posterior.commits or (gone is None and recorded_truth(records) is None):
        return None
    if addition is not None and (addition.detail.is_rewritten or addition.detail.may_be_branch):
        return None
    return Written(posterior.run_time, gone, posterior.likeliest)


def _by_program(run: SurveyedRun, truth: str | None) -> WrittenId | None:
    """The commit that a program wrote down beside a time; not what was asked of git when the run began."""
    trusts = {item.record.trust for item in run.subject.records if item.commit == truth}
    if truth is None or not run.subject.is_timed or max(trusts, default=None) is not Trust.MACHINE:
        return None
    return WrittenId(truth, run.subject.machine)
