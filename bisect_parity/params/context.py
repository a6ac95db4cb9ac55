"""What is expected of every run ([context]), against what is known. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from bisect_parity.params.compare import same_value
from bisect_parity.params.literals import number
from bisect_parity.params.model import Expression, Origin, Unreadable, Value, name_parts, plain_name

_RANKS = (Origin.COMMAND, Origin.RECORD, Origin.VARIABLE, Origin.HOST, Origin.DEFAULT, Origin.FILE)


@frozen
class Deviation:
    """A parameter that is not what [context] expects."""

    name: str
    expected: str
    value: Value


def context_value(values: Mapping[str, tuple[Value, ...]], name: str) -> Value | None:
    """What is known of an expected parameter: an option first, then the result file, then the rest."""
    meant = (several[0] for key, several in values.items() if several and _is_meant(key, name))
    return min(meant, key=lambda value: _RANKS.index(value.origin), default=None)


def deviations(values: Mapping[str, tuple[Value, ...]], context: Mapping[str, Any]) -> tuple[Deviation, ...]:
    """The values that are not what is expected; what nobody recorded deviates from nothing."""
    return tuple(
        Deviation(name, str(expected), value)
        for name, expected in context.items()
        for key, several in values.items()
        if _is_meant(key, name)
        for value in several
        if deviates(expected, value)
    )


def deviates(expected: Any, value: Value) -> bool:
    """Whether a value contradicts what is expected; null and unknown values contradict nothing."""
    if value.value is None or isinstance(value.value, Unreadable):
        return False
    wanted, text = str(expected).lower(), value.text.lower()
    if same_value(wanted, text.strip('"')):
        return False
    if number(wanted) is not None and number(text) is not None:
        return True  # two numbers, one of which may stand within the other: 5 and 0.5
    if isinstance(value.value, Expression):
        text = text.rpartition(".")[2]  # torch.float32
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is None


def _is_meant(key: str, name: str) -> bool:
    own = name_parts(key)[1].lstrip("-$").rpartition(".")[2]
    return plain_name(own) == plain_name(name)
