from __future__ import annotations

import contextlib
import itertools
import math
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.model import Find, Outcome, Role
from bisect_parity.bisection.remaining import Remaining
from bisect_parity.bisection.span import read_span
from bisect_parity.errors import RepositoryError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.commit_summary import ChangedFile
from bisect_parity.logs import configure
from fixtures.git import first_named
from tests.history.checkout import opened
from tests.sandbox import ENVIRONMENT

if TYPE_CHECKING:
    from bisect_parity.bisection.answer import Bisection
    from tests.bisection.conftest import Lab


def numbered(verdict: str, count: int) -> list[str]:
    """Verdicts that are equal, in files that are not."""
    return [f"{verdict} {number}" for number in range(count)]


def roles(result: Bisection, role: Role) -> list[str]:
    return [check.commit for check in result.checks if check.role is role]


def test_the_culprit_is_found_and_confirmed(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 7), *numbered("bad", 6)])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.CONFIRMED
    assert result.first == commits[7]
    assert result.first_parent() == commits[6]
    assert result.checks_run <= math.ceil(math.log2(len(commits))) + 4
    assert roles(result, Role.OLD_END) + roles(result, Role.NEW_END) == [commits[0], commits[-1]]
    assert roles(result, Role.PROOF) == [commits[7], commits[6]]
    assert result.facts[commits[7]].files == (ChangedFile("M", "verdict"),)
    assert [check for check, _ in lab.told] == list(result.checks)


def test_verdicts_of_the_users_cache_count_as_known(lab: Lab) -> None:
    commits = lab.history(["good cached", "good", "bad cached"])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.CONFIRMED
    assert [check.known_from for check in result.checks[:3]] == ["cache", "cache", None]
    assert (result.to_json()["checks_cached"], result.checks_run) == (2, 3)


def test_the_proof_is_taken_neither_from_the_cache_nor_from_a_warm_process(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "bisect_parity.bisection.workplace"
    warm = {"BISECT_PARITY_HASH_SEED": "warm"}  # the stub tells it
    monkeypatch.setattr(f"{place}.warm_worker", lambda *_: contextlib.nullcontext(warm))
    monkeypatch.setattr(f"{place}.CHECK_COMMAND", lab.stub)
    commits = lab.history(["good", "bad"])
    checks = lab.bisect(commits[0], commits[-1]).checks
    assert ["seed" in check.document for check in checks] == [True, True, False, False]
    lines = (lab.sandbox.top.parent / "commands.txt").read_text().splitlines()
    calls = [line for line in lines if "stub_check" in line and not line.startswith("#")]
    assert ["--no-cache" in line for line in calls] == [False, False, True, True]


def sizes(result: Bisection, role: Role) -> set[int]:
    return {check.size for check in result.checks if check.role is role}


def test_a_smaller_size_is_searched_at_where_it_separates_the_ends_and_proven_at_the_full_size(
    lab: Lab,
) -> None:
    commits = lab.history([*numbered("good", 4), *numbered("bad", 3)])
    result = lab.bisect(commits[0], commits[-1], size=32)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])
    assert sizes(result, Role.OLD_END) == sizes(result, Role.NEW_END) == {64, 32}
    assert (sizes(result, Role.SEARCH), sizes(result, Role.PROOF)) == ({32}, {64})
    assert (result.size, result.case_size) == (32, 64)
    assert "Size 32 separates the two ends" in result.says[-1]


def test_a_smaller_size_that_does_not_separate_the_ends_is_told_and_not_used(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 4), *numbered("bad small-good", 3)])
    result = lab.bisect(commits[0], commits[-1], size=32)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])
    assert sizes(result, Role.SEARCH) == {64}
    assert "Size 32 does not separate the two ends (good, good)" in result.says[-1]


def test_a_smaller_size_that_misleads_in_between_is_refuted_by_the_proof(lab: Lab) -> None:
    verdicts = [*numbered("good", 4), "bad small-good", "bad small-good 2", *numbered("bad", 3)]
    commits = lab.history(verdicts)
    result = lab.bisect(commits[0], commits[-1], size=32)
    assert result.outcome is Outcome.REFUTED
    assert any("Size 32 misled the search: search again without --size." in text for text in result.says)


def test_a_larger_size_needs_no_other(lab: Lab) -> None:
    commits = lab.history(["good", "bad"])
    result = lab.bisect(commits[0], commits[-1], size=128)
    assert result.outcome is Outcome.CONFIRMED
    assert {check.size for check in result.checks} == {128}


def test_what_is_left_to_do_is_told_with_every_step(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 8), *numbered("bad", 8)])
    lab.bisect(commits[0], commits[-1])
    left = [remaining for _, remaining in lab.told]
    assert left[:2] == left[-2:] == [None, None]
    steps = [remaining.steps for remaining in left if isinstance(remaining, Remaining)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] == 3
    seconds = [remaining.seconds for remaining in left if isinstance(remaining, Remaining)]
    assert all(
        span is not None and (span[0] > 0) == (step > 0) for span, step in zip(seconds, steps, strict=True)
    )


