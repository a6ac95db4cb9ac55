"""Trees and commits of our own, on no branch: those of another commit, with submodules at other commits."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import MissingObjectError
from bisect_parity.history.export import SUBMODULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.history.repository import Repository

__all__ = ["Header", "ObjectMaker", "headers_of"]

TREE, GITLINK = b"40000", SUBMODULE.encode()
SHA256_DIGITS = 64
PACK_TYPES = {"commit": 1, "tree": 2}
FEW = 100  # objects that are written one by one; git itself keeps more of them in one file
REMEDY = "Fetch it (git fetch --refetch), or deepen the clone."


@frozen
class Header:
    """Who made a commit, when, and the first line of what was said: bytes as the object states them."""

    author: bytes
    committer: bytes
    subject: bytes


def headers_of(repository: Repository, commits: Sequence[str]) -> dict[str, Header]:
    """The headers of commits.

    Raises:
        MissingObjectError: a commit is not in the repository.
    """
    found = {}
    for commit, answer in zip(commits, repository.objects(commits), strict=True):
        if answer is None or answer[1] != "commit":
            raise MissingObjectError(f"commit {commit} is not in {repository.directory}", REMEDY)
        head, _, message = answer[2].partition(b"\n\n")
        lines = dict(line.partition(b" ")[::2] for line in head.split(b"\n"))
        subject = message.lstrip(b"\n").partition(b"\n")[0]
        found[commit] = Header(lines.get(b"author", b""), lines.get(b"committer", b""), subject)
    return found


class ObjectMaker:
    """Makes trees and commits in a repository; nothing is written before `write`, and no ref is ever set.

    The same wishes make the same ids.

    Args:
        repository: that they are written to.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._size = repository.id_length // 2
        self._entry = re.compile(rb"(\d+) ([^\0]+)\0(.{%d})" % self._size, re.DOTALL)
        self._read: dict[str, list[tuple[bytes, bytes, bytes]]] = {}
        self._made: dict[str, tuple[str, bytes]] = {}

    def tree_with(self, commit: str, pins: Mapping[str, str]) -> str:
        """The tree of a commit in which submodules are at other commits.

        Args:
            commit: full id.
            pins: path of a submodule of it -> full id of the commit that it shall be at.

        Returns:
            the id of the tree.

        Raises:
            MissingObjectError: a tree is missing, or holds no submodule there.
        """
        top = self._object(f"{commit}^{{tree}}", commit)
        for path, pin in pins.items():
            top = self._with(top, os.fsencode(path).split(b"/"), bytes.fromhex(pin), path)
        return top

    def commit(self, tree: str, parents: Iterable[str], header: Header) -> str:
        """A commit of a tree.

        Args:
            tree: its id.
            parents: full ids, first parent first.
            header: what it says.

        Returns:
            its full id.
        """
        lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
        lines += [b"author " + header.author, b"committer " + header.committer, b"", header.subject, b""]
        return self._add("commit", b"\n".join(lines))

    def write(self) -> None:
        """Write all that was made since the last time.

        Raises:
            RepositoryError: git cannot write to the repository.
        """
        if self._made:
            words = ("unpack-objects", "-q") if len(self._made) <= FEW else ("index-pack", "--stdin")
            self._repository.git(*words, stdin=self._pack())
            self._made.clear()

    def _with(self, tree: str, names: Sequence[bytes], pin: bytes, path: str) -> str:
        entries = self._entries(tree, path)
        for place, (mode, name, raw) in enumerate(entries):
            if name == names[0] and mode == (GITLINK if len(names) == 1 else TREE):
                now = pin if len(names) == 1 else bytes.fromhex(self._with(raw.hex(), names[1:], pin, path))
                changed = [*entries[:place], (mode, name, now), *entries[place + 1 :]]
                made = self._add("tree", b"".join(b"%s %s\0%s" % entry for entry in changed))
                self._read[made] = changed
                return made
        raise MissingObjectError(f"{tree} holds no submodule {path}", REMEDY)

    def _entries(self, tree: str, path: str) -> list[tuple[bytes, bytes, bytes]]:
        if tree not in self._read:
            self._object(tree, path)
        return self._read[tree]

    def _object(self, name: str, what: str) -> str:
        """Read a tree, and return its id."""
        (answer,) = self._repository.objects([name])
        if answer is None or answer[1] != "tree":
            raise MissingObjectError(f"a tree of {what} is not in {self._repository.directory}", REMEDY)
        self._read[answer[0]] = self._entry.findall(answer[2])
        return answer[0]

    def _add(self, kind: str, content: bytes) -> str:
        made = self._digest(b"%s %d\0%s" % (kind.encode(), len(content), content)).hex()
        self._made[made] = (kind, content)
        return made

    def _digest(self, content: bytes) -> bytes:
        """The id of git objects and packs: SHA-1, or SHA-256 in a repository of that format."""
        digest = hashlib.sha256 if self._repository.id_length == SHA256_DIGITS else hashlib.sha1
        return digest(content, usedforsecurity=False).digest()

    def _pack(self) -> bytes:
        parts = [b"PACK" + (2).to_bytes(4) + len(self._made).to_bytes(4)]
        for kind, content in self._made.values():
            parts += [_pack_head(PACK_TYPES[kind], len(content)), zlib.compress(content)]
        whole = b"".join(parts)
        return whole + self._digest(whole)


def _pack_head(kind: int, size: int) -> bytes:
    """Type and size of an object in a pack: four bits of the size, then seven in each further byte."""
    rest, found = size >> 4, [kind << 4 | size & 15]
    while rest:
        found[-1] |= 0x80
        found.append(rest & 0x7F)
        rest >>= 7
    return bytes(found)
