"""What lies between two commits: how much history, and how much of it changes the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository

__all__ = ["Interval", "interval"]


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


def interval(repository: Repository, code_states: CodeStates, one: str, other: str) -> Interval:
    """Read what lies between two commits, whichever is older.

    Raises:
        RepositoryError: a commit, or a tree of one, is not in the repository.
    """
    lines = repository.git("rev-list", "--parents", f"{one}...{other}", "--").decode("ascii").splitlines()
    parents = {words[0]: words[1:] for words in map(str.split, lines)}
    wanted = {one, other, *parents, *(parent for listed in parents.values() for parent in listed)}
    states = code_states.of(sorted(wanted))
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
        code_states=len({states[commit] for commit in (one, other, *parents)}),
        same_code=states[one] == states[other],
    )
