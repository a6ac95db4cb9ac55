from __future__ import annotations

from typing import Any

import pytest

from bisect_parity.report.bisection import bisection_lines, bisection_markdown
from bisect_parity.report.documents import read_as
from bisect_parity.report.search_documents import Bisection

GOOD, BAD, MIDDLE = "a" * 40, "b" * 40, "c" * 40


def check(commit: str, verdict: str, **more: Any) -> dict[str, Any]:
    return {
        "name": f"0001-{commit[:12]}",
        "commit": commit,
        "role": "search",
        "verdict": verdict,
        "reason": "",
        "correlation": None,
        "sum_ratio": None,
        "margins": {},
        "seconds": 1.25,
        "known_from": None,
    } | more


def facts(commit: str, subject: str = "A change", **more: Any) -> dict[str, Any]:
    known = {"commit": commit, "parents": [GOOD], "date": "2025-10-09T12:00:00Z", "author": "A"}
    return known | {"subject": subject, "files": []} | more


def document(**more: Any) -> Bisection:
    told = {
        "outcome": "confirmed",
        "find": "regression",
        "case": "parity",
        "size": 4096,
        "thresholds": None,
        "first_bad": None,
        "first_bad_parent": None,
        "first_good": None,
        "first_good_parent": None,
        "candidates": [],
        "commits": 7,
        "code_states": 3,
        "checks_run": 5,
        "checks_cached": 1,
        "skip_ranges": [],
        "change": None,
        "ends": {"good": {"commit": GOOD}, "bad": {"commit": BAD}},
        "says": ["Why."],
        "tested": [],
        "commit_facts": [facts(GOOD), facts(BAD)],
        "suspects": None,
    }
    return read_as(Bisection, told | more)


def test_the_answer_stands_in_the_first_lines_with_its_parent_and_files() -> None:
    changed = [{"status": "M", "path": "src/a.py"}]
    told = document(first_bad=BAD, first_bad_parent=GOOD, commit_facts=[facts(BAD, files=changed)])
    lines = list(bisection_lines(told))
    assert lines[:2] == ["outcome: confirmed", f"first bad commit: {BAD}"]
    assert f"  its parent: {GOOD}" in lines
    assert "  M src/a.py" in lines
    assert "- M `src/a.py`" in bisection_markdown(told)


def test_a_mending_commit_is_called_the_first_good_one() -> None:
    told = document(find="fix", first_good=GOOD)
    assert f"first good commit: {GOOD}" in list(bisection_lines(told))
    assert "  its parent: none" in list(bisection_lines(told))
    markdown = bisection_markdown(told)
    assert f"First good commit: `{GOOD}`" in markdown
    assert "- parent: none" in markdown


def test_metrics_stand_in_the_table_to_the_last_digit() -> None:
    margins = {"correlation": -0.25, "sum_ratio": 0.005}
    tested = check(BAD, "bad", correlation=0.7211752710777161, sum_ratio=1.0, margins=margins)
    row = next(
        line for line in bisection_markdown(document(tested=[tested])).splitlines() if "search" in line
    )
    assert "| 0.7211752710777161 | -0.25 | 1.0 | 0.005 | 1.2 |" in row


def test_a_known_verdict_names_the_check_it_comes_from() -> None:
    tested = check(BAD, "bad", known_from="0004-cccccccccccc")
    assert "| as 0004 |" in bisection_markdown(document(tested=[tested]))


def test_ranges_of_skips_are_told_with_their_reasons() -> None:
    ranges = [
        {"first": BAD, "last": MIDDLE, "tried": 2, "reason": "import", "step": "candidate"},
        {"first": GOOD, "last": GOOD, "tried": 1, "reason": "no compiler", "step": None},
    ]
    told = document(skip_ranges=ranges)
    assert [line for line in bisection_lines(told) if line.startswith("skipped")] == [
        f"skipped: {BAD[:12]} to {MIDDLE[:12]} (2 tried): import (candidate)",
        f"skipped: {GOOD[:12]}: no compiler",
    ]
    assert f"- {GOOD[:12]}: no compiler" in bisection_markdown(told)


def test_parameters_and_standing_lines_of_the_answer_are_told() -> None:
    parameters = [{"name": "a.py:GAIN", "parent": "1.0\n2", "commit": None}]
    change = {
        "parameters": parameters,
        "lines": [{"path": "a.py", "line": 7, "text": "gain = 2 | ```"}],
    }
    told = document(first_bad=BAD, change=change)
    assert "  parameter a.py:GAIN: 1.0 2 -> not stated" in list(bisection_lines(told))
    markdown = bisection_markdown(told)
    assert "- parameter a.py:GAIN: 1.0 2 -> not stated" in markdown
    assert "a.py:7: gain = 2 | ` ` `" in markdown
    told = document(first_bad=BAD, change=change | {"parameters": parameters * 23})
    assert "  and 3 more parameters, in bisect.json" in list(bisection_lines(told))


def test_of_very_many_candidates_the_first_and_the_last_are_printed_and_the_page_has_all() -> None:
    left = [f"{number:040x}" for number in range(300)]
    told = document(outcome="inconclusive", candidates=left)
    lines = [line for line in bisection_lines(told) if "candidate" in line]
    assert lines[0].split() == ["candidate", left[0]]
    assert lines[10] == "  and 280 candidates between them, in bisect.md"
    assert (len(lines), lines[-1].split()) == (21, ["candidate", left[-1]])
    assert left[150] in bisection_markdown(told)


def test_candidates_are_listed_with_their_subjects() -> None:
    told = document(outcome="inconclusive", candidates=[MIDDLE], commit_facts=[facts(MIDDLE, "Middle")])
    assert f"  candidate {MIDDLE} Middle" in list(bisection_lines(told))
    assert f"- `{MIDDLE}` Middle" in bisection_markdown(told)


def test_long_lists_of_suspects_are_cut_and_say_so() -> None:
    suspects = {"untracked": [], "ignored": [f"{n}.bin" for n in range(25)], "modified": []}
    lines = [line for line in bisection_lines(document(suspects=suspects)) if line.startswith("ignored")]
    assert len(lines) == 21
    assert lines[-1] == "ignored: and 5 more, in bisect.json"
    assert "## Suspects" in bisection_markdown(document(suspects=suspects))


@pytest.mark.parametrize("subject", ["a | b", "caf\u00e9", "esc \x1b[31m", "line\nbreak", "<script>"])
def test_subjects_cannot_break_the_table(subject: str) -> None:
    told = document(tested=[check(BAD, "bad")], commit_facts=[facts(BAD, subject), facts(GOOD)])
    markdown = bisection_markdown(told)
    assert markdown.isascii()
    assert "\x1b" not in markdown
    assert "<script" not in markdown
    table = [line for line in markdown.splitlines() if line.startswith("|")]
    assert len(table) == 3
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1
