"""Parameters of many runs in a form that can be read: equal runs once, values with their counts. Pure.

A column for each run is a table that nobody reads where there are hundreds. Runs that agree in everything
that differs share a column; where that is not enough, each parameter lists its values with their counts.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bisect_parity.params.cells import Presence
from bisect_parity.params.model import name_parts
from bisect_parity.report.markdown import code, escape
from bisect_parity.report.params import first_lines, rename_text
from bisect_parity.wording import counted

MOST_COLUMNS = 8
MOST_ROWS = 60
MOST_PARTIAL = 20
MOST_REMARKS = 10
MOST_VALUES = 5
MOST_NAMED = 2  # runs that are named where few of many have a value
MOST_DISTINCT = 12  # numbers beyond that are told by their range
LONGEST_VALUE = 60
WIDEST_NAME = 40
_ROWS = ("changed", "ignored", "unchanged")


def grouped(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """A document of `params_document` with one column for all runs that agree in every row that differs.

    Args:
        document: of the comparison.

    Returns:
        the same form; None where there are still more than `MOST_COLUMNS` columns.
    """
    members: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(document["columns"])):
        key = tuple(_shown(row["cells"][at]) for row in document["changed"])
        members.setdefault(key, []).append(at)
    if len(members) > MOST_COLUMNS:
        return None
    groups = list(members.values())
    picked = [group[0] for group in groups]
    rows = {
        kind: [
            {
                **row,
                "cells": [row["cells"][at] for at in picked],
                "changes": [row["changes"][at] for at in picked],
            }
            for row in document[kind]
        ]
        for kind in _ROWS
    }
    return {**document, **rows, "columns": [_one_column(document["columns"], group) for group in groups]}


def _one_column(columns: Sequence[Mapping[str, Any]], group: Sequence[int]) -> dict[str, Any]:
    first = columns[group[0]]
    if len(group) == 1:
        return dict(first)
    commits = dict.fromkeys(columns[at]["commit"] for at in group)
    classes = dict.fromkeys(columns[at]["class"] for at in group)
    named = [columns[at]["label"] for at in (group[0], group[-1])]
    joined = " ... " if len(group) > 2 else ", "
    return {
        "label": f"{len(group)} that agree: {joined.join(named)}",
        "kind": first["kind"] if len(commits) == 1 else "several",
        "commit": first["commit"] if len(commits) == 1 else None,
        "class": first["class"] if len(classes) == 1 else None,
        "commits": len(commits),
        "problems": list(dict.fromkeys(item for at in group for item in columns[at]["problems"])),
    }


def _shown(cell: Mapping[str, Any]) -> str:
    return str(cell["text"]) if cell["state"] == str(Presence.RECORDED) else f"({cell['state']})"


def counted_lines(document: Mapping[str, Any], *, show_all: bool, as_markdown: bool) -> Iterator[str]:
    """A document of many columns as text or Markdown: a line for each parameter, with its values.

    Args:
        document: of the comparison.
        show_all: show equal values and noise, and leave out no row.
        as_markdown: write lists of Markdown.
    """
    columns = document["columns"]
    if as_markdown:
        yield from ("# Parameters", "")
    ends = [escape(columns[at]["label"]) if as_markdown else columns[at]["label"] for at in (0, -1)]
    yield f"{len(columns)} compared: {' ... '.join(ends)}"
    yield "Each value is followed by how many have it. --full shows a column for each."
    rows = document["changed"] + (document["ignored"] if show_all else [])
    changed = [row for row in rows if any(row["changes"])]
    partial = [row for row in rows if not any(row["changes"])]
    for title, part, most in (("Changed", changed, MOST_ROWS), ("Only in some", partial, MOST_PARTIAL)):
        yield from _section(title, part, columns, len(part) if show_all else most, as_markdown=as_markdown)
    if show_all:
        same = document["unchanged"]
        yield from _section("The same, or recorded once", same, columns, len(same), as_markdown=as_markdown)
    if not rows:
        yield from ("", "No parameter differs.")
    yield from _remarks(document, show_all=show_all)


def _section(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Mapping[str, Any]],
    most: int,
    *,
    as_markdown: bool,
) -> Iterator[str]:
    """Rows below a title: those that most runs recorded, in the order of their names."""
    if not rows:
        return
    yield from ("", f"{title}:", *([""] if as_markdown else []))
    ranked = sorted(range(len(rows)), key=lambda at: -sum(_is_recorded(cell) for cell in rows[at]["cells"]))
    owner = ""
    kept = sorted(ranked[:most])
    width = min(max(len(name_parts(rows[at]["name"])[1]) for at in kept), WIDEST_NAME)
    names = _short_names(columns)
    for at in kept:
        own_owner, name = name_parts(rows[at]["name"])
        values = value_counts(rows[at], names)
        if as_markdown:
            yield f"- {code(rows[at]['name'])}: {escape(values)}"
            continue
        if own_owner != owner and own_owner:
            yield own_owner
        owner = own_owner
        indent = "  " if owner else ""
        yield f"{indent}{name:<{width + 2 - len(indent)}}  {values}"
    if len(rows) > most:
        yield from ([""] if as_markdown else [])
        yield f"  and {len(rows) - most} more, which fewer recorded (--all, --full and --json show them)"


def _remarks(document: Mapping[str, Any], *, show_all: bool) -> Iterator[str]:
    if document["renames"]:
        yield from ("", "Perhaps renamed or moved:")
        yield from first_lines([f"  {rename_text(item)}" for item in document["renames"]], MOST_REMARKS)
    told = ("Ignored as noise", "ignored"), ("The same, or recorded once", "unchanged")
    counts = [f"{title}: {len(document[key])} (--all shows them)." for title, key in told if document[key]]
    if counts and not show_all:
        yield from ("", *counts)
    found: dict[str, int] = {}
    for column in document["columns"]:
        for problem in column["problems"]:
            found[problem] = found.get(problem, 0) + 1
    if found:
        yield from ("", "Not read:")
        ranked = sorted(found.items(), key=lambda item: -item[1])
        yield from first_lines([f"  {problem} ({number})" for problem, number in ranked], MOST_REMARKS)


def _is_recorded(cell: Mapping[str, Any]) -> bool:
    return bool(cell["state"] == str(Presence.RECORDED))


def _short_names(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ends of the labels from which each can be told, so that long paths do not hide the values."""
    ends = [[label[at:] for at in _starts(label)] for label in (item["label"] for item in columns)]
    known = Counter(end for own in ends for end in own)
    return [next((end for end in own if known[end] == 1), own[-1]) for own in ends]


