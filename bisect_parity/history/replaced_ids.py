"""Ids that commits had before `git filter-repo` rewrote them, as it keeps them in the git directory."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from bisect_parity.history.repository import Repository

COMMIT_MAP = ("filter-repo", "commit-map")  # lines "OLD NEW", under a header; NEW is zeros if it was pruned
SIZE_LIMIT_BYTES = 256 * 2**20


def replaced_ids(repository: Repository, names: Collection[str]) -> dict[str, str]:
    """The present ids of commits, by their former ones.

    Args:
        repository: where.
        names: former ids, or their first digits; those that are unknown, or of several, are left out.
    """
    path = repository.common_dir.joinpath(*COMMIT_MAP)
    try:
        if not names or path.stat().st_size > SIZE_LIMIT_BYTES:
            return {}
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = sorted((former, present) for former, _, present in (line.partition(" ") for line in lines))
    formers = [former for former, _ in pairs]
    found = {}
    for name in names:
        first, last = bisect.bisect_left(formers, name), bisect.bisect_left(formers, name + "g")
        present = pairs[first][1].strip() if last - first == 1 else ""
        if len(present) == repository.id_length and set(present) != {"0"}:
            found[name] = present
    return found
