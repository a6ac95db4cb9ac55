from __future__ import annotations

import pytest

from bisect_parity.parity.size_gate import size_gate

ENDS = ("good", "bad")


def test_a_size_that_separates_the_ends_as_the_full_size_does_is_used() -> None:
    size, says = size_gate(256, 4096, ENDS, ENDS)
    assert size == 256
    assert "256 separates the two ends as the case's own size 4096 does (good, bad)" in says
    assert "the proof at size 4096" in says


@pytest.mark.parametrize(
    "at_small", [("good", "good"), ("bad", "bad"), ("bad", "good"), ("skip", "bad"), ("good", "abort")]
)
def test_any_other_size_is_not_used_and_that_is_told(at_small: tuple[str, str]) -> None:
    size, says = size_gate(256, 4096, at_small, ENDS)
    assert size == 4096
    assert f"256 does not separate the two ends ({', '.join(at_small)})" in says
    assert "the search is made at size 4096" in says
