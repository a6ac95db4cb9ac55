"""`--correlation-min` and `--sum-ratio-tolerance`: thresholds that count instead of those of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import asdict

from bisect_parity.config import Thresholds, structure
from bisect_parity.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.parity.case import Case

    Command = TypeVar("Command", bound=Callable[..., Any])

__all__ = ["changed", "threshold_options", "thresholds_for"]


def threshold_options(command: Command) -> Command:
    """Add both options."""
    correlation = click.option(
        "--correlation-min",
        type=click.FloatRange(-1, 1),
        metavar="R",
        help="Least correlation, whatever the settings say; by default 0.999.",
    )
    sum_ratio = click.option(
        "--sum-ratio-tolerance",
        type=click.FloatRange(0),
        metavar="T",
        help="Greatest |sum ratio - 1|, whatever the settings say; by default 0.005.",
    )
    return correlation(sum_ratio(command))


def changed(
    thresholds: Thresholds, correlation_min: float | None, sum_ratio_tolerance: float | None
) -> Thresholds:
    """The thresholds with those that were named.

    Raises:
        UsageError: one of them is no number.
    """
    named = {"correlation_min": correlation_min, "sum_ratio_tolerance": sum_ratio_tolerance}
    given = {name: value for name, value in named.items() if value is not None}
    return structure(Thresholds, asdict(thresholds) | given, "options")


def thresholds_for(
    case: Case, correlation_min: float | None, sum_ratio_tolerance: float | None
) -> Thresholds | None:
    """What counts instead of the case's own thresholds; None where nothing was named.

    Raises:
        UsageError: the case compares no images, or one of them is no number.
    """
    if correlation_min is None and sum_ratio_tolerance is None:
        return None
    if case.test:
        raise UsageError(
            f"{case.name}: an exit status tells the verdict, and there are no thresholds",
            "Leave out --correlation-min and --sum-ratio-tolerance.",
        )
    return changed(case.thresholds or Thresholds(), correlation_min, sum_ratio_tolerance)
