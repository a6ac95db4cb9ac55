"""Two values: the same, or how far apart."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.model import Source
from bisect_parity.params.compare import ChangeKind, Tolerance, ValueChange, change, same_value
from bisect_parity.params.model import Expression, Origin, Unreadable, Value
from bisect_parity.params.units import split_unit, unit_of_text

if TYPE_CHECKING:
    from bisect_parity.params.model import Scalar


def value(of: Scalar, *, is_typed: bool = True, origin: Origin = Origin.RECORD) -> Value:
    return Value(of, Source("a"), origin, is_typed=is_typed)


def text(of: str) -> Value:
    """A value of which nobody stated the type, as on a command line."""
    return value(of, is_typed=False, origin=Origin.COMMAND)


def kind(found: ValueChange | None) -> str | None:
    return None if found is None else str(found.kind)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1.0, None),
        (1, True, "type"),
        (1, "1", "type"),
        ("a", "A", "text"),
        (None, 0, "null"),
        (None, None, None),
        (math.nan, math.nan, None),
        (math.inf, -math.inf, "number"),
        (Expression("f(x)"), Expression("f(y)"), "text"),
        (Expression("torch.float32"), Expression("torch.float32"), None),
        (Expression("f(x)"), 3, "text"),
        (Unreadable("why"), 1, "cannot be told"),
        (True, False, "text"),
        (10**400, 10**400 + 1, "number"),
        (Decimal("1e400"), Decimal("1e400"), None),
    ],
)
def test_typed_values_are_compared_as_what_they_are(one: Scalar, other: Scalar, expected: str | None) -> None:
    assert kind(change(value(one), value(other))) == expected
    assert kind(change(value(other), value(one))) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("5e-3", 0.005, None),
        ("4096", 4096, None),
        ("4096", 4097, "number"),
        ("true", True, None),
        ("no", False, None),
        ("cpu", True, "type"),
        ("x", 1, "type"),
    ],
)
def test_text_of_a_command_line_is_what_it_is_compared_with(
    one: str, other: Any, expected: str | None
) -> None:
    assert kind(change(text(one), value(other))) == expected


def test_capitals_make_no_difference_between_environments_but_do_between_files() -> None:
    assert change(value("CPU", origin=Origin.HOST), value("cpu", origin=Origin.HOST)) is None
    assert kind(change(text("A.bin"), text("a.bin"))) == "text"


def test_numbers_differ_by_so_much() -> None:
    assert change(value(2.0), value(2.5)) == ValueChange(ChangeKind.NUMBER, 0.5, 0.25, 2**50, "")
    assert change(value(0), value(3)) == ValueChange(ChangeKind.NUMBER, 3, None, None, "")
    assert change(value(Decimal("1e400")), value(Decimal("2e400"))) == ValueChange(
        ChangeKind.NUMBER, Decimal("1E+400"), 1.0
    )


def test_neighbours_are_one_ulp_apart_across_zero_too() -> None:
    for one in (1.0, -1.0, 0.0, 1e308, 5e-324):
        found = change(value(one), value(math.nextafter(one, math.inf)))
        assert found is not None
        assert found.ulps == 1
    tiny = change(value(-5e-324), value(5e-324))
    assert tiny is not None
    assert tiny.ulps == 2


NUMBERS = st.one_of(st.integers(), st.floats(), st.decimals(allow_nan=False), st.integers(10**300, 10**400))


@given(NUMBERS, NUMBERS)
def test_any_two_numbers_can_be_compared(one: Any, other: Any) -> None:
    forth, back = change(value(one), value(other)), change(value(other), value(one))
    assert (forth is None) == (back is None)
    assert change(value(one), value(one)) is None


def test_tolerances_are_those_of_isclose() -> None:
    one, other = value(100.0), value(101.0)
    assert change(one, other, tolerance=Tolerance(relative=0.02)) is None
    assert change(one, other, tolerance=Tolerance(absolute=1.0)) is None
    assert change(one, other, tolerance=Tolerance(relative=0.005, absolute=0.5)) is not None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("distance_mm", 100), ("distance_m", 0.1), None),
        (("distance_mm", 100), ("distance_m", 0.2), 100.0),
        (("angle_deg", 180.0), ("angle_rad", math.pi), None),
        (("energy_keV", 12.4), ("energy_eV", 12400), None),
        (("distance", "100 mm"), ("distance", "0.1m"), None),
        (("distance", "100 mm"), ("distance_mm", 100), None),
    ],
)
def test_units_are_converted(one: tuple[str, Any], other: tuple[str, Any], expected: float | None) -> None:
    units = (split_unit(one[0])[1], split_unit(other[0])[1])
    found = change(value(one[1]), value(other[1]), units)
    assert (None if found is None else found.absolute) == expected


@given(st.integers(1, 10**6), st.sampled_from(["mm", "um", "nm", "cm", "km"]))
def test_a_conversion_never_makes_a_difference_of_its_own(number: int, unit: str) -> None:
    factor = {"mm": 1e-3, "um": 1e-6, "nm": 1e-9, "cm": 1e-2, "km": 1e3}[unit]
    units = (split_unit(f"x_{unit}")[1], split_unit("x_m")[1])
    assert change(value(number), value(number * factor), units) is None


def test_a_number_without_a_unit_is_not_compared_with_one_that_has_it() -> None:
    units = (split_unit("x_mm")[1], None)
    assert kind(change(value(1), value(1), units)) == "unit"
    assert kind(change(value(1), value(1), (split_unit("x_mm")[1], split_unit("x_deg")[1]))) == "unit"


@pytest.mark.parametrize(
    ("name", "base", "unit"),
    [
        ("distance_mm", "distance", "mm"),
        ("--distance-mm", "--distance", "mm"),
        ("distance (mm)", "distance", "mm"),
        ("wavelength_A", "wavelength", "A"),
        ("wavelength_angstrom", "wavelength", "A"),
        ("share_pct", "share", "percent"),
        ("m", "m", None),
        ("param_a", "param_a", None),
        ("energy_mev", "energy_mev", None),
    ],
)
def test_units_stand_at_the_end_of_names(name: str, base: str, unit: str | None) -> None:
    found = split_unit(name)
    assert (found[0], None if found[1] is None else found[1].name) == (base, unit)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("5e-3", "0.005", True),
        ("4096", "4096.0", True),
        ("CPU", "cpu", True),
        ("cpu", "cuda", False),
        ("1", "one", False),
        ("nan", "1", False),
    ],
)
def test_numbers_and_capitals_make_no_difference_of_their_own(one: str, other: str, same: bool) -> None:
    assert same_value(one, other) is same


def test_a_quantity_beyond_all_floats_differs_from_another_in_its_own_unit() -> None:
    units = split_unit("d_m")[1], split_unit("d_mm")[1]
    found = change(value(1.0), value(Decimal("1e400")), units)
    assert found is not None
    assert (found.kind, found.absolute, found.relative) == (ChangeKind.NUMBER, math.inf, math.inf)


def version(of: Scalar, *, is_typed: bool = False) -> Value:
    return value(of, is_typed=is_typed, origin=Origin.HOST)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (version("3.10"), version("3.1"), "text"),
        (version("2.1"), version(2.1, is_typed=True), None),
        (version("2.10"), version(2.1, is_typed=True), "text"),
        (version("CPU"), version("cpu"), None),
        (version(8, is_typed=True), version(8.0, is_typed=True), None),
        (text("3.10"), text("3.1"), None),
    ],
)
def test_text_of_the_host_is_a_version_and_no_number(one: Value, other: Value, expected: str | None) -> None:
    assert kind(change(one, other)) == expected
    assert kind(change(other, one)) == expected


@pytest.mark.parametrize("name", ["BLOCK_M", "tile_S", "x_H"])
def test_a_capital_letter_is_no_unit(name: str) -> None:
    assert split_unit(name) == (name, None)
    assert unit_of_text("4G") is None
    assert unit_of_text("512M") is None
