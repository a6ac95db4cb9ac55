"""Merges that bring in the history of another project below a folder, as `git subtree` makes them.

The commits of that history are none of this project by themselves: its files lie at their top, and ours are
not there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.history.submodules import SubmoduleMove

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.history.repository import Repository

    Entries = frozenset[tuple[str, str]]  # name and object id

ALIKE = 0.8  # of the names at the top of both: one project, and no more is asked
FOUND = 0.5  # of the entries of the other history, that lie in the folder as they are


@frozen
class SubtreeMerge:
    """A merge of another history.

    Attributes:
        commit: full id of the merge.
        parent: full id of the commit of the other history.
        path: the folder that it was merged below.
    """

    commit: str
    parent: str
    path: str


def subtree_merges(repository: Repository, merges: Mapping[str, Sequence[str]]) -> list[SubtreeMerge]:
    """Those parents of merges that are of another history, below a folder in the merge.

    Args:
        repository: where.
        merges: full id of each -> its parents, first parent first.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    pairs = [(merge, parent) for merge, parents in merges.items() for parent in parents[1:]]
    tops = _trees(repository, [f"{commit}^{{tree}}" for pair in pairs for commit in pair])
    unlike = [
        (merge, parent, ours, theirs)
        for (merge, parent), ours, theirs in zip(pairs, tops, tops, strict=False)  # two of them in turn
        if theirs and _names_alike(ours, theirs) < ALIKE
    ]
    root = _root(repository, unlike[-1][0]) if unlike else ""
    found: list[SubtreeMerge] = []
    for merge, parent, ours, theirs in unlike:
        if repository.git_result("merge-base", "--is-ancestor", root, parent).status != 1:
            continue
        least = max(FOUND, len(theirs & ours) / len(theirs))
        known = list(dict.fromkeys(one.path for one in found))
        path = _among(repository, merge, known, theirs, least) or _folder(repository, merge, theirs, least)
        if path:
            found.append(SubtreeMerge(merge, parent, path))
    return found


def subtree_moves(repository: Repository, merge: str) -> list[SubmoduleMove]:
    """The other histories that a merge takes forward below a folder, as if they were submodules.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    parents = repository.parents(merge)
    found = []
    for one in subtree_merges(repository, {merge: parents}) if len(parents) > 1 else ():
        bases = repository.git_result("merge-base", parents[0], one.parent).stdout.decode("ascii").split()
        if bases and bases[0] != one.parent:  # else it is new there, and has no earlier state
            found.append(SubmoduleMove(one.path, one.path, "", bases[0], one.parent, is_subtree=True))
    return found


def without_subtrees(
    parents: Mapping[str, tuple[str, ...]], new: str, merges: Sequence[SubtreeMerge]
) -> dict[str, tuple[str, ...]]:
    """The parents of commits without other histories, and without the commits of these.

    Args:
        parents: of each commit, in an order that is kept.
        new: full id of the commit from which all that stays is reached.
        merges: to be taken for commits without the parent that is of another history.
    """
    dropped = {(one.commit, one.parent) for one in merges}
    left = {
        commit: tuple(parent for parent in own if (commit, parent) not in dropped)
        for commit, own in parents.items()
    }
    reached, ahead = {new}, [new]
    while ahead:
        for parent in left.get(ahead.pop(), ()):
            if parent in left and parent not in reached:
                reached.add(parent)
                ahead.append(parent)
    return {commit: own for commit, own in left.items() if commit in reached}


def _trees(repository: Repository, names: Sequence[str]) -> Iterator[Entries]:
    """What each tree holds; nothing where it is not here."""
    entry = re.compile(rb"\d+ ([^\0]+)\0(.{%d})" % (repository.id_length // 2), re.DOTALL)
    for answer in repository.objects(names):
        content = b"" if answer is None else answer[2]
        yield frozenset(
            (name.decode(errors="surrogateescape"), i.hex()) for name, i in entry.findall(content)
        )


def _names_alike(one: Entries, other: Entries) -> float:
    names, others = ({name for name, _ in entries} for entries in (one, other))
    return len(names & others) / len(names | others)


def _root(repository: Repository, merge: str) -> str:
    """Where the main line began that leads to a merge: other histories do not come from there."""
    words = ("rev-list", "--first-parent", "--max-parents=0", merge)
    return repository.git(*words).decode("ascii").split()[-1]


def _among(repository: Repository, merge: str, paths: Sequence[str], theirs: Entries, least: float) -> str:
    """The first of some folders of a merge that holds what the top of another commit holds; or ""."""
    trees = _trees(repository, [f"{merge}:{path}" for path in paths])
    held = zip(paths, trees, strict=True)
    return next((path for path, tree in held if len(theirs & tree) / len(theirs) >= least), "")


def _folder(repository: Repository, merge: str, theirs: Entries, least: float) -> str:
    """The folder of a merge that holds most of what the top of another commit holds; or ""."""
    folders: dict[str, set[tuple[str, str]]] = {}
    for line in repository.fields("ls-tree", "-r", "-t", "--full-tree", merge):
        head, _, path = line.partition("\t")
        folder, _, name = path.rpartition("/")
        if folder:
            folders.setdefault(folder, set()).add((name, head.split()[2]))
    shares = {folder: len(theirs & entries) / len(theirs) for folder, entries in folders.items()}
    best = max(shares, key=lambda folder: (shares[folder], -len(folder)), default="")
    return best if best and shares[best] >= least else ""
