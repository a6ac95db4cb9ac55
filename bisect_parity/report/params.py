"""The parameter diff of `params` as text and as Markdown, from its document. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bisect_parity.params.cells import Presence
from bisect_parity.params.compare import ChangeKind
from bisect_parity.report.markdown import code, cut, escape, folded, table
from bisect_parity.wording import SHORT, counted

LARGEST_SHOWN_BITS = 1000


def markdown_lines(document: Mapping[str, Any], *, show_all: bool) -> Iterator[str]:
    """The Markdown of a document of `params_document`.

    Args:
        document: of the comparison.
        show_all: show ignored and equal values like all others, not folded.
    """
    columns = document["columns"]
    yield "# Parameters"
    yield ""
    yield from table(
        ("", "compared", "code"),
        [(letter, escape(item["label"]), commit_text(item)) for letter, item in lettered(columns)],
    )
    yield ""
    changed = document["changed"] + (document["ignored"] if show_all else [])
    if changed:
        yield from _rows_table(changed, columns)
    else:
        yield "No parameter differs."
    yield ""
    if document["renames"]:
        yield "Perhaps renamed or moved, to be judged by a reader:"
        yield ""
        yield from (f"- {escape(rename_text(item))}" for item in document["renames"])
        yield ""
    if document["ignored"] and not show_all:
        lines = [f"- {code(row['name'])}: {escape(row['reason'])}" for row in document["ignored"]]
        yield from folded(
            f"{counted(len(lines), 'difference')} ignored as noise",
            cut(lines, where="shown with --json"),
        )
        yield ""
    if document["unchanged"] and show_all:
        yield from _rows_table(document["unchanged"], columns)
        yield ""
    elif document["unchanged"]:
        yield f"The same, or recorded once: {counted(len(document['unchanged']), 'parameter')}."
        yield ""
    problems = problem_lines(columns)
    if problems:
        yield "Not read:"
        yield ""
        yield from (f"- {escape(line)}" for line in problems)


def problem_lines(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """What could not be read, once, with the columns that it holds for."""
    found: dict[str, list[str]] = {}
    for letter, item in lettered(columns):
        for problem in item["problems"]:
            found.setdefault(problem, []).append(letter)
    return [f"{', '.join(letters)}: {problem}" for problem, letters in found.items()]


def first_lines(lines: Sequence[str], most: int) -> Iterator[str]:
    """The first `most` remarks, and how many more there are."""
    yield from lines[:most]
    if len(lines) > most:
        yield f"  and {len(lines) - most} more (--json shows all)"


def lettered(columns: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The columns with a short name each: A to Z, then C27 and so on."""
    for number, item in enumerate(columns):
        yield chr(ord("A") + number) if number < 26 else f"C{number + 1}", item


def commit_text(column: Mapping[str, Any]) -> str:
    """The commit of a column, with how it is known; empty for the work tree, which has none."""
    if column["kind"] == "work tree":
        return ""
    if column["kind"] == "several":
        return f"{column['commits']} commits"
    how = f" ({column['class']})" if column["class"] else ""
    return f"commit {column['commit'][:SHORT] if column['commit'] else 'unrecorded'}{how}"


def rename_text(item: Mapping[str, Any]) -> str:
    """A suggested rename in one line."""
    if item["count"] > 1:
        return f"{item['old']} -> {item['new']}: {item['count']} names moved with their values"
    return f"{item['old']} -> {item['new']} (both {item['value']}; names {item['similarity']:.0%} alike)"


def change_text(row: Mapping[str, Any]) -> str:
    """The change of a row in a few words: the greatest among its columns, by its share of the first value."""
    known = [item for item in row["changes"] if item is not None]
    if not known:
        states = [cell["state"] for cell in row["cells"]]
        if len(set(states)) == 1:
            return ""
        return "added" if states[0] != "recorded" else "removed"
    item = max(known, key=lambda change: abs(change["relative"] or 0.0))
    most = "up to " if len(known) > 1 else ""
    if item["kind"] != str(ChangeKind.NUMBER):
        return "" if item["kind"] == str(ChangeKind.TEXT) else str(item["kind"])
    parts = [f"{most}{_signed(item['absolute'])}{' ' + item['unit'] if item['unit'] else ''}"]
    if item["relative"] is not None:
        parts.append(_percent(item["relative"]))
    if item["ulps"] is not None and item["ulps"] < 1000:
        parts.append(f"{item['ulps']} ulp")
    return parts[0] + (f" ({', '.join(parts[1:])})" if parts[1:] else "")


def place_text(cell: Mapping[str, Any]) -> str:
    """Where a value comes from, in a few words; empty for none."""
    source = cell.get("source")
    if source is None:
        return ""
    line = f":{source['line']}" if source["line"] else ""
    commit = f" at {source['commit'][:SHORT]}" if source["commit"] else ""
    return f"{cell['origin']}, {source['path']}{line}{commit}"


def _rows_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Mapping[str, Any]]) -> list[str]:
    headers = ("parameter", *(letter for letter, _ in lettered(columns)), "change")
    return table(
        headers,
        [
            (code(row["name"]), *(_markdown_cell(cell) for cell in row["cells"]), escape(change_text(row)))
            for row in rows
        ],
    )


def _markdown_cell(cell: Mapping[str, Any]) -> str:
    if cell["state"] != str(Presence.RECORDED):
        return str(cell["state"])
    notes = f" ({escape(cell['note'])})" if cell["note"] else ""
    return f"{code(cell['text'])}{notes}"


def _signed(number: int | float | str) -> str:
    is_plain = isinstance(number, float) or (
        isinstance(number, int) and number.bit_length() < LARGEST_SHOWN_BITS
    )
    return f"{number:+.6g}" if is_plain else f"{Decimal(number):+.6g}"


def _percent(relative: float) -> str:
    return f"{relative:+.3g} x" if abs(relative) >= 10 else f"{100 * relative:+.4g} %"
