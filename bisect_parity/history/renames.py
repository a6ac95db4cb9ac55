"""Which files were renamed between two trees, also where a partial clone lacks what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.errors import MissingObjectError

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository

__all__ = ["renamed_files", "statuses_with_renames"]


def statuses_with_renames(repository: Repository, *words: str) -> list[str]:
    """The fields of `diff-tree -z --name-status` with renames: a status and a path, of a rename both paths.

    Where the content of a file is missing, only files that were renamed as they are count as such.

    Args:
        repository: where the trees are.
        words: further options and the trees.

    Raises:
        RepositoryError: git cannot read a tree.
    """
    options = ("-r", "--name-status")
    try:
        return repository.fields("diff-tree", *options, "--find-renames", *words)
    except MissingObjectError:
        return repository.fields("diff-tree", *options, "--find-renames=100%", *words)


def renamed_files(repository: Repository, *words: str) -> list[tuple[str, str]]:
    """The files that were renamed, before and after; see `statuses_with_renames`."""
    fields = statuses_with_renames(repository, "--diff-filter=R", *words)
    return [*zip(fields[1::3], fields[2::3], strict=True)]
