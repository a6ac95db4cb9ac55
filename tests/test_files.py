"""Files are written whole or not at all, and text for people holds no control characters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.errors import OutputError
from bisect_parity.files import cache_directory, printable, replace_file


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "a.md"
    replace_file(place, "one\n")
    replace_file(place, "two \u2265\n")
    assert place.read_text() == "two \\u2265\n"
    assert os.listdir(place.parent) == ["a.md"]  # noqa: PTH208 - names are what is asked


def test_a_write_that_fails_leaves_the_old_file_and_tells_the_remedy(tmp_path: Path) -> None:
    place = tmp_path / "a.md"
    replace_file(place, "old")
    with pytest.raises(OutputError, match="Choose a folder"):
        replace_file(place / "below", "new")
    assert place.read_text() == "old"


@given(st.text())
def test_printable_text_has_no_control_characters(text: str) -> None:
    assert all(c.isprintable() or c in "\n\t" for c in printable(text))


def test_an_escape_sequence_is_shown_not_obeyed() -> None:
    assert printable("a\x1b[31mb") == "a\\x1b[31mb"


def test_the_cache_directory_is_found_without_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "relative/is/ignored"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_directory() == Path(os.environ["HOME"]) / ".cache/bisect-parity"


def test_where_nobody_has_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "~")
    with pytest.raises(OutputError):
        replace_file(cache_directory() / "digests.json", "{}")
    assert not Path("~").exists()
