"""The code state of commits: the identity of what lies under the code paths."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from bisect_parity.errors import RepositoryError
from bisect_parity.history.code_rules import normal_path, rule_of
from bisect_parity.history.complaints import REFETCH

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository

TREE_MODE = b"40000"
BATCH = 1000  # commits whose trees are in memory at a time
REGULAR_MODES = frozenset({b"100644", b"100755"})
_ENTRY = {size: re.compile(rb"(\d+ [^\0]+)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}
EMPTY = hashlib.sha256().hexdigest()  # the code state of a commit that holds no code


@define(eq=False)
class _Place:
    """A folder of the repository, or several of which the same is code, with the trees that were seen there.

    Attributes:
        context: of the rule.
        kinds: what to do with an entry, by its mode and name.
        trees: by raw id.
    """

    context: Hashable
    kinds: dict[bytes, _Kind] = field(factory=dict)
    trees: dict[bytes, _Tree] = field(factory=dict)


@frozen(eq=False)
class _Kind:
    """What to do with an entry of a tree.

    Attributes:
        mode, name: of the entry.
        is_code: whether it is code as a whole.
        below: where its own entries belong; None if nothing in it can be code.
    """

    mode: bytes
    name: bytes
    is_code: bool
    below: _Place | None


@define(eq=False)
class _Tree:
    """What a tree holds that is, or may be, code.

    Attributes:
        id: full id.
        place: where it was seen.
        entries: what is code as a whole: mode, name and raw id.
        folders: those that are looked into, with their names.
        digest: once it was computed; entries and folders are let go then.
        files: the paths and blobs below it, once they were listed.
    """

    id: str
    place: _Place
    entries: list[tuple[bytes, bytes, bytes]] = field(factory=list)
    folders: list[tuple[bytes, _Tree]] = field(factory=list)
    digest: str | None = None
    files: tuple[tuple[str, str], ...] | None = None


class CodeStates:
    """The code states of a repository's commits.

    A code state is a digest of names, modes and object ids under the code paths: two commits with equal code
    states hold the same code, byte for byte. A code path that is missing in a commit is a part of its
    state, and the commit id of a submodule counts.

    Args:
        repository: where the commits are.
        paths: code paths, relative to the top; empty means everything tracked that is not evidence,
            documentation or plans.
        lists_files: look into the folders that are code as a whole, too, for `files`.

    Raises:
        UsageError: a path is absolute, leaves the repository, or is a pattern.
    """

    def __init__(self, repository: Repository, paths: Iterable[str], *, lists_files: bool = False) -> None:
        self._repository = repository
        self._lists_files = lists_files
        self.paths = tuple(normal_path(path) for path in paths)
        self._rule = rule_of(self.paths)
        self._top = _Place(self._rule.top)
        self._places = {self._rule.top: self._top}
        self._roots: dict[str, _Tree] = {}
        self._states: dict[str, str] = {}

    def of(self, commits: Iterable[str]) -> dict[str, str]:
        """The code state of each commit, as 64 hex digits.

        Raises:
            RepositoryError: a commit, or a tree of it, is not in the repository.
        """
        wanted = list(dict.fromkeys(commits))
        new = [commit for commit in wanted if commit not in self._states]
        for begin in range(0, len(new), BATCH):
            self._states.update(self._read(new[begin : begin + BATCH]))
        return {commit: self._states[commit] for commit in wanted}

    def is_empty(self, commit: str) -> bool:
        """Whether nothing at all lies under the code paths at `commit`."""
        return self.of([commit])[commit] == EMPTY

    def holds(self, path: str) -> bool:
        """Whether the file `path`, relative to the top, is code."""
        *folders, name = path.split("/")
        context: Hashable | None = self._rule.top
        for folder in folders:
            if self._rule.takes_folders and self._rule.takes(context, folder):
                return True
            context = self._rule.enter(context, folder)
            if context is None:
                return False
        return self._rule.takes(context, name)

    def files(self, commits: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
        """The paths and blob ids of the regular files that are code, of each commit; needs `lists_files`.

        Raises:
            RepositoryError: a commit, or a tree of it, is not in the repository.
        """
        self.of(wanted := list(commits))
        return {commit: self._listed(self._roots[commit]) for commit in wanted}

    def _listed(self, tree: _Tree) -> tuple[tuple[str, str], ...]:
        if tree.files is None:
            files = (entry for entry in tree.entries if entry[0] in REGULAR_MODES)
            own = [(os.fsdecode(name), blob.hex()) for _, name, blob in files]
            for name, below in tree.folders:
                folder = os.fsdecode(name)
                own += [(f"{folder}/{path}", blob) for path, blob in self._listed(below)]
            tree.files = tuple(own)
        return tree.files

    def _read(self, commits: Sequence[str]) -> dict[str, str]:
        found: list[_Tree] = []
        names = (f"{commit}^{{tree}}" for commit in commits)
        for commit, answer in zip(commits, self._repository.objects(names), strict=True):
            if answer is None or answer[1] != "tree":
                raise _missing(commit)
            raw = bytes.fromhex(answer[0])
            if raw not in self._top.trees:
                self._top.trees[raw] = _Tree(answer[0], self._top)
                found += self._sort(self._top.trees[raw], answer[2])
            self._roots[commit] = self._top.trees[raw]
        while found:
            trees, found = found, []
            for tree, answer in zip(trees, self._repository.objects(tree.id for tree in trees), strict=True):
                if answer is None or answer[1] != "tree":
                    raise _missing(tree.id)
                found += self._sort(tree, answer[2])
        return {commit: self._digest(self._roots[commit]) for commit in commits}

    def _sort(self, tree: _Tree, content: bytes) -> list[_Tree]:
        """Sort the entries of a tree, and return those trees below it that were not seen before."""
        new = []
        kinds = tree.place.kinds
        for head, raw in _ENTRY[self._repository.id_length // 2].findall(content):
            kind = kinds.get(head)
            if kind is None:
                kind = kinds[head] = self._judge(tree.place.context, head)
            if kind.is_code:
                tree.entries.append((kind.mode, kind.name, raw))
            elif kind.below is not None:
                below = kind.below.trees.get(raw)
                if below is None:
                    below = kind.below.trees[raw] = _Tree(raw.hex(), kind.below)
                    new.append(below)
                tree.folders.append((kind.name, below))
        return new

    def _judge(self, context: Hashable, head: bytes) -> _Kind:
        mode, _, raw_name = head.partition(b" ")
        name = raw_name.decode("utf-8", "surrogateescape")
        is_folder = mode == TREE_MODE
        takes_folders = self._rule.takes_folders and not self._lists_files
        if (takes_folders or not is_folder) and self._rule.takes(context, name):
            return _Kind(mode, raw_name, True, None)
        inside = self._rule.enter(context, name) if is_folder else None
        below = None if inside is None else self._places.setdefault(inside, _Place(inside))
        return _Kind(mode, raw_name, False, below)

    def _digest(self, tree: _Tree) -> str:
        if tree.digest is None:
            parts = [(name, mode, raw.hex()) for mode, name, raw in tree.entries]
            for name, below in tree.folders:
                digest = below.digest or self._digest(below)
                if digest != EMPTY:  # a folder without code is no part of the code
                    parts.append((name, TREE_MODE, digest))
            lines = (b"%s %s\0%s\n" % (mode, name, raw.encode()) for name, mode, raw in sorted(parts))
            tree.digest = hashlib.sha256(b"".join(lines)).hexdigest()
            if not self._lists_files:
                tree.entries, tree.folders = [], []
        return tree.digest


def _missing(name: str) -> RepositoryError:
    return RepositoryError(
        f"{name} or a tree of it is not in the repository",
        f"Fetch it ({REFETCH}), or deepen the clone.",
    )
