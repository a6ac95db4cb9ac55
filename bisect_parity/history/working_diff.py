"""What `git diff` says of the files of the working tree."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.errors import writing

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository


def working_diff(repository: Repository, *words: str) -> bytes:
    """The output of `git diff` with these words, without a trace in the user's index.

    git writes the times of files that it finds unchanged into the index, whatever `GIT_OPTIONAL_LOCKS` says
    (seen in git 2.39), so that it gets a copy.

    Raises:
        RepositoryError: git cannot compare them.
        OutputError: there is no room for the copy.
    """
    import shutil  # noqa: PLC0415 - slow to import, and `record` mostly does without
    import tempfile  # noqa: PLC0415

    place = writing(Path("a temporary folder"), "Name one that has room with TMPDIR.")
    with place, tempfile.TemporaryDirectory(prefix="bisect-parity-") as folder:
        index = f"{folder}/index"
        with contextlib.suppress(FileNotFoundError):  # nothing was ever added
            shutil.copy2(repository.git_dir / "index", index)  # files as young as it are read by git
        return repository.git("diff", *words, variables={"GIT_INDEX_FILE": index})
