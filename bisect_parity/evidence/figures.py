"""What a run measured: figures of parity and speed, or else numbers whose names say so. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.keys import is_figure
from bisect_parity.evidence.model import flat

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Findings

TIMES = ("time", "seconds")  # what something took; a column of a table may hold simulated time


def names_figure(name: str) -> bool:
    """Whether one of some keys, joined by dots, names a figure; an object of a loss holds its settings."""
    *parents, last = re.split(r"[.\[]", name)
    if last in TIMES:
        return True
    return is_figure(last) or any(is_figure(part) for part in parents if "loss" not in part.lower())


def measured(findings: Findings) -> tuple[tuple[str, float | None], ...]:
    """The figures of parity and speed in a file, with their names; where there are none, the others."""
    parts = list(flat([findings]))
    metrics = tuple((metric.name, metric.value) for part in parts for metric in part.metrics)
    return metrics or tuple(
        (item.name, item.value)
        for part in parts
        for item in part.parameters
        if isinstance(item.value, float) and names_figure(item.name)
    )
