"""Trees and commits of our own, on no branch: those of another commit, with other files or submodules."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import MissingObjectError
from bisect_parity.history.complaints import REFETCH
from bisect_parity.history.export import SUBMODULE
from bisect_parity.history.packs import PackedObject, pack_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.history.repository import Repository

MADE = b"made-by bisect-parity"  # a header by which commits of our own are told from those of people
OWN_ADDRESS = "bisect-parity@localhost"  # of those that git made for us
TREE, GITLINK = b"40000", SUBMODULE.encode()
SHA256_DIGITS = 64
FEW = 100  # objects that are written one by one; git itself keeps more of them in one file
_UNTOUCHED = object()  # an entry that no edit names
REMEDY = f"Fetch it ({REFETCH}), or deepen the clone."


@frozen
class TreeEntry:
    """What a tree holds at a path.

    Attributes:
        mode: as git writes it: "100644", "120000", "160000", ...
        object_id: full id of the blob, or of the commit of a submodule.
    """

    mode: str
    object_id: str


@frozen
class CommitHeader:
    """Who made a commit, when, and the first line of what was said: bytes as the object states them."""

    author: bytes
    committer: bytes
    subject: bytes


def headers_of(repository: Repository, commits: Sequence[str]) -> dict[str, CommitHeader]:
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
        found[commit] = CommitHeader(lines.get(b"author", b""), lines.get(b"committer", b""), subject)
    return found


class ObjectMaker:
    """Makes trees and commits in a repository; nothing is written before `write`, and no ref is ever set.

    The same wishes make the same ids.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._size = repository.id_length // 2
        self._entry = re.compile(rb"(\d+) ([^\0]+)\0(.{%d})" % self._size, re.DOTALL)
        self._read: dict[str, list[tuple[bytes, bytes, bytes]]] = {}
        self._tops: dict[str, str] = {}  # by commit
        self._made: dict[str, PackedObject] = {}

    def tree_with(self, commit: str, pins: Mapping[str, str]) -> str:
        """The tree of a commit in which submodules, or subtrees, are at other commits.

        Args:
            commit: full id.
            pins: path of a submodule of it, or of a folder -> full id of the commit that it shall be at.

        Returns:
            the id of the tree.

        Raises:
            MissingObjectError: a tree is missing, or holds neither there.
        """
        return self.edited_tree(commit, {path: self._pinned(commit, path, pin) for path, pin in pins.items()})

    def read_ahead(self, commits: Iterable[str]) -> None:
        """Read the trees of commits at once: one by one, each would take a process."""
        unread = [commit for commit in commits if commit not in self._tops]
        answers = self._repository.objects(f"{commit}^{{tree}}" for commit in unread)
        for commit, answer in zip(unread, answers, strict=True):
            if answer is not None:
                self._tops[commit] = answer[0]
                self._read[answer[0]] = self._entry.findall(answer[2])

    def edited_tree(self, commit: str, entries: Mapping[str, TreeEntry | None]) -> str:
        """The tree of a commit with other entries.

        Args:
            commit: full id.
            entries: by path; None removes what is there. A folder in the place of a file replaces it, and a
                file in the place of a folder.

        Returns:
            the id of the tree.

        Raises:
            MissingObjectError: a tree is missing.
        """
        edits = {tuple(os.fsencode(path).split(b"/")): entry for path, entry in entries.items()}
        top = self._top(commit)
        return self._edited(top, edits, commit) or self._add("tree", b"")

    def blob(self, content: bytes) -> str:
        """A blob with that content; returns its full id."""
        return self._add("blob", content)

    def commit(self, tree: str, parents: Iterable[str], header: CommitHeader) -> str:
        """A commit of a tree.

        Args:
            tree: its id.
            parents: full ids, first parent first.
            header: what it says.

        Returns:
            its full id.
        """
        lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
        lines += [
            b"author " + header.author,
            b"committer " + header.committer,
            MADE,
            b"",
            header.subject,
            b"",
        ]
        return self._add("commit", b"\n".join(lines))

    def write(self) -> None:
        """Write all that was made since the last time.

        Raises:
            RepositoryError: git cannot write to the repository.
        """
        if self._made:
            words = (
                ("unpack-objects", "-q")
                if len(self._made) <= FEW
                else ("index-pack", "--stdin", "--fix-thin")
            )
            self._repository.git(*words, stdin=pack_of(self._made.values(), self._digest))
            self._made.clear()

    def _pinned(self, commit: str, path: str, pin: str) -> TreeEntry:
        """What stands for another commit at a path: that commit in a submodule, its tree in a folder."""
        *folders, last = os.fsencode(path).split(b"/")
        tree, found = self._top(commit), b""
        for name in (*folders, last):
            kinds = (TREE,) if name is not last else (TREE, GITLINK)
            entries = self._entries(tree, path)
            here = next(((mode, raw) for mode, own, raw in entries if own == name and mode in kinds), None)
            if here is None:
                raise MissingObjectError(f"{tree} holds no submodule {path}", REMEDY)
            found, tree = here[0], here[1].hex()
        return TreeEntry(TREE.decode(), self._top(pin)) if found == TREE else TreeEntry(SUBMODULE, pin)

    def _edited(self, tree: str, edits: Mapping[tuple[bytes, ...], TreeEntry | None], what: str) -> str:
        """A tree with other entries, by the names of their paths below it; "" where nothing is left."""
        entries = {name: (mode, raw) for mode, name, raw in self._entries(tree, what)} if tree else {}
        for name, below in _by_name(edits):
            here = below.pop((), None) if () in below else _UNTOUCHED
            if isinstance(here, TreeEntry):
                entries[name] = (here.mode.encode(), bytes.fromhex(here.object_id))
                continue
            mode, raw = entries.pop(name, (b"", b""))
            if mode and mode != TREE and here is _UNTOUCHED and not any(below.values()):
                entries[name] = (mode, raw)  # what would be removed below it is not there
            elif below:
                inner = self._edited(raw.hex() if mode == TREE else "", below, what)
                if inner:
                    entries[name] = (TREE, bytes.fromhex(inner))
        if not entries:
            return ""
        lines = sorted((mode, name, raw) for name, (mode, raw) in entries.items())
        lines.sort(key=lambda line: line[1] + b"/" if line[0] == TREE else line[1])  # as git sorts them
        base = (tree, _tree_text(self._entries(tree, what))) if tree else None
        made = self._add("tree", _tree_text(lines), base)
        self._read[made] = lines
        return made

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

    def _top(self, commit: str) -> str:
        """The id of the tree of a commit."""
        if commit not in self._tops:
            self._tops[commit] = self._object(f"{commit}^{{tree}}", commit)
        return self._tops[commit]

    def _add(self, kind: str, content: bytes, base: tuple[str, bytes] | None = None) -> str:
        made = self._digest(b"%s %d\0%s" % (kind.encode(), len(content), content)).hex()
        if base is None or made not in self._read:  # no tree may be the base of its own base
            self._made[made] = PackedObject(kind, content, base)
        return made

    def _digest(self, content: bytes) -> bytes:
        """The id of git objects and packs: SHA-1, or SHA-256 in a repository of that format."""
        digest = hashlib.sha256 if self._repository.id_length == SHA256_DIGITS else hashlib.sha1
        return digest(content, usedforsecurity=False).digest()


def _by_name(
    edits: Mapping[tuple[bytes, ...], TreeEntry | None],
) -> Iterator[tuple[bytes, dict[tuple[bytes, ...], TreeEntry | None]]]:
    """Edits by the first name of their paths."""
    groups: dict[bytes, dict[tuple[bytes, ...], TreeEntry | None]] = {}
    for (first, *rest), entry in edits.items():
        groups.setdefault(first, {})[tuple(rest)] = entry
    yield from groups.items()


def _tree_text(entries: Iterable[tuple[bytes, bytes, bytes]]) -> bytes:
    """The content of a tree of a mode, a name and a raw id each, in their order."""
    return b"".join(b"%s %s\0%s" % entry for entry in entries)
