"""What lies between two commits: how much history, and how much of it changes the code."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository


@frozen
class Interval:
    """The commits that one of two has in its history and the other has not.

    Attributes:
        commits: how many.
        merges: how many of them are merges.
        touching: how many of them change the code against each of their parents.
        code_states: how many different ones there are, both ends included.
        same_code: whether both ends hold the same code.
    """

    commits: int
    merges: int
    touching: int
    code_states: int
    same_code: bool


def intervals(
    repository: Repository, code_states: CodeStates, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Interval]:
    """What lies between the two commits of each pair, whichever is older; trees are read for all at once.

    Pairs of which a commit, or a tree of one, is not in the repository are left out.
    """
    between: dict[tuple[str, str], dict[str, list[str]]] = {}
    for pair in pairs:
        with contextlib.suppress(RepositoryError):
            between[pair] = _parents(repository, *pair)
    wanted = {pair: _named(pair, parents) for pair, parents in between.items()}
    with contextlib.suppress(RepositoryError):  # each pair is asked by itself, too
        code_states.of(sorted(set().union(*wanted.values())))
    found = {}
    for pair, parents in between.items():
        with contextlib.suppress(RepositoryError):
            states = code_states.of(sorted(wanted[pair]))
            found[pair] = _interval(pair, parents, states, code_states)
    return found


def _parents(repository: Repository, one: str, other: str) -> dict[str, list[str]]:
    """The parents of the commits that one of two has in its history and the other has not."""
    lines = repository.git("rev-list", "--parents", f"{one}...{other}", "--").decode("ascii").splitlines()
    return {words[0]: words[1:] for words in map(str.split, lines)}


def _named(pair: tuple[str, str], parents: Mapping[str, list[str]]) -> set[str]:
    return {*pair, *parents, *(parent for listed in parents.values() for parent in listed)}


def _interval(
    pair: tuple[str, str],
    parents: Mapping[str, list[str]],
    states: Mapping[str, str],
    code_states: CodeStates,
) -> Interval:
    touching = [
        commit
        for commit, listed in parents.items()
        if all(states[commit] != states[parent] for parent in listed)
        and (listed or not code_states.is_empty(commit))
    ]
    return Interval(
        commits=len(parents),
        merges=sum(len(listed) > 1 for listed in parents.values()),
        touching=len(touching),
        code_states=len({states[commit] for commit in (*pair, *parents)}),
        same_code=states[pair[0]] == states[pair[1]],
    )
