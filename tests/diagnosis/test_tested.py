"""What to do once one commit was checked clean, and in a copy of the user's directory."""

from __future__ import annotations

import pytest

from bisect_parity.diagnosis import tested as after_tests
from bisect_parity.diagnosis.next_step import Step

PLANNED = [
    Step("bisect-parity init --freeze", ""),
    Step("bisect-parity bisect --good a --bad b", ""),
    Step("bisect-parity diagnose --run --case c --at b", ""),
    Step("bisect-parity params a b", ""),
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


def test_images_that_do_not_repeat_lead_to_the_search_that_weighs_verdicts() -> None:
    facts = after_tests.Tested("b" * 40, "c", "good", "good", True, False, False, True, 1, ())
    assert after_tests.steps_after(facts, PLANNED)[-1].command == (
        f"bisect-parity bisect --flaky --good auto --bad {'b' * 12} --case c"
    )
