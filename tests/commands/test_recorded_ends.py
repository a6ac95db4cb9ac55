"""Runs whose commit has another verdict now than they recorded."""

from __future__ import annotations

from typing import Any

import pytest

from bisect_parity.commands.session_ends import recorded_otherwise

OLD, NEW = "a" * 40, "b" * 40


def _run(number: int, verdict: str, commit: str | None = None, probability: float = 0.97) -> dict[str, Any]:
    told = {"run": number, "verdict": verdict, "commit": commit, "probability": probability}
    return told | {"bundles": [f"bench/{number}"]}


def test_a_good_run_whose_commit_is_bad_now_says_that_no_commit_is_to_blame_and_what_to_compare() -> None:
    runs = [_run(1, "good", OLD), _run(2, "unknown"), _run(3, "bad", NEW)]
    told = [*recorded_otherwise(runs, {OLD: "bad", NEW: "bad"}, " --repo x")]
    assert told[0].startswith(f"bench/1 was good when it was recorded, and its commit {OLD[:12]} is bad now.")
    assert told[1] == "What the runs recorded otherwise: bisect-parity params bench/1 bench/3 --repo x"


def test_a_bad_run_whose_commit_is_good_now_is_compared_with_the_good_one_before_it() -> None:
    runs = [_run(1, "good", OLD), _run(2, "bad", NEW)]
    told = [*recorded_otherwise(runs, {OLD: "good", NEW: "good"}, "")]
    assert told[-1].endswith("bisect-parity params bench/2 bench/1")


@pytest.mark.parametrize(
    ("run", "verdicts"),
    [
        (_run(1, "good", OLD), {OLD: "good"}),
        (_run(1, "good", OLD), {OLD: "skip"}),
        (_run(1, "good", OLD, 0.6), {OLD: "bad"}),
        (_run(1, "unknown", OLD), {OLD: "bad"}),
        (_run(1, "good"), {OLD: "bad"}),
    ],
)
def test_nothing_is_said_where_no_run_is_contradicted_for_sure(
    run: dict[str, Any], verdicts: dict[str, str]
) -> None:
    assert [*recorded_otherwise([run], verdicts, "")] == []
