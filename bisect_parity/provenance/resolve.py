"""Resolve the commit of each bundle: gather once for all, integrate for each, weigh what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.errors import RepositoryError
from bisect_parity.history.additions import read_file_history
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.commits import CommitTable, Detail, read_details
from bisect_parity.history.reflog import Reflog, read_reflogs
from bisect_parity.provenance.answer import answer
from bisect_parity.provenance.clock import readings
from bisect_parity.provenance.lines import Chain, Line, Names, build_lines, walk
from bisect_parity.provenance.parameters import Parameters, load_parameters
from bisect_parity.provenance.posterior import Posterior, integrate
from bisect_parity.provenance.subject import Subject, adding_change, flat, gather, group_twins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.config import Settings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.model import Resolution

__all__ = ["resolve_bundles"]

MARGIN_SECONDS = 3 * 86400
TOP = 50
NEAR_COMMITS = 24
LEAST_PROBABILITY = 1e-3


@frozen
class _History:
    """What git knows, read once."""

    table: CommitTable
    names: Names
    reflogs: tuple[Reflog, ...]
    head: int | None
    own_reflog: str


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
    history = _read_history(repository)
    subjects = _subjects(repository, history.table, bundles)
    chains = [_chain(history, subject, parameters) for subject in subjects]
    near = [
        _near_rows(history.table, subject, chain, parameters)
        for subject, chain in zip(subjects, chains, strict=True)
    ]
    details = read_details(
        repository, (history.table.commit(row) for row in {r for rows in near for r in rows})
    )
    posteriors, lines = [], []
    for subject, chain, rows in zip(subjects, chains, near, strict=True):
        own_lines = build_lines(
            history.names,
            chain,
            _author_times(history.table, rows, details),
            _reflog_priors(history, subject, parameters),
            parameters.lines,
        )
        lines.append(own_lines)
        posteriors.append(_posterior(history, subject, chain, own_lines, parameters))
    wanted = _commits_to_tell(subjects, posteriors)
    states = _code_states(repository, settings, {c for c in wanted if history.table.index(c) is not None})
    answers = {}
    for subject, own_lines, posterior in zip(subjects, lines, posteriors, strict=True):
        for resolution in answer(subject, own_lines, posterior, states, parameters, blind=blind):
            answers[resolution.path] = resolution
    return [answers[bundle.path] for bundle in bundles]


def _code_states(repository: Repository, settings: Settings, commits: set[str]) -> dict[str, str]:
    try:
        return CodeStates(repository, settings.code.paths).of(sorted(commits))
    except RepositoryError:  # a clone without trees: commits can be told, code states cannot
        return {}


def _read_history(repository: Repository) -> _History:
    table = CommitTable.load(repository)
    head = repository.try_resolve("HEAD")
    own = (repository.git_dir / "logs" / "HEAD").relative_to(repository.common_dir).as_posix()
    return _History(table, Names(table), read_reflogs(repository), table.index(head) if head else None, own)


def _subjects(repository: Repository, table: CommitTable, bundles: Sequence[Bundle]) -> list[Subject]:
    paths = {artifact.path for bundle in bundles for artifact in bundle.artifacts}
    roots = {path.partition("/")[0] for path in paths}
    tracked = _tracked(repository, roots) & paths
    file_history = read_file_history(repository, roots if len(table) else (), tracked)
    changes = [adding_change(bundle, file_history) for bundle in bundles]
    details = read_details(repository, (change.commit for change in changes if change is not None))
    others = _unreachable(repository, table, bundles)
    return [gather(group, table, file_history, details, others) for group in group_twins(bundles)]


def _tracked(repository: Repository, roots: set[str]) -> set[str]:
    if repository.work_tree is None or not roots:
        return set()
    specs = [f":(top,literal){root}" for root in sorted(roots)]
    answer_ = repository.git("ls-files", "-z", "--", *specs)
    return set(answer_.decode(errors="surrogateescape").split("\0")) - {""}


def _unreachable(
    repository: Repository, table: CommitTable, bundles: Sequence[Bundle]
) -> dict[str, str | None]:
    """Look up written ids that no ref or reflog reaches: the object may still be there."""
    texts = {
        record.text
        for bundle in bundles
        for findings in flat(bundle.findings)
        for record in findings.records
        if record.is_id and not table.matching(record.text)
    }
    names = sorted(texts)
    request = "".join(f"{name}^{{commit}}\n" for name in names).encode()
    if not names:
        return {}
    lines = repository.git("cat-file", "--batch-check=%(objectname)", stdin=request).decode().splitlines()
    found = (line if len(line) == repository.id_length else None for line in lines)
    return dict(zip(names, found, strict=True))


def _centres(subject: Subject, parameters: Parameters) -> list[float]:
    """The times that the run may have begun at, by what is stated."""
    return [
        reading.seconds
        for statement in subject.statements
        for reading in readings(statement, subject.zone, parameters)
        if reading.probability > LEAST_PROBABILITY
    ]


def _chain(history: _History, subject: Subject, parameters: Parameters) -> Chain:
    """The history that the run can have been on: that of the adding commit, else that of HEAD."""
    start = subject.addition.row if subject.addition else history.head
    if start is None:
        return Chain(np.zeros(0, np.int64), ())
    latest = history.table.time(start)
    possible = [time for time in _centres(subject, parameters) if time <= latest + MARGIN_SECONDS]
    earliest = min([*possible, latest]) - MARGIN_SECONDS
    return walk(history.table, start, earliest, include_start=subject.addition is None)


def _near_rows(table: CommitTable, subject: Subject, chain: Chain, parameters: Parameters) -> set[int]:
    """The commits of a chain that were made around the times that count."""
    oldest_first = np.minimum.accumulate(table.times[chain.rows])[::-1] if len(chain.rows) else chain.rows
    rows = chain.rows[::-1]
    near = set(rows[-NEAR_COMMITS:].tolist())
    for centre in _centres(subject, parameters):
        place = int(np.searchsorted(oldest_first, centre))
        near.update(rows[max(place - NEAR_COMMITS, 0) : place + NEAR_COMMITS].tolist())
    return near


def _author_times(table: CommitTable, rows: set[int], details: Mapping[str, Detail]) -> dict[int, int]:
    """The author times of those commits that were rewritten."""
    found = {}
    for row in rows:
        detail = details.get(table.commit(row))
        if detail is not None and detail.is_rewritten:
            found[row] = detail.author_time
    return found


def _reflog_priors(
    history: _History, subject: Subject, parameters: Parameters
) -> tuple[tuple[Reflog, float], ...]:
    """How probable it is that the run was in the work tree of each HEAD reflog."""
    heads = [reflog for reflog in history.reflogs if reflog.ref == "HEAD" and reflog.entries]
    lines = parameters.lines
    if subject.addition is None:
        own = [reflog for reflog in heads if reflog.path == history.own_reflog]
        return tuple((reflog, lines.here_if_untracked) for reflog in own)
    added = subject.addition.detail.commit
    makers = [
        reflog
        for reflog in heads
        if any(entry.new == added and entry.is_created_here for entry in reflog.entries)
    ]
    if makers:
        return tuple((reflog, lines.here_if_created / len(makers)) for reflog in makers)
    return tuple((reflog, lines.here_otherwise / len(heads)) for reflog in heads)


def _posterior(
    history: _History,
    subject: Subject,
    chain: Chain,
    lines: tuple[Line, ...],
    parameters: Parameters,
) -> Posterior:
    if not lines:
        return Posterior((), np.zeros(0), 1.0, {}, 0.0, 0.0)
    table, addition = history.table, subject.addition

    def is_related(number: int) -> bool:
        if addition is None or number in chain.rows:
            return True
        return number < len(table) and table.is_ancestor(number, addition.row)

    share = parameters.elsewhere
    rewritten = addition is not None and addition.detail.is_rewritten
    return integrate(
        lines,
        subject.statements,
        None if addition is None else addition.time,
        subject.zone,
        share.rewritten if rewritten else share.plain,
        parameters,
        is_related,
        history.names.commit,
    )


def _commits_to_tell(subjects: Sequence[Subject], posteriors: Sequence[Posterior]) -> set[str]:
    """The commits whose code states are needed."""
    wanted = {item.commit for subject in subjects for item in subject.records if item.commit}
    for subject in subjects:
        if subject.addition is not None:
            wanted.update({subject.addition.detail.commit, subject.addition.parent or ""} - {""})
    for posterior in posteriors:
        wanted.update(posterior.commits[position] for position in posterior.order()[:TOP])
    return wanted
