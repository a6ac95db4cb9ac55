from __future__ import annotations

import pytest

from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.skips import refuse_common_fault, skip_ranges
from bisect_parity.errors import CheckError

ORDER = [letter * 40 for letter in "abcdefgh"]


def check(letter: str, verdict: str, reason: str = "", step: str | None = "candidate") -> Check:
    return Check(f"0001-{letter}", letter * 40, letter, Role.SEARCH, 64, verdict, reason, step)


def test_equal_reasons_are_one_range_if_nothing_between_them_was_tested() -> None:
    checks = [check("e", "skip", "x"), check("b", "skip", "x"), check("d", "skip", "x"), check("h", "bad")]
    (found,) = skip_ranges(checks, ORDER)
    assert (found.first, found.last, found.tried, found.reason) == ("b" * 40, "e" * 40, 3, "x")


def test_a_commit_that_can_be_tested_and_another_reason_part_two_ranges() -> None:
    checks = [
        check("a", "skip", "x"),
        check("b", "good"),
        check("c", "skip", "x"),
        check("d", "skip", "y"),
        check("e", "skip", "y", "prepare"),
    ]
    assert [(one.first[0], one.last[0]) for one in skip_ranges(checks, ORDER)] == [
        ("a", "a"),
        ("c", "c"),
        ("d", "d"),
        ("e", "e"),
    ]


def test_a_commit_that_was_asked_twice_counts_once() -> None:
    assert skip_ranges([check("a", "skip", "x"), check("a", "skip", "x")], ORDER)[0].tried == 1


def test_one_fault_with_other_ids_folders_and_lines_is_one_range() -> None:
    reasons = [
        f"object {digit * 40} (/tmp/{digit}/a.c) is missing, a.c:{digit}:7, line {digit}" for digit in "123"
    ]
    checks = [check(letter, "skip", reason) for letter, reason in zip("abc", reasons, strict=True)]
    (found,) = skip_ranges([*checks, check("d", "skip", "status 3"), check("e", "bad")], ORDER)[:-1]
    assert (found.tried, found.reason) == (3, reasons[0])


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [("test did not end within 2 s", "give it more time (`timeout`)"), ("no julia", "install what it needs")],
)
def test_a_fault_of_every_check_is_told_with_what_helps(reason: str, remedy: str) -> None:
    with pytest.raises(CheckError) as told:
        refuse_common_fault([check(letter, "skip", reason) for letter in "abcde"])
    assert str(told.value).endswith(f"correct its case or its test, or {remedy}.")
