"""Every commit of a repository, from the commit graph and, beside it or in its place, `git rev-list`."""

from __future__ import annotations

import itertools
import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from bisect_parity.errors import RepositoryError
from bisect_parity.history.commit_graph import NO_PARENT, CommitGraph, read_commit_graph
from bisect_parity.history.lost_commits import lost_commits
from bisect_parity.history.rev_list import Listed, parse_rev_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.history.repository import Repository

# Refs whose commits nobody checks out: notes, stashes, what DVC keeps of experiments, git-annex of places.
_ANNEX = ("refs/heads/git-annex", "refs/remotes/*/git-annex", "refs/heads/synced/git-annex")
ASIDE = ("refs/notes", "refs/stash", "refs/exps", *_ANNEX, "refs/remotes/*/synced/git-annex")
_PARENT = re.compile(rb"\nparent ([0-9a-f]+)\n")
_NONE = np.zeros(0, np.int32)
_NO_GRAPH = CommitGraph((), _NONE.astype(np.int64), _NONE, _NONE, {}, _NONE)


def read_all_commits(repository: Repository) -> CommitGraph:
    """All commits that refs, HEAD and reflogs reach, and after them those that nothing reaches any more.

    Commits that are newer than git's own graph come after it.

    Raises:
        RepositoryError: git could not walk the history.
    """
    graph = read_commit_graph(repository)
    newer = _beyond(repository, graph) if graph is not None else None
    if graph is None or newer is None:
        found = _added(_NO_GRAPH, _listed(repository))
    else:
        found = _added(graph, newer) if len(newer.ids) else graph
    lost = lost_commits(repository, partial(_known, found.layers))
    return evolve(_added(found, lost), lost=len(lost.ids)) if len(lost.ids) else found


def never_checked_out(repository: Repository) -> list[str]:
    """The commits that nothing but the refs of `ASIDE` reaches, older stashes included."""
    tips = repository.git("for-each-ref", "--format=%(objectname) %(refname)", *ASIDE).decode().split("\n")
    if tips == [""]:
        return []
    names = [tip.partition(" ")[0] for tip in tips[:-1]]
    if any(tip.endswith(" refs/stash") for tip in tips):
        names += repository.git("log", "--walk-reflogs", "--format=%H", "refs/stash").decode().split()
    others = [f"--exclude={name}{below}" for name in ASIDE for below in ("", "/*")]
    try:
        return (
            repository.git("rev-list", "--stdin", "--not", *others, "--all", stdin=_lines(names))
            .decode()
            .split()
        )
    except RepositoryError:  # a ref that names no commit, or one that is gone
        return []


def first_missing_parents(repository: Repository) -> dict[str, str]:
    """Of each commit at which a shallow clone ends, the id of its first parent; roots are left out."""
    if not repository.is_shallow:
        return {}
    ends = (repository.common_dir / "shallow").read_text(encoding="ascii").split()
    found = {}
    for end, answer in zip(ends, repository.objects(ends), strict=True):
        parent = _PARENT.search(answer[2]) if answer is not None else None
        if parent is not None:
            found[end] = parent[1].decode("ascii")
    return found


def _listed(repository: Repository) -> Listed:
    """All commits, as git walks them."""
    arguments = ("--timestamp", "--parents", "--all")
    try:
        with repository.stream("rev-list", *arguments, "--reflog") as lines:
            return parse_rev_list(lines, repository.id_length)
    except RepositoryError:  # a reflog may name commits that are gone
        with repository.stream("rev-list", *arguments) as lines:
            return parse_rev_list(lines, repository.id_length)


def _beyond(repository: Repository, graph: CommitGraph) -> Listed | None:
    """The commits that are not in the graph; None where nothing reaches some of the graph any more."""
    heads = [graph.id(row) for row in graph.heads().tolist()]
    everything = ("--all", "--reflog")
    try:
        stale = repository.git(
            "rev-list", "--max-count=1", "--stdin", "--not", *everything, stdin=_lines(heads)
        )
        if stale:
            return None
        without = _lines(f"^{head}" for head in heads)
        with repository.stream(
            "rev-list", "--timestamp", "--parents", *everything, "--stdin", stdin=without
        ) as lines:
            return parse_rev_list(lines, repository.id_length)
    except RepositoryError:
        return None


def _lines(words: Iterable[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode("ascii")


def _added(graph: CommitGraph, listed: Listed) -> CommitGraph:
    """The graph with one more layer."""
    order = _order(listed.ids)
    layers = (*graph.layers, listed.ids[order])
    parents = _rows(layers, listed.parents)
    padded = np.append(parents, NO_PARENT)
    starts, counts = listed.starts[:-1][order], np.diff(listed.starts)[order]
    first = np.where(counts > 0, padded[np.minimum(starts, len(parents))], NO_PARENT)
    second = np.where(counts > 1, padded[np.minimum(starts + 1, len(parents))], NO_PARENT)
    offset = len(graph.times)
    further = {
        offset + place: tuple(parents[starts[place] + 2 : starts[place] + counts[place]].tolist())
        for place in np.flatnonzero(counts > 2).tolist()
    }
    return CommitGraph(
        layers=layers,
        times=np.concatenate([graph.times, listed.times[order]]),
        first=np.concatenate([graph.first, first.astype(np.int32)]),
        second=np.concatenate([graph.second, second.astype(np.int32)]),
        further={**graph.further, **further},
        generations=np.concatenate([graph.generations, np.zeros(len(order), np.int32)]),
    )


def _rows(layers: Sequence[np.ndarray], ids: np.ndarray) -> np.ndarray:
    """The row of each id, NO_PARENT where it is in no layer."""
    rows = np.full(len(ids), NO_PARENT, np.int64)
    begin = 0
    for layer in layers:
        places = _places(layer, ids)
        inside = np.flatnonzero(places < len(layer))
        known = inside[layer[places[inside]] == ids[inside]]
        rows[known] = begin + places[known]
        begin += len(layer)
    return rows


def _known(layers: Sequence[np.ndarray], names: Sequence[str]) -> set[str]:
    """Which of some full ids are in a layer."""
    if not names or not layers:
        return set()
    raw = np.frombuffer(bytes.fromhex("".join(names)), f"S{len(names[0]) // 2}")
    return set(itertools.compress(names, (_rows(layers, raw) != NO_PARENT).tolist()))


def _order(ids: np.ndarray) -> np.ndarray:
    """What sorts some ids: numbers are compared many times faster than texts of 20 bytes."""
    keys = _keys(ids)
    order: np.ndarray = np.argsort(keys, kind="stable")
    return order if _is_rising(keys[order]) else np.argsort(ids, kind="stable")


def _places(layer: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Where in some sorted ids each of others stands, if it is among them."""
    keys = _keys(layer)
    return np.searchsorted(keys, _keys(ids)) if _is_rising(keys) else np.searchsorted(layer, ids)


def _keys(ids: np.ndarray) -> np.ndarray:
    """The first eight bytes of each id, as numbers of the same order; uint64."""
    width = ids.dtype.itemsize
    begins = np.ascontiguousarray(ids.view(np.uint8).reshape(-1, width)[:, :8])
    return begins.view(">u8").ravel().astype(np.uint64)


def _is_rising(keys: np.ndarray) -> bool:
    """Whether the keys distinguish all ids, and are sorted."""
    return bool((keys[1:] > keys[:-1]).all())
