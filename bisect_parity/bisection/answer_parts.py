"""What the answer of a bisection is made of: its ends, commits, proof and what was suspected, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import Factory, frozen

from bisect_parity.bisection.model import Check

if TYPE_CHECKING:
    from bisect_parity.bisection.answer import Bisection  # noqa: TC004 - each holds the other


@frozen
class Suspects:
    """What the user's own directory holds that a clean worktree does not.

    Attributes:
        untracked, ignored: paths that git does not track, or that it ignores; folders end in a slash.
        modified: tracked code that differs from HEAD.
    """

    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()


@frozen
class BundleEnd:
    """A bundle that an end was named by, and how far its commit is known.

    Attributes:
        end: "good" or "bad".
        path: of the bundle, relative to the top of the repository.
        resolution_class: how its commit is known, such as "inferred".
        commit: full id of the most probable one, which is the end.
        probability: that the bundle's code is that of `commit`.
        others: further candidates with other code: full id -> probability, most probable first.
    """

    end: str
    path: str
    resolution_class: str
    commit: str
    probability: float
    others: dict[str, float] = Factory(dict)

    def to_json(self) -> dict[str, Any]:
        """This end as it stands in bisect.json."""
        return {
            "path": self.path,
            "class": self.resolution_class,
            "probability": self.probability,
            "others": [{"commit": commit, "probability": chance} for commit, chance in self.others.items()],
        }


@frozen
class Proof:
    """The second checks of an answer.

    Attributes:
        date: when it was made, UTC, ISO 8601.
        checks: of the answer, then of its parents, first parent first.
        is_recorded: whether an earlier session made it.
    """

    date: str
    checks: tuple[Check, ...] = ()
    is_recorded: bool = False


@frozen
class Revert:
    """The end of the range without the answer.

    Attributes:
        verdict: None where it was not tested.
        says: what came of it, in one sentence.
    """

    verdict: str | None
    says: str


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
