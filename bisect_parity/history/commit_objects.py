"""What a commit object states, word for word, and whether a ref still reaches it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.history.repository import Repository

LONGEST_SUBJECT = 200


@frozen
class CommitObject:
    """A commit as its object states it.

    Attributes:
        commit: full id, by which it was asked for.
        computed: the id that its content has; another one where the object is damaged, or replaced.
        tree: id of its tree.
        parents: ids, first parent first.
        author_date, committer_date: as they stand: POSIX seconds and zone.
        subject: first line of the message.
        is_reachable: whether a ref, or HEAD, reaches it.
    """

    commit: str
    computed: str
    tree: str
    parents: tuple[str, ...]
    author_date: str
    committer_date: str
    subject: str
    is_reachable: bool


def read_commit_objects(repository: Repository, commits: Sequence[str]) -> dict[str, CommitObject]:
    """The facts of those commits that are in the repository.

    Raises:
        RepositoryError: git cannot read them.
    """
    found = dict(zip(commits, repository.objects(commits), strict=True))
    contents = {name: answer[2] for name, answer in found.items() if answer and answer[1] == "commit"}
    unreachable = _unreachable(repository, list(contents))
    return {
        name: _facts(name, content, is_reachable=name not in unreachable)
        for name, content in contents.items()
    }


def read_trees(repository: Repository, commits: Iterable[str]) -> dict[str, str]:
    """The ids of the trees of those commits that are here, and that nothing replaces."""
    names = sorted(set(commits))
    found = zip(names, repository.objects(names), strict=True)
    facts = (_facts(name, answer[2], is_reachable=False) for name, answer in found if answer is not None)
    return {each.commit: each.tree for each in facts if each.computed == each.commit}


def _unreachable(repository: Repository, commits: list[str]) -> set[str]:
    if not commits:
        return set()
    tips = repository.git("for-each-ref", "--format=%(objectname)").decode().split()
    tips += [head] if (head := repository.try_resolve("HEAD")) else []
    request = "".join([*(f"{name}\n" for name in commits), *(f"^{tip}\n" for tip in tips)])
    lines = repository.git("rev-list", "--stdin", stdin=request.encode()).decode().split()
    return set(lines) & set(commits)


def _facts(name: str, content: bytes, *, is_reachable: bool) -> CommitObject:
    head, _, message = content.partition(b"\n\n")
    lines = [line.partition(b" ") for line in head.split(b"\n")]
    values: dict[bytes, list[str]] = {}
    for key, _, value in lines:
        values.setdefault(key, []).append(value.decode(errors="backslashreplace"))
    algorithm = "sha256" if len(name) == 64 else "sha1"
    computed = hashlib.new(algorithm, b"commit %d\0" % len(content) + content, usedforsecurity=False)
    subject = message.partition(b"\n")[0].decode(errors="backslashreplace")
    return CommitObject(
        commit=name,
        computed=computed.hexdigest(),
        tree=_first(values, b"tree"),
        parents=tuple(values.get(b"parent", ())),
        author_date=_date(_first(values, b"author")),
        committer_date=_date(_first(values, b"committer")),
        subject=subject[:LONGEST_SUBJECT],
        is_reachable=is_reachable,
    )


def _first(values: dict[bytes, list[str]], key: bytes) -> str:
    return values.get(key, [""])[0]


def _date(person: str) -> str:
    return " ".join(person.rsplit(" ", 2)[1:])
