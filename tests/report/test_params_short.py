"""Parameters of many runs are told once for all that agree, or value by value with counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.report.params_short import counted_lines, grouped, value_counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def cell(text: str | None) -> dict[str, Any]:
    return {"state": "unrecorded"} if text is None else {"state": "recorded", "text": text, "note": ""}


def column(label: str, commit: str = "a" * 40) -> dict[str, Any]:
    return {"label": label, "kind": "bundle", "commit": commit, "class": "recorded", "problems": []}


def document(
    rows: Mapping[str, Sequence[str | None]], unchanged: Mapping[str, Sequence[str | None]]
) -> dict[str, Any]:
    def all_of(named: Mapping[str, Sequence[str | None]]) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "cells": list(map(cell, texts)),
                "changes": [None if text in (None, texts[0]) else {"kind": "text"} for text in texts],
            }
            for name, texts in named.items()
        ]

    count = len(next(iter(rows.values())))
    return {
        "columns": [column(f"reports/run{at:03}") for at in range(count)],
        "changed": all_of(rows),
        "unchanged": all_of(unchanged),
        "ignored": [],
        "renames": [],
    }


def test_runs_that_agree_in_what_differs_share_a_column() -> None:
    found = grouped(document({"x.py: --n": ["1"] * 300 + ["2"] * 200}, {"x.py: --m": ["3"] * 500}))
    assert found is not None
    assert [item["label"] for item in found["columns"]] == [
        "300 that agree: reports/run000 ... reports/run299",
        "200 that agree: reports/run300 ... reports/run499",
    ]
    assert [[item["text"] for item in row["cells"]] for row in found["changed"]] == [["1", "2"]]
    assert [len(row["cells"]) for row in found["unchanged"]] == [2]


def test_runs_of_several_commits_say_how_many_commits_they_are_of() -> None:
    told = document({"x.py: --n": ["1"] * 3}, {})
    told["columns"][1]["commit"] = "b" * 40
    found = grouped(told)
    assert found is not None
    (one,) = found["columns"]
    assert (one["kind"], one["commits"], one["commit"]) == ("several", 2, None)


def test_values_of_too_many_groups_are_counted_and_rare_ones_named() -> None:
    texts: list[str | None] = ["4096"] * 90 + ["64"] + [None] * 9
    told = document({"x.py: --n": texts, "seed": [str(at) for at in range(100)]}, {})
    assert grouped(told) is None
    lines = list(counted_lines(told, show_all=False, as_markdown=False))
    assert lines[0] == "100 compared: reports/run000 ... reports/run099"
    assert "  --n   4096 (90), 64 (1: run090), unrecorded (9)" in lines
    assert "seed    100 numbers from 0 to 99, median 49.5 (100)" in lines


def test_names_are_short_but_tell_the_runs_apart() -> None:
    row = {"cells": [cell("1"), cell("1"), cell("1"), cell("2")]}
    assert value_counts(row, ["a/x", "b/x", "c", "d"]) == "1 (3), 2 (1: d)"


def test_many_rows_are_cut_to_those_that_most_runs_recorded() -> None:
    rows: dict[str, Sequence[str | None]] = {f"n{at:03}": ["1", "2", *[None] * 48] for at in range(200)}
    rows |= {"zz": [str(at) for at in range(50)]}
    told = document(rows, {})
    lines = list(counted_lines(told, show_all=False, as_markdown=False))
    assert len(lines) < 80
    assert any(line.startswith("zz ") for line in lines)
    assert any("and 141 more, which fewer recorded" in line for line in lines)
    assert len(list(counted_lines(told, show_all=True, as_markdown=False))) > 200


def test_markdown_is_a_list() -> None:
    told = document({"x.py: --n": [str(at) for at in range(20)]}, {})
    lines = list(counted_lines(told, show_all=False, as_markdown=True))
    assert lines[0] == "# Parameters"
    assert "- `x.py: --n`: 20 numbers from 0 to 19, median 9.5 (20)" in lines
