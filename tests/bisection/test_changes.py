"""What two runs recorded otherwise becomes changes of the steps that it belongs to."""

from __future__ import annotations

import pytest

from bisect_parity.bisection.changes import recorded_changes
from bisect_parity.diagnosis.attributes import Attribute, Kind

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


def test_a_flag_that_no_step_takes_is_left() -> None:
    attribute = Attribute("fast.py --depth", Kind.PARAMETERS, ("1", "2"), (None, None))
    assert recorded_changes([attribute], 0, 1, lambda *_: False, PROGRAMS) == ([], ["fast.py --depth"])
