"""`--correlation-min` and `--sum-ratio-tolerance`: thresholds that count instead of those of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from attrs import asdict, frozen

from bisect_parity.commands.options import NumberRange, gathered, together
from bisect_parity.config import Thresholds, structure
from bisect_parity.errors import UsageError

if TYPE_CHECKING:
    from bisect_parity.parity.case import Case


@frozen
class NamedThresholds:
    """The thresholds that a command line names; None where it does not."""

    correlation_min: float | None = None
    sum_ratio_tolerance: float | None = None

    def over(self, thresholds: Thresholds) -> Thresholds:
        """Other thresholds, where this names none.

        Raises:
            UsageError: one of them is not a number.
        """
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return structure(Thresholds, asdict(thresholds) | given, "options")

    def for_case(self, case: Case) -> Thresholds | None:
        """What counts instead of the case's own thresholds; None where nothing is named.

        Raises:
            UsageError: the case compares no images, or one of them is not a number.
        """
        if self == NamedThresholds():
            return None
        if case.test:
            raise UsageError(
                f"{case.name}: an exit status is the verdict, and there are no thresholds",
                "Leave out --correlation-min and --sum-ratio-tolerance.",
            )
        return self.over(case.thresholds or Thresholds())


# Both options; the command gets them as `thresholds`, a `NamedThresholds`.
threshold_options = together(
    click.option(
        "--correlation-min",
        type=NumberRange(-1, 1),
        metavar="R",
        help="Lowest acceptable correlation, instead of the settings'; default: 0.999.",
    ),
    click.option(
        "--sum-ratio-tolerance",
        type=NumberRange(0),
        metavar="T",
        help="Greatest acceptable |sum ratio - 1|, instead of the settings'; default: 0.005.",
    ),
    gathered("thresholds", NamedThresholds),
)
