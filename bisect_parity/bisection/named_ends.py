"""The ends of a range as they are named: by revisions, or by dates."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from bisect_parity.bisection.commit_summaries import commit_summaries
from bisect_parity.errors import RepositoryError
from bisect_parity.history.complaints import unknown_revision
from bisect_parity.logs import logger
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.history.repository import Repository

LISTED_LIMIT = 8
_ABBREVIATION = re.compile(r"[0-9a-fA-F]{4,64}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?", re.ASCII)


def resolve_ends(repository: Repository, named: Mapping[str, str]) -> dict[str, str]:
    """The full ids of the commits that ends name.

    A date that is no revision stands for the last commit before it on the main line (the way of first
    parents) of the other end, or of HEAD where that is a date, too. It is local time without a zone, and
    midnight without a time.

    Args:
        repository: where to look.
        named: a revision or a date by the option that names it; one option, or two.

    Raises:
        RepositoryError: an end names no commit, or more than one.
    """
    dates = {
        option: moment
        for option, text in named.items()
        if (moment := moment_of(text)) is not None and repository.try_resolve(text) is None
    }
    found = {
        option: _resolve_end(repository, text, option)
        for option, text in named.items()
        if option not in dates
    }
    tip = next(iter(found.values()), "HEAD")
    for option, moment in dates.items():
        found[option] = _last_before(repository, moment, tip, f"{option} {named[option]}")
    return found


def moment_of(text: str) -> datetime | None:
    """The moment that a date in ISO 8601 names, local where it names no zone; None where it is none."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return None


def _last_before(repository: Repository, moment: datetime, tip: str, named: str) -> str:
    """The last commit before a moment on the first-parent line, which is reported."""
    words = ("--first-parent", "--max-count=1", f"--min-age={int(moment.timestamp()) - 1}")
    commit = repository.git("rev-list", *words, tip, "--").decode("ascii").strip()
    if not commit:
        raise RepositoryError(
            f"{named}: no commit before it on the main line of {tip[:SHORT]}",
            "Name a later date, or a commit.",
        )
    summary = commit_summaries(repository, [commit])[commit]
    logger().info(f"{named} stands for {commit[:SHORT]}: {summary.date} {summary.subject}")
    return commit


def _resolve_end(repository: Repository, revision: str, option: str) -> str:
    """The full id of the commit that one end names.

    Raises:
        RepositoryError: it names no commit, or more than one.
    """
    commit = repository.try_resolve(revision)
    if commit is not None:
        return commit
    if _ABBREVIATION.fullmatch(revision):
        answer = repository.git_result("rev-parse", f"--disambiguate={revision}")
        found = answer.stdout.decode("ascii", "replace").split()
        if len(found) > 1:
            listed = ", ".join(found[:LISTED_LIMIT])
            raise RepositoryError(
                f"{option} {revision} is the beginning of {len(found)} object ids: {listed}",
                "Give more digits.",
            )
    kind = repository.git_result("cat-file", "-t", "--end-of-options", revision)
    what = kind.stdout.decode("ascii", "replace").strip()
    if what in ("tree", "blob", "tag"):
        raise RepositoryError(f"{option} {revision!r} names no commit but a {what}", "Name a commit.")
    raise unknown_revision(repository, revision, option, is_run_meant=option in ("--good", "--bad"))
