"""Two values of one parameter: are they the same, and if not, how far apart? Pure."""

from __future__ import annotations

import enum
import math
import struct
from decimal import Context, Decimal
from fractions import Fraction

from attrs import evolve, frozen

from bisect_parity.evidence.numbers import nearest_float
from bisect_parity.params.literals import number
from bisect_parity.params.model import Expression, Origin, Unreadable, Value
from bisect_parity.params.units import Unit, unit_of_text

CONVERSION_ULPS = 4  # a factor and a product are rounded when 0.1 m was computed from 100 mm
LARGEST_EXPONENT = 5000
_CONTEXT = Context(prec=34, traps=[])  # infinity less infinity is NaN, not an error
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class ChangeKind(enum.StrEnum):
    """In what two values differ."""

    NUMBER = "number"
    TEXT = "text"
    TYPE = "type"
    NULL = "null"
    UNIT = "unit"  # one has a unit, and the other none, or one of another dimension
    UNKNOWN = "cannot be told"


@frozen
class Tolerance:
    """How far numbers may be apart and still count as the same, as in `math.isclose`."""

    relative: float = 0.0
    absolute: float = 0.0


@frozen
class ValueChange:
    """How a value differs from another.

    Attributes:
        kind: in what.
        absolute: the second less the first, in `unit`; None for what are no numbers.
        relative: that, divided by the size of the first; None where the first is zero.
        ulps: units in the last place between two float64; None where one is none, or was converted.
        unit: of `absolute`: that of the first value; may be empty.
    """

    kind: ChangeKind
    absolute: float | int | Decimal | None = None
    relative: float | None = None
    ulps: int | None = None
    unit: str = ""


@frozen
class Quantity:
    """A number with its unit."""

    number: int | float | Decimal
    unit: Unit | None = None


def quantity(value: Value, unit: Unit | None = None) -> Quantity | None:
    """The number that a value is; None for other values.

    Args:
        value: a number, or text that is one; text counts as a number only where its type was not stated, and
            never as one of the host: 3.10 is a later version than 3.1.
        unit: that the parameter's name carries.
    """
    plain = value.value
    if isinstance(plain, bool) or plain is None:
        return None
    if isinstance(plain, int | float | Decimal):
        return Quantity(plain, unit)
    if not isinstance(plain, str):
        return None
    parts = unit_of_text(plain)
    if parts is not None:
        found = number(parts[0])
        return None if found is None else Quantity(found, parts[1])
    found = None if value.is_typed or value.origin is Origin.HOST else number(plain)
    return None if found is None else Quantity(found, unit)


def change(
    first: Value,
    second: Value,
    units: tuple[Unit | None, Unit | None] = (None, None),
    tolerance: Tolerance | None = None,
) -> ValueChange | None:
    """How the second value differs from the first; None where they are the same.

    `4096` and `4096.0` are one number; `"4096"` in JSON is text, on a command line a number. Null is a value.

    Args:
        first, second: values of one parameter.
        units: that their names carry.
        tolerance: for numbers; none by default.
    """
    if isinstance(first.value, Unreadable) or isinstance(second.value, Unreadable):
        return None if first.value == second.value else ValueChange(ChangeKind.UNKNOWN)
    if first.value is None or second.value is None:
        return None if first.value is second.value else ValueChange(ChangeKind.NULL)
    one, other = quantity(first, units[0]), quantity(second, units[1])
    if one is not None and other is not None:
        return _number_change(one, other, tolerance or Tolerance())
    if isinstance(first.value, bool) or isinstance(second.value, bool):
        return _truth_change(first, second)
    is_computed = isinstance(first.value, Expression) or isinstance(second.value, Expression)
    are_texts = isinstance(first.value, str) and isinstance(second.value, str)
    if is_computed or are_texts or first.origin is second.origin is Origin.HOST:
        return None if _same_text(first, second) else ValueChange(ChangeKind.TEXT)
    return ValueChange(ChangeKind.TYPE)


def same_value(one: str, other: str) -> bool:
    """Whether two shown values are alike up to case, or are the same number (`5e-3` and `0.005`)."""
    if one.casefold() == other.casefold():
        return True
    first, second = number(one), number(other)
    return first is not None and first == second


