"""Resolve the commit of each bundle: survey once for all, infer for each, weigh what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.errors import RepositoryError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.provenance.answer import answer
from bisect_parity.provenance.fingerprint import apply, read_matches
from bisect_parity.provenance.infer import infer
from bisect_parity.provenance.parameters import Parameters, load_parameters
from bisect_parity.provenance.survey import Case, survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.config import Settings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.model import Resolution
    from bisect_parity.provenance.posterior import Posterior

__all__ = ["resolve_bundles"]

TOP = 50


def resolve_bundles(
    repository: Repository,
    bundles: Sequence[Bundle],
    settings: Settings,
    *,
    blind: bool = False,
    parameters: Parameters | None = None,
) -> list[Resolution]:
    """Resolve bundles, in a number of git calls that does not grow with their number.

    Args:
        repository: whose history they belong to.
        bundles: as `evidence.discover.discover` found them.
        settings: `code.paths` say what a code state is.
        blind: ignore recorded ids.
        parameters: of the model; those of the package unless given.

    Returns:
        one resolution a bundle, in the order of `bundles`.

    Raises:
        RepositoryError: git cannot read the history.
    """
    parameters = parameters or load_parameters()
    history, cases = survey(repository, bundles, parameters)
    lines_and_posteriors = [infer(history, case, parameters) for case in cases]
    matches = read_matches(
        repository, [case.subject for case in cases], [posterior for _, posterior in lines_and_posteriors]
    )
    inferred = [
        (lines, apply(posterior, found, parameters.fingerprint), found)
        for (lines, posterior), found in zip(lines_and_posteriors, matches, strict=True)
    ]
    wanted = _commits_to_tell(cases, [posterior for _, posterior, _ in inferred])
    states = _code_states(repository, settings, {c for c in wanted if history.table.index(c) is not None})
    answers = {}
    for case, (lines, posterior, found) in zip(cases, inferred, strict=True):
        for resolution in answer(case.subject, lines, posterior, found, states, parameters, blind=blind):
            answers[resolution.path] = resolution
    return [answers[bundle.path] for bundle in bundles]


def _code_states(repository: Repository, settings: Settings, commits: set[str]) -> dict[str, str]:
    try:
        return CodeStates(repository, settings.code.paths).of(sorted(commits))
    except RepositoryError:  # a clone without trees: commits can be told, code states cannot
        return {}


def _commits_to_tell(cases: Sequence[Case], posteriors: Sequence[Posterior]) -> set[str]:
    """The commits whose code states are needed."""
    wanted = {item.commit for case in cases for item in case.subject.records if item.commit}
    additions = [case.subject.addition for case in cases]
    for addition in additions:
        if addition is not None:
            wanted.update({addition.detail.commit, addition.parent or ""} - {""})
    for posterior in posteriors:
        wanted.update(posterior.commits[position] for position in posterior.order()[:TOP])
    return wanted
