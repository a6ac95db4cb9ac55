"""Compare the commits and the code state of a statement with the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import asdict

from bisect_parity.attest.failure import Failure
from bisect_parity.errors import RepositoryError, UsageError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.commit_objects import read_commit_objects
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.history.repository import Repository

__all__ = ["history_failures"]


def history_failures(repository: Repository, predicate: dict[str, Any]) -> Iterator[Failure]:
    """What is not as it was stated of the commits, and of the code of the one that made the bundle.

    Args:
        repository: of the bundle.
        predicate: of a statement that fits its schema.
    """
    yield from _commits(repository, predicate)
    yield from _code_state(repository, predicate)


def _commits(repository: Repository, predicate: dict[str, Any]) -> Iterator[Failure]:
    stated = {facts["commit"]: facts for facts in predicate["commits"]}
    try:
        found = read_commit_objects(repository, list(stated))
    except RepositoryError as error:
        yield Failure("commit", ", ".join(stated), f"the repository is damaged: {error}")
        return
    for commit, facts in stated.items():
        now = found.get(commit)
        if now is None:
            yield Failure(
                "commit", commit, "this repository has no such commit: another clone, or history is gone"
            )
            continue
        if now.computed != commit:
            yield Failure(
                "commit", commit, "its content is that of another commit: it was replaced, or damaged"
            )
        actual = asdict(now) | {"parents": list(now.parents)}
        names = ("tree", "parents", "author_date", "committer_date", "subject")
        changed = [name for name in names if actual[name] != facts[name]]
        if changed:
            yield Failure("commit", commit, f"not as it was stated: {', '.join(changed)}")
        if facts["is_reachable"] and not now.is_reachable:
            says = (
                "history was rewritten: the commit is stored still, and no branch or tag leads to it any more"
            )
            yield Failure("history rewritten", commit, says)


def _code_state(repository: Repository, predicate: dict[str, Any]) -> Iterator[Failure]:
    resolution = predicate["resolution"]
    commit, state = resolution["commit"], resolution["code_state"]
    if commit is None or not state:
        return
    try:
        now = CodeStates(repository, predicate["criteria"]["code_paths"]).of([commit])[commit]
    except RepositoryError:
        return  # the commit itself is reported as missing
    except UsageError as error:  # of the statement's paths, not of a user's
        yield Failure("criteria", commit, error.message)
        return
    if now != state:
        says = f"it is {now[:SHORT]} now, {state[:SHORT]} was stated"
        yield Failure("code state", commit, says)
