"""What is expected of every run, against what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.evidence.model import Source
from bisect_parity.params.context import deviates
from bisect_parity.params.model import Expression, Origin, Unreadable, Value

if TYPE_CHECKING:
    from bisect_parity.params.model import Scalar


@pytest.mark.parametrize(
    ("expected", "value", "answer"),
    [
        (1, "1.0", False),
        (1, "1.5", True),
        (5, 0.5, True),
        (0.5, "0.50", False),
        (1, -1, True),
        ("1e3", 1000.0, False),
        ("cpu", "CPU", False),
        ("cpu", "cuda:0", True),
        ("float32", "torch.float32", False),
        ("float32", Expression("torch.float64"), True),
        ("cpu", "Intel CPU (32 cores)", False),
        (True, True, False),
        (True, False, True),
        ("cpu", None, False),
        ("cpu", Unreadable("two values"), False),
    ],
)
def test_a_value_deviates_that_is_neither_the_expected_one_nor_names_it(
    expected: Any, value: Scalar, answer: bool
) -> None:
    is_typed = not isinstance(value, str)
    assert deviates(expected, Value(value, Source("a"), Origin.COMMAND, is_typed=is_typed)) is answer
