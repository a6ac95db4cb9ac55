"""What only commit objects tell: author times, zones, people and subjects."""

from __future__ import annotations

import functools
import re
import sys
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.history.nul_fields import nul_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.history.repository import Repository

__all__ = ["Detail", "read_details", "zone_seconds"]

_SECONDS = re.compile(r"-?[0-9]{1,18}")


@frozen
class Detail:
    """What only a commit object tells.

    Attributes:
        commit: full id.
        author_time, committer_time: POSIX seconds.
        zone: of the author, seconds east of UTC.
        author, committer: e-mail addresses, as they stand.
        subject: first line of the message.
    """

    commit: str
    author_time: int
    committer_time: int
    zone: int
    author: str
    committer: str
    subject: str

    @property
    def is_rewritten(self) -> bool:
        """Whether it was amended, rebased or cherry-picked: its author time is not its committer time."""
        return self.author_time != self.committer_time


def read_details(repository: Repository, commits: Iterable[str]) -> dict[str, Detail]:
    """Read times, zones, people and subjects of some commits in one pass; missing commits are left out.

    Args:
        repository: where.
        commits: full ids; of many, git reads those fastest that are in order of time.
    """
    wanted = list(dict.fromkeys(commits))
    if not wanted:
        return {}
    options = ("--no-walk=unsorted", "--ignore-missing", "--stdin", "-z", "--date=raw")
    request = "".join(f"{commit}\n" for commit in wanted).encode()
    with repository.stream("log", *options, "--format=%H%n%ad%n%ct%n%ae%n%ce%n%s", stdin=request) as output:
        found = (_detail(entry.decode(errors="replace").split("\n", 5)) for entry in nul_fields(output))
        return {detail.commit: detail for detail in found if detail is not None}


def _detail(words: list[str]) -> Detail | None:
    if len(words) < 6:
        return None
    commit, date, committed, author, committer, subject = words
    authored, _, zone = date.partition(" ")
    people = sys.intern(author), sys.intern(committer)
    return Detail(commit, _seconds(authored), _seconds(committed), zone_seconds(zone), *people, subject)


@functools.lru_cache(maxsize=256)
def zone_seconds(zone: str) -> int:
    """Seconds east of UTC of a zone written as git does, such as -0730; 0 where it is malformed."""
    if len(zone) != 5 or zone[0] not in "+-" or not zone[1:].isdigit():
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[3:]) * 60
    return -seconds if zone[0] == "-" else seconds


def _seconds(text: str) -> int:
    """POSIX seconds; 0, as git has it, where a commit has no date that can be read."""
    return int(text) if _SECONDS.fullmatch(text) else 0
