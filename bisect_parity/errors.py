"""Typed errors: what happened, what to do about it, and the exit status that says so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

TYPE_CHECKING = False


class PassedStatus(int):
    """The exit status of the user's own command, which is passed on as it is, below git, too."""


class BisectParityError(Exception):
    """An error that a user can cause, shown in one line with its remedy.

    Attributes:
        message: what happened, and where.
        remedy: what to do about it; may be empty where nothing can be done.
        exit_status: the status that a command ends with; `check` ends with 200, whatever it is.
    """

    exit_status = 3

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """Return `message`, then `remedy` where there is one."""
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class UsageError(BisectParityError):
    """An option, setting or case that makes no sense."""

    exit_status = 2


class RepositoryError(BisectParityError):
    """git or the repository cannot give what was asked for."""


class MissingObjectError(RepositoryError):
    """A partial clone does not hold an object, and nothing is fetched."""


class EvidenceError(BisectParityError):
    """A bundle or an image cannot be read."""


class NoEvidenceError(EvidenceError):
    """There is no bundle at all."""


class OutputError(BisectParityError):
    """The place for the output cannot be written."""


@contextlib.contextmanager
def writing(place: Path, remedy: str = "") -> Iterator[None]:
    """Turn an error of the system while a place is written into one for the user.

    Raises:
        OutputError: the place cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {place}: {error.strerror}", remedy) from error


class CheckError(BisectParityError):
    """The check itself is at fault, so that no verdict on the commit is possible."""


class NoSubjectError(CheckError):
    """There is no commit, or no working tree, for `check` to judge: git must stop."""

    exit_status = 200
