"""What only commit objects hold: author times, zones, people and subjects."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from bisect_parity.history.nul_fields import nul_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.history.repository import Repository

_PEOPLE = re.compile(rb"\nauthor ([^\n]*)\ncommitter ([^\n]*)")
_ROBOT = re.compile(r"(?<![a-z])bot(?![a-z])", re.IGNORECASE)
# Of `git merge --squash`, of people, and of servers whose merges say the same but have two parents; not the
# marks of `git commit --squash`, nor what `git subtree --squash` says of a folder.
_SQUASH = re.compile(
    rb"Squashed commit of the following:|Merged in \S+ \(pull request #\d|Merged PR \d+: "
    rb"|(?!squash!)[^\n]*\bsquash(?:ed|[ -]merged?)\b(?! ')",
    re.IGNORECASE,
)
_DATE = re.compile(rb"\s*([0-9]{1,18})\s+([+-][0-9]+)")


class Detail(NamedTuple):
    """Who made a commit, and when; a tuple, because there may be a hundred thousand.

    Attributes:
        commit: full id.
        author_time, committer_time: POSIX seconds; 0, as git has it, where there is no date that can be read.
        zone: of the author, seconds east of UTC.
        author, committer: e-mail addresses, as they stand.
        is_squash: whether its message says that it holds a whole branch, of which the commits may be gone.
    """

    commit: str
    author_time: int
    committer_time: int
    zone: int
    author: str
    committer: str
    is_squash: bool = False

    @property
    def is_rewritten(self) -> bool:
        """Whether it was amended, rebased or cherry-picked: its author time is not its committer time."""
        return self.author_time != self.committer_time

    @property
    def is_landed(self) -> bool:
        """Whether somebody else made it of the author's work: squashed, or on the server.

        A robot that commits what it has just run does so in the name of whom it ran for.
        """
        is_other = self.author != self.committer and not self.is_rewritten
        return is_other and not is_robot(self.committer)

    @property
    def may_be_branch(self) -> bool:
        """Whether it may hold what several commits did that are gone."""
        return self.is_landed or self.is_squash


def is_robot(person: str) -> bool:
    """Whether an e-mail address is that of a robot, by its name."""
    return _ROBOT.search(person) is not None


def read_details(repository: Repository, commits: Iterable[str]) -> dict[str, Detail]:
    """Read times, zones and people of some commits in one pass; missing commits are left out.

    Args:
        repository: where.
        commits: full ids; of many, git reads those fastest that are in order of time.
    """
    wanted = list(dict.fromkeys(commits))
    return {
        commit: _detail(commit, answer[2])
        for commit, answer in zip(wanted, repository.objects(wanted), strict=True)
        if answer is not None and answer[1] == "commit"
    }


def read_messages(repository: Repository, commits: Iterable[str]) -> dict[str, str]:
    """The messages of some commits, given by their full ids; missing ones are left out."""
    wanted = list(dict.fromkeys(commits))
    return {
        commit: answer[2].partition(b"\n\n")[2].decode(errors="replace")
        for commit, answer in zip(wanted, repository.objects(wanted), strict=True)
        if answer is not None and answer[1] == "commit"
    }


def read_subjects(repository: Repository, commits: Iterable[str]) -> dict[str, str]:
    """The subjects of some commits, given by their full ids, as git gives them; missing ones are left out."""
    wanted = "".join(f"{commit}\n" for commit in commits).encode("ascii")
    if not wanted:
        return {}
    options = ("--no-walk=unsorted", "--ignore-missing", "--stdin", "-z", "--format=%H%n%s")
    with repository.stream("log", *options, stdin=wanted) as output:
        found = (entry.decode(errors="replace").partition("\n") for entry in nul_fields(output))
        return {commit: subject for commit, _, subject in found}


def _detail(commit: str, content: bytes) -> Detail:
    people = _PEOPLE.search(content)
    author, authored, zone = _person(people[1] if people else b"")
    committer, committed, _ = _person(people[2] if people else b"")
    return Detail(commit, authored, committed, zone, author, committer, _is_squash(content))


def _is_squash(content: bytes) -> bool:
    """Whether the message of a commit with one parent says that it holds a branch."""
    header, _, message = content.partition(b"\n\n")
    return _SQUASH.match(message) is not None and header.count(b"\nparent ") == 1


@functools.lru_cache(maxsize=16)  # author and committer are one, mostly
def _person(line: bytes) -> tuple[str, int, int]:
    """The e-mail address, POSIX seconds and zone of an author or committer, found as git finds them."""
    person, _, date = line.rpartition(b">")
    words = _DATE.match(date)
    return (_address(person), 0, 0) if words is None else (_address(person), int(words[1]), _zone(words[2]))


@functools.lru_cache(maxsize=4096)
def _address(person: bytes) -> str:
    return person.partition(b"<")[2].partition(b">")[0].decode(errors="replace")


@functools.lru_cache(maxsize=256)
def _zone(digits: bytes) -> int:
    return zone_seconds(f"{int(digits):+05d}")  # old imports wrote some with too few


@functools.lru_cache(maxsize=256)
def zone_seconds(zone: str) -> int:
    """Seconds east of UTC of a zone written as git does, such as -0730; 0 where it is malformed."""
    if len(zone) != 5 or zone[0] not in "+-" or not zone[1:].isdigit():
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[3:]) * 60
    return -seconds if zone[0] == "-" else seconds