@pytest.mark.parametrize("place", [1, 8, 15])
def test_every_place_of_the_culprit_is_found_with_few_checks(lab: Lab, place: int) -> None:
    commits = lab.history([*numbered("good", place), *numbered("bad", 16 - place)])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[place])
    assert result.checks_run <= 4 + 4


def test_a_range_of_one_commit_costs_the_ends_and_the_proof(lab: Lab) -> None:
    commits = lab.history(["good", "bad"])
    result = lab.bisect(commits[0], commits[1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[1])
    assert result.checks_run == len(result.checks) == 4


def test_the_log_replays_with_plain_git(lab: Lab, tmp_path: Path) -> None:
    commits = lab.history([*numbered("good", 5), *numbered("bad", 6)])
    result = lab.bisect(commits[0], commits[-1])
    lab.sandbox.git("clone", "-q", ".", str(tmp_path / "clone"))
    (tmp_path / "bisect.log").write_text(result.log)
    replay = ["git", "bisect", "replay", str(tmp_path / "bisect.log")]
    done = subprocess.run(
        replay, cwd=tmp_path / "clone", env=ENVIRONMENT, check=True, capture_output=True, text=True
    )
    assert first_named(done.stdout) == result.first


@pytest.mark.parametrize("paths", [("verdict",), ()])
def test_commits_that_leave_the_code_alone_are_not_checked(lab: Lab, paths: tuple[str, ...]) -> None:
    lab.paths = paths
    first = lab.history(["good"])[0]
    culprit = ""
    for number in range(12):
        lab.sandbox.commit(
            {"docs/notes.md": f"{number}", f"reports/2025100{number % 9}T120000Z/a.json": f"{number}"}
        )
        if number == 8:
            culprit = lab.history(["bad"])[0]
    last = lab.sandbox.git("rev-parse", "HEAD")
    result = lab.bisect(first, last)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, culprit)
    assert (result.commits, result.code_states) == (13, 2)
    assert result.checks_run == 4  # the ends and the proof: nothing is left to ask


def test_one_code_state_is_checked_once(lab: Lab) -> None:
    commits = lab.history(
        ["good a", "good b", "good a", "good b", "good a", "bad c", "bad d", "bad c", "bad d"]
    )
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[5])
    searched = [check for check in result.checks if check.role is not Role.PROOF]
    run = [check.code_state for check in searched if check.known_from is None]
    assert len(run) == len(set(run)) <= 4
    known = [check for check in searched if check.known_from is not None]
    assert known
    names = {check.name: check for check in searched}
    assert all(names[str(check.known_from)].code_state == check.code_state for check in known)


def test_equal_code_at_both_ends_needs_no_check(lab: Lab) -> None:
    first = lab.history(["good"])[0]
    last = lab.sandbox.commit({"docs/a.md": "1"})
    result = lab.bisect(first, last)
    assert result.outcome is Outcome.NOTHING_TO_BISECT
    assert result.checks == ()
    assert "nothing in the 1 commit between" in result.says[0]
    assert "taken back" not in result.says[0]


def test_code_that_is_changed_and_changed_back_needs_no_check(lab: Lab) -> None:
    commits = lab.history(["good", "bad", "good"])
    result = lab.bisect(commits[0], commits[2])
    assert result.outcome is Outcome.NOTHING_TO_BISECT
    assert result.checks == ()
    assert "taken back" in result.says[0]


def test_ends_that_agree_leave_nothing_to_bisect_and_name_the_suspects(lab: Lab) -> None:
    lab.sandbox.commit({".gitignore": "*.bin\n", "src/code.py": "1\n"})
    lab.paths = ("verdict", "src")
    commits = lab.history(numbered("good", 4))
    (lab.sandbox.top / "Fdump.bin").write_text("x")
    (lab.sandbox.top / "local.cfg").write_text("x")
    (lab.sandbox.top / "src/code.py").write_text("2\n")
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.NOTHING_TO_BISECT
    assert "Clean worktrees agree: both ends are good" in result.says[0]
    assert any("bisect-parity bisect --flaky --good" in text for text in result.says)
    assert f"bisect-parity sweep {commits[0][:12]}..{commits[-1][:12]} --case stub" in result.says[1]
    assert result.checks_run == 2
    assert result.suspects is not None
    assert result.suspects.ignored == ("Fdump.bin",)
    assert result.suspects.untracked == ("local.cfg",)
    assert result.suspects.modified == ("src/code.py",)


def test_ends_that_are_both_bad_leave_nothing_to_bisect_either(lab: Lab) -> None:
    commits = lab.history(numbered("bad", 4))
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.NOTHING_TO_BISECT
    assert "both ends are bad" in result.says[0]


