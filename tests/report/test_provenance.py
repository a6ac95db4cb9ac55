"""Resolutions in plain text name what they are about."""

from __future__ import annotations

from attrs import evolve

from bisect_parity.report.provenance import explain, summary_lines
from tests.report.evidence import resolution


def test_the_top_of_the_work_tree_is_shown_as_a_dot() -> None:
    top = resolution("")
    assert next(explain(top)) == "."
    assert next(summary_lines([top])).split()[-1] == "."


def test_notes_stand_in_one_column_beside_the_names_that_have_one() -> None:
    noted = [evolve(resolution(name), note="a note") for name in ("runs/1", "runs/12")]
    lines = list(summary_lines([*noted, resolution("runs/" + "x" * 200)]))
    assert lines[0].index("a note") == lines[1].index("a note") < 80
