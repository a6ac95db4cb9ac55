"""What two runs recorded otherwise becomes changes of the steps that it belongs to."""

from __future__ import annotations

import pytest

from bisect_parity.bisection.changes import (
    Difference,
    applied,
    environment_changes,
    recorded_changes,
    without_switches,
)
from bisect_parity.bisection.isolation import text_of
from bisect_parity.diagnosis.attributes import Attribute, Kind
from bisect_parity.parity.case import case_of_table

PROGRAMS = {"reference": ["mc/ref.py"], "candidate": ["/opt/python", "mc/fast.py"]}


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("fast.py --seed", ["candidate"]),
        ("mc/fast.py --seed", ["candidate"]),
        ("ref.py --seed", ["reference"]),
        ("benchmark.py --seed", ["reference", "candidate"]),  # it ran both, perhaps
    ],
)
def test_a_flag_is_tried_on_the_step_that_runs_its_program(name: str, steps: list[str]) -> None:
    attribute = Attribute(name, Kind.DEFAULTS, ("42", "7"), (None, None))
    changes, left = recorded_changes([attribute], 0, 1, lambda _, flag: flag == "--seed", PROGRAMS)
    assert [(change.name, change.value) for change in changes] == [(f"{step} --seed", "7") for step in steps]
    assert left == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("not given", "true"), ("fast.py", "--n", "1", "--turbo")),
        (("true", "false"), ("fast.py", "--n", "1")),
        (("3", "not given"), ("fast.py", "--n", "1")),
        (("not given", "3"), ("fast.py", "--n", "1", "--turbo", "3")),
    ],
)
def test_a_switch_is_set_without_a_value_and_what_the_bad_run_lacks_is_left_out(
    values: tuple[str, str], expected: tuple[str, ...]
) -> None:
    attribute = Attribute("fast.py --turbo", Kind.PARAMETERS, values, (None, None))
    changes, _ = recorded_changes([attribute], 0, 1, lambda *_: True, {"test": ["fast.py"]})
    case = case_of_table("unit", {"test": ["fast.py", "--n", "1"]}, "test")
    assert applied(case, changes).test == expected


def test_an_option_that_only_the_bad_command_has_is_tried_with_its_value() -> None:
    number = Attribute("fast.py --tol", Kind.PARAMETERS, (None, "3", "4"), (None,) * 3)
    given = Attribute(
        "fast.py --tol (given or not)", Kind.PARAMETERS, ("not given", "given", "given"), (None,) * 3
    )
    variable = Attribute("$MKL_CBWR", Kind.ENVIRONMENT, ("AVX", "not listed", "AVX"), (None,) * 3)
    changes, left = recorded_changes([number, given, variable], 0, 1, lambda *_: True, {"test": ["fast.py"]})
    assert [(change.name, change.value) for change in changes] == [("test --tol", "3")]
    assert left == ["$MKL_CBWR"]


def test_a_flag_that_no_step_takes_is_left() -> None:
    attribute = Attribute("fast.py --depth", Kind.PARAMETERS, ("1", "2"), (None, None))
    assert recorded_changes([attribute], 0, 1, lambda *_: False, PROGRAMS) == ([], ["fast.py --depth"])


def test_a_switch_that_the_case_lets_through_is_tried_and_a_path_is_not() -> None:
    table = {"test": ["true"], "pass": ["SIM_TF32", "LD_LIBRARY_PATH", "UNSET"]}
    caller = {"SIM_TF32": "1", "LD_LIBRARY_PATH": "/opt/lib", "PATH": "/bin", "SHLVL": "1"}
    case = without_switches(case_of_table("unit", table, "test"), caller)
    assert "LD_LIBRARY_PATH" in case.passed
    tried = environment_changes(case, caller)
    assert [(change.name, change.value) for change in tried] == [("SIM_TF32", "1")]


def test_a_sentence_names_a_few_of_many_changes() -> None:
    changes = [Difference("files", f"f{number}") for number in range(7)]
    assert text_of(changes[:2]) == "the file f0 and the file f1"
    assert text_of(changes).endswith("the file f4 and 2 more")
