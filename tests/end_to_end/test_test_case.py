"""A case that is a test: its exit status tells the verdict, and all commands work with it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from fixtures.git import GitRunner, snapshot
from tests.end_to_end.world import assert_fits, call

SETTINGS = """
[code]
paths = ["lib.sh", "test.sh"]
[case.unit]
test = ["sh", "test.sh", "--limit", "3"]
"""
TEST = """\
. ./lib.sh || exit 125
case " $* " in *" --limit 9 "*) exit 0;; esac
echo "value $value"
[ "$value" -le 3 ] || { echo "FAIL: $value is above 3"; exit 1; }
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRunner:
    """Twelve commits: the value is too great from the ninth on, and cannot be read in the third."""
    made = GitRunner(tmp_path / "r")
    made.commit({"test.sh": TEST, "lib.sh": "value=1\n"}, "First")
    settings = made.top / ".git" / "bisect-parity" / "bisect-parity.toml"
    settings.parent.mkdir()
    settings.write_text(SETTINGS)
    for number in range(2, 13):
        text = "if\n" if number == 3 else f"value={5 if number >= 9 else 2}  # {number}\n"
        made.commit({"lib.sh": text}, f"Number {number}")
    monkeypatch.chdir(made.top)
    return made


def test_check_tells_the_verdict_with_what_the_test_said(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    for revision, status, told in (
        ("HEAD", 1, "bad: the test failed: FAIL: 5 is above 3 (status 1)"),
        ("HEAD~5", 0, "good: the test passed"),
        ("HEAD~9", 1, "bad: "),  # a shell that cannot parse a file ends with 2
    ):
        repo.git("checkout", "-q", revision)
        answer = call(capsys, "check")
        assert (answer.status, answer.out.startswith(told)) == (status, True), answer
        assert ", size" not in answer.err
        repo.git("checkout", "-q", "main")
    document = json.loads(call(capsys, "check", "--json").out)
    assert_fits(document)
    assert (document["step"], document["comparison"]) == ("test", None)


def test_check_takes_a_test_where_there_are_no_settings(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / ".git/bisect-parity/bisect-parity.toml").unlink()
    line = "--test", "sh test.sh"
    for revision, status in (("HEAD", 1), ("HEAD~5", 0)):
        repo.git("checkout", "-q", revision)
        assert call(capsys, "check", *line).status == status
        repo.git("checkout", "-q", "main")
    limit = call(capsys, "check", *line, "--figure", "value", "--limit", 3, "--failure", "x")
    assert (limit.status, "skip: " in limit.out) == (125, True)
    for words, told in (
        ((), "Name a command with --test."),
        ((*line, "--case", "unit"), "--test replaces a case"),
        ((*line, "--figure", "value"), "--figure has no limit"),
        ((*line, "--bring", "lib.sh"), "nothing is copied into your checkout"),
    ):
        answer = call(capsys, "check", *words)
        assert (answer.status, told in answer.out) == (200, True), answer


def test_what_could_not_be_imported_is_asked_again_by_resume_once_something_was_installed(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "program"
    lacks = "grep -q =1 lib.sh || { echo 'ModuleNotFoundError: No module named x' >&2; exit 1; }"
    program.write_text(f"#!/bin/sh\ngrep -q =5 lib.sh && exit 1\n{lacks}\n")
    program.chmod(0o755)
    words = ("bisect", "--good", "HEAD~11", "--bad", "HEAD", "--no-revert", "--test", str(program))
    said = call(capsys, *words).out
    assert "outcome: inconclusive\nThe first bad commit is one of 8 that are left" in said
    assert "or the environment (then: bisect-parity bisect --resume)." in said
    assert "checks: 0 run" in call(capsys, "bisect", "--resume").out
    program.write_text("#!/bin/sh\n# with x\n! grep -q =5 lib.sh\n")
    said = call(capsys, "bisect", "--resume").out
    assert f"outcome: confirmed\nfirst bad commit: {repo.git('rev-parse', 'HEAD~3')}" in said


def test_bisect_and_sweep_find_the_commit_from_which_the_test_fails(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ninth = repo.git("rev-parse", "HEAD~3")
    words = ("bisect", "--good", "HEAD~5", "--bad", "HEAD", "--no-revert", "--out")
    answer = call(capsys, *words, tmp_path / "out")
    assert answer.status == 0, answer
    assert f"outcome: confirmed\nfirst bad commit: {ninth}" in answer.out
    assert "- case: unit, looking for a regression" in (tmp_path / "out" / "bisect.md").read_text()
    issue = (tmp_path / "out" / "issue.md").read_text()
    assert f"### Test broken by {ninth[:12]}: Number 9" in issue
    assert "| commit | verdict | reason | subject |" in issue
    assert "the test failed: FAIL: 5 is above 3" in issue
    report = call(capsys, "report", tmp_path / "out")
    assert f'Commit {ninth[:12]}, "Number 9", broke the test.' in report.out
    assert "checks: 0 run" in call(capsys, *words, tmp_path / "again").out
    (flip,) = json.loads(call(capsys, "sweep", "HEAD~5..HEAD~2", "--json").out)["flips"]
    assert flip["after"] == ninth


@pytest.mark.usefixtures("own_worker")
def test_no_search_by_a_test_imports_torch(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "torch.py").write_text("raise SystemExit(1)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"))
    ends = ("--good", "HEAD~4", "--bad", "HEAD~3", "--no-revert", "--out", tmp_path / "out")
    assert "outcome: confirmed" in call(capsys, "bisect", *ends).out
    verdicts = [json.loads(path.read_text()) for path in (tmp_path / "out" / "verdicts").glob("*.json")]
    assert [document["notes"] for document in verdicts] == [[]] * len(verdicts)
    assert (tmp_path / "out" / "commands.txt").read_text().count("bisect_parity.commands.serve") == 1


def test_isolate_finds_the_parameter_that_lets_it_pass(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("isolate", "--set", "--limit=9", "--set", "--other=1", "--out", tmp_path / "out")
    answer = call(capsys, *words)
    assert answer.status == 0, answer
    assert "outcome: isolated" in answer.out
    assert "test --limit" in answer.out
    assert "All figures" not in answer.out
    assert "clean, 0 changes: bad (the test failed: " in answer.err
    answer = call(capsys, "isolate", "--set", "candidate:--limit=9", "--out", tmp_path / "other")
    answer.is_told(2, "has no step candidate")


def test_a_test_on_the_command_line_needs_no_settings(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo.top / ".git" / "bisect-parity" / "bisect-parity.toml").unlink()
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    ninth = repo.git("rev-parse", "HEAD~3")
    line = """. ./lib.sh && [ "$OMP_NUM_THREADS" = 3 ] && [ ${value} -le 3 ]"""
    words = ("bisect", "--good", "HEAD~4", "--bad", "HEAD", "--no-revert", "--test", line)
    answer = call(capsys, *words, "--out", tmp_path / "out")
    assert f"outcome: confirmed\nfirst bad commit: {ninth}" in answer.out, answer
    again = (tmp_path / "out" / "issue.md").read_text().rpartition("To see it again: ")[2]
    assert shlex.split(again.strip("`").partition("` ")[0])[-2:] == ["--test", line]
    swept = call(capsys, "sweep", "HEAD~4..HEAD~2", "--test", "sh test.sh", "--json", "--out", tmp_path / "s")
    assert [flip["after"] for flip in json.loads(swept.out)["flips"]] == [ninth]


def test_a_sweep_in_which_nothing_could_be_tested_does_not_end_as_one_without_a_flip(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("sweep", "HEAD~4..HEAD", "--budget", "2", "--test", "sh -c 'exit 125'", "--out", tmp_path / "s")
    answer = call(capsys, *words)
    assert (answer.status, "tested: 2 skip" in answer.out) == (3, True), answer
    assert "none of the selected commits could be tested" in answer.err


def test_a_test_in_the_checkout_is_told_to_be_the_same_at_every_commit(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("sweep", "HEAD~1..HEAD", "--out", tmp_path / "s", "--test")
    assert "the same at every commit" in call(capsys, *words, f"sh {repo.top}/test.sh").err


@pytest.fixture
def new_test(repo: GitRunner) -> Path:
    """A test of which the settings know nothing, and no commit."""
    (repo.top / ".git" / "bisect-parity" / "bisect-parity.toml").unlink()
    place = repo.top / "tests" / "new.sh"
    place.parent.mkdir()
    place.write_text('. ./lib.sh || exit 125; . "${0%/*}/limit.sh"; [ "$value" -le "$limit" ]\n')
    (place.parent / "limit.sh").write_text("limit=3\n")
    return place


def test_a_new_test_that_no_commit_holds_is_asked_of_all_of_them_where_it_is_brought(
    repo: GitRunner, new_test: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(repo.top)
    words = ["bisect", "--good", "HEAD~4", "--bad", "HEAD", "--test", "sh tests/new.sh", "--no-revert"]
    refused = call(capsys, *words, "--out", tmp_path / "refused")
    assert refused.status == 3
    assert "checks: 1 run" in refused.out
    (printed,) = (line for line in refused.out.splitlines() if "lacks tests/new.sh" in line)
    right = shlex.split(printed.rpartition("as it is now: bisect-parity ")[2])
    assert right[-2:] == ["--bring", "tests/new.sh"]
    answer = call(capsys, *right[:-1], "tests", "--no-revert", "--out", tmp_path / "out")
    assert f"first bad commit: {repo.git('rev-parse', 'HEAD~3')}" in answer.out, answer
    assert snapshot(repo.top) == before
    (issue,) = (tmp_path / "out").glob("issue.md")
    assert "--bring tests`" in issue.read_text()


def test_ends_that_are_bad_for_lack_of_the_test_do_not_clear_the_commits(
    repo: GitRunner, new_test: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("bisect", "--good", "HEAD~4", "--bad", "HEAD", "--test", ". ./tests/new.sh")
    answer = call(capsys, *words, "--out", tmp_path / "out")
    assert answer.status == 3
    assert "outcome: inconclusive" in answer.out
    assert "--bring tests/new.sh" in answer.out


def test_the_brought_test_is_the_one_of_the_start_and_another_one_is_another_question(
    repo: GitRunner, new_test: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("sweep", "HEAD~4..HEAD~2", "--test", "sh tests/new.sh", "--bring", "tests")
    swept = call(capsys, *words, "--json", "--out", tmp_path / "one")
    session = Path(json.loads(swept.out)["session"])
    assert (session / "bisect-parity.brought" / "tests" / "limit.sh").read_text() == "limit=3\n"
    assert "checks: 0 run" in call(capsys, *words, "--out", tmp_path / "two").out
    (new_test.parent / "limit.sh").write_text("limit=9\n")
    given = call(capsys, *words, "--out", tmp_path / "three")
    assert (given.status, "3 run" in given.out) == (0, True), given


def test_a_brought_file_takes_the_place_of_an_older_one_and_never_of_the_users_own(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = repo.top / ".git" / "bisect-parity" / "bisect-parity.toml"
    settings.write_text(SETTINGS + 'bring = ["test.sh"]\n')
    repo.git("checkout", "-q", "HEAD~6")
    (repo.top / "test.sh").write_text(TEST.replace("-le 3", "-le 1"))
    words = ("sweep", "main~11..main~6", "--budget", "2", "--json", "--out", tmp_path / "out")
    assert [flip["change"] for flip in json.loads(call(capsys, *words).out)["flips"]] == ["good to bad"]
    assert call(capsys, "check").status == 1
    linked = repo.top.parent / "linked"
    repo.git("worktree", "add", "-q", "--detach", str(linked), "main")
    answer = call(capsys, "check", "--repo", linked)
    assert (answer.status, "your checkout is not changed" in answer.out) == (200, True), answer


def test_a_test_that_names_a_file_of_the_directory_is_told_where_it_runs(
    repo: GitRunner,
    new_test: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(new_test.parent)
    words = ("sweep", "HEAD~1..HEAD", "--bring", "new.sh", "--bring", "limit.sh", "--out", tmp_path / "out")
    said = "the test runs at the top of the working tree: new.sh is tests/new.sh there"
    assert said in call(capsys, *words, "--test", "sh new.sh").err
    upwards = call(capsys, *words[:-1], tmp_path / "upwards", "--test", "sh ../tests/new.sh")
    assert said.replace(": new.sh", ": ../tests/new.sh") in upwards.err
    right = call(capsys, *words[:-1], tmp_path / "right", "--test", "sh tests/new.sh")
    assert said not in right.err
    assert "2 bad" in right.out
    nowhere = call(capsys, "diagnose", "--run", "--test", "no-such-program", "--out", tmp_path / "nowhere")
    assert nowhere.status == 3
    assert "copy of your directory (test cannot be started: no-such-program is not on PATH)" in nowhere.out


def test_a_test_may_run_in_an_environment_of_the_checkout_and_for_as_long_as_is_said(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / ".git" / "bisect-parity" / "bisect-parity.toml").unlink()
    program = repo.top / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    (repo.top / ".venv" / "pyvenv.cfg").touch()
    program.write_text('#!/bin/sh\nsleep "$1"; . ./lib.sh; [ "$value" -le 3 ]\n')
    program.chmod(0o755)
    words = ("sweep", "HEAD~4..HEAD~3", "--json", "--out")
    lines = (".venv/bin/python 0", "true && .venv/bin/python 0", f"{program} 0")
    for number, line in enumerate(lines):
        swept = call(capsys, *words, tmp_path / str(number), "--test", line)
        assert "your checkout" not in swept.err
        assert [flip["change"] for flip in json.loads(swept.out)["flips"]] == ["good to bad"], swept
    late = call(capsys, *words, tmp_path / "late", "--test", ".venv/bin/python 9", "--timeout", "0.1")
    assert {check["verdict"] for check in json.loads(late.out)["tested"]} == {"skip"}
    assert "did not end within 0.1 s" in late.out


def test_a_file_of_the_directory_that_decides_a_test_is_found_without_settings(
    repo: GitRunner, new_test: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / "local.cfg").write_text("")
    new_test.write_text("test -e local.cfg || sh test.sh\n")
    words = ("--test", "sh tests/new.sh", "--bring", "tests/new.sh")
    ran = call(capsys, "diagnose", "--run", *words, "--repo", repo.top, "--out", tmp_path / "ran")
    assert ran.status == 0, ran
    (hint,) = (line for line in ran.out.splitlines() if "isolate --over files" in line)
    right = shlex.split(hint.partition("bisect-parity ")[2].partition("  ")[0])
    found = call(capsys, *right, "--out", tmp_path / "found")
    assert "outcome: isolated" in found.out, (hint, found)
    assert "local.cfg" in found.out
    call(capsys, "diagnose", *words).is_told(2, "--test belongs to --run")
    for lone in (("--case", "parity"), ("--at", "HEAD"), ("--size", "8"), ("--most", "1G")):
        call(capsys, "diagnose", *lone).is_told(2, f"{lone[0]} belongs to --run")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--timeout", "9"), "belong to --test"),
        (("--test", "a", "--bring", "nowhere"), "nowhere is not in"),
        (("--test", "a", "--bring", "."), ". is not in"),
        (("--test", 'a "b'), "No closing quotation"),
        (("--test", "true && (cd a && true"), "is no script: "),
        (("--test", " "), "names no command"),
        (("--test", "a", "--case", "unit"), "Leave out --case"),
        (("--test", "a", "--size", "3"), "does not use {size}"),
        (("--test", "a\udc80"), "Quote it"),
    ],
)
def test_what_is_no_test_is_refused(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    call(capsys, "bisect", "--good", "HEAD~3", "--bad", "HEAD", *words).is_told(2, says)
    assert not list(repo.top.glob(".git/bisect-parity/sessions/*"))


def test_verdicts_depend_on_how_git_writes_files_and_that_it_wrote_them_otherwise_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "r")
    first = made.commit(
        {"t.sh": "test $(wc -c <v.tab) = 2\n", "v.tab": "1\n", ".gitattributes": "t.sh -text\n"}
    )
    made.commit({"v.tab": "2\n"})
    last = made.commit({"v.tab": "33\n"})
    monkeypatch.chdir(made.top)
    words = ("bisect", "--good", first, "--bad", last, "--test", "sh t.sh")
    assert f"first bad commit: {last}" in call(capsys, *words).out
    made.git("config", "core.autocrlf", "true")
    answer = call(capsys, *words)
    assert answer.status == 4
    assert "both ends are bad" in answer.out
    assert f"The code of {first[:12]} was good at" in answer.out
    assert "the settings of git for what it writes into files" in answer.out
    assert "checks: 2 run, 0 known before" in answer.out


def test_a_crash_is_looked_for_where_it_is_said_to_be_the_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "r")
    texts = ["exit 0", "exit 0 # 2", "kill -SEGV $$", "kill -SEGV $$ # 2", "kill -SEGV $$ # 3"]
    commits = [made.commit({"t.sh": f"{text}\n"}) for text in texts]
    monkeypatch.chdir(made.top)
    words = ("bisect", "--good", commits[0], "--bad", commits[-1], "--test", "sh t.sh")
    answer = call(capsys, *words)
    assert answer.status == 3
    told = next(line for line in answer.out.splitlines() if line.startswith("If that is the fault that you"))
    assert told.endswith("--test 'sh t.sh' --on crash=bad")
    at_once = f"warning: the bad end {commits[-1][:12]} cannot be tested. {told}"
    assert at_once in answer.err.splitlines()[:5]  # before its neighbours are tried, each to its time limit
    answer = call(capsys, *shlex.split(told.partition(": bisect-parity ")[2]))
    assert (answer.status, f"first bad commit: {commits[2]}" in answer.out) == (0, True)


@pytest.mark.parametrize("text", ["crash", "slow=bad", "crash=good"])
def test_what_is_no_kind_of_failure_is_refused(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    answer = call(capsys, "bisect", "--good", "HEAD~9", "--bad", "HEAD", "--test", "sh t.sh", "--on", text)
    assert answer.status == 2
    assert "Write timeout=bad. Kinds: timeout, memory, crash" in answer.err


def test_products_that_are_kept_decide_neither_on_the_ends_nor_on_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "r")
    build = "test -f out || cp v out\ntest $(cat out) -lt 3\n"  # it does not notice that v changed
    values = ["1", "2", "5", "6", "7"]
    commits = [made.commit({"t.sh": build, "v": f"{value}\n"}) for value in values]
    settings = made.top / ".git" / "bisect-parity" / "bisect-parity.toml"
    settings.parent.mkdir()
    settings.write_text('[case.unit]\ntest = ["sh", "t.sh"]\nkeep = ["out"]\n')
    monkeypatch.chdir(made.top)
    words = ("bisect", "--good", commits[0], "--bad", commits[-1])
    answer = call(capsys, *words)
    assert answer.status == 3
    assert "outcome: refuted" in answer.out
    assert "The case keeps out: products of another commit may have misled the search" in answer.out
    settings.write_text('[case.unit]\ntest = ["sh", "t.sh"]\n')
    assert f"first bad commit: {commits[2]}" in call(capsys, *words).out


def test_one_failure_is_looked_for_among_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value is undefined for two commits before it becomes wrong: the first bad one fails otherwise."""
    made = GitRunner(tmp_path / "r")
    judge = "from lib import value\nassert value() == 1, 'wrong'\n"
    bodies = ["1", "1 + 0", "one", "one + 0", "2", "2 + 0", "2 + 0 + 0"]
    commits = [
        made.commit({"judge.py": judge, "lib.py": f"def value():\n    return {b}\n"}, b) for b in bodies
    ]
    monkeypatch.chdir(made.top)
    words = ("--test", f"{sys.executable} judge.py", "--no-revert")
    answer = call(capsys, "bisect", "--good", commits[0], "--bad", commits[-1], *words)
    assert f"first bad commit: {commits[2]}" in answer.out
    told = f"It fails with NameError at {commits[2][:12]}, and with AssertionError at {commits[-1][:12]}"
    assert (
        f"{told}: the causes may differ. To look for AssertionError alone: bisect-parity bisect" in answer.out
    )
    assert "--failure AssertionError" in answer.out
    one = call(
        capsys, "bisect", "--good", commits[0], "--bad", commits[-1], *words, "--failure", "AssertionError"
    )
    assert "outcome: inconclusive" in one.out
    assert f"from {commits[2][:12]} to {commits[4][:12]}" in one.out
    assert "the test failed otherwise: NameError" in one.out
    assert f"isolate --over code --from {commits[1][:12]} --at {commits[4][:12]}" in one.out
    both = call(capsys, "bisect", "--good", commits[2], "--bad", commits[-1], *words)
    assert "both ends are bad" in both.out
    assert told in both.out
    call(capsys, "bisect", "--failure", "x", "--good", commits[0]).is_told(2, "belong to --test")
    call(
        capsys, "bisect", "--good", commits[0], "--bad", commits[1], "--test", "x", "--failure", "("
    ).is_told(2, "--failure '(' is no regular expression: ")


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (
            "sim/parts/inspect/__init__.py",
            "skip: test needs another version of a package: AttributeError: mod",
        ),
        ("lib/inspect.py", "bad: the test failed: AttributeError: module 'inspect' has no attribute"),
    ],
)
def test_only_what_a_module_of_another_package_lacks_is_no_fault_of_the_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], module: str, told: str
) -> None:
    made = GitRunner(tmp_path / "r")
    made.commit({"sim/__init__.py": "", "sim/parts/__init__.py": "", module: "x = 1\n"}, "First")
    settings = tmp_path / "case.toml"
    settings.write_text('[case.unit]\ntest = ["{python}", "-c", \'import inspect; inspect.getargspec\']\n')
    answer = call(capsys, "check", "--repo", made.top, "--config", settings)
    assert answer.out.startswith(told), answer


def test_a_verdict_is_not_taken_from_a_check_by_other_code_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = GitRunner(tmp_path / "moved")
    commits = [
        repo.commit({"old/v": "1\n", "t.sh": "test $(cat old/v new/v 2>/dev/null) -lt 3\n"}),
        repo.commit({"old/v": "2\n"}),
        repo.commit({"old/v": None, "new/v": "4\n"}),
        repo.commit({"new/v": "5\n"}),
    ]
    monkeypatch.chdir(repo.top)
    told = []
    for number, paths in enumerate(('["new", "t.sh"]', '["old", "t.sh"]')):
        settings = tmp_path / f"{number}.toml"
        settings.write_text(f'[code]\npaths = {paths}\n[case.c]\ntest = ["sh", "t.sh"]\n')
        out = tmp_path / f"out-{number}"
        call(capsys, "sweep", f"{commits[0]}..{commits[-1]}", "--config", settings, "--out", out)
        document = json.loads((out / "sweep.json").read_text())
        told.append({check["commit"]: check["verdict"] for check in document["tested"]})
    assert (told[0][commits[0]], told[1][commits[2]]) == ("good", "bad")
