"""The parameter diff of `params`: its JSON form, and the same as text and as Markdown. Pure."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity import __version__
from bisect_parity.params.compare import Change, ChangeKind, Tolerance
from bisect_parity.params.diff import Cell, Presence, Row
from bisect_parity.params.model import Expression, Unreadable
from bisect_parity.report.markdown import code, escape, folded, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.params.model import Scalar, Value
    from bisect_parity.params.renames import Rename

__all__ = [
    "Shown",
    "change_text",
    "markdown_lines",
    "params_document",
    "place_text",
    "problem_lines",
    "row_document",
]

SHORT = 12
LARGEST_SHOWN_BITS = 1000
MOST_FOLDED = 400


@frozen
class Shown:
    """What is compared: a bundle, or a commit.

    Attributes:
        label: as the user named it.
        kind: "bundle", "revision" or "work tree".
        commit: full id of the code; empty where it is not known.
        how: how the commit of a bundle is known; empty for a revision.
        problems: what could not be read, one sentence each.
    """

    label: str
    kind: str
    commit: str = ""
    how: str = ""
    problems: tuple[str, ...] = ()


def params_document(
    columns: Sequence[Shown], rows: Sequence[Row], renames: Sequence[Rename], tolerance: Tolerance
) -> dict[str, Any]:
    """The documented JSON form of a parameter diff.

    Args:
        columns: what is compared.
        rows: all of them, in their order.
        renames: that are suggested.
        tolerance: that was allowed for.
    """
    ignored = [row for row in rows if row.differs and row.noise]
    return {
        "schema": "bisect-parity/params",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "tolerance": {"relative": tolerance.relative, "absolute": tolerance.absolute},
        "columns": [
            {
                "label": item.label,
                "kind": item.kind,
                "commit": item.commit or None,
                "class": item.how or None,
                "problems": list(item.problems),
            }
            for item in columns
        ],
        "changed": [row_document(row) for row in rows if row.differs and not row.noise],
        "renames": [
            {
                "old": item.old,
                "new": item.new,
                "similarity": item.similarity,
                "value": item.value,
                "count": item.count,
            }
            for item in renames
        ],
        "ignored": [{**row_document(row), "reason": row.noise} for row in ignored],
        "unchanged": [row_document(row) for row in rows if not row.differs],
    }


def markdown_lines(document: Mapping[str, Any], *, show_all: bool = False) -> Iterator[str]:
    """The Markdown of a document of `params_document`.

    Args:
        document: what to tell.
        show_all: tell what is ignored and what is the same like everything else, not folded.
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
        yield from folded(f"{len(lines)} differences ignored as noise", lines[:MOST_FOLDED])
        yield ""
    if document["unchanged"] and show_all:
        yield from _rows_table(document["unchanged"], columns)
        yield ""
    elif document["unchanged"]:
        yield f"{len(document['unchanged'])} parameters are the same or were recorded once."
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
        for told in item["problems"]:
            found.setdefault(told, []).append(letter)
    return [f"{', '.join(letters)}: {told}" for told, letters in found.items()]


def lettered(columns: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The columns with a short name each: A to Z, then C27 and so on."""
    for number, item in enumerate(columns):
        yield chr(ord("A") + number) if number < 26 else f"C{number + 1}", item


def commit_text(column: Mapping[str, Any]) -> str:
    """The commit of a column, with how it is known; empty for the work tree, which has none."""
    if column["kind"] == "work tree":
        return ""
    how = f" ({column['class']})" if column["class"] else ""
    return f"commit {column['commit'][:SHORT] if column['commit'] else 'unrecorded'}{how}"


def rename_text(item: Mapping[str, Any]) -> str:
    """A suggested rename in one line."""
    if item["count"] > 1:
        return f"{item['old']} -> {item['new']}: {item['count']} names moved with their values"
    return f"{item['old']} -> {item['new']} (both {item['value']}; names {item['similarity']:.0%} alike)"


def change_text(row: Mapping[str, Any]) -> str:
    """The change of a row in a few words: that of the last column that differs."""
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


def row_document(row: Row) -> dict[str, Any]:
    """One row in JSON: its cells with values, types and places, and the changes against the first value."""
    return {
        "name": row.name,
        "cells": [_cell(cell) for cell in row.cells],
        "changes": [_change(item) for item in row.changes],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    if cell.presence is not Presence.RECORDED:
        return {"state": str(cell.presence)}
    told = [_value(value) for value in cell.values]
    notes = dict.fromkeys(value.note for value in cell.values if value.note)
    found: dict[str, Any] = {
        "state": str(cell.presence),
        "text": cell.text,
        **told[0],
        "note": "; ".join(notes),
    }
    if len(told) > 1:
        found["also"] = told[1:]
    if cell.name:
        found["name"] = cell.name
    if cell.unit is not None:
        found["unit"] = cell.unit.name
    return found


def _value(value: Value) -> dict[str, Any]:
    plain, kind = _typed(value.value, is_typed=value.is_typed)
    return {
        "value": plain,
        "type": kind,
        "origin": str(value.origin),
        "source": {
            "path": value.source.path,
            "line": value.source.line,
            "commit": value.commit or None,
        },
    }


def _typed(value: Scalar, *, is_typed: bool) -> tuple[Any, str]:
    """A value as JSON can hold it, and its type."""
    kinds = {type(None): "null", bool: "bool", int: "int", float: "float", Decimal: "number"}
    if isinstance(value, Expression):
        return value.text, "expression"
    if isinstance(value, Unreadable):
        return value.reason, "unknown"
    if isinstance(value, str):
        return value, "string" if is_typed else "text"
    is_odd = isinstance(value, Decimal) or (isinstance(value, float) and not math.isfinite(value))
    return str(value) if is_odd else value, kinds[type(value)]


def _change(item: Change | None) -> dict[str, Any] | None:
    if item is None:
        return None
    is_plain = isinstance(item.absolute, int | float) and math.isfinite(item.absolute)
    absolute = item.absolute if item.absolute is None or is_plain else str(item.absolute)
    relative = item.relative if item.relative is not None and math.isfinite(item.relative) else None
    return {
        "kind": str(item.kind),
        "absolute": absolute,
        "relative": relative,
        "ulps": item.ulps,
        "unit": item.unit,
    }
