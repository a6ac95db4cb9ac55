"""Commits of the superproject that differ from a real one only by the commit that a submodule is at.

A search inside a submodule asks how the whole superproject does with each commit of it. So each gets a commit
of the superproject, with the parents that it has in the submodule: to the search, to git, to a worktree and
to the cache of verdicts this is a history like any other. No ref ever names one of these commits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from bisect_parity.history.made_objects import CommitHeader, ObjectMaker, headers_of
from bisect_parity.history.repository import Repository
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from bisect_parity.bisection.model import Check
    from bisect_parity.history.pinned_range import PinnedRange

_ID = re.compile(rf"\b[0-9a-f]{{{SHORT},64}}\b")


@frozen
class Enclosing:
    """A repository that holds a submodule.

    Attributes:
        repository: it.
        commit: full id of the commit of it that is held while the submodule moves.
        path: of the submodule in it.
        fixed: paths of other submodules that are held at commits of their own.
    """

    repository: Repository
    commit: str
    path: str
    fixed: Mapping[str, str] = field(factory=dict)


@frozen
class Place:
    """A commit, in the superproject or in a submodule of it at any depth, whose own submodules are moved.

    Attributes:
        repository: that holds the commit.
        commit: full id.
        around: the repositories around it, the superproject first; none for the superproject itself.
    """

    repository: Repository
    commit: str
    around: tuple[Enclosing, ...] = ()

    def at(self, commit: str) -> Place:
        """The same place with another commit of its repository."""
        return evolve(self, commit=commit)

    def inside(self, path: str, fixed: Mapping[str, str], module: Repository, commit: str) -> Place:
        """A commit of a submodule of it, while it is held, and others of its submodules are fixed."""
        return Place(module, commit, (*self.around, Enclosing(self.repository, self.commit, path, fixed)))

    def path_of(self, path: str) -> str:
        """The path of one of its submodules from the top of the superproject."""
        return "/".join([*(one.path for one in self.around), path])


class Variants:
    """Makes them, and knows which commit of a submodule each one stands for."""

    def __init__(self) -> None:
        self._shown: dict[str, tuple[str, str]] = {}
        self._makers: dict[str, ObjectMaker] = {}

    def one(
        self, place: Place, pins: Mapping[str, str], parents: tuple[str, ...], shown: tuple[str, str]
    ) -> str:
        """One commit of the superproject, written.

        Args:
            place: whose submodules are moved.
            pins: path of a submodule -> full id of the commit it shall be at.
            parents: of the commit, full ids in the superproject.
            shown: path of the submodule, from the top, and the commit of it that it stands for.

        Raises:
            RepositoryError: an object is missing, or cannot be written.
        """
        header = headers_of(place.repository, [place.commit])[place.commit]
        made = self._made(place, pins, parents, header)
        self._shown[made] = shown
        self._write()
        return made

    def history(
        self,
        place: Place,
        path: str,
        fixed: Mapping[str, str],
        span: PinnedRange,
        module: Repository,
        root: str,
    ) -> dict[str, str]:
        """A commit of the superproject for each commit of a submodule in a range, all written.

        Args:
            place: whose submodule is moved.
            path: of the submodule.
            fixed: other submodules of it that are moved, too, and the commits they stay at.
            span: the range.
            module: the repository of the submodule.
            root: full id of the commit of the superproject that comes before the earliest of them.

        Returns:
            full id in the submodule -> full id in the superproject, ancestors first.

        Raises:
            RepositoryError: an object is missing, or cannot be written.
        """
        headers = headers_of(module, list(span.parents))
        if module is place.repository:  # a subtree
            self._maker(module).read_ahead(span.parents)
        inside = place.path_of(path)
        first = {*span.bases, *(c for base in span.bases for c in span.parents[base])}
        found: dict[str, str] = {}
        for commit, parents in span.parents.items():
            before = tuple(found[parent] for parent in parents if parent in found)
            if commit in first and not before:
                before = (root,)
            found[commit] = self._made(place, {**fixed, path: commit}, before, headers[commit])
            self._shown[found[commit]] = (inside, commit)
        self._write()
        return found

    def named(self, commit: str) -> str:
        """The commit that a commit stands for; a real one stands for itself."""
        return self._shown.get(commit, ("", commit))[1]

    def shown(self, check: Check) -> Check:
        """A check, as that of the commit of a submodule."""
        submodule, commit = self._shown.get(check.commit, ("", check.commit))
        return evolve(check, commit=commit, submodule=submodule)

    def translated(self, text: str) -> str:
        """A text with the commits of submodules instead of those that stand for them."""
        known = {made[:SHORT]: commit for made, (_, commit) in self._shown.items()}
        return _ID.sub(lambda word: known.get(word[0][:SHORT], word[0])[: len(word[0])], text)

    def _made(
        self, place: Place, pins: Mapping[str, str], parents: tuple[str, ...], header: CommitHeader
    ) -> str:
        maker, commit = self._maker(place.repository), place.commit
        tree = maker.tree_with(commit, pins)
        for one in reversed(place.around):
            pin = maker.commit(tree, [commit], header)
            maker, commit = self._maker(one.repository), one.commit
            tree = maker.tree_with(commit, {**one.fixed, one.path: pin})
        return maker.commit(tree, parents, header)

    def _maker(self, repository: Repository) -> ObjectMaker:
        return self._makers.setdefault(str(repository.common_dir), ObjectMaker(repository))

    def _write(self) -> None:
        for maker in self._makers.values():
            maker.write()
