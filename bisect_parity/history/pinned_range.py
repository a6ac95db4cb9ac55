"""The commits of a submodule between two that its superproject names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository


@frozen
class PinnedRange:
    """The commits that one of two commits reaches, and the other does not, with those they come from.

    Attributes:
        old, new: full ids of the two.
        bases: their best common ancestors.
        parents: of all commits, ancestors first. Of those that both reach, only the bases have parents, and
            only among each other and the rest: nothing that comes before is known.
        inside: those that only one of the two reaches, ancestors first.
    """

    old: str
    new: str
    bases: tuple[str, ...]
    parents: Mapping[str, tuple[str, ...]] = field(repr=False)
    inside: tuple[str, ...] = field(repr=False)

    @property
    def is_back(self) -> bool:
        """Whether the new one is an ancestor of the old one."""
        return self.new in self.bases


def read_pinned_range(module: Repository, old: str, new: str) -> PinnedRange:
    """Read the commits between two.

    Args:
        module: the repository of the submodule.
        old, new: full ids; both are there.

    Raises:
        RepositoryError: git cannot read the range.
    """
    bases = module.git_result("merge-base", "--all", old, new).stdout.decode("ascii").split()
    words = ("--topo-order", "--reverse", "--parents", "--boundary", f"{old}...{new}")
    lines = module.git("rev-list", *words).decode("ascii").splitlines()
    inside = {ids[0]: tuple(ids[1:]) for ids in (line.split() for line in lines) if ids[0][0] != "-"}
    edge = [line.split()[0][1:] for line in lines if line.startswith("-")]
    earlier = [commit for commit in edge if commit not in bases]
    parents: dict[str, tuple[str, ...]] = dict.fromkeys(earlier, ())
    for base in bases:
        # with one base, all that both reach comes before it
        parents[base] = tuple(c for c in earlier if len(bases) == 1 or _is_ancestor(module, c, base))
    return PinnedRange(old, new, tuple(bases), parents | inside, tuple(inside))


def _is_ancestor(module: Repository, commit: str, later: str) -> bool:
    return module.git_result("merge-base", "--is-ancestor", commit, later).status == 0
