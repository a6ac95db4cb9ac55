"""Which files were renamed between two trees; and code that left or came under the code paths by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import MissingObjectError

if TYPE_CHECKING:
    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository

OPTIONS = ("--no-rename-empty", "--no-commit-id")  # empty files say nothing
MOST_COMMITS = 50  # that add or remove a code path; more of them do no more than name the same move again


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


@frozen
class MovedCode:
    """A file that a commit renamed, one of whose names no code path holds.

    Attributes:
        commit: full id.
        inside, outside: its name that is code, and the one that is not.
    """

    commit: str
    inside: str
    outside: str

    @property
    def missing_path(self) -> str:
        """The code path that is missing: the folder of the name outside, or the file at the top."""
        return self.outside.rpartition("/")[0] or self.outside


def moved_code(repository: Repository, code_states: CodeStates, one: str, other: str) -> MovedCode | None:
    """A rename between two commits that takes code into, or out of, a code path that only one of them has.

    Such code changes unseen where it has its other name: all commits there have one code state.

    Args:
        repository: where the commits are.
        code_states: with the code paths.
        one, other: full ids.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    for path in code_states.paths:
        if path and _is_there(repository, one, path) != _is_there(repository, other, path):
            options = ("--format=%H", "--diff-filter=AD", "--no-renames", f"--max-count={MOST_COMMITS}")
            found = repository.git("log", *options, f"{one}...{other}", "--", f":(top,literal){path}")
            for commit in found.decode("ascii").split():
                for before, after in renamed_files(repository, *OPTIONS, commit):
                    if code_states.holds(before) != code_states.holds(after):
                        is_later = code_states.holds(after)
                        return MovedCode(commit, *((after, before) if is_later else (before, after)))
    return None


def _is_there(repository: Repository, commit: str, path: str) -> bool:
    return repository.git_result("cat-file", "-e", f"{commit}:{path}").status == 0
