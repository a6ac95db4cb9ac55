"""The folder of a session: the frozen case, and the verdicts of every code state that was checked."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from bisect_parity.bisection.model import Check
from bisect_parity.config import SETTINGS_NAME
from bisect_parity.errors import CheckError, OutputError
from bisect_parity.files import replace_file

if TYPE_CHECKING:
    from bisect_parity.config import Settings
    from bisect_parity.history.repository import Repository

__all__ = ["SessionFolder", "create_folder"]


@frozen
class SessionFolder:
    """Where one session keeps its state, below the common git directory.

    Attributes:
        path: the folder.
        settings: the frozen settings file.
        digest: SHA-256 of the frozen settings, 64 hex digits.
    """

    path: Path
    settings: Path
    digest: str
    _known: dict[str, Check] = field(factory=dict, repr=False)

    def verify(self) -> None:
        """Make sure that the frozen settings are what they were.

        Raises:
            CheckError: they were changed or removed in the middle of the session.
        """
        try:
            now = _digest(self.settings.read_bytes())
        except OSError as error:
            raise CheckError(
                f"cannot read {self.settings}: {error.strerror}", "Start the bisection again."
            ) from error
        if now != self.digest:
            raise CheckError(
                f"{self.settings} was changed in the middle of the session", "Start the bisection again."
            )

    def known(self, code_state: str) -> Check | None:
        """The check that gave the verdict of a code state; None where there was none."""
        return self._known.get(code_state)

    def remember(self, check: Check) -> None:
        """Keep the verdict of a code state, first in a file and then in memory.

        Raises:
            OutputError: the folder cannot be written.
        """
        record = check.to_json() | {"settings_sha256": self.digest}
        replace_file(self.path / "states" / f"{check.code_state}.json", json.dumps(record, indent=2) + "\n")
        self._known[check.code_state] = check

    def check_folder(self, name: str) -> Path:
        """Where the check called `name` writes."""
        return self.path / "checks" / name


def create_folder(repository: Repository, settings: Settings) -> SessionFolder:
    """Make a new session folder, and freeze the settings in it.

    Raises:
        OutputError: it cannot be written.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = repository.state_directory() / "sessions" / f"{stamp}-{secrets.token_hex(3)}"
    source = settings.source or Path(SETTINGS_NAME)
    frozen_settings = path / ("pyproject.toml" if source.name == "pyproject.toml" else SETTINGS_NAME)
    try:
        content = source.read_bytes()
        path.mkdir(parents=True)
        frozen_settings.write_bytes(content)
        frozen_settings.chmod(0o444)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror}", "The git directory must be writable for a worktree."
        ) from error
    return SessionFolder(path, frozen_settings, _digest(content))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
