"""Values side by side: what separates first, then what differs, then the rest."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from bisect_parity.evidence.model import Source
from bisect_parity.params.cells import Column, Row
from bisect_parity.params.compare import Tolerance
from bisect_parity.params.diff import diff
from bisect_parity.params.model import Origin, Value
from bisect_parity.params.renames import LEAST_FOR_COMMON_VALUES, Rename, name_similarity, renames

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(
    values: Mapping[str, Any], origin: Origin = Origin.RECORD, *programs: str, code: bool = False
) -> Column:
    told = {name: (Value(value, Source("a"), origin),) for name, value in values.items()}
    return Column(told, frozenset(programs), has_code=code)


def commit(values: Mapping[str, Any]) -> Column:
    told = {name: (Value(value, Source("a"), Origin.DEFAULT),) for name, value in values.items()}
    return Column(told, has_code=True, is_commit=True)


def texts(row: Row) -> list[str]:
    return [cell.text for cell in row.cells]


def test_rows_come_by_what_they_tell() -> None:
    columns = [
        run({"same": 1, "differs": "a", "separates": "x", "only": "q"}),
        run({"same": 1.0, "differs": "b", "separates": "y"}),
        run({"same": 1, "differs": "a", "separates": "y"}),
    ]
    rows = diff(columns, ([0], [1, 2]))
    assert [row.name for row in rows] == ["separates", "differs", "only", "same"]
    assert [row.separates for row in rows] == [True, False, False, False]
    assert [row.differs for row in rows] == [True, True, False, False]
    assert texts(rows[2]) == ["q", "unrecorded", "unrecorded"]


def test_what_one_side_does_not_record_separates_nothing() -> None:
    (row,) = diff([run({}), run({"a": "1"})], ([0], [1]))
    assert not row.separates
    assert not row.differs


def test_no_columns_make_no_rows() -> None:
    assert diff([]) == ()


def test_branches_in_another_order_are_no_change() -> None:
    one = commit({"a.py: GPU": True, "a.py: GPU#2": False, "a.py: N": 1})
    other = commit({"a.py: GPU": None, "a.py: GPU#2": False, "a.py: GPU#3": True})
    rows = {row.name: texts(row) for row in diff([one, other])}
    assert rows == {
        "a.py: GPU": ["true", "true"],
        "a.py: GPU#2": ["false", "false"],
        "a.py: GPU#3": ["not there", "null"],
        "a.py: N": ["1", "not there"],
    }


def test_values_that_are_hidden_are_kept_apart() -> None:
    hidden = commit({"a.py: KEY": "x", "a.py: KEY#2": "x"})
    assert [row.name for row in diff([hidden, hidden])] == ["a.py: KEY", "a.py: KEY#2"]


def test_missing_is_not_null() -> None:
    (row,) = diff([commit({"a.py: N": None}), commit({})])
    assert texts(row) == ["null", "not there"]
    assert row.differs
    (row,) = diff([commit({"a.py: N": None}), run({})])
    assert texts(row) == ["null", "unrecorded"]
    assert not row.differs


def test_an_option_that_a_recorded_command_lacks_was_not_given() -> None:
    given = run({"b.py --fast": True}, Origin.COMMAND, "b.py")
    rows = diff([given, run({}, Origin.COMMAND, "b.py"), run({})])
    assert texts(rows[0]) == ["true", "not given", "unrecorded"]
    assert rows[0].differs


def test_what_a_kept_list_lacks_is_not_listed_and_differs() -> None:
    kept: dict[str, Any] = {"settings": frozenset({"c.json"}), "lists": frozenset({"a"})}
    columns = [
        evolve(run({"c.json lr": 1, "$OMP_NUM_THREADS": 2, "$SIM_X": 1, "module_gcc": "12"}), **kept),
        evolve(run({}), **kept),
        run({}),
    ]
    rows = {row.name: row for row in diff(columns)}
    assert texts(rows["c.json lr"]) == ["1", "not listed", "unrecorded"]
    assert texts(rows["$OMP_NUM_THREADS"]) == ["2", "not listed", "unrecorded"]
    assert texts(rows["$SIM_X"]) == ["1", "unrecorded", "unrecorded"]  # its value may be one that is not kept
    assert texts(rows["module_gcc"]) == ['"12"', "not listed", "unrecorded"]
    assert [row.differs for row in rows.values()] == [True, True, True, False]


def test_what_was_not_given_does_not_differ_from_a_default() -> None:
    (row,) = diff([run({"b.py --n": 1}, Origin.DEFAULT, "b.py"), run({}, Origin.COMMAND, "b.py")], ([0], [1]))
    assert texts(row) == ["1", "not given"]
    assert not row.differs
    assert not row.separates


def test_names_that_differ_in_their_unit_only_are_one_row() -> None:
    columns = [
        run({"c.json distance_mm": 100}),
        run({"c.json distance_m": 0.1}),
        run({"c.json distance": "10 cm"}),
    ]
    (row,) = diff(columns)
    assert row.name == "c.json distance"
    assert texts(row) == ["100 mm", "0.1 m", "10 cm"]
    assert not row.differs
    assert [cell.name for cell in row.cells] == [
        "c.json distance_mm",
        "c.json distance_m",
        "c.json distance",
    ]


def test_names_in_two_units_are_two_rows_where_one_column_has_both() -> None:
    columns = [run({"x_mm": 100, "x_m": 3}), run({"x_m": 0.1})]
    assert {row.name for row in diff(columns)} == {"x_mm", "x_m"}


def test_a_plain_number_is_not_taken_for_one_with_a_unit() -> None:
    assert {row.name for row in diff([run({"x_mm": 100}), run({"x": 100})])} == {"x_mm", "x"}


def test_changes_are_against_the_first_value() -> None:
    (row,) = diff([run({}), run({"n": 2}), run({"n": 2}), run({"n": 3})])
    assert [item.absolute if item else None for item in row.changes] == [None, None, None, 1]


def test_tolerances_make_numbers_equal() -> None:
    (row,) = diff([run({"n": 1.0}), run({"n": 1.01})], tolerance=Tolerance(relative=0.1))
    assert not row.differs


def test_several_values_of_a_run_differ_from_one() -> None:
    two = Column({"n": tuple(Value(n, Source("a"), Origin.RECORD) for n in (1, 2))})
    (row,) = diff([run({"n": 1}), two])
    assert texts(row) == ["1", "1, then 2"]
    assert row.differs


def test_a_name_that_goes_where_a_like_one_comes_with_its_value_is_perhaps_a_rename() -> None:
    rows = diff(
        [commit({"a.py: MAX_ROWS": 37, "a.py: B": 1}), commit({"a.py: MAXIMUM_ROWS": 37, "a.py: C": 1})]
    )
    (found,) = renames(rows)
    assert (found.old, found.new, found.value) == ("a.py: MAX_ROWS", "a.py: MAXIMUM_ROWS", "37")


@pytest.mark.parametrize(
    ("one", "other", "is_like"),
    [
        ("--lr", "--learning-rate", True),
        ("--nsteps", "--num-steps", True),
        ("--tol", "--tolerance", True),
        ("--bs", "--batch-size", True),
        ("--lr", "--layers", False),
        ("--n", "--nodes", False),
        ("--device", "--dtype", False),
        ("a" * 40 + "b", "-".join(["a" * 10] * 20), False),  # many ways, each tried once
    ],
)
def test_a_name_is_like_another_that_it_abbreviates(one: str, other: str, is_like: bool) -> None:
    assert (name_similarity(one, other) >= LEAST_FOR_COMMON_VALUES) is is_like


def test_other_values_other_names_and_names_that_stand_together_are_no_renames() -> None:
    assert renames(diff([commit({"a.py: MAX_ROWS": 37}), commit({"a.py: MAXIMUM_ROWS": 38})])) == ()
    assert renames(diff([commit({"a.py: MAX_ROWS": 37}), commit({"a.py: SEED": 37})])) == ()
    both = commit({"a.py: MAX_ROWS": 37, "a.py: MAX_ROW": 37})
    assert renames(diff([both, commit({"a.py: MAX_ROW": 37})])) == ()


def test_names_that_move_to_another_file_are_one_move() -> None:
    moved = renames(diff([commit({"a.py: N": 1, "a.py: M": 2}), commit({"b.py: N": 1, "b.py: M": 2})]))
    assert moved == (Rename("a.py", "b.py", 1.0, "", 2),)


def test_thousands_of_names_with_units_are_lined_up_in_a_moment() -> None:
    count = 3_000
    short, long = ({f"p{number}_{unit}": number for number in range(count)} for unit in ("mm", "cm"))
    rows = diff([run(short), run(long)])
    assert len(rows) == count
    assert [row.name for row in rows if not row.differs] == ["p0"]  # 0 mm are 0 cm


@example([[(1, True), (True, True)], [("yes", False)]], Origin.RECORD)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(
                    [None, 1, 1.0, 2, "1", "2", "a", "A", "1 mm", "0.1 cm", True, "yes", math.nan]
                ),
                st.booleans(),
            ),
            min_size=1,
            max_size=4,
        ),
        min_size=2,
        max_size=2,
    ),
    st.sampled_from([Origin.RECORD, Origin.HOST, Origin.COMMAND]),
)
def test_what_separates_shares_no_value_whatever_the_values_are(
    sides: list[list[tuple[Any, bool]]], origin: Origin
) -> None:
    values = [*sides[0], *sides[1]]
    columns = [
        Column({"run.py --a": (Value(value, Source("a"), origin, is_typed=is_typed),)})
        for value, is_typed in values
    ]
    split = len(sides[0])
    (row,) = diff(columns, (range(split), range(split, len(values))))
    pairs = itertools.product(columns[:split], columns[split:])
    differ = all(diff(pair)[0].differs for pair in pairs)
    assert differ or not row.separates
    if len(values) == 2:
        assert row.separates == differ


@pytest.mark.parametrize(
    ("name", "good", "bad", "separates"),
    [
        ("run.py --seed", [11, 12, 13], [14, 15], False),
        ("pid", [11, 12, 13], [14, 15], False),
        ("run.py --out", ["/a/1", "/a/2"], ["/b/3", "/b/4"], False),
        ("run.py --host", ["a", "a"], ["b", "b"], True),
        ("run.py --rate", [0.1, 0.5, 0.3], [0.2, 0.4], False),
        ("run.py --rate", [0.1, 0.2, 0.3], [0.5, 0.4], True),
        ("run.py --rate", [0.5, 0.4], [0.1, 0.2], True),
        ("run.py --rate", ["5 cm", "4 cm"], ["41 mm", "45 mm"], False),
        ("run.py --rate", [1, 1, 3], [2, 2], True),
        ("run.py --rate", [1], [2], True),
        ("run.py --mode", ["x"], ["y"], True),
    ],
)
def test_what_is_another_in_every_run_separates_nothing(
    name: str, good: list[Any], bad: list[Any], separates: bool
) -> None:
    columns = [run({name: value}, Origin.COMMAND) for value in (*good, *bad)]
    (row,) = diff(columns, (range(len(good)), range(len(good), len(columns))))
    assert row.separates is separates


def test_hundreds_of_runs_that_differ_in_everything_are_lined_up_in_a_moment() -> None:
    columns = [run({f"run.py --{name}": f"{name}{at}" for name in "abcdefgh"}) for at in range(800)]
    rows = diff(columns, (range(400), range(400, 800)))
    assert len(rows) == 8
    assert all(row.differs and not row.separates for row in rows)  # there is another value in every run


def test_renames_are_suggested_between_runs_too() -> None:
    columns = [run({"config.json solver.maxiter": 137}), run({"config.json solver.max_iter": 137})]
    (found,) = renames(diff(columns))
    assert (found.old, found.new) == ("config.json solver.maxiter", "config.json solver.max_iter")
