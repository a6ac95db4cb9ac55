"""Words of a command line, given to the options that a program declares."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.params.bind import bind
from bisect_parity.params.model import Option

OPTIONS = (
    Option(("-n", "--number"), "number", type_name="int"),
    Option(("--scale",), "scale", type_name="float"),
    Option(("-v", "--verbose"), "verbose", 0),
    Option(("-q",), "quiet", 0),
    Option(("-d", "--debug"), "debug", 0, is_repeated=True),
    Option(("--fast",), "fast", 0, ("--no-fast",)),
    Option(("--cell",), "cell", None),
    Option(("--pair",), "pair", 2),
    Option(("--tag",), "tag", is_repeated=True),
    Option((), "file"),
    Option(("--lr",), "lr", command="train"),
    Option((), "data", command="train"),
)


def told(*words: str) -> tuple[dict[str, Any], list[str]]:
    given_options, rest = bind(words, OPTIONS)
    return {name: item.counted for name, item in given_options.items()}, rest


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("-n", "5"), {"--number": 5}),
        (("-n5",), {"--number": 5}),
        (("--number=5",), {"--number": 5}),
        (("--num", "5"), {"--number": 5}),
        (("--number", "-5"), {"--number": -5}),
        (("--scale", "2"), {"--scale": 2.0}),
        (("--scale", "1e400"), {"--scale": Decimal("1e400")}),
        (("-vq",), {"--verbose": True, "-q": True}),
        (("--no-fast",), {"--fast": False}),
        (("-dd", "--debug"), {"--debug": 3}),
        (("-d",), {"--debug": 1}),
        (("--cell", "1", "2", "-3", "-v"), {"--cell": "1 2 -3", "--verbose": True}),
        (("--pair", "1", "2", "x"), {"--pair": "1 2", "file": "x"}),
        (("--tag", "a", "--tag", "b"), {"--tag": "a b"}),
        (("x", "train", "--lr", "0.1", "y"), {"file": "x", "train --lr": "0.1", "train data": "y"}),
        (("--", "-n"), {"file": "-n"}),
    ],
)
def test_words_are_read_as_argparse_reads_them(words: tuple[str, ...], expected: dict[str, Any]) -> None:
    assert told(*words) == (expected, [])


def test_unknown_flags_are_left_over_with_what_may_be_their_value() -> None:
    assert told("x", "--other", "3", "-n", "1") == ({"file": "x", "--number": 1}, ["--other", "3"])
    assert told("x", "--other=3") == ({"file": "x"}, ["--other=3"])


def test_a_short_form_that_may_mean_two_flags_is_not_guessed() -> None:
    options = (Option(("--size",), "size"), Option(("--sizes",), "sizes"), Option(("--seed",), "seed"))
    assert bind(("--si", "1"), options)[1] == ["--si", "1"]
    assert set(bind(("--size", "1"), options)[0]) == {"--size"}


def test_what_is_not_of_its_type_stays_text_with_a_note() -> None:
    given_options, _ = bind(("-n", "many"), OPTIONS)
    assert given_options["--number"].counted == "many"
    assert given_options["--number"].note == "not an int"


def test_several_mentions_are_noted_unless_they_add_up() -> None:
    assert bind(("-n", "1", "-n", "2"), OPTIONS)[0]["--number"].note == "given 2 times, the last counts"
    assert bind(("--tag", "1", "--tag", "2"), OPTIONS)[0]["--tag"].note == ""


@given(
    st.lists(
        st.sampled_from(["-n", "--number", "--scale", "-v", "--fast", "--no-fast", "7", "2.5"]), max_size=6
    )
)
def test_what_argparse_accepts_is_read_alike(words: list[str]) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False, add_help=False)
    parser.add_argument("-n", "--number", type=int)
    parser.add_argument("--scale", type=float)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--fast", action=argparse.BooleanOptionalAction)
    try:
        known, rest = parser.parse_known_args(words)
    except argparse.ArgumentError:
        return
    if rest:
        return
    ours = {item.option.destination: item.counted for item in bind(words, OPTIONS)[0].values()}
    assert ours == {
        name: value for name, value in vars(known).items() if value not in (None, False) or name in ours
    }


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_words_can_be_given(words: list[str]) -> None:
    bind(words, OPTIONS)