def _same_text(first: Value, second: Value) -> bool:
    one, other = (str(getattr(each.value, "text", each.value)) for each in (first, second))
    if Origin.HOST in (first.origin, second.origin):
        return one.casefold() == other.casefold()  # "CPU" and "cpu" are written by people and tools
    return one == other


def _truth_change(first: Value, second: Value) -> ValueChange | None:
    one, other = (
        _TRUTH.get(value.value.lower())
        if isinstance(value.value, str) and not value.is_typed
        else value.value
        for value in (first, second)
    )
    if isinstance(one, bool) and isinstance(other, bool):
        return None if one is other else ValueChange(ChangeKind.TEXT)
    return ValueChange(ChangeKind.TYPE)


def _number_change(first: Quantity, second: Quantity, tolerance: Tolerance) -> ValueChange | None:
    if first.unit is None and second.unit is None:
        return _plain_change(first.number, second.number, "", tolerance)
    if first.unit is None or second.unit is None or first.unit.dimension != second.unit.dimension:
        return ValueChange(ChangeKind.UNIT)
    if first.unit == second.unit:
        return _plain_change(first.number, second.number, first.unit.name, tolerance)
    exact, other = _exact(first.number), _exact(second.number)
    if other is None:
        return ValueChange(ChangeKind.UNKNOWN)
    converted = other * (second.unit.factor / first.unit.factor)
    rounded = CONVERSION_ULPS * math.ulp(1.0)
    if exact is not None and abs(converted - exact) <= Fraction(rounded) * max(abs(exact), abs(converted)):
        return None
    found = _plain_change(first.number, nearest_float(converted), first.unit.name, tolerance)
    return None if found is None else evolve(found, ulps=None)


def _plain_change(
    first: float | Decimal, second: float | Decimal, unit: str, tolerance: Tolerance
) -> ValueChange | None:
    if first == second or (first != first and second != second):  # noqa: PLR0124 - NaN is NaN here
        return None
    absolute = _difference(first, second)
    if _is_within(
        nearest_float(absolute), max(abs(nearest_float(first)), abs(nearest_float(second))), tolerance
    ):
        return None
    relative = _ratio(absolute, first)
    return ValueChange(ChangeKind.NUMBER, absolute, relative, _ulps(first, second), unit)


def _is_within(absolute: float, size: float, tolerance: Tolerance) -> bool:
    allowed = max(tolerance.absolute, tolerance.relative * size)
    return math.isfinite(size) and abs(absolute) <= allowed


def _difference(first: float | Decimal, second: float | Decimal) -> float | Decimal:
    if isinstance(first, Decimal) or isinstance(second, Decimal):
        return _CONTEXT.subtract(Decimal(second), Decimal(first))
    try:
        return second - first
    except OverflowError:  # an integer of hundreds of digits, and a float
        return _CONTEXT.subtract(Decimal(second), Decimal(first))


def _ratio(absolute: float | Decimal, first: float | Decimal) -> float | None:
    if first == 0:
        return None
    size = abs(nearest_float(first))
    if size != 0 and math.isfinite(size):
        return nearest_float(absolute) / size
    return nearest_float(_CONTEXT.divide(Decimal(absolute), abs(Decimal(first))))  # beyond what a float holds


def _exact(value: int | float | Decimal) -> Fraction | None:
    """The number as it is written: 0.1 is a tenth, not the nearest float."""
    if isinstance(value, float):
        return Fraction(repr(value)) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        is_moderate = value.is_finite() and abs(value.adjusted()) < LARGEST_EXPONENT
        return Fraction(value) if is_moderate else None
    return Fraction(value)


def _ulps(first: float | Decimal, second: float | Decimal) -> int | None:
    if not (isinstance(first, float) and isinstance(second, float)):
        return None
    is_finite = math.isfinite(first) and math.isfinite(second)
    return abs(_ordered(first) - _ordered(second)) if is_finite else None


def _ordered(value: float) -> int:
    """Position of a float64 among all of them; neighbours differ by one."""
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)
