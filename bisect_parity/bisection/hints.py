"""What the user suspects before anything is checked: which changes are likelier to be guilty than others."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import RepositoryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.repository import Repository

USUAL_FACTOR = 10.0
MESSAGE = "message:"
_FACTOR = re.compile(r"(.*)=(\d+(?:\.\d*)?|\.\d+)", re.DOTALL)


@frozen
class Hint:
    """That some commits are likelier to be guilty than others, or less likely.

    Attributes:
        pattern: of the commits: a pathspec of what they change, or `message:` and an extended regular
            expression that their message matches.
        factor: by which their odds are multiplied; above 0.
    """

    pattern: str
    factor: float

    @classmethod
    def parse(cls, text: str) -> Hint:
        """A hint as it is typed: PATTERN, or PATTERN=FACTOR.

        Raises:
            UsageError: it has no pattern, or its factor is not above 0.
        """
        found = _FACTOR.fullmatch(text)
        pattern, factor = (found[1], float(found[2])) if found else (text, USUAL_FACTOR)
        if not pattern.removeprefix(MESSAGE) or not 0 < factor < math.inf:
            raise UsageError(
                f"--suspect {text!r} names no commits, or a factor that is not above 0",
                "Write it as src/fft.c=20 or 'message:fft|cufft=5'.",
            )
        return cls(pattern, factor)


def commits_of(repository: Repository, hint: Hint, commits: Sequence[str]) -> frozenset[str]:
    """Those of some commits that a hint speaks of.

    Args:
        repository: that has them.
        hint: of the user.
        commits: full ids.

    Raises:
        UsageError: git does not understand the pattern.
    """
    if not commits:
        return frozenset()
    asked = "".join(f"{commit}\n" for commit in commits).encode("ascii")
    is_message = hint.pattern.startswith(MESSAGE)
    words = ["log", "--no-walk=unsorted", "--stdin", "--format=%H", "-E", "-i"]
    words.append(f"--grep={hint.pattern.removeprefix(MESSAGE)}")
    if not is_message:  # newer git shows, without a walk, also the commits that do not change a path
        words = ["diff-tree", "--stdin", "-r", "-m", "--root", "--end-of-options", "--", hint.pattern]
    try:
        lines = repository.git(*words, stdin=asked).decode("ascii", "replace").splitlines()
    except RepositoryError as error:
        raise UsageError(
            f"--suspect {hint.pattern!r}: {error.message}", "Write a pathspec, or message:REGEX."
        ) from error
    return frozenset(
        line for line in lines if not line.startswith(":")
    )  # a merge that differs from any parent


def prior_of(commits: Sequence[str], hints: Sequence[tuple[Hint, frozenset[str]]]) -> tuple[float, ...]:
    """The prior probability of each commit, equal where nothing is suspected.

    Args:
        commits: full ids.
        hints: each with the commits that it speaks of; the factors of several are multiplied.
    """
    weights = [math.prod(hint.factor for hint, meant in hints if commit in meant) for commit in commits]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)
