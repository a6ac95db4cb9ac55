"""A failure that says nothing of the code, though a Python program of the user's told it in its own words."""

from __future__ import annotations

from typing import Any

import pytest

from bisect_parity.parity.case import case_of_table
from bisect_parity.parity.failure_kinds import rule_of
from bisect_parity.parity.failures import candidate_failure, verdict_of_test
from tests.parity.test_check import ended

HEAD = "Traceback (most recent call last):\n"
NO_MODULE = (
    f'{HEAD}  File "chain.py", line 2, in <module>\n    import sim\n'
    "ModuleNotFoundError: No module named 'sim._v'\n"
)
WRAPPER = (
    f'{HEAD}  File "check.py", line 2, in <module>\n    check_call(["chain.py"])\n'
    "subprocess.CalledProcessError: Command '['python', 'chain.py']' "
)
FLOAT = (
    f'{HEAD}  File "old.py", line 1, in <module>\n    np.float\n'
    "AttributeError: module 'numpy' has no attribute 'float'.\n"
    "`np.float` was a deprecated alias for the builtin `float`.\nSee the release note\n"
)
REMOVED = (
    f'{HEAD}  File "old.py", line 1, in f\n'
    "AttributeError: `np.float_` was removed in the NumPy 2.0 release.\n"
)
OF_PYTEST = "E   AttributeError: module 'scipy.integrate' has no attribute 'simps'\n"
FAILED = "FAILED tests/test_a.py::test_f - AttributeError: module 'scipy.integrate' ...\n"


def judged(is_foreign: bool = True, **changes: Any) -> tuple[str, str]:
    case = case_of_table("unit", {"test": ["./x"]}, "file")
    found = verdict_of_test(ended(**({"name": "test"} | changes)), case, lambda _: is_foreign)
    return found.verdict, found.reason


@pytest.mark.parametrize(
    ("text", "verdict", "says"),
    [
        (f"{NO_MODULE}{WRAPPER}returned non-zero exit status 1.\n", "skip", "cannot be imported: ModuleNot"),
        (f"{NO_MODULE}{WRAPPER}x\n{WRAPPER}returned non-zero exit status 1.\n", "bad", "CalledProcessError"),
        (f"a.c:1:2: error: x\n{WRAPPER}returned non-zero exit status 2.\n", "skip", "not built: a.c:1:2"),
        (f"{WRAPPER}died with <Signals.SIGSEGV: 11>.\n", "skip", "ended by SIGSEGV"),
        (f"{WRAPPER}returned non-zero exit status 139.\n", "skip", "ended with status 139"),
        (f"ValueError: 5\n{WRAPPER}returned non-zero exit status 1.\n", "bad", "failed: ValueError: 5"),
        (f"{WRAPPER}returned non-zero exit status 1.\n", "bad", "CalledProcessError"),
    ],
)
def test_what_a_program_says_counts_also_where_a_script_ran_it(text: str, verdict: str, says: str) -> None:
    found, reason = judged(stderr_tail=text)
    assert found == verdict
    assert says in reason


@pytest.mark.parametrize("text", [FLOAT, REMOVED])
def test_code_that_uses_what_a_package_no_longer_has_is_not_tested(text: str) -> None:
    verdict, reason = judged(stderr_tail=text)
    assert (verdict, rule_of(reason)) == ("skip", "import")
    assert reason.startswith("test needs another version of a package: AttributeError: ")
    assert judged(is_foreign=False, stderr_tail=text)[0] == "bad"


def test_a_test_suite_is_not_tested_if_all_of_its_failures_are_of_that_kind() -> None:
    assert judged(stdout_tail=f"{OF_PYTEST}{OF_PYTEST}{FAILED}{FAILED}2 failed\n")[0] == "skip"
    other = "E   AssertionError: 5\n"
    assert judged(stdout_tail=f"{OF_PYTEST}{other}{FAILED}{FAILED}2 failed\n")[0] == "bad"


def test_a_candidate_is_judged_by_the_rule_of_imports() -> None:
    table = {"reference": ["r", "{out}"], "candidate": ["c", "{out}"], "on_candidate_crash": "bad"}
    case = case_of_table("p", table, "file")
    assert candidate_failure(ended(stderr_tail=FLOAT), case, lambda _: True).verdict == "skip"
    assert candidate_failure(ended(stderr_tail=FLOAT), case).verdict == "bad"


def test_the_message_of_numpy_s_testing_is_told() -> None:
    text = f"{HEAD}AssertionError: \nNot equal to tolerance rtol=1e-09, atol=0\n\nMismatched elements: 3\n"
    assert judged(stderr_tail=text) == (
        "bad",
        "the test failed: AssertionError: Not equal to tolerance rtol=1e-09, atol=0 (status 1)",
    )
