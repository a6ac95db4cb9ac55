"""Numbers as they are written, without loss: what does not fit a float is kept exactly. Pure."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from fractions import Fraction

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"  # as programs print it, in other patterns
LONGEST_INTEGER_DIGITS = 4000
ROUNDING = 1e-12  # of a figure: so far may sums of float64 in another order be apart
_DIGIT = re.compile(r"[1-9]")
_PLAIN_EXPONENT = re.compile(r"[+-]?\d[\d_]*[eE][+-]?\d+")


def read_int(text: str) -> int | Decimal:
    """A whole number; as a Decimal where it has more digits than Python converts.

    Raises:
        ValueError: it is none.
    """
    if len(text) <= LONGEST_INTEGER_DIGITS:
        return int(text)
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation as error:
        raise ValueError(f"{len(text)} characters that are no number") from error


def read_float(text: str) -> float | Decimal:
    """A number as a float; as a Decimal where a float would be infinite or zero (1e400, 1e-400).

    Raises:
        ValueError: it is none.
    """
    value = float(text)
    if math.isnan(value) or "inf" in text.lower():
        return value
    is_lost = math.isinf(value) or (value == 0.0 and _DIGIT.search(re.split("[eE]", text)[0]) is not None)
    try:
        return Decimal(text.replace("_", "")) if is_lost else value
    except InvalidOperation:  # an exponent beyond what decimals hold
        return value


def nearest_float(value: float | Decimal | Fraction) -> float:
    """A number as a float; infinite where it is beyond all floats, as an integer of hundreds of digits is."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_number(value: object) -> TypeGuard[int | float | Decimal]:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_plain_exponent(text: str) -> bool:
    """Whether a text is a number with an exponent and no point, such as 1e-3: YAML 1.1 takes it for text."""
    return _PLAIN_EXPONENT.fullmatch(text) is not None


def is_rounding(before: float, after: float) -> bool:
    """Whether two levels lie no farther apart than the same sum does in another order."""
    return abs(after - before) <= ROUNDING * max(abs(before), abs(after))
