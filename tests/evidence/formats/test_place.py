"""Values with their sources: bounded, printable, and without secrets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats import place as module
from bisect_parity.evidence.formats.place import Place, number, packages
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import assert_quoted

PLACE = Place("a.json")
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(ANY)
def test_whatever_the_value_nothing_raises_and_every_quote_is_printable(value: Any) -> None:
    kept = (
        PLACE.record("commit", value, dirty=value),
        PLACE.time("date", value, "start"),
        PLACE.metric("m", value),
        PLACE.metrics("m", value),
        PLACE.parameters(value),
        PLACE.environment([("host", "node", value)]),
        PLACE.branch("branch", value),
    )
    for source in (item.source for found in kept for item in found):
        assert_quoted(source, "a.json")


@pytest.mark.parametrize("value", [True, "1", None, float("nan"), float("inf"), 10**400, [1]])
def test_only_finite_numbers_are_numbers(value: object) -> None:
    assert number(value) is None


def test_values_are_named_by_their_path_and_short_lists_stay_lists() -> None:
    value = {"beam": {"wavelength": 6.2, "on": True}, "sizes": [1, 2], "runs": [{"a": 1}, {"a": None}]}
    assert {item.name: item.value for item in PLACE.parameters(value)} == {
        "beam.wavelength": 6.2,
        "beam.on": True,
        "sizes": [1, 2],
        "runs[0].a": 1,
        "runs[1].a": None,
    }


def test_text_under_a_telling_name_is_left_out_and_figures_are_kept() -> None:
    value = {"api_token": "abc", "max_tokens": 512, "login": {"password": "abc"}, "keys": {"secret": ["abc"]}}
    assert {item.name: item.value for item in PLACE.parameters(value)} == {"max_tokens": 512}


def test_user_and_password_in_a_url_are_left_out_of_value_and_quote() -> None:
    (found,) = PLACE.parameter("remote", "https://me:hidden@example.org/x.git")
    assert found.value == "https://example.org/x.git"
    assert "hidden" not in found.source.text


def test_there_is_a_limit_to_values_and_to_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_VALUES", 10)
    assert len(PLACE.parameters({str(n): n for n in range(50)})) == 10
    deep: dict[str, Any] = {"a": 1}
    for _ in range(200):
        deep = {"a": deep}
    assert PLACE.parameters(deep) == ()


def test_a_value_that_is_too_deep_to_quote_is_quoted_as_dots() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert PLACE.source("deep", deep).text == "deep = ..."


def test_numbers_that_json_cannot_write_are_told_as_text() -> None:
    values = {item.name: item.value for item in PLACE.parameters({"a": float("nan"), "b": 10**400})}
    assert values == {"a": "nan", "b": "a number of thousands of digits"}


def test_text_without_a_zone_is_utc_only_where_the_tool_says_so() -> None:
    (local,) = PLACE.time("t", "2025-10-09T16:12:56", "start")
    (absolute,) = PLACE.time("t", "2025-10-09T16:12:56", "start", is_utc=True)
    assert (local.kind, absolute.kind) == (TimeKind.LOCAL, TimeKind.UTC)


@pytest.mark.parametrize("name", ["(detached head)", "(unknown)", "HEAD", "", " "])
def test_what_stands_in_the_place_of_a_branch_is_none(name: str) -> None:
    assert PLACE.branch("branch", name) == ()


def test_environment_variables_are_kept_by_an_allow_list() -> None:
    values = {"OMP_NUM_THREADS": "1", "AWS_SECRET_ACCESS_KEY": "x", "HOME": "/home/user", "CUDA_TOKEN": "x"}
    assert [item.name for item in PLACE.variables(values, "env")] == ["OMP_NUM_THREADS"]


def test_packages_are_lines_of_name_and_version() -> None:
    lines = ["numpy==2.0.1", " torch == 2.4+cpu ", "-e git+x", "scipy>=1", 3]
    assert dict(packages(lines)) == {"numpy": "2.0.1", "torch": "2.4+cpu"}
