"""JSON and YAML of unknown origin are read within limits, and refused in one line."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats import documents, yaml_document
from bisect_parity.evidence.formats.documents import DocumentError, decode, load_json, load_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text("abc xyz:-[]{}#&*!|>'\"%@`,?\n", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


def bomb(levels: int) -> bytes:
    """YAML of a few hundred bytes whose aliases stand for 10 ** levels values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


@given(PLAIN)
def test_yaml_that_was_written_plainly_is_read_as_it_was(value: object) -> None:
    assert load_yaml(yaml.safe_dump(value).encode()) == value


@pytest.mark.parametrize("load", [load_json, load_yaml])
@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_the_one_error(load: Callable[[bytes], object], data: bytes) -> None:
    with contextlib.suppress(DocumentError):
        load(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"# only a remark\n", "empty"),
        (b"[" * 100_000, "nest"),  # by us, or by a newer PyYAML before us
        (b"[" * 101 + b"]" * 101, "too deep"),
        (b"a: &a [*a]", "itself"),
        (b"a: &a\n  b: *a\n", "itself"),
        (bomb(9), "aliases"),
        (b"x: !!python/object/apply:os.system [id]", "refused"),
        (b"x: !secret y", "refused"),
        (b"x: !!binary aGk=", "refused"),
        (b"a: 1\n---\nb: 2\n", "another document"),
        (b"? [a]\n: 1\n", "unhashable"),
        (b"a: 2025-99-99\n", "month"),
        (b"a: 0x" + b"f" * 5000, "digits"),
        (b"a: " + b"9" * 5000, "digits"),
        (b"a: b: c\n", "line 1"),
        (b"\x00", "not allowed"),
    ],
)
def test_yaml_that_cannot_be_trusted_is_refused_in_one_line(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load_yaml(data)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b" \n", "empty"),
        (b'{"a": ', "line 1, column 7"),
        (b"[" * 100_000, "too deep"),
        (b"9" * 5000, "digits"),
        (b'"\xff"', "UTF-8"),
    ],
)
def test_json_that_cannot_be_read_says_why(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        load_json(data)


@pytest.mark.parametrize(
    ("module", "name", "load"),
    [(documents, "MOST_JSON_BYTES", load_json), (yaml_document, "MOST_YAML_BYTES", load_yaml)],
)
def test_large_files_are_told_and_not_read(
    module: ModuleType, name: str, load: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, 10)
    with pytest.raises(DocumentError, match="the limit is 10"):
        load(b"[1, 2, 3, 4, 5]")


def test_yaml_of_too_many_values_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_document, "MOST_YAML_VALUES", 10)
    with pytest.raises(DocumentError, match="more than 10 values"):
        load_yaml(b"- 1\n" * 30)


def test_dates_come_as_text_and_keys_too() -> None:
    assert load_yaml(b"2025-01-02: 2025-10-09T16:12:56Z\n3: [2025-01-02]\n") == {
        "2025-01-02": "2025-10-09T16:12:56+00:00",
        "3": ["2025-01-02"],
    }


def test_aliases_and_merges_of_moderate_size_are_read() -> None:
    data = b"base: &base {size: 8}\nrun:\n  <<: *base\n  seed: 1\n"
    assert load_yaml(data)["run"] == {"size": 8, "seed": 1}


def test_a_byte_order_mark_is_no_text() -> None:
    assert decode(b"\xef\xbb\xbfa\xff") == "a�"
    assert load_json(b"\xef\xbb\xbf{}") == {}
