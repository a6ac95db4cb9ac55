from __future__ import annotations

import pytest
from click.testing import CliRunner

from bisect_parity.bisection.hints import Hint
from bisect_parity.bisection.odds import LEAST, FlakyTerms
from bisect_parity.commands.bisect import command
from bisect_parity.commands.flaky_options import FlakyOptions


def test_terms_are_as_named_or_as_before_or_the_usual_ones() -> None:
    assert FlakyOptions().terms() == FlakyTerms(0.95, 500, LEAST)
    named = FlakyOptions(until=0.99, most_checks=40, least_rate=0.01, bad_is_proof=True).terms()
    assert named == FlakyTerms(0.99, 40, 0.01, bad_is_proof=True)
    hints = (Hint("a", 2), Hint("b", 3))
    assert FlakyOptions(suspects=hints[:1]).terms().suspects == hints[:1]
    suspecting = FlakyOptions(suspects=hints).terms()
    assert FlakyOptions(suspects=hints[:1]).terms(suspecting).suspects == hints[:1]
    assert FlakyOptions().terms(suspecting) == suspecting
    assert FlakyOptions(most_checks=80).terms(named) == FlakyTerms(0.99, 80, 0.01, bad_is_proof=True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--until", "0.9"), "belong to --flaky"),
        (("--bad-is-proof",), "belong to --flaky"),
        (("--flaky", "--reprove"), "cannot be combined with"),
        (("--flaky", "--revert"), "cannot be combined with"),
        (("--flaky", "--until", "1"), "0.5<x<1"),
        (("--flaky", "--max-checks", "1"), "x>=2"),
        (("--flaky", "--least-rate", "0"), "0<x<1"),
        (("--suspect", "a"), "belong to --flaky"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words: tuple[str, ...], told: str) -> None:
    done = CliRunner().invoke(command, ["--good", "a", "--bad", "b", *words])
    assert done.exit_code == 2
    assert told in done.output