def test_the_commit_that_mended_it_is_found(lab: Lab) -> None:
    commits = lab.history([*numbered("bad", 5), *numbered("good", 4)])
    result = lab.bisect(commits[-1], commits[0], Find.FIX)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[5])
    document = result.to_json()
    assert document["first_good"] == commits[5]
    assert document["first_good_parent"] == commits[4]
    assert document["first_bad"] is None


def test_swapped_ends_are_told_with_the_command_that_is_right(lab: Lab) -> None:
    commits = lab.history(["bad 1", "bad 2", "good 1", "good 2"])
    result = lab.bisect(commits[1], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "swapped" in result.says[0]
    good, bad = commits[-1][:12], commits[1][:12]
    assert f"bisect-parity bisect --find fix --bad {bad} --good {good} --case stub; " in result.says[1]
    assert f"bisect-parity bisect --good auto --bad {bad} --case stub" in result.says[1]
    assert "--good auto" not in lab.bisect(commits[0], commits[-1]).says[1]  # nothing comes before it


def test_swapped_ends_of_a_search_for_a_fix_are_told_too(lab: Lab) -> None:
    commits = lab.history(["good 1", "good 2", "bad 1", "bad 2"])
    result = lab.bisect(commits[-1], commits[0], Find.FIX)
    right = f"bisect-parity bisect --good {commits[0][:12]} --bad {commits[-1][:12]} --case stub"
    assert result.says[1] == f"Run: {right}"


def test_swapped_ends_on_two_branches_are_swapped_back(lab: Lab) -> None:
    base = lab.history(["good 0"])[0]
    good = lab.history(["good 1"])[0]
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    bad = lab.history(["bad 1"])[0]
    result = lab.bisect(bad, good)
    assert result.says[1] == f"Run: bisect-parity bisect --good {good[:12]} --bad {bad[:12]} --case stub"


def test_skipped_commits_are_listed_with_their_reasons(lab: Lab) -> None:
    skips = ["skip no compiler a", "skip no compiler b", "skip import error"]
    commits = lab.history([*numbered("good", 4), *skips, *numbered("good 2", 4), *numbered("bad", 5)])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[11])
    for item in result.to_json()["skipped"]:
        assert item["commit"] in commits[4:7]
        assert item["reason"].startswith(("no compiler", "import error"))


def test_a_culprit_that_hides_behind_skips_is_one_of_the_candidates(lab: Lab) -> None:
    commits = lab.history(["good 0", "good 1", "skip x a", "skip x b", "bad 1", "bad 2"])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert set(result.candidates) == set(commits[2:5])
    assert set(result.facts) >= set(result.candidates)
    assert {check.commit for check in result.skipped()} == set(commits[2:4])
    assert result.first is None
    assert "what cannot be tested: x a (1); x b (1)." in result.says[0]  # the bad one among them was tested
    ends = f"--from {commits[1][:12]} --at {commits[4][:12]}"
    assert any(f"isolate --over code {ends} --case" in said for said in result.says)


