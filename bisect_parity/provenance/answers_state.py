"""All that the answers for some bundles depend on, told without reading any of it again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.plugins import plugins_state
from bisect_parity.history.git_files import git_files
from bisect_parity.kept import FileState, Signature, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bisect_parity.config import Settings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository


def answers_state(repository: Repository, bundles: Sequence[Bundle], settings: Settings) -> Signature:
    """The state of the history, of the bundles' files, of the settings and of the surroundings."""
    files = [*git_files(repository), *_files(repository.directory, bundles, settings)]
    contents = [(bundle.path, bundle.artifacts) for bundle in bundles]
    names = sorted(name for name in os.environ if name.startswith("GIT_") or name == "TZ")
    variables = [(name, os.environ[name]) for name in names]
    return Signature.of(files, settings, contents, plugins_state(), variables, time.tzname)


def _files(top: Path, bundles: Sequence[Bundle], settings: Settings) -> Iterator[FileState]:
    names = [artifact.path for bundle in bundles for artifact in bundle.artifacts]
    for name in filter(None, (*names, settings.provenance.parameters)):
        path = os.path.join(top, name)  # noqa: PTH118 - of thousands
        try:
            yield state_of(path, os.lstat(path))
        except OSError:  # it is in a commit only
            continue