def _starts(label: str) -> list[int]:
    """Where the parts of a path begin, the last first."""
    return [0, *(at + 1 for at, letter in enumerate(label) if letter == "/")][::-1]


def value_counts(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The values of one parameter in one line, the most frequent first: `4096 (38), 2048 (1: runs/a)`.

    Args:
        row: of the document.
        names: of the columns, for the few that have a rare value.
    """
    having: dict[str, list[int]] = {}
    for at, cell in enumerate(row["cells"]):
        having.setdefault(_shown(cell), []).append(at)
    absent = {key: having.pop(key) for key in [key for key in having if key.startswith("(")]}
    numbers = _numbers(row) if len(having) > MOST_DISTINCT else []
    parts = [_range(numbers, len(having))] if numbers else list(_each(having, names))
    parts += [f"{key[1:-1]} ({len(runs)})" for key, runs in absent.items()]
    return ", ".join(parts)


def _numbers(row: Mapping[str, Any]) -> list[float]:
    """The values as numbers; none where one of them is no number."""
    known = [cell for cell in row["cells"] if cell["state"] == str(Presence.RECORDED)]
    values = []
    for cell in known:
        try:
            values.append(float(cell["text"]))
        except ValueError:
            return []
    return values


def _range(numbers: Sequence[float], distinct: int) -> str:
    low, middle, high = min(numbers), statistics.median(numbers), max(numbers)
    return f"{distinct} numbers from {low:g} to {high:g}, median {middle:g} ({len(numbers)})"


def _each(having: Mapping[str, Sequence[int]], names: Sequence[str]) -> Iterator[str]:
    ranked = sorted(having.items(), key=lambda item: -len(item[1]))
    for value, runs in ranked[:MOST_VALUES]:
        text = value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 3]}..."
        is_rare = len(runs) <= MOST_NAMED and len(having) > 1
        rare = f": {', '.join(names[at] for at in runs)}" if is_rare else ""
        yield f"{text} ({len(runs)}{rare})"
    rest = ranked[MOST_VALUES:]
    if rest:
        yield f"{counted(len(rest), 'more value')} ({sum(len(runs) for _, runs in rest)})"
