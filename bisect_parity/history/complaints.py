"""What git complains of, as typed errors that say what to do about it."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.errors import MissingObjectError, RepositoryError
from bisect_parity.files import nearest_path
from bisect_parity.wording import nearest

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository

REFETCH = "git fetch --refetch --no-filter"  # with the filter of a partial clone, nothing more would come
FETCH_ALL = f"Nothing is fetched here. To get all that a partial clone lacks: {REFETCH}"
FETCH_LFS = "Nothing is fetched here. To get what git LFS keeps at the server: git lfs fetch --all"
MOST_REFS = 10_000  # that are compared with a mistyped one
_MISSING_OF_LFS = re.compile(r"the content of .* \(git LFS\) is missing", re.DOTALL)
# of an object that it may not fetch; not every git goes on to say what it wanted
LACKS_OBJECT = re.compile(r"promisor remote|transport '[^']*' not allowed")
_MISSING = re.compile(r"object [0-9a-f]{40,64} \(.*\) is missing", re.DOTALL)
_DAMAGE = re.compile(r"bad (?:object|tree)|corrupt|unable to (?:read|parse|unpack)|could not parse|inflate")


@contextlib.contextmanager
def start_errors() -> Iterator[None]:
    """Tell that there is no git.

    Raises:
        RepositoryError: git could not be started.
    """
    try:
        yield
    except FileNotFoundError as error:
        if error.filename == "git":
            raise RepositoryError("git is not on PATH", "Install git 2.34 or newer.") from error
        raise


def _first_line(text: str) -> str:
    noise = ("warning:", "hint:")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(noise)]
    if not lines:
        return "no reason given"
    if lines[0].startswith("fatal: transport") and len(lines) > 1:
        del lines[0]  # why nothing was fetched: the next line tells what is missing
    first = lines[0].removeprefix("fatal: ").removeprefix("error: ")
    return f"{first} {lines[1]}" if first.endswith(":") and len(lines) > 1 else first


def refusal(directory: Path, command: str, text: str) -> RepositoryError:
    """Why git did not read a repository, or not do what a command asked.

    Args:
        directory: where it was run.
        command: what was asked.
        text: what git said on standard error.
    """
    if "not a git repository" in text:
        if os.path.lexists(directory / ".git"):
            return RepositoryError(
                f"{directory}/.git is there, but git sees no repository in it",
                "It is damaged, or the repository of this linked worktree or submodule is gone.",
            )
        return RepositoryError(f"{directory} is not in a git repository", "Name one with --repo DIR.")
    if "dubious ownership" in text:
        return RepositoryError(
            f"{directory} belongs to another user, and git refuses to read it",
            f"If you trust it: git config --global --add safe.directory {shlex.quote(str(directory))}",
        )
    if "unknown repository extension" in text or "unknown value for" in text or "refstorage" in text:
        return RepositoryError(
            f"this git cannot read {directory}: {_first_line(text)}", "Use the newer git that made it."
        )
    return failure(directory, command, text)


def unknown_revision(
    repository: Repository, revision: str, option: str = "", *, is_run_meant: bool = False
) -> RepositoryError:
    """That a word names no commit, with what may have been meant, or what else to do.

    Args:
        repository: where it was looked for.
        revision: as typed.
        option: that it was given to, which takes dates as well.
        is_run_meant: whether the path of a run may be named, too.
    """
    named = f"{option} {revision!r}".lstrip()
    shallow = "This clone is shallow: git fetch --unshallow gets the rest. " if repository.is_shallow else ""
    meant = meant_by(repository, revision)
    if is_run_meant and not meant and ".." not in Path(revision).parts:
        meant = nearest_path((repository.work_tree or Path()) / revision)
    date = " a date such as 2025-01-31," if option else ""
    usual = f"Give a branch, a tag,{date} or an id with enough digits; fetch it if it lies elsewhere."
    remedy = f"{shallow}{meant or usual}"
    return RepositoryError(f"{named} names no commit in {repository.directory}", remedy)


def meant_by(repository: Repository, word: str) -> str:
    """Which branches and tags a word is like; nothing where it is like none, or counts from one."""
    refs = os.fsdecode(repository.git("for-each-ref", "--format=%(refname:short)", f"--count={MOST_REFS}"))
    name, known = re.split("[~^@:]", word)[0], ["HEAD", *refs.splitlines()]
    return "" if name in known else nearest(name, known)


def failure(directory: Path, command: str, text: str) -> RepositoryError:
    """That a command failed in a repository that git reads; see `refusal`."""
    message = f"git {command} failed in {directory}: {_first_line(text)}"
    if LACKS_OBJECT.search(text):
        return MissingObjectError(message, FETCH_ALL)
    return RepositoryError(message, "`git fsck` shows what is damaged." if _DAMAGE.search(text) else "")


def fetch_text(reason: str) -> str:
    """How to get the content of files without which a commit could not be written; "" for another reason."""
    if _MISSING_OF_LFS.fullmatch(reason):
        return FETCH_LFS
    return FETCH_ALL if _MISSING.fullmatch(reason) else ""
