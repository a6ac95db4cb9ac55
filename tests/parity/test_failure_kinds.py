"""The kind of a failure, by the reason that is told."""

from __future__ import annotations

import attrs
import pytest

from bisect_parity.parity.case import Case
from bisect_parity.parity.failure_kinds import KINDS, raised, rule_of, way_of


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("test did not end within 5 s", "timeout"),
        ("prepare-1 did not end within 5 s", "timeout"),
        ("candidate ran out of memory: MemoryError", "memory"),
        ("candidate was ended by SIGKILL, as the kernel does for lack of memory", "memory"),
        ("candidate was ended by SIGSEGV: it printed no reason", "crash"),
        ("candidate ended with status 3: boom", "crash"),
        ("prepare-1 ended with status 2: a.f90:1:1: Error: x", "build"),
        ("the test was not built: a.c:1:1: error: x (status 2)", "build"),
        ("test cannot be imported: ModuleNotFoundError: No module named 'x'", "import"),
        ("the test has no verdict: nothing was collected (status 5)", None),
        ("candidate needs a program that is not installed: sh: 1: x: not found", None),
    ],
)
def test_a_reason_tells_which_rule_decided(reason: str, kind: str | None) -> None:
    assert rule_of(reason) == kind


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        ("the test failed: AssertionError: 0.5 (status 1)", "AssertionError"),
        ("the test failed: FAILED t.py::test_f - pkg.errors.ShapeError: (2, 3) (status 1)", "ShapeError"),
        ("the test failed: FAIL: 5 is above 3 (status 1)", ""),
        ("test cannot be imported: ModuleNotFoundError: No module named 'x'", ""),
    ],
)
def test_a_reason_names_the_exception_that_a_test_raised(reason: str, name: str) -> None:
    assert raised(reason) == name


def test_every_kind_is_a_key_of_a_case() -> None:
    assert {*KINDS.values()} <= {attribute.name for attribute in attrs.fields(Case)}


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("correlation 0.5 is below 0.999", "correlation -1.2e-05 is below 0.999", True),
        ("correlation 0.5 is below 0.999", "sum ratio 2 is not within 0.005 of 1", False),
        (
            "the test failed: ValueError: /a/b/c.npy: 3 (status 1)",
            "the test failed: ValueError: no (status 1)",
            True,
        ),
        ("the test failed: ValueError: x (status 1)", "the test failed: KeyError: x (status 1)", False),
        (
            "the test failed: at 0x7f3a in /tmp/q1/run.log (status 1)",
            "the test failed: at 0x9 in /tmp/zz/run.log (status 1)",
            True,
        ),
        (
            "the test failed: it printed nothing (status 1)",
            "the test failed: it printed nothing (status 3)",
            False,
        ),
        ("the test failed: check_a2 (status 1)", "the test failed: check_b2 (status 1)", False),
    ],
)
def test_reasons_that_differ_in_numbers_or_folders_alone_are_one_way(
    one: str, other: str, is_same: bool
) -> None:
    assert (way_of(one) == way_of(other)) is is_same
