"""What to do once one commit was checked clean, and in a copy of the user's directory."""

from __future__ import annotations

import pytest

from bisect_parity.diagnosis import tested as after_tests
from bisect_parity.diagnosis.causes import CauseKind
from bisect_parity.diagnosis.next_step import NextStep
from tests.diagnosis.runs import GOOD, diagnosed, evidence, weight

PLANNED = [
    NextStep("bisect-parity init --freeze", ""),
    NextStep("bisect-parity bisect --good a --bad b", ""),
    NextStep("bisect-parity diagnose --run --case c --at b", ""),
    NextStep("bisect-parity params a b", ""),
]


@pytest.mark.parametrize(
    ("clean", "in_place", "told"),
    [
        ("good", "bad", ["isolate --over files", "params a b"]),
        ("bad", "bad", ["isolate --over env", "bisect --good", "params a b"]),
        ("skip", "bad", ["bisect --good", "params a b"]),
    ],
)
def test_what_was_done_is_not_told_again_and_no_search_in_clean_worktrees_for_what_lies_elsewhere(
    clean: str, in_place: str, told: list[str]
) -> None:
    facts = after_tests.Tested("b" * 40, "c", clean, in_place, True, True, False, False, 1, ())
    steps = [step.command for step in after_tests.steps_after(facts, PLANNED)]
    assert len(steps) == len(told)
    assert all(step.startswith(f"bisect-parity {start}") for step, start in zip(steps, told, strict=True))


@pytest.mark.parametrize(
    ("verdicts", "moves", "says"),
    [
        (
            ("good", "bad"),
            (False, True),
            "the candidate made another image there: a file that is not as the commit has it",
        ),
        (("bad", "bad"), (False, False), "no file that lies there now makes a difference"),
        (("bad", "bad"), (True, True), "a file there changes the figures, and not the verdict"),
    ],
)
def test_that_no_file_makes_a_difference_is_said_only_where_the_images_are_the_same(
    verdicts: tuple[str, str], moves: tuple[bool, bool], says: str
) -> None:
    facts = after_tests.Tested("b" * 40, "c", *verdicts, True, True, *moves, 1, ())
    assert says in after_tests.place_text(facts)


def test_a_check_at_a_commit_of_one_kind_of_bad_runs_tells_of_this_kind_alone() -> None:
    found = diagnosed(GOOD, GOOD, 0.41, GOOD, GOOD, 0.9931, 0.9931, code=list("abcdefg"))
    last = found.runs[-1].resolution.commit or ""
    facts = after_tests.Tested(last, "c", "good", "bad", True, True, True, False, 1, ())
    after = after_tests.with_tested(found, facts)
    assert [kind.verdict for kind in after.kinds] == [found.kinds[0].verdict, CauseKind.UNTRACKED]
    by_kind = [weight(kind, CauseKind.UNTRACKED) for kind in after.kinds]
    assert weight(after, CauseKind.UNTRACKED) == pytest.approx((by_kind[0] + 2 * by_kind[1]) / 3)
    assert "is good in a clean worktree and bad" in evidence(after, CauseKind.UNTRACKED)
    searches = [NextStep(f"bisect-parity bisect --good a --bad {bad}", "") for bad in ("f" * 12, last[:12])]
    commands = [step.command for step in after_tests.steps_after(facts, searches, has_kinds=True)]
    assert commands[1:] == [searches[0].command]


def test_images_that_do_not_repeat_lead_to_the_search_that_weighs_verdicts() -> None:
    facts = after_tests.Tested("b" * 40, "c", "good", "good", True, False, False, True, 1, ())
    assert after_tests.steps_after(facts, PLANNED)[-1].command == (
        f"bisect-parity bisect --flaky --good auto --bad {'b' * 12} --case c"
    )