@pytest.mark.parametrize("verdicts", [["skip no compiler", "bad"], ["good", "skip no compiler"]])
def test_an_end_that_cannot_be_tested_is_told_with_its_reason(lab: Lab, verdicts: list[str]) -> None:
    commits = lab.history(verdicts)
    result = lab.bisect(commits[0], commits[1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "end" in result.says[0]
    assert "no compiler" in result.says[0]


@pytest.mark.parametrize(("verdict", "reason"), [("abort no disk", "no disk"), ("crash", "wrote no verdict")])
def test_a_check_at_fault_ends_the_session_at_once(lab: Lab, verdict: str, reason: str) -> None:
    commits = lab.history([verdict, "bad"])
    result = lab.bisect(commits[0], commits[1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert reason in result.says[0]
    assert len(result.checks) == 1


@pytest.mark.parametrize(("verdict", "reason"), [("abort no disk", "no disk"), ("crash", "wrote no verdict")])
def test_a_check_at_fault_in_the_middle_names_no_commit(lab: Lab, verdict: str, reason: str) -> None:
    commits = lab.history(["good", *(f"{verdict} {n}" for n in range(3)), "bad"])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert result.first is None
    assert reason in result.says[0]


def test_a_file_outside_the_code_paths_that_refutes_the_answer_is_named(lab: Lab) -> None:
    lab.paths = ("code",)
    texts = [("1", "good"), ("1", "bad"), ("2", "bad")]
    commits = [lab.sandbox.commit({"code": code, "verdict": f"{verdict}\n"}) for code, verdict in texts]
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.REFUTED
    between = (
        f"Between {commits[1][:12]} and {commits[0][:12]}, whose code is the same, 1 file outside the code"
    )
    assert f"{between} paths changed: verdict." in result.says[1]


def test_a_verdict_that_does_not_repeat_refutes_the_answer(lab: Lab) -> None:
    commits = lab.history(["good 1", "good 2", "flaky", "bad"])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.REFUTED
    assert "does not repeat" in result.says[0]
    ends = f"--good {commits[0][:12]} --bad {commits[-1][:12]}"
    assert result.says[1].endswith(f"bisect-parity bisect --flaky {ends} --case stub")


def test_an_answer_that_cannot_be_checked_again_is_inconclusive(lab: Lab) -> None:
    commits = lab.history(["good 1", "good 2", "unprovable", "bad"])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert result.first == commits[2]


def test_a_merge_of_two_good_sides_can_be_the_culprit(lab: Lab) -> None:
    base = lab.history(["good 0"])[0]
    left = lab.sandbox.commit({"verdict": "good left\n"})
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    right = lab.sandbox.commit({"verdict": "good right\n"})
    lab.sandbox.git("checkout", "-q", "main")
    lab.sandbox.git("merge", "-q", "--no-commit", "-s", "ours", "side")
    merge = lab.sandbox.commit({"verdict": "bad merged\n"})
    last = lab.history(["bad 2"])[0]
    result = lab.bisect(base, last)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, merge)
    assert roles(result, Role.PROOF) == [merge, left, right]


def test_a_culprit_on_a_merged_branch_is_found_inside_it(lab: Lab) -> None:
    lab.paths = ("verdict", "other")
    base = lab.history(["good 0"])[0]
    lab.sandbox.commit({"other": "1\n"})
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    culprit = lab.history(["good 1", "bad 1", "bad 2"])[1]
    lab.sandbox.git("checkout", "-q", "main")
    lab.sandbox.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    last = lab.sandbox.commit({"other": "2\n"})
    result = lab.bisect(base, last)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, culprit)


def test_ends_on_two_branches_are_searched_from_their_common_ancestor(lab: Lab) -> None:
    base = lab.history(["good 0"])[0]
    good = lab.history(["good 1"])[0]
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    commits = lab.history(["good 2", "bad 1", "bad 2"])
    result = lab.bisect(good, commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[1])


def test_ends_on_two_branches_that_are_both_bad_are_each_searched_from_their_common_ancestor(
    lab: Lab,
) -> None:
    base = lab.history(["good 0"])[0]
    one = lab.history(["bad 1"])[0]
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    other = lab.history(["bad 2"])[0]
    result = lab.bisect(one, other)
    assert result.outcome is Outcome.NOTHING_TO_BISECT
    (told,) = (text for text in result.says if "two lines of history" in text)
    for end in (one, other):
        assert f"bisect-parity bisect --good {base[:12]} --bad {end[:12]} --case stub" in told


def test_a_bad_common_ancestor_says_where_to_search_instead(lab: Lab) -> None:
    base = lab.history(["bad 0"])[0]
    good = lab.history(["good 1"])[0]
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    bad = lab.history(["bad 1", "bad 2", "bad 3"])[-1]
    at_once: list[tuple[str, ...]] = []
    lab.watch = lambda running: at_once.append(tuple(running))
    result = lab.bisect(good, bad, jobs=3)
    # what comes after it need not be asked: nothing is begun beside it, whatever still runs
    assert all({*now} <= {*before, base} for before, now in itertools.pairwise(at_once) if base in now)
    assert base in at_once[-1]
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "common ancestor of the two ends is bad already" in result.says[0]
    right = f"bisect-parity bisect --find fix --bad {base[:12]} --good {good[:12]} --case stub"
    assert result.says[1] == f"Search there: {right}"


def test_a_good_common_ancestor_of_a_search_for_a_fix_says_where_to_search(lab: Lab) -> None:
    base = lab.history(["good 0"])[0]
    bad = lab.history(["bad 1"])[0]
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    good = lab.history(["good 1", "good 2"])[-1]
    result = lab.bisect(good, bad, Find.FIX)
    right = f"bisect-parity bisect --good {base[:12]} --bad {bad[:12]} --case stub"
    assert result.says[1] == f"Search there: {right}"


@pytest.mark.parametrize("deed", ["dirty", "move", "delete", "vanish", "flood"])
def test_a_case_that_spoils_its_worktree_spoils_no_answer(lab: Lab, deed: str) -> None:
    goods, bads = [f"good {deed} {n}" for n in range(2)], [f"bad {deed} {n}" for n in range(2)]
    lab.history(["good before"])
    commits = lab.history([*goods, *bads])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[2])


@pytest.mark.parametrize("when", [1, 3])
@pytest.mark.parametrize("is_removed", [False, True])
def test_settings_that_change_in_the_middle_stop_the_session(lab: Lab, when: int, is_removed: bool) -> None:
    commits = lab.history([*numbered("good", 4), *numbered("bad", 4)])
    session = lab.session(commits[0], commits[-1])

    def change(*_: object) -> None:
        if len(lab.told) == when:
            frozen = next((lab.sandbox.top / ".git/bisect-parity/sessions").glob("*/bisect-parity.toml"))
            frozen.unlink()
            if not is_removed:
                frozen.write_text("# changed\n")

    lab.tell = change
    result = session.run()
    assert result.outcome is Outcome.INCONCLUSIVE
    assert len(result.checks) == when
    assert ("cannot read" if is_removed else "changed during the session") in result.says[0]


def test_settings_that_the_user_edits_meanwhile_change_nothing(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 4), *numbered("bad", 4)])
    session = lab.session(commits[0], commits[-1])

    def edit(*_: object) -> None:
        lab.settings.write_text("# edited\n")

    lab.tell = edit
    assert session.run().outcome is Outcome.CONFIRMED


