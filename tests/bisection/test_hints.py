"""What the user suspects: which commits are meant, and how much likelier that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.bisection.hints import USUAL_FACTOR, Hint, commits_of, prior_of
from bisect_parity.errors import UsageError
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

COMMITS = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("src/fft.c", Hint("src/fft.c", USUAL_FACTOR)),
        ("src/fft.c=20", Hint("src/fft.c", 20)),
        ("a=b.c=.5", Hint("a=b.c", 0.5)),
        ("name=", Hint("name=", USUAL_FACTOR)),
        ("message:fft|cufft=5", Hint("message:fft|cufft", 5)),
        ("*.c=1.", Hint("*.c", 1)),
    ],
)
def test_a_hint_is_a_pattern_and_perhaps_a_factor(text: str, hint: Hint) -> None:
    assert Hint.parse(text) == hint


@pytest.mark.parametrize("text", ["", "=3", "message:", "message:=3", "a=0", f"a={'9' * 400}"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no commits, or a factor that is not above 0"):
        Hint.parse(text)


@given(st.text(min_size=1))
def test_whatever_is_typed_is_a_hint_or_refused(text: str) -> None:
    try:
        hint = Hint.parse(text)
    except UsageError:
        return
    assert hint.factor > 0
    assert text.startswith(hint.pattern)


def test_nothing_suspected_is_the_same_for_all() -> None:
    assert prior_of(COMMITS, []) == (0.25, 0.25, 0.25, 0.25)


def test_factors_multiply_odds() -> None:
    hints = [(Hint("x", 3), frozenset("ab")), (Hint("y", 0.5), frozenset("bz"))]
    assert prior_of(COMMITS, hints) == pytest.approx((3 / 6.5, 1.5 / 6.5, 1 / 6.5, 1 / 6.5))


def test_the_commits_are_those_that_change_a_path_or_whose_message_matches(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    base = sandbox.commit({"src/fft.c": "1", "src/io.c": "1"})
    both = sandbox.commit({"src/fft.c": "2", "src/io.c": "2"})
    sandbox.git("checkout", "-q", "-b", "side", base)
    side = sandbox.commit({"docs/a": "1"})
    sandbox.git("commit", "-q", "--allow-empty", "-m", "Faster FFT plans")
    named = sandbox.git("rev-parse", "HEAD")
    sandbox.git("merge", "-q", "-m", "merge", "main")
    merge = sandbox.git("rev-parse", "HEAD")
    repository, commits = opened(sandbox.top), [both, side, named, merge]

    def meant(pattern: str) -> set[str]:
        return set(commits_of(repository, Hint(pattern, 2), commits))

    assert meant("src/fft.c") == {both, merge}
    assert meant("src/*.c") == {both, merge}
    assert meant("docs") == {side, merge}
    assert meant("message:fft|cufft") == {named}
    assert meant("none") == set()
    assert commits_of(repository, Hint("src", 2), []) == frozenset()
    with pytest.raises(UsageError, match="--suspect ':\\(nonsense\\)a'"):
        meant(":(nonsense)a")
    with pytest.raises(UsageError, match=r"--suspect 'message:\['"):
        meant("message:[")
