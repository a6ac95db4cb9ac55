"""What a search inside a submodule came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from bisect_parity.bisection.answer import Bisection  # noqa: TC004 - each holds the other

__all__ = ["Inside"]


@frozen
class Inside:
    """A search through the commits of a submodule that a commit moves.

    Attributes:
        submodule: its path, from the top of the superproject.
        old, new: full ids of its commits before and after.
        held: full id of the commit whose other files every check had.
        result: of the search; its commits are those of the submodule.
        is_subtree: it is no submodule, but another history that was merged below that path.
    """

    submodule: str
    old: str
    new: str
    held: str
    result: Bisection
    is_subtree: bool = False

    def to_json(self) -> dict[str, Any]:
        """This search as it stands in bisect.json."""
        return {
            "submodule": self.submodule,
            "old": self.old,
            "new": self.new,
            "held": self.held,
            "is_subtree": self.is_subtree,
            "search": self.result.to_json(),
        }
