"""Attributes side by side: which runs agree on one."""

from __future__ import annotations

import pytest

from bisect_parity.diagnosis.attributes import Attribute, Kind


def attribute(kind: Kind, *values: str | None) -> Attribute:
    return Attribute("x", kind, values, (None,) * len(values))


@pytest.mark.parametrize(
    ("kind", "expected"), [(Kind.PARAMETERS, (0, 0, None, 1)), (Kind.ENVIRONMENT, (0, 1, None, 2))]
)
def test_a_version_is_no_number_and_a_parameter_is(kind: Kind, expected: tuple[int | None, ...]) -> None:
    found = attribute(kind, "3.10", "3.1", None, "CPU")
    assert found.partition() == expected
    assert found.partition((0, 2)) == (0, None)


def test_texts_that_differ_in_capitals_are_one_value() -> None:
    assert attribute(Kind.ENVIRONMENT, "CPU", "cpu").partition() == (0, 0)


def test_versions_that_would_be_one_number_are_not_put_in_order() -> None:
    assert attribute(Kind.ENVIRONMENT, "3.10", "3.1").numbers() is None
    assert attribute(Kind.ENVIRONMENT, "4", "8").numbers() == (4.0, 8.0)
    assert attribute(Kind.PARAMETERS, "3.10", "3.1").numbers() == (3.1, 3.1)
