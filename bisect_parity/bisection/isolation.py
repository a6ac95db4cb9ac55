"""What an isolation came to, and its document."""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity.bisection.changes import Difference
from bisect_parity.wording import CHANGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.bench import Bench
    from bisect_parity.bisection.local_items import LocalItems

MOST_NAMED = 5  # in a sentence


class IsolationOutcome(enum.StrEnum):
    """How far the answer can be trusted."""

    ISOLATED = "isolated"  # with the set the verdict flips; without it, with all else, it does not
    LIKELY = "likely"  # with the set it flips; without it, something else flips it, too
    NOTHING = "nothing-to-isolate"  # the verdict is the same with all changes and without any
    INCONCLUSIVE = "inconclusive"  # a check has no verdict, or does not repeat


@frozen
class Isolation:
    """What came out.

    Attributes:
        outcome: how far it can be trusted.
        clean: the verdict without any change.
        changed: the verdict with all of them.
        found: the smallest set that flips it; of several independent ones, the first.
        others: further sets, each of which flips it alone.
        opened: files of the user's directory that the case opened; None where that is unknown.
        says: why, a sentence an item.
        beside: of code, how many other changes were applied along with the set.
    """

    outcome: IsolationOutcome
    clean: str
    changed: str
    found: tuple[Difference, ...] = ()
    others: tuple[tuple[Difference, ...], ...] = ()
    opened: tuple[str, ...] | None = None
    says: tuple[str, ...] = ()
    beside: int = 0

    def to_json(
        self,
        bench: Bench,
        changes: Sequence[Difference],
        local: LocalItems,
        *,
        commit: str | None = None,
        most: int | None = None,
        patch: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """The document isolate.json.

        Args:
            bench: with the checks that were made.
            changes: that were tried.
            local: what of the user's directory was copied, and what was not.
            commit: whose changes they are; None where they are not those of a commit.
            most: how many checks might be made; None: as many as one culprit takes.
            patch: the first lines of what was found in the code.
        """
        return {
            "schema": "bisect-parity/isolation",
            "version": 1,
            "outcome": str(self.outcome),
            "commit": commit or bench.commit,
            "before": bench.commit if commit else None,
            "case": bench.case.name,
            "size": bench.case.size,
            "over": list(dict.fromkeys(change.kind for change in changes)),
            "changes": len(changes),
            "clean": self.clean,
            "changed": self.changed,
            "found": [change.to_json() for change in self.found],
            "beside": self.beside,
            "patch": None if patch is None else list(patch),
            "others": [[change.to_json() for change in some] for some in self.others],
            "opened": None if self.opened is None else list(self.opened),
            "left_out": [
                {"path": item.path, "size": item.size, "files": len(item.files)} for item in local.left_out
            ],
            "unreadable": list(local.unreadable),
            "checks": len(bench.trials),
            "most_checks": most_checks(len(changes)) if most is None else most,
            "says": list(self.says),
            "tests": [trial.to_json() for trial in bench.trials],
        }


def text_of(changes: Sequence[Difference]) -> str:
    """Some changes in words."""
    texts = []
    for change in changes[:MOST_NAMED]:
        value = f" {change.value or 'left out'}" if change.kind == "params" else ""
        texts.append(f"{CHANGES[change.kind]} {change.name}{value}")
    if len(changes) > MOST_NAMED:
        texts.append(f"{len(changes) - MOST_NAMED} more")
    return " and ".join(texts)


def most_checks(count: int) -> int:
    """How many checks one culprit among `count` changes takes at most."""
    return math.floor(2 * math.log2(max(count, 1))) + 10
