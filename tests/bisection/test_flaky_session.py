"""Searches in real repositories whose check is bad in a share of all runs, drawn by their number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.hints import Hint
from bisect_parity.bisection.model import Check, Find, Outcome, Role
from bisect_parity.errors import UsageError
from bisect_parity.history.commit_summary import ChangedFile
from bisect_parity.logs import configure
from bisect_parity.report import search_documents
from bisect_parity.report.bisection import bisection_lines, bisection_markdown
from bisect_parity.report.bisection_table import issue_markdown
from bisect_parity.report.documents import read_as
from bisect_parity.schemas import complaint
from tests.bisection.test_session import numbered

if TYPE_CHECKING:
    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.remaining import Leading, Remaining
    from tests.bisection.conftest import Lab


def rates(*sides: tuple[float, int]) -> list[str]:
    """Commits whose check is bad in such a share of all runs, each with code of its own."""
    return [text for rate, count in sides for text in numbered(f"rate {rate}", count)]


def of_role(result: Bisection, role: Role) -> list[str]:
    return [check.commit for check in result.checks if check.role is role]


def test_the_commit_that_made_the_check_flaky_is_found_and_confirmed(lab: Lab) -> None:
    commits = lab.history(rates((0, 6), (0.5, 5)))
    result = lab.search_flaky(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[6])
    assert result.first_parent() == commits[5]
    assert of_role(result, Role.OLD_END) + of_role(result, Role.NEW_END) == [commits[0], commits[-1]]
    assert set(of_role(result, Role.PROOF)) == {commits[5], commits[6]}
    assert result.flaky is not None
    assert result.flaky.probability >= 0.95
    assert result.flaky.rates is not None
    before, after = result.flaky.rates
    assert before.high < 0.2 < after.low
    assert after.low < 0.5 < after.high
    document = json.loads(json.dumps(result.to_json()))
    assert complaint(document, "bisection") is None
    counts = document["flaky"]["commits"]
    assert sum(one["good"] + one["bad"] for one in counts) == result.checks_run == len(result.checks)
    assert result.facts[commits[6]].files == (ChangedFile("M", "verdict"),)
    told = read_as(search_documents.Bisection, document)
    page, lines = bisection_markdown(told), [*bisection_lines(told)]
    assert "## Rates and probabilities" in page
    assert "## Tested commits" not in page
    assert page.isascii()
    assert any(line.split()[1] == commits[6][:12] for line in lines if line.startswith("  0.9"))
    issue = issue_markdown(told)
    assert issue.startswith(f"### Parity fails more often since {commits[6][:12]}")
    assert f"| `{commits[5][:12]}` |" in issue


def test_every_check_is_run_again_and_none_is_kept_as_the_verdict_of_its_code(lab: Lab) -> None:
    commits = lab.history(["good cached", "good", "bad", "bad cached"])
    result = lab.search_flaky(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[2])
    assert result.checks_run == len(result.checks) >= 6
    lines = (lab.sandbox.top.parent / "commands.txt").read_text().splitlines()
    checks = [line for line in lines if "stub_check" in line and not line.startswith("#")]
    assert all("--no-cache" in line and "--reference-twice" not in line for line in checks)
    assert len({check.document["seed"] for check in result.checks}) == len(result.checks)
    plain = lab.bisect(commits[0], commits[-1])  # knows nothing of what was observed
    assert not any("seed" in check.document for check in plain.checks)
    known = {check.commit: check.known_from for check in plain.checks if check.role is not Role.PROOF}
    assert known == {commits[0]: "cache", commits[3]: "cache", commits[1]: None, commits[2]: None}


def test_a_check_that_is_not_flaky_costs_little_more(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 8), *numbered("bad", 8)])
    result = lab.search_flaky(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[8])
    assert result.checks_run <= 16


def test_the_commit_that_mended_a_flaky_check_is_found(lab: Lab) -> None:
    commits = lab.history(rates((0.5, 4), (0, 4)))
    result = lab.search_flaky(commits[-1], commits[0], Find.FIX)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])
    assert result.flaky is not None
    assert result.flaky.rates is not None
    before, after = result.flaky.rates
    assert after.mean < 0.1 < before.low
    assert result.to_json()["first_good"] == commits[4]


def test_where_bad_is_proof_fewer_checks_do(lab: Lab) -> None:
    commits = lab.history(rates((0, 6), (0.5, 5)))
    session = lab.flaky_session(commits[0], commits[-1], bad_is_proof=True)
    result = session.run()
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[6])
    assert "--bad-is-proof" in issue_markdown(read_as(search_documents.Bisection, result.to_json()))
    ends = lab.history(["bad 1", "bad 2"])
    broken = lab.flaky_session(ends[0], ends[1], bad_is_proof=True).run()
    assert broken.outcome is Outcome.NOTHING_TO_BISECT
    assert complaint(json.loads(json.dumps(broken.to_json(), allow_nan=False)), "bisection") is None


def test_another_size_than_the_cases_own_is_used_throughout_and_told(lab: Lab) -> None:
    commits = lab.history(["good 1", "bad 1"])
    result = lab.flaky_session(commits[0], commits[-1], size=32).run()
    assert (result.outcome, result.size, result.case_size) == (Outcome.CONFIRMED, 32, 64)
    assert {check.size for check in result.checks} == {32}
    assert result.says[-1] == "All checks were made at size 32, not at the case's own, 64."


def test_a_rate_that_rises_from_some_to_more_is_found(lab: Lab) -> None:
    commits = lab.history(rates((0.1, 4), (0.9, 4)))
    result = lab.search_flaky(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])


@pytest.mark.parametrize("verdict", ["bad", "rate 0.4"])
def test_ends_that_nothing_separates_leave_nothing_to_bisect(lab: Lab, verdict: str) -> None:
    commits = lab.history(numbered(verdict, 2))
    result = lab.search_flaky(commits[0], commits[-1])
    assert result.outcome is Outcome.NOTHING_TO_BISECT
    assert result.suspects is not None
    assert "No commit changes how often the check is bad" in result.says[0]
    assert "--least-rate 0.01" in result.says[1]


def test_equal_code_at_both_ends_needs_no_check(lab: Lab) -> None:
    commits = lab.history(["rate 0.5", "rate 0.4", "rate 0.5"])
    result = lab.search_flaky(commits[0], commits[-1])
    assert (result.outcome, result.checks) == (Outcome.NOTHING_TO_BISECT, ())


def test_swapped_ends_are_told_with_the_search_that_was_meant(lab: Lab) -> None:
    commits = lab.history(rates((0.9, 2), (0, 2)))
    result = lab.search_flaky(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "The ends are swapped" in result.says[0]
    ends = f"--bad {commits[0][:12]} --good {commits[-1][:12]}"
    assert result.says[1].endswith(f"bisect-parity bisect --flaky --find fix {ends} --case stub")


def test_a_budget_ends_the_search_with_the_few_commits_that_are_left_and_it_can_go_on(lab: Lab) -> None:
    commits = lab.history(rates((0, 6), (0.5, 5)))
    result = lab.search_flaky(commits[0], commits[-1], most_checks=10)
    assert (result.outcome, result.first, len(result.checks)) == (Outcome.INCONCLUSIVE, None, 10)
    assert commits[6] in result.candidates
    assert "--max-checks 20" in result.says[1]
    assert set(result.candidates) <= set(result.facts)


def test_a_commit_that_cannot_be_tested_stays_a_candidate(lab: Lab) -> None:
    commits = lab.history(["good 1", "good 2", "skip no compiler", "bad 1", "bad 2"])
    result = lab.search_flaky(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert set(result.candidates) == {commits[2], commits[3]}
    assert commits[2][:12] in result.says[1]
    tried = [check for check in result.checks if check.commit == commits[2]]
    assert len(tried) <= 3


def test_a_culprit_that_cannot_be_tested_is_told_early(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    configure(quiet=False, verbose=False, as_json=False)
    commits = lab.history([*rates((0, 6)), "skip no compiler", *rates((0.5, 6))])
    result = lab.search_flaky(commits[0], commits[-1])
    assert (result.outcome, set(result.candidates)) == (Outcome.INCONCLUSIVE, set(commits[6:8]))
    assert len(result.checks) < 45
    warned = capsys.readouterr().err
    assert warned.count(f"{commits[6][:12]} cannot be tested (no compiler)") == 1


def test_a_culprit_on_a_merged_branch_is_found(lab: Lab) -> None:
    sandbox = lab.sandbox
    first = sandbox.commit({"verdict": "rate 0\n"})
    sandbox.git("checkout", "-q", "-b", "side")
    side = [sandbox.commit({"verdict": f"rate {0.8 if n > 1 else 0} {n}\n"}) for n in range(4)]
    sandbox.git("checkout", "-q", "main")
    sandbox.commit({"other": "1"})
    sandbox.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    lab.paths = ("verdict", "other")
    last = sandbox.commit({"other": "2"})
    result = lab.search_flaky(first, last)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, side[2])


def test_a_check_that_is_at_fault_ends_the_search(lab: Lab) -> None:
    commits = lab.history(["good", "abort", "bad"])
    result = lab.search_flaky(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "The session was stopped" in result.says[0]


def test_one_fault_all_over_the_range_ends_the_search(lab: Lab) -> None:
    commits = lab.history([f"skip no compiler\n{number}" for number in range(9)])
    result = lab.search_flaky(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "for the same reason: no compiler" in result.says[0]
    assert len(result.checks) <= 10


def test_a_good_end_is_found_on_the_way_back(lab: Lab) -> None:
    commits = lab.history(rates((0, 12), (0.6, 3)))
    result = lab.search_flaky("auto", commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[12])
    assert result.good != commits[0]


def test_a_search_that_was_stopped_goes_on_with_all_it_saw(lab: Lab) -> None:
    commits = lab.history(rates((0, 6), (0.5, 5)))
    seen: list[str] = []

    def interrupt(check: Check, _left: Remaining | Leading | None) -> None:
        seen.append(check.name)
        if len(seen) == 9:
            raise KeyboardInterrupt

    lab.tell = interrupt
    with pytest.raises(KeyboardInterrupt):
        lab.flaky_session(commits[0], commits[-1]).run()
    lab.tell = lambda *_: None
    result = lab.resumed().run()
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[6])
    assert [check.name for check in result.checks][:9] == seen
    assert len({check.name for check in result.checks}) == len(result.checks)
    assert len((lab.sandbox.top.parent / "drawn").read_bytes()) == len(result.checks)  # one byte each


def test_a_very_large_range_is_refused_before_any_check(lab: Lab) -> None:
    commits = lab.history(numbered("good", 4))
    with pytest.raises(UsageError, match="3 commits lie between the ends"):
        lab.flaky_session(commits[0], commits[-1], large=2).run()
    assert lab.told == []


def suspected(lab: Lab) -> list[str]:
    """The check is flaky from the 12th commit on, which changes a file that only the 3rd changes besides."""
    commits = lab.history(rates((0, 2)))
    commits.append(lab.sandbox.commit({"verdict": "rate 0 2\n", "fft.c": "1\n"}))
    commits += lab.history([f"rate 0 {number}" for number in range(3, 11)])
    commits.append(lab.sandbox.commit({"verdict": "rate 0.4 11\n", "fft.c": "2\n"}))
    return commits + lab.history([f"rate 0.4 {number}" for number in range(12, 20)])


def test_what_is_suspected_leads_from_the_beginning_and_a_wrong_suspicion_misleads_nobody(lab: Lab) -> None:
    commits = suspected(lab)
    ends = commits[0], commits[-1]
    for factor in (30, 1, 0.1):
        hint = Hint("fft.c", factor)
        begun = lab.flaky_session(*ends, suspects=(hint,), most_checks=2).run()
        document = json.loads(json.dumps(begun.to_json()))
        assert complaint(document, "bisection") is None
        assert document["flaky"]["suspects"] == [{"pattern": "fft.c", "factor": factor}]
        chances = {one["commit"]: one["probability"] for one in document["flaky"]["commits"]}
        of_usual = chances[commits[8]] or 0
        assert chances.get(commits[11], 0) == pytest.approx(factor * of_usual, rel=1e-9, abs=0.01)
    wrong = lab.flaky_session(*ends, suspects=(Hint("fft.c", 0.1),)).run()
    assert (wrong.outcome, wrong.first) == (Outcome.CONFIRMED, commits[11])


def test_a_suspicion_is_kept_when_a_session_goes_on(lab: Lab) -> None:
    commits = lab.history(rates((0, 4), (0.5, 4)))
    hint = Hint("verdict", 4)
    stopped = lab.flaky_session(commits[0], commits[-1], most_checks=3, suspects=(hint,)).run()
    assert stopped.outcome is Outcome.INCONCLUSIVE
    resumed = lab.resumed().run()
    assert resumed.flaky is not None
    assert resumed.flaky.terms.suspects == (hint,)
