"""The defaults of the working tree beside those of its commit: what an edit that is not committed changes."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from bisect_parity.digest import blob_id
from bisect_parity.history.code_state import CodeStates
from bisect_parity.params.code import CommitDefaults, content_defaults, defaults_at, is_chosen
from bisect_parity.params.readers import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bisect_parity.history.repository import Repository


def work_tree_defaults(
    repository: Repository, top: Path, commit: str, paths: Sequence[str]
) -> tuple[CommitDefaults, CommitDefaults]:
    """The defaults of a commit and of the working tree, for the files in which they differ.

    Files are compared by their content as it lies on disk, so that no filter of git is run. Ignored files are
    left out; untracked ones are not.

    Args:
        repository: the repository.
        top: of the working tree.
        commit: full id of what is checked out.
        paths: as in `defaults_at`.

    Raises:
        RepositoryError: git cannot read the commit or the index.
    """
    states = CodeStates(repository, paths, lists_files=True)
    committed = {
        path: blob for path, blob in states.files([commit])[commit] if is_chosen(path, is_named=bool(paths))
    }
    names = set(repository.fields("ls-files", "--cached", "--others", "--exclude-standard"))
    present = {path for path in names if states.holds(path) and is_chosen(path, is_named=bool(paths))}
    contents = dict(_contents(top, sorted(present | committed.keys())))
    blobs = {path: blob_id(content, repository.id_length) for path, content in contents.items()}
    changed = sorted(path for path in present | committed.keys() if committed.get(path) != blobs.get(path))
    files = {path: content_defaults(path, content) for path, content in contents.items() if path in changed}
    problems = tuple(f"{path}: {problem}" for path, found in files.items() for problem in found.problems)
    here = CommitDefaults("", files, problems)
    known = [path for path in changed if path in committed]
    there = defaults_at(repository, [commit], known)[0] if known else CommitDefaults(commit, {})
    return there, here


def _contents(top: Path, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The content of the regular files among some paths; of larger ones than are read, the beginning."""
    for path in paths:
        place = top / path
        try:
            if stat.S_ISREG(place.lstat().st_mode):
                with place.open("rb") as file:
                    yield path, file.read(LARGEST_FILE + 1)
        except OSError:
            continue