def test_an_interrupted_session_leaves_nothing_and_tells_what_it_knows(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 8), *numbered("bad", 8)])
    session = lab.session(commits[0], commits[-1])
    before = lab.sandbox.snapshot()

    def interrupt(*_: object) -> None:
        if len(lab.told) == 4:
            raise KeyboardInterrupt

    lab.tell = interrupt
    with pytest.raises(KeyboardInterrupt):
        session.run()
    assert lab.sandbox.snapshot() == before
    result = session.result(Outcome.INTERRUPTED, "Interrupted.")
    assert len(result.checks) == 4
    old, new = (
        [check.commit for check in result.checks if check.verdict == kind][-1] for kind in ("good", "bad")
    )
    count = commits.index(new) - commits.index(old)
    assert result.says[1] == (
        f"So far: {new[:12]} is bad and {old[:12]} good; the change is one of {count} commits."
    )
    assert "git bisect start" in result.log


@pytest.mark.parametrize("when", [1, 3, 6])
def test_a_session_that_was_stopped_goes_on_without_repeating_a_check(lab: Lab, when: int) -> None:
    commits = lab.history([*numbered("good", 7), *numbered("bad", 5)])

    def interrupt(*_: object) -> None:
        if len(lab.told) == when:
            raise KeyboardInterrupt

    lab.tell = interrupt
    with pytest.raises(KeyboardInterrupt):
        lab.session(commits[0], commits[-1]).run()
    result = lab.resumed().run()
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[7])
    before = {check.code_state for check, _ in lab.told[:when]}
    run_again = {
        check.code_state for check in result.checks if not check.known_from and check.role is not Role.PROOF
    }
    assert before.isdisjoint(run_again)
    assert len(result.checks) - result.checks_run == when
    names = [check.name for check, _ in lab.told]
    assert len(names) == len(set(names))


def test_a_good_end_is_found_on_the_way_back_in_doubling_steps(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 6), *numbered("bad", 6)])
    result = lab.bisect("auto", commits[-1])
    assert (result.outcome, result.first, result.bad) == (Outcome.CONFIRMED, commits[6], commits[-1])
    assert roles(result, Role.OLD_END)[:3] == [commits[10], commits[8], commits[4]]
    assert result.good == commits[4]


def test_the_way_back_leaves_out_what_cannot_be_tested(lab: Lab) -> None:
    commits = lab.history(["good 1", "good 2", "skip x 1", "skip x 2", "good 3", "bad 1"])
    lab.history(["bad 2"])
    result = lab.bisect("auto", "HEAD")
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[5])


def test_the_way_back_finds_a_good_commit_before_a_long_stretch_that_cannot_be_tested(lab: Lab) -> None:
    verdicts = [*numbered("skip", 60), *numbered("good", 3), *numbered("bad", 30)]
    commits = lab.history(verdicts)
    result = lab.bisect("auto", "HEAD")
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[63])
    assert len(roles(result, Role.OLD_END)) <= 12  # of which the stretch takes a few


def test_the_way_back_goes_on_from_the_last_commit_that_can_be_tested(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 5), *numbered("bad", 3), *numbered("skip", 2)])
    result = lab.bisect("auto", "HEAD")
    assert (result.outcome, result.first, result.good) == (Outcome.CONFIRMED, commits[5], commits[4])
    assert commits[0] not in {check.commit for check in result.checks}


def test_nothing_is_looked_for_on_the_way_back_from_a_commit_that_is_good(lab: Lab) -> None:
    commits = lab.history([*numbered("bad", 3), *numbered("good", 3)])
    result = lab.bisect("auto", "HEAD")
    assert (result.outcome, len(result.checks)) == (Outcome.NOTHING_TO_BISECT, 1)
    assert result.says[0].startswith(f"{commits[-1][:12]}, named as bad, is good in a clean worktree.")


def test_a_history_without_a_good_commit_says_so(lab: Lab) -> None:
    lab.history(numbered("bad", 5))
    result = lab.bisect("auto", "HEAD")
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "No good commit was found on the way back" in result.says[0]


