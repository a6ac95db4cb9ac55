from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.model import Outcome, Role
from bisect_parity.history.worktree_pool import kept_worktrees
from bisect_parity.processes import children
from tests.bisection.test_session import numbered
from tests.bisection.test_sweep import sweeping
from tests.history.checkout import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.answer import Bisection
    from tests.bisection.conftest import Lab

ROW = [*numbered("good", 6), "skip no compiler", *numbered("bad", 7)]
TWICE = [*numbered("good", 3), "bad 1", "good 1", "good 2", *numbered("bad 2", 6), "bad 1"]

NOT_ASKED = (Role.AHEAD, Role.REVERT)  # a commit that takes one back has another date each time


def asked(result: Bisection) -> list[tuple[str, str, Role]]:
    """What the search asked, and what it was told, in order."""
    return [(c.commit, c.verdict, c.role) for c in result.checks if c.role not in NOT_ASKED]


@pytest.mark.parametrize("verdicts", [ROW, TWICE], ids=["with a skip", "with code that comes back"])
def test_a_search_goes_the_same_way_however_many_checks_run_at_once(lab: Lab, verdicts: list[str]) -> None:
    commits = lab.history(verdicts)
    alone = lab.bisect(commits[0], commits[-1])
    result = lab.bisect(commits[0], commits[-1], jobs=4)
    assert asked(result) == asked(alone)
    assert (result.outcome, result.first, result.log) == (alone.outcome, alone.first, alone.log)
    assert result.jobs == 4


def test_both_ends_are_checked_at_the_same_time(lab: Lab) -> None:
    commits = lab.history(["good meet", "bad meet"])
    result = lab.bisect(commits[0], commits[1], jobs=2)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[1])


def test_the_commit_and_its_parent_are_proved_at_the_same_time(lab: Lab) -> None:
    commits = lab.history(["good 0", "good prove", "bad prove", "bad 1"])
    result = lab.bisect(commits[0], commits[-1], jobs=2)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[2])


def test_what_was_checked_ahead_in_vain_is_told_as_such(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 8), *numbered("bad", 8)])
    result = lab.bisect(commits[0], commits[-1], jobs=9)
    needless = [check for check in result.checks if check.role is Role.AHEAD]
    assert needless
    assert result.checks_run == len(result.checks)
    assert len({check.name for check in result.checks}) == len(result.checks)


def test_an_interrupt_ends_all_checks_and_lets_go_of_all_worktrees(lab: Lab) -> None:
    commits = lab.history(["good 0", *(f"good sleep {n}" for n in range(7)), "bad 0"])
    before, known = lab.sandbox.snapshot(), children()

    def interrupt(running: Sequence[str]) -> None:
        if len(running) == 3 and not {commits[0], commits[-1]} & set(running):
            raise KeyboardInterrupt

    lab.watch = interrupt
    session = lab.session(commits[0], commits[-1], jobs=3)
    with pytest.raises(KeyboardInterrupt):
        session.run()
    assert children() == known
    kept = kept_worktrees(opened(lab.sandbox.top))
    assert [worktree.is_used for worktree in kept] == [False] * 3
    assert lab.sandbox.snapshot() == before
    assert [check.commit for check in session.result(Outcome.INTERRUPTED).checks] == [commits[0], commits[-1]]


def test_a_check_that_cannot_be_asked_for_any_more_is_ended(lab: Lab) -> None:
    """The one that sleeps lies behind a commit that is bad, so that its verdict follows."""
    commits = lab.history(["good 0", "good 1", "bad 0", "bad sleep", "bad 1"])
    result = lab.bisect(commits[0], commits[-1], jobs=4)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[2])


def test_where_no_second_worktree_can_be_made_one_check_runs_at_a_time(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    commits = lab.history([*numbered("good", 4), *numbered("bad", 4)])
    (lab.sandbox.top / ".git/bisect-parity/worktrees/bisect-2.lock").mkdir(parents=True)
    result = lab.bisect(commits[0], commits[-1], jobs=3)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])
    assert "continuing with 1 check at a time: " in capsys.readouterr().err


def test_checks_of_a_flaky_code_run_at_the_same_time_within_the_limit(lab: Lab) -> None:
    commits = lab.history(["rate 0 meet 1", "rate 0 meet 2", "rate 1 meet 1", "rate 1 meet 2"])
    batches: list[int] = []
    lab.watch = lambda running: batches.append(len(running))
    result = lab.flaky_session(commits[0], commits[-1], jobs=3, most_checks=40).run()
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[2])
    assert (batches[0], max(batches)) == (2, 3)  # the ends, and then what tells most
    spent = lab.flaky_session(commits[0], commits[-1], jobs=3, most_checks=4).run()
    assert (spent.outcome, spent.checks_run) == (Outcome.INCONCLUSIVE, 4)


def test_no_check_of_a_flaky_code_waits_for_a_slow_one_which_counts_all_the_same(lab: Lab) -> None:
    commits = lab.history([f"rate {number // 4} outlast {number}" for number in range(8)])
    result = lab.flaky_session(commits[0], commits[-1], jobs=2, most_checks=40).run()
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])
    order = [check.name[:4] for check in result.checks]
    assert order.index("0003") > order.index("0005")
    assert sorted(order) == [f"{number:04d}" for number in range(1, len(order) + 1)]


def test_what_a_check_builds_on_is_never_left_half_built(lab: Lab) -> None:
    lab.settings.write_text(lab.settings.read_text() + 'keep = ["product.o"]\n')
    commits = lab.history([*numbered("good", 4), *numbered("bad", 4)])
    result = lab.bisect(commits[0], commits[-1], jobs=3)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])
    assert "ended by signal" not in (lab.sandbox.top.parent / "commands.txt").read_text()


def test_commands_of_checks_that_ran_at_once_are_logged_each_with_its_end(lab: Lab) -> None:
    commits = lab.history(["good meet", "bad meet"])
    lab.bisect(commits[0], commits[1], jobs=2)
    lines = (lab.sandbox.top.parent / "commands.txt").read_text().splitlines()
    ends = [int(found[1]) for line in lines if (found := re.match(r"# \[(\d+)\] ", line))]
    assert sorted(ends) == list(range(1, len(ends) + 1))
    assert ends != sorted(ends)  # one began before the other had ended


def test_a_sweep_is_the_same_however_many_checks_run_at_once(lab: Lab) -> None:
    commits = lab.history(["good 1", "bad 1", "bad 2", "good 1", "good 2", "skip x", "bad 3", "bad 1"])
    alone, together = [sweeping(lab, commits[0], commits[-1], jobs=jobs).run().to_json() for jobs in (1, 3)]
    for document in (alone, together):
        for check in document["tested"]:
            check["seconds"] = check["name"] = check["known_from"] = None
    assert alone == together | {"session": alone["session"], "jobs": 1}
