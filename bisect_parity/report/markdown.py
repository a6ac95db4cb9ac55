"""Markdown from untrusted text: ASCII, escaped, one row a line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bisect_parity.files import printable

LONGEST_CELL = 400
MOST_FOLDED = 400
_MARKUP = re.compile(r"[\\`*\[\]|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_BLOCK = re.compile(r"(?:#{1,6}|[+-])(?:\s|$)|[=-]+$|~{3}")  # heading, item, rule or fence, in front only
_NUMBERED = re.compile(r"^(\d{1,9})([.)](?:\s|$))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def one_line(text: str, longest: int = LONGEST_CELL) -> str:
    """`text` as one printable ASCII line, cut with "..." where it is too long."""
    flat = re.sub(r"\s+", " ", text[: 8 * longest]).strip()
    shown = printable(flat).encode("ascii", "backslashreplace").decode("ascii")
    return shown if len(shown) <= longest and len(text) <= 8 * longest else shown[: longest - 3] + "..."


def escape(text: str) -> str:
    """`text` as prose in Markdown: neither markup nor HTML, nor the end of a table cell."""
    marked = _MARKUP.sub(lambda match: f"\\{match[0]}", one_line(text))
    marked = f"\\{marked}" if _BLOCK.match(marked) else _NUMBERED.sub(r"\1\\\2", marked)
    return re.sub("[&<]|^>", lambda match: _ENTITIES[match[0]], marked)  # ">" is markup only in front


def code(text: str) -> str:
    """`text` as a code span that may stand in a table cell; backticks in it become apostrophes."""
    shown = re.sub(r"\\(?=\|)", "\\\\ ", one_line(text).replace("`", "'"))
    shown = shown.replace("|", "\\|")
    return f"`{shown}`" if shown else ""


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; cells are Markdown already (see `escape` and `code`).

    Raises:
        ValueError: a row has another number of cells than the header.
    """
    lines = [_row(headers), _row(["---"] * len(headers))]
    for row in rows:
        if len(row) != len(headers):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(headers)} columns")
        lines.append(_row(row))
    return lines


def folded(title: str, lines: Iterable[str]) -> list[str]:
    """A section that a reader must open; `title` is plain text, `lines` are Markdown."""
    shown = re.sub("[&<>]", lambda match: _ENTITIES[match[0]], one_line(title))
    return ["<details>", f"<summary>{shown}</summary>", "", *lines, "", "</details>"]


def section(title: str) -> tuple[str, ...]:
    """The lines of a heading of the second level, with those around it; `title` is Markdown."""
    return ("", f"## {title}", "")


def cut(
    lines: Sequence[str], most: int = MOST_FOLDED, where: str = "in the JSON beside this file"
) -> list[str]:
    """The first `most` items of a list; where there are more, how many, and where they are."""
    left = len(lines) - most
    return [*lines[:most], *([f"- and {left} more, {where}"] if left > 0 else [])]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