def test_a_bad_end_of_a_fix_is_found_on_the_way_back(lab: Lab) -> None:
    commits = lab.history([*numbered("bad", 4), *numbered("good", 4)])
    result = lab.bisect(commits[-1], "auto", Find.FIX)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])


@pytest.mark.parametrize("end", ["old", "new"])
def test_the_nearest_commit_that_can_be_tested_stands_in_for_an_end(lab: Lab, end: str) -> None:
    plain = [*numbered("good", 3), *numbered("bad", 3)]
    skips = ["skip no compiler 1", "skip no compiler 2"]
    commits = lab.history([*skips, *plain] if end == "old" else [*plain, *skips])
    result = lab.bisect(commits[0], commits[-1])
    culprit = commits[5] if end == "old" else commits[3]
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, culprit)
    nearest = commits[2] if end == "old" else commits[5]
    named = commits[0] if end == "old" else commits[-1]
    assert result.stand_ins == {named: nearest}
    assert "stands in for it" in " ".join(result.says)


def test_a_long_stretch_before_an_end_that_cannot_be_tested_takes_few_checks(lab: Lab) -> None:
    stretch = [f"skip test did not end within 9 s, {number}" for number in range(60)]
    commits = lab.history([*numbered("good", 3), *numbered("bad", 2), *stretch])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[3])
    assert result.stand_ins == {commits[-1]: commits[3]}
    assert len(roles(result, Role.NEW_END)) <= 14


@pytest.mark.parametrize("end", ["old", "new"])
def test_any_commit_with_the_verdict_of_an_end_that_cannot_be_tested_will_do(lab: Lab, end: str) -> None:
    stretch, plain = numbered("skip", 9), [*numbered("good", 20), *numbered("bad", 20)]
    commits = lab.history([*stretch, *plain] if end == "old" else [*plain, *stretch])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[29 if end == "old" else 20])
    tried = roles(result, Role.OLD_END if end == "old" else Role.NEW_END)
    assert len(tried) == 7  # itself, four neighbours, and two steps; not how far the stretch goes


def test_what_a_partial_clone_lacks_is_told_once_and_before_others_are_tried(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(quiet=False, verbose=False, as_json=False)
    missing = [f"skip object {number:040} (a.txt) is missing" for number in range(3)]
    commits = lab.history([*missing, *numbered("good", 3), *numbered("bad", 3)])
    assert lab.bisect(commits[0], commits[-1]).first == commits[6]
    (warning,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: "))
    assert warning.startswith(
        f"warning: {commits[0][:12]} cannot be tested: object {0:040} (a.txt) is missing."
    )
    assert warning.endswith("git fetch --refetch --no-filter")


def test_a_search_ends_where_one_commit_after_the_other_lacks_content_and_asks_for_them_again(
    lab: Lab,
) -> None:
    missing = [f"skip object {number:040} (a{number}.txt) is missing" for number in range(20)]
    commits = lab.history(["good", *missing, "bad"])
    stopped = lab.session(commits[0], commits[-1]).run()
    assert (stopped.outcome, stopped.checks_run) == (Outcome.INCONCLUSIVE, 7)
    assert (
        "git fetch --refetch --no-filter; to go on then, or without it: bisect-parity bisect --resume"
        in stopped.says[0]
    )
    assert [one["tried"] for one in stopped.to_json()["skip_ranges"]] == [5]
    again = lab.resumed().run()  # the content may be there now
    assert (again.outcome, again.checks_run) == (Outcome.INCONCLUSIVE, 20)  # or is nowhere any more
    assert again.candidates == tuple(commits[1:])


def test_an_end_whose_neighbours_cannot_be_tested_is_given_up_after_some_of_them(lab: Lab) -> None:
    stretch = [f"skip test did not end within 9 s, {number}" for number in range(60)]
    commits = lab.history(["good 0", *stretch])
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert len(result.checks) <= 18
    assert any(
        'If that is the fault that you look for, set on_timeout = "bad"' in text for text in result.says
    )


def test_one_fault_at_both_ends_and_between_them_is_that_of_the_check(lab: Lab) -> None:
    commits = lab.history([f"skip no compiler\n{number}" for number in range(9)])
    result = lab.session(commits[0], commits[-1]).run()
    assert result.outcome is Outcome.INCONCLUSIVE
    assert len(result.checks) == 5
    assert "for the same reason: no compiler" in result.says[0]
    assert "The check is at fault" in result.says[0]


def test_one_fault_at_both_ends_and_halfway_is_no_fault_of_the_check_where_another_commit_can_be_tested(
    lab: Lab,
) -> None:
    verdicts = ["skip x 1", "good 1", "good 2", "skip x 2", "bad 1", "bad 2", "skip x 3"]
    commits = lab.history(verdicts)
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert set(result.candidates) == {commits[3], commits[4]}


def test_other_faults_do_not_keep_a_commit_between_the_ends_from_standing_in(lab: Lab) -> None:
    commits = lab.history(["skip x 1", "good 1", "bad 1", "skip x 2"])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[2])


def test_a_commit_that_fails_otherwise_than_the_other_end_does_not_stand_in(lab: Lab) -> None:
    commits = lab.history(["skip x", "bad old package 1", "good 1", "good 2", "bad it 1", "bad it 2"])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[4])
    assert result.stand_ins == {commits[0]: commits[2]}


