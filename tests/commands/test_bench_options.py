"""Sizes as people write them."""

from __future__ import annotations

import pytest

from bisect_parity.commands.bench_options import bytes_text, size_of
from bisect_parity.errors import UsageError


@pytest.mark.parametrize(
    ("text", "size", "shown"),
    [("0", 0, "0 bytes"), ("500", 500, "500 bytes"), ("1.5k", 1536, "1.5 KiB"), ("2G", 2**31, "2.0 GiB")],
)
def test_a_size_is_read_and_told(text: str, size: int, shown: str) -> None:
    assert size_of(text) == size
    assert bytes_text(size) == shown


@pytest.mark.parametrize("text", ["", "G", "two", "-1", "-1G", "nan", "inf", "1e999"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size"):
        size_of(text)
