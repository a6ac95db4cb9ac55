"""Commits in an order in which none comes before its parents, whatever their dates say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from bisect_parity.history.repository import Repository

__all__ = ["ancestry_order"]


def ancestry_order(repository: Repository, commits: Collection[str]) -> dict[str, int]:
    """The places of some commits in the history; lines of development stand one after the other.

    Only what is not in the history of all of them is walked. Commits that are not here have no place.

    Args:
        repository: that holds them.
        commits: full ids.

    Raises:
        RepositoryError: git cannot walk the history.
    """
    wanted = sorted(commits)
    if not wanted:
        return {}
    base = repository.git_result("merge-base", "--octopus", *wanted).stdout.decode("ascii").strip()
    tips = "".join(f"{line}\n" for line in (*wanted, *([f"^{base}^@"] if base else [])))
    words = ("rev-list", "--topo-order", "--reverse", "--ignore-missing", "--stdin")
    listed = repository.git(*words, stdin=tips.encode("ascii")).decode("ascii").split()
    chosen = set(wanted)
    return {commit: place for place, commit in enumerate(filter(chosen.__contains__, listed))}