@pytest.mark.parametrize(
    "verdicts",
    [[*numbered("skip x", 60), "bad 1", "bad 2"], ["good 1", "good 2", "skip x"]],
    ids=["long stretch", "one"],
)
def test_a_culprit_between_an_end_and_its_stand_in_is_not_named(lab: Lab, verdicts: list[str]) -> None:
    commits = lab.history(verdicts)
    result = lab.bisect(commits[0], commits[-1])
    assert result.outcome is Outcome.INCONCLUSIVE
    assert result.first is None
    assert len(result.checks) <= 34  # the neighbours of the end, and as many again in the search
    assert "x" in " ".join(result.says)
    assert "it is believed to be what it was named for" in " ".join(result.says)
    assert ("To try more: bisect-parity bisect --resume" in " ".join(result.says)) is (len(commits) > 60)


@pytest.mark.parametrize("end", ["old", "new"])
def test_an_end_that_nothing_stands_in_for_is_believed_as_plain_git_does(lab: Lab, end: str) -> None:
    old, new = ("good", "bad") if end == "old" else ("bad", "good")
    verdicts = [*numbered("skip no such option", 20), *numbered(old, 4), *numbered(new, 2)]
    verdicts += [*numbered("skip no compiler", 12), *numbered(f"{new} later", 3)]
    verdicts, place = (verdicts, 24) if end == "old" else (verdicts[::-1], 17)
    commits = lab.history(verdicts[:place])
    lab.sandbox.commit({"readme": "the same code, which is asked for once\n"})
    commits += lab.history(verdicts[place:])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[place])
    assert result.stand_ins == {}


def test_commits_without_the_package_that_an_end_lacks_are_not_tried_in_its_place(lab: Lab) -> None:
    first = lab.history([f"skip No module named 'new_name' {number}" for number in range(9)])[0]
    renamed = lab.sandbox.commit({"src/new_name/__init__.py": "", "verdict": "good 1\n"})
    bad = lab.history(["good 2", "bad 1"])[-1]
    result = lab.bisect(first, bad)
    assert (result.outcome, result.first, result.stand_ins) == (Outcome.CONFIRMED, bad, {first: renamed})
    assert roles(result, Role.OLD_END) == [first, renamed]


@pytest.mark.parametrize("verdicts", [["skip x", "bad 1", "good 1"], ["bad 1", "good 1", "skip x"]])
def test_an_end_is_not_believed_where_the_other_one_is_not_what_it_was_named_for(
    lab: Lab, verdicts: list[str]
) -> None:
    commits = lab.history(verdicts)
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.candidates) == (Outcome.INCONCLUSIVE, ())
    assert "The ends are swapped" in result.says[0]
    assert "stands in for it" in " ".join(result.says)


def test_a_search_ends_at_the_number_of_checks_it_may_run_and_goes_on_where_it_stopped(lab: Lab) -> None:
    commits = lab.history(["good", *numbered("skip", 9), "bad a"])
    stopped = lab.session(commits[0], commits[-1], most_checks=4).run()
    assert (stopped.outcome, stopped.checks_run) == (Outcome.INCONCLUSIVE, 4)
    assert "ended at --max-checks 4. To resume: bisect-parity bisect --resume" in stopped.says[0]
    assert "the change is one of 10 commits, 2 of which could not be tested" in stopped.says[1]
    whole = lab.resumed().run()
    assert (whole.checks_run, whole.candidates) == (7, tuple(commits[1:]))


def test_verdicts_that_are_not_monotone_are_told_with_the_sweep_to_run(lab: Lab) -> None:
    commits = lab.history(["good a", "bad b", "good a", "bad b", "bad c"])
    result = lab.bisect(commits[0], commits[-1])
    assert any("not monotone" in text for text in result.says)
    sweep = f"bisect-parity sweep {commits[0][:12]}..{commits[-1][:12]} --case stub"
    assert any(sweep in text for text in result.says)


def test_a_very_large_range_is_searched_on_the_main_line_and_then_below_the_merge(lab: Lab) -> None:
    lab.paths = ("verdict", "other")
    base = lab.history(["good 0"])[0]
    for number in range(4):
        lab.sandbox.commit({"other": f"main {number}\n"})
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    culprit = lab.history(["good 1", "good 2", "bad 1", "bad 2"])[2]
    lab.sandbox.git("checkout", "-q", "main")
    lab.sandbox.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    for number in range(4, 9):
        last = lab.sandbox.commit({"other": f"main {number}\n"})
    repository = opened(lab.sandbox.top)
    span = read_span(repository, base, last, CodeStates(repository, lab.paths), large=5)
    assert span.reached == ([1, 2, 3, 4, 9, 10, 11, 12, 13, 14],) * 2
    result = lab.session(base, last, large=5).run()
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, culprit)
    assert len(roles(result, Role.SEARCH)) <= 5  # the merge first: most lies behind it
    assert result.log.count("git bisect start") == 2
    assert "'--first-parent'" in result.log


