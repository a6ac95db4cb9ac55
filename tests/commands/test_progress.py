from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.remaining import Leading, Remaining, remaining
from bisect_parity.commands.progress import Teller, verdict_line
from bisect_parity.commands.session_output import announce
from bisect_parity.logs import configure
from bisect_parity.parity.case import case_of_table


def check(name: str, role: Role, seconds: float, known: str | None = None) -> Check:
    return Check(name, "a" * 40, "s", role, 64, "good", seconds=seconds, known_from=known)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"verdict": "skip", "reason": "no compiler"}, "skip  (search): no compiler, 1.2 s"),
        ({"verdict": "bad", "reason": "wrong shape"}, "bad   (search): wrong shape, 1.2 s"),
        (
            {"verdict": "bad", "document": {"comparison": {"correlation": 0.5}}, "reason": "below"},
            "bad   (search): correlation 0.5, 1.2 s",
        ),
        ({"known_from": "0004-c"}, "good  (search): known from 0004-c"),
    ],
)
def test_one_line_tells_figures_or_the_reason(more: dict[str, Any], says: str) -> None:
    assert verdict_line(evolve(check("0001-a", Role.SEARCH, 1.25), **more)) == f"aaaaaaaaaaaa {says}"


def test_what_is_left_is_told_from_what_checks_took() -> None:
    checks = [check("0001-a", Role.OLD_END, 2.0), check("0002-a", Role.SEARCH, 4.0)]
    checks.append(check("0003-a", Role.SEARCH, 0.0, "0001-a"))
    assert remaining(checks, 5) == Remaining(5, (10.0, 20.0), 3.0, 2)
    assert remaining(checks[2:], 3) == Remaining(3, None, None, 1)


@pytest.mark.parametrize(
    ("steps", "left"), [(2, "about 2 steps left, 8 to 12 s, then the proof"), (0, "the proof left")]
)
def test_a_line_a_verdict_is_all_where_nobody_watches(
    steps: int, left: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(quiet=False, verbose=False, as_json=False)
    with Teller(is_quiet=False) as teller:
        teller.tell(check("0001-a", Role.SEARCH, 2.0), Remaining(steps, (8.0, 12.0), 2.5, 1))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == f"aaaaaaaaaaaa good  (search): 2.0 s; {left}\n"


def test_steps_do_not_count_what_cannot_be_tested(capsys: pytest.CaptureFixture[str]) -> None:
    checks = [check("0001-a", Role.NEW_END, 2.0), check("0002-a", Role.SEARCH, 2.0)]
    skipped = [evolve(check(f"{n:04}-a", Role.SEARCH, 2.0), verdict="skip") for n in range(3, 19)]
    assert remaining([*checks, *skipped[:2]], 5).untestable == 2
    assert remaining([*skipped, checks[1]], 5).untestable == 0
    configure(quiet=False, verbose=False, as_json=False)
    Teller(is_quiet=False).tell(skipped[-1], remaining([*checks, *skipped], 5))
    line, warning = capsys.readouterr().err.splitlines()
    assert line.endswith("; about 5 steps left once a commit can be tested (16 in a row could not)")
    assert warning.startswith("warning: 16 commits in a row could not be tested.")


def test_a_sweep_has_no_proof_to_come(capsys: pytest.CaptureFixture[str]) -> None:
    configure(quiet=False, verbose=False, as_json=False)
    Teller(is_quiet=False).tell(check("0001-a", Role.SWEEP, 2.0), Remaining(1, (2.0, 2.0), 2.0, 1))
    assert capsys.readouterr().err == "aaaaaaaaaaaa good  (sweep): 2.0 s; 1 step left, 2 s\n"
    Teller(is_quiet=False).tell(check("0002-a", Role.SWEEP, 2.0), Remaining(0, (0.0, 0.0), 2.0, 2))
    assert capsys.readouterr().err == "aaaaaaaaaaaa good  (sweep): 2.0 s\n"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    configure(quiet=False, verbose=False, as_json=False)


@pytest.mark.usefixtures("terminal")
def test_of_a_flaky_check_the_candidate_that_leads_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Teller(is_quiet=False) as teller:
        teller.tell(check("0001-a", Role.SEARCH, 2.0), Leading("b" * 40, 0.625, 7, 500))
    shown = capsys.readouterr().err
    assert "aaaaaaaaaaaa good  (search): 2.0 s; bbbbbbbbbbbb leads with 0.625\n" in shown
    assert "bbbbbbbbbbbb leads with 0.625 after 7 checks, of 500 at most" in shown


@pytest.mark.usefixtures("terminal")
def test_a_terminal_shows_the_steps_and_the_finishing_times_on_standard_error_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Teller(is_quiet=False) as teller:
        teller.tell(check("0001-a", Role.SEARCH, 2.0), Remaining(1, (8.0, 12.0), 2.5, 1))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "1 step left, 2.5 s a step, found between" in shown.err
    assert "aaaaaaaaaaaa good  (search)" in shown.err


def test_a_session_says_at_first_whether_later_ones_will_know_its_verdicts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(quiet=False, verbose=False, as_json=False)
    told = ["if interrupted, resume with: again"]
    announce("again", case_of_table("unit", {"test": ["sh", "t.sh"]}, "f"))
    assert capsys.readouterr().err.splitlines() == told
    announce("again", case_of_table("unit", {"test": ["sh", "/x/t.sh"]}, "f"))
    told.append("verdicts are kept for this session only: the test names a file by its absolute path")
    assert capsys.readouterr().err.splitlines() == told
