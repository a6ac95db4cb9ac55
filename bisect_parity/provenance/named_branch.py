"""Branches that runs wrote down: what was checked out is on them, if they are still here. Pure."""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from bisect_parity.provenance.background import branch_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.history.commits import CommitTable
    from bisect_parity.provenance.background import History
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

BRANCHES = ("refs/heads/", "refs/remotes/")
TRUNKS = frozenset({"main", "master", "trunk", "develop", "dev"})
SHORTEST_NAME = 3  # of a branch, to be looked for in paths
MOST_WORDS = 32  # of a path
_WORD = re.compile(r"[^/_.-]+")
LEAST_PROBABILITY = 1e-4  # of a commit that is looked for on a branch


def tips_of(subject: Subject, history: History) -> frozenset[int]:
    """The rows of the newest commits of the branches that a run wrote down."""
    return frozenset(tip for name in subject.branch_names for tip in history.tips.get(name, ()))


def branches_in_path(subject: Subject, history: History) -> tuple[str, ...]:
    """The branches that are here and whose names stand in the path of a run, below the folder at the top.

    A folder may be called so for another reason: such a branch is a place to look at, and no statement.
    """
    known = _spelled(tuple(history.tips))
    inside = (bundle.path.partition("#")[0].partition("/")[2] for bundle in subject.bundles)
    return tuple(sorted({known[word] for path in inside for word in _words(path) if word in known}))


@functools.lru_cache(maxsize=8)  # each run asks for those of its repository
def _spelled(branches: tuple[str, ...]) -> dict[str, str]:
    """Branches by their names, and by those with which a folder can be called."""
    found = [name for name in branches if len(name) >= SHORTEST_NAME and name not in TRUNKS]
    return {name.replace("/", "-"): name for name in found} | {name: name for name in found}


def _words(path: str) -> Iterator[str]:
    """The parts of a path between any two of its separators."""
    spans = [found.span() for found in itertools.islice(_WORD.finditer(path), MOST_WORDS)]
    for (begin, _), (_, end) in itertools.combinations_with_replacement(spans, 2):
        yield path[begin:end]


def on_named_branches(
    subjects: Sequence[Subject], posteriors: Sequence[Posterior], history: History, parameters: Parameters
) -> list[Posterior]:
    """The posteriors, with commits that are on other branches only than a run named believed less.

    What its reflog holds was on that one; what no branch holds any more, as after a rebase, may have been.
    """
    table = history.table
    groups: dict[frozenset[str], list[int]] = {}
    for place, subject in enumerate(subjects):
        if tips_of(subject, history):
            groups.setdefault(subject.branch_names, []).append(place)
    likely = {place: _likely(posteriors[place], table) for places in groups.values() for place in places}
    heads = [tip for tips in history.tips.values() for tip in tips]
    on_any = table.reached_from(heads, _rows(likely.values())) if groups else np.zeros(0, bool)
    found = list(posteriors)
    for names, places in groups.items():
        tips = {tip for name in names for tip in history.tips.get(name, ())}
        logs = (
            log for log in history.reflogs if log.ref.startswith(BRANCHES) and branch_name(log.ref) in names
        )
        moves = (table.index(entry.new) for log in logs for entry in log.entries)
        tips |= {row for row in moves if row is not None}
        is_off = on_any & ~table.reached_from(tips, _rows(likely[place] for place in places))
        for place in places:
            found[place] = _weighed(found[place], likely[place], is_off, parameters.lines.off_branch)
    return found


def _likely(posterior: Posterior, table: CommitTable) -> dict[int, int]:
    """The rows of the commits that a run may have been at, by their places."""
    places = np.flatnonzero(posterior.probabilities > LEAST_PROBABILITY).tolist()
    rows = ((place, table.index(posterior.commits[place])) for place in places)
    return {place: row for place, row in rows if row is not None}


def _rows(likely: Iterable[Mapping[int, int]]) -> set[int]:
    return {row for each in likely for row in each.values()}


def _weighed(
    posterior: Posterior, likely: Mapping[int, int], is_off: np.ndarray, off_branch: float
) -> Posterior:
    factors = np.ones(len(posterior.commits))
    for place, row in likely.items():
        factors[place] = off_branch if is_off[row] else 1.0
    if (factors == 1).all():
        return posterior
    weighed = posterior.probabilities * factors
    total = float(weighed.sum()) + posterior.elsewhere
    return evolve(
        posterior,
        probabilities=weighed / total,
        elsewhere=posterior.elsewhere / total,
        by_kind=posterior.by_kind * (factors / total).astype(np.float32),
        alone=posterior.alone | {"branch": factors / factors.sum()},
    )