def test_a_very_large_side_branch_is_searched_along_its_own_main_line(lab: Lab) -> None:
    lab.paths = ("verdict", "other")
    base = lab.history(["good 0"])[0]
    lab.sandbox.commit({"other": "main\n"})
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    commits = lab.history([*numbered("good 1", 6), *numbered("bad 1", 6)])
    lab.sandbox.git("checkout", "-q", "main")
    lab.sandbox.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    last = lab.sandbox.commit({"other": "end\n"})
    result = lab.session(base, last, large=3).run()
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[6])


def test_a_merge_that_breaks_what_both_sides_had_is_the_culprit_itself(lab: Lab) -> None:
    lab.paths = ("verdict", "other")
    base = lab.history(["good 0"])[0]
    lab.sandbox.commit({"other": "main\n"})
    lab.sandbox.git("checkout", "-q", "-b", "side", base)
    lab.sandbox.commit({"verdict": "good 1\n"})
    lab.sandbox.git("checkout", "-q", "main")
    lab.sandbox.git("merge", "-q", "--no-ff", "--no-commit", "side")
    merge = lab.sandbox.commit({"verdict": "bad 1\n"})
    last = lab.history(["bad 2"])[0]
    for large in (20_000, 2):
        result = lab.session(base, last, large=large).run()
        assert (result.outcome, result.first) == (Outcome.CONFIRMED, merge)


def test_a_daemon_that_a_check_left_is_ended_before_the_next_step(lab: Lab) -> None:
    commits = lab.history(["good daemon 1", "good daemon 2", "bad daemon 1"])
    result = lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[2])
    places = list(Path(result.session).glob("checks/*/daemon"))
    assert len(places) == len(result.checks)
    for place in places:
        status = Path(f"/proc/{place.read_text()}/stat")
        assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_repository_that_was_moved_in_between_goes_on(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 5), *numbered("bad", 5)])

    def interrupt(*_: object) -> None:
        if len(lab.told) == 3:
            raise KeyboardInterrupt

    lab.tell = interrupt
    with pytest.raises(KeyboardInterrupt):
        lab.session(commits[0], commits[-1]).run()
    lab.sandbox.top = lab.sandbox.top.rename(lab.sandbox.top.parent / "moved")
    result = lab.resumed().run()
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[5])
    assert sum(check.known_from is not None for check in result.checks) == 3


def test_a_commit_whose_code_is_missing_cannot_be_tested(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 4), *numbered("bad", 4)])
    blob = lab.sandbox.git("rev-parse", f"{commits[3]}:verdict")
    (lab.sandbox.top / ".git/objects" / blob[:2] / blob[2:]).unlink()
    result = lab.session(commits[0], commits[-1]).run()
    assert result.outcome is Outcome.INCONCLUSIVE
    assert set(result.candidates) == {commits[3], commits[4]}
    (skip,) = result.skipped()
    assert skip.commit == commits[3]
    assert "(verdict) is missing" in skip.reason
    assert any("git fetch --refetch --no-filter" in text for text in result.says)


@pytest.mark.parametrize(
    ("find", "verdict", "options"),
    [(Find.REGRESSION, "bad", "--good auto --bad"), (Find.FIX, "good", "--find fix --bad auto --good")],
)
def test_an_old_end_that_is_new_already_leads_to_a_search_before_it(
    lab: Lab, find: Find, verdict: str, options: str
) -> None:
    commits = lab.history(numbered(verdict, 4))
    good, bad = (commits[1], commits[3]) if find is Find.REGRESSION else (commits[3], commits[1])
    result = lab.bisect(good, bad, find)
    assert result.outcome is Outcome.NOTHING_TO_BISECT
    assert any(text.endswith(f"bisect {options} {commits[1][:12]} --case stub") for text in result.says)
    assert not any("shallow" in text for text in result.says)


def test_a_shallow_clone_says_that_its_history_ends_early(lab: Lab) -> None:
    commits = lab.history([*numbered("good", 2), *numbered("bad", 3)])
    (lab.sandbox.top / ".git/shallow").write_text(f"{commits[2]}\n")
    for result in (lab.bisect("auto", commits[4]), lab.bisect(commits[2], commits[4])):
        assert any("git fetch --unshallow" in text for text in result.says)
    with pytest.raises(RepositoryError, match=r"'v1' names no commit .* is shallow: git fetch --unshallow"):
        lab.bisect("v1", commits[4])
