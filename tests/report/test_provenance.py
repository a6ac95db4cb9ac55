"""Resolutions in plain text name what they are about."""

from __future__ import annotations

from bisect_parity.report.provenance import explain, summary_lines
from tests.report.evidence import resolution


def test_the_top_of_the_work_tree_is_shown_as_a_dot() -> None:
    top = resolution("")
    assert next(explain(top)) == "."
    assert next(summary_lines([top])).split()[-1] == "."
