"""What a reader wants to know of a commit and of its change, as searches find it and reports read it."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import frozen


@frozen
class ChangedFile:
    """A file that a commit changes.

    Attributes:
        status: git's letter, such as "M"; of a renamed file "R".
        path: relative to the top; of a deleted file its last one.
        old_path: of a renamed file, at the parent; None for all others.
    """

    status: str = ""
    path: str = ""
    old_path: str | None = None


@frozen
class CommitSummary:
    """A commit in a few words; what a report cannot read of it is empty.

    Attributes:
        commit: full id.
        parents: full ids, first parent first.
        date: committer date, ISO 8601 with zone.
        author: name.
        subject: first line of the message.
        files: what it changes against its first parent, code only.
    """

    commit: str
    parents: tuple[str, ...] = ()
    date: str = ""
    author: str = ""
    subject: str = ""
    files: tuple[ChangedFile, ...] = ()

    @property
    def moment(self) -> datetime | None:
        """When it was committed, in UTC where no zone is stated; None where the date cannot be read."""
        try:
            found = datetime.fromisoformat(self.date)
        except ValueError:
            return None
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


@frozen
class StatedParameter:
    """A parameter that a commit changes, and what its parent and it state; None where one states none."""

    name: str
    parent: str | None = None
    commit: str | None = None


@frozen
class StandingLine:
    """A line that a commit wrote, and that stands in a later one."""

    path: str
    line: int = 0
    text: str = ""


@frozen
class CommitChange:
    """What a commit changes, and what is left of it."""

    parameters: tuple[StatedParameter, ...] = ()
    lines: tuple[StandingLine, ...] = ()
