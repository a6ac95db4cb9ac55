"""Text that nobody vouches for cannot break out of a cell, and all output is ASCII."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bisect_parity.report.markdown import code, cut, escape, folded, one_line, table

HOSTILE = st.text(st.characters(), max_size=60) | st.text("|`\\\n\r\t<>&*_[]\x1b\u202e", max_size=20)


@given(HOSTILE)
def test_cells_never_break_the_table(text: str) -> None:
    for cell in (escape(text), code(text)):
        assert cell.isascii()
        assert "\n" not in cell
        assert "\x1b" not in cell
        assert not re.search(r"(?<!\\)(?:\\\\)*\|", cell)


@given(HOSTILE)
def test_prose_holds_no_html_and_no_code_spans(text: str) -> None:
    shown = escape(text)
    assert "<" not in shown
    assert not shown.startswith(">")
    assert not re.search(r"(?<!\\)(?:\\\\)*`", shown)


@given(HOSTILE)
def test_code_spans_end_where_they_should(text: str) -> None:
    assert code(text).strip("`").count("`") == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sum_ratio", "sum_ratio"),
        ("__init__", "\\_\\_init\\_\\_"),
        ("a | b", "a \\| b"),
        ("<b>&", "&lt;b>&amp;"),
        ("> 0.999", "&gt; 0.999"),
        ("4096\u00d74096", "4096\\\\xd74096"),
        ("two\nlines", "two lines"),
    ],
)
def test_prose_is_escaped(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_long_text_is_cut() -> None:
    assert one_line("x" * 1000, 20) == "x" * 17 + "..."
    assert len(one_line("\u00e9" * 1000, 20)) == 20


def test_a_row_of_another_width_is_refused() -> None:
    assert table(("a", "b"), [("1", "2")]) == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]
    with pytest.raises(ValueError, match="a row of 1 cells in a table of 2 columns"):
        table(("a", "b"), [("1",)])


def test_a_folded_section_escapes_its_title() -> None:
    assert folded("<script>", ["x"])[1] == "<summary>&lt;script&gt;</summary>"


def test_a_list_that_is_cut_says_how_many_items_are_left_out() -> None:
    assert cut(["- a", "- b"], 2) == ["- a", "- b"]
    assert cut(["- a", "- b", "- c"], 1) == ["- a", "- and 2 more, in the JSON beside this file"]
    assert cut([], 1) == []


@pytest.mark.parametrize(
    "text", ["# a", "- a", "+ a", "1. a", "12) a", "~~~ a", "===", "---", "- - -", "> a"]
)
def test_the_start_of_a_line_is_no_markup(text: str) -> None:
    kinds = [token.type for token in MarkdownIt("commonmark").parse(f"above\n\n{escape(text)}")]
    assert kinds == ["paragraph_open", "inline", "paragraph_close"] * 2


@pytest.mark.parametrize("text", ["-0.5", "+1", "#12", "1.5", "~/a", "--size", "=1"])
def test_what_only_looks_like_markup_stays_as_it_is(text: str) -> None:
    assert escape(text) == text
