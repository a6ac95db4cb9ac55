from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bisect_parity.bisection.plan import Plan
from bisect_parity.bisection.sweep_session import SweepPlan
from bisect_parity.history.worktree_pool import kept_worktrees
from tests.bisection.conftest import STUB
from tests.end_to_end.world import call
from tests.history.checkout import opened
from tests.sandbox import Sandbox
from tests.waiting import parent_of, text_of, wait_for_end

COMMAND = [sys.executable, "-P", "-m", "bisect_parity", "bisect"]
SIZE = 8
SIMULATE = """
import array, sys
size, out = int(sys.argv[1]), sys.argv[2]
pixels = [float((i * 7919) % 1000) for i in range(size * size)]
{flaw}
open(out, "wb").write(array.array("f", pixels).tobytes())
"""
FLAW = "pixels = [2 * p if i % 2 else p for i, p in enumerate(pixels)]"
CASE = """
[code]
paths = ["simulate.py"]
[case.parity]
size = {size}
reference = ["{{python}}", "{top}/reference.py", "{{size}}", "{{out}}"]
candidate = {candidate}
"""
CANDIDATE = '["{python}", "simulate.py", "{size}", "{out}"]'
# the first call works, the second hangs and takes no SIGTERM, later ones work
STUBBORN = """[
    "sh", "-c", '''
    if [ -e "$1" ] || ! [ -e "$1.first" ]; then touch "$1.first"; exec "$2" simulate.py "$3" "$4"; fi
    trap "" TERM
    echo $$ > "$1"
    sleep 60; sleep 60
    ''', "sh", "%s", "{python}", "{size}", "{out}"]"""


def write_case(sandbox: Sandbox, candidate: str = CANDIDATE) -> None:
    folder = sandbox.top / ".git/bisect-parity"
    folder.mkdir(exist_ok=True)
    (sandbox.top.parent / "reference.py").write_text(SIMULATE.format(flaw=""))
    text = CASE.format(size=SIZE, top=sandbox.top.parent, candidate=candidate)
    (folder / "bisect-parity.toml").write_text(text)


def program(number: int, flaw: str = "") -> dict[str, str | None]:
    verdict = "bad\n" if flaw else "good\n"  # told by the stub of a check
    return {"simulate.py": SIMULATE.format(flaw=flaw) + f"# {number}\n", "verdict": verdict}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Five commits, the fourth to blame; a dirty file, an untracked and an ignored one."""
    sandbox = Sandbox(tmp_path / "repository")
    sandbox.commit({".gitignore": "*.bin\n"})
    for number in range(5):
        sandbox.commit(program(number, FLAW if number >= 3 else ""))
    (sandbox.top / "simulate.py").write_text("dirty\n")
    (sandbox.top / "notes.txt").write_text("untracked\n")
    (sandbox.top / "Fdump.bin").write_text("ignored\n")
    write_case(sandbox)
    return sandbox


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stub give the verdicts in this process: what a session makes of them is the point."""
    monkeypatch.setattr(
        "bisect_parity.commands.bisect_plan.Plan", functools.partial(Plan, check_command=STUB)
    )


def is_clean(sandbox: Sandbox) -> bool:
    """Whether no worktree of ours is in use, and nothing but what a commit says lies in any."""
    kept = kept_worktrees(opened(sandbox.top))
    dirt = [sandbox.git("-C", str(one.path), "status", "--porcelain", "--ignored") for one in kept]
    return not any(one.is_used for one in kept) and not any(dirt)


@pytest.mark.usefixtures("stubbed")
def test_ends_that_agree_end_with_4_and_name_the_suspects(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked in a linked worktree of the user: what is told, and left alone, is what lies there."""
    linked = tmp_path / "linked"
    sandbox.git("worktree", "add", "-q", "--detach", str(linked))
    for name, text in (("simulate.py", "dirty\n"), ("notes.txt", "untracked\n"), ("Fdump.bin", "ignored\n")):
        (linked / name).write_text(text)
    run = linked / "reports/20250908T160130Z"
    run.mkdir(parents=True)
    (run / "benchmark_results.json").write_text('[{"correlation": 0.5}]')
    before = sandbox.snapshot()
    words = ("--good", "HEAD~4", "--bad", "HEAD~2", "--size", "4", "--out", str(tmp_path / "out"))
    ended = call(capsys, "bisect", "--repo", linked, *words)
    assert ended.status == 4
    assert "outcome: nothing-to-bisect" in ended.out
    assert "Clean worktrees agree: both ends are good" in ended.out
    assert "ignored: Fdump.bin" in ended.out
    assert f"diagnose --run --at {sandbox.git('rev-parse', 'HEAD~2')[:12]} --case" in ended.out
    assert "untracked: notes.txt" in ended.out
    assert "modified: simulate.py" in ended.out
    *_, records = ended.out.partition("what the records of earlier runs say by themselves")
    assert records.startswith(" (all of it: bisect-parity diagnose):\nverdict: ")
    assert f"of the runs: bisect-parity audit --repo {linked}" in ended.out
    status = "M simulate.py\n?? notes.txt\n?? reports/\n!! Fdump.bin"
    assert sandbox.git("-C", str(linked), "status", "--porcelain", "--ignored") == status
    assert sandbox.snapshot() == before
    (run / "benchmark_results.json").unlink()
    again = call(capsys, "bisect", "--repo", linked, *words[:-1], str(tmp_path / "again"))
    assert (again.status, "bisect-parity audit" in again.out) == (4, False)
    assert is_clean(sandbox)


def test_equal_code_ends_with_4_before_anything_is_run(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.git("checkout", "-q", "-f", "HEAD")
    sandbox.commit({"docs/a.md": "1"})
    out = tmp_path / "evidence"
    words = ("bisect", "--repo", sandbox.top, "--good", "HEAD~1", "--bad", "HEAD", "--out")
    ended = call(capsys, *words, out, "--json")
    assert ended.status == 4
    told = json.loads(ended.out)
    assert (told["outcome"], told["checks_run"]) == ("nothing-to-bisect", 0)
    assert "No check was run" in told["says"][1]
    assert not (out / "bisect.log").exists()
    again = call(capsys, *words, out)
    assert again.status == 3
    assert "holds a bisection already" in again.err
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "metrics.json").write_text("{}")
    refused = call(capsys, *words, bundle)
    assert (refused.status, [path.name for path in bundle.iterdir()]) == (3, ["metrics.json"])
    assert "evidence is never changed" in refused.err


@pytest.mark.usefixtures("stubbed")
def test_an_end_whose_check_is_at_fault_ends_with_3_and_the_reason(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.git("checkout", "-q", "-f", "HEAD")
    sandbox.commit(program(7) | {"verdict": "abort the reference differs from itself\n"})
    ends = ("--good", "HEAD~3", "--bad", "HEAD", "--out", tmp_path / "out")
    ended = call(capsys, "bisect", "--repo", sandbox.top, *ends, "--json")
    assert ended.status == 3
    told = json.loads(ended.out)
    assert (told["outcome"], told["first_bad"]) == ("inconclusive", None)
    assert "the reference differs from itself" in told["says"][0]


@pytest.mark.usefixtures("stubbed")
def test_a_search_by_a_flaky_check_ends_with_its_checks_and_goes_on_with_more(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sandbox.snapshot()
    words = ("--good", "HEAD~4", "--bad", "HEAD", "--flaky", "--max-checks", 3, "--out", tmp_path / "out")
    ended = call(capsys, "bisect", "--repo", sandbox.top, *words, "--json")
    assert ended.status == 3
    told = json.loads(ended.out)
    session = Path(told["session"]).name
    assert (told["outcome"], told["checks_run"]) == ("inconclusive", 3)
    goes_on = f"bisect-parity bisect --resume {session} --repo {sandbox.top} --max-checks 6"
    assert goes_on in told["says"][1]
    again = call(capsys, "bisect", "--repo", sandbox.top, "--resume", "--max-checks", 100)
    assert again.status == 0
    assert f"first bad commit: {sandbox.git('rev-parse', 'HEAD~1')}" in again.out
    assert "leads with" in again.err
    assert "## Rates and probabilities" in (tmp_path / "out/bisect.md").read_text()
    assert sandbox.snapshot() == before


@pytest.mark.usefixtures("stubbed")
def test_a_bare_repository_keeps_the_evidence_with_the_session(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "bare.git"
    sandbox.git("clone", "-q", "--bare", ".", str(bare))
    config = sandbox.top / ".git/bisect-parity/bisect-parity.toml"
    ends = ("--good", "HEAD~2", "--bad", "HEAD~1")
    ended = call(capsys, "bisect", "--repo", bare, *ends, "--config", config, "--json")
    assert ended.status == 0, ended
    told = json.loads(ended.out)
    assert told["first_bad"] == sandbox.git("rev-parse", "HEAD~1")
    assert told["suspects"] is None
    assert Path(told["session"]).is_relative_to(bare / "bisect-parity/sessions")
    assert (Path(told["session"]) / "evidence/bisect.md").is_file()


@pytest.mark.usefixtures("stubbed")
@pytest.mark.parametrize(("sign", "goes_on"), [(signal.SIGINT, False), (signal.SIGKILL, True)])
def test_a_signal_leaves_the_checkout_as_it_was(
    sandbox: Sandbox,
    tmp_path: Path,
    sign: signal.Signals,
    goes_on: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sandbox.snapshot()
    write_case(sandbox, STUBBORN % (tmp_path / "pid"))
    culprit = sandbox.git("rev-parse", "HEAD~1")
    words = [*COMMAND, "--good", "HEAD~2", "--bad", "HEAD~1", "--out", str(tmp_path / "out")]
    resume = ("bisect", "--repo", sandbox.top, "--resume")
    terminal = dict(os.environ) | {"FORCE_COLOR": "1", "TERM": "xterm"}
    with subprocess.Popen(
        words, cwd=sandbox.top, env=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        pid = int(text_of(tmp_path / "pid"))
        busy = call(capsys, *resume)
        assert (busy.status, str(process.pid) in busy.err) == (3, True)
        check = parent_of(pid)
        left_behind = (pid, check, parent_of(check))
        process.send_signal(sign)
        complaints = process.communicate(timeout=60)[1].decode()
    assert sandbox.snapshot() == before
    if sign is signal.SIGKILL:
        with contextlib.suppress(ProcessLookupError):  # the check may have ended it by now
            os.killpg(pid, signal.SIGKILL)
        wait_for_end(*left_behind)  # before another one does the same
    else:
        assert process.returncode == 130
        wait_for_end(pid)
        assert is_clean(sandbox)
        told = json.loads((tmp_path / "out/bisect.json").read_text())
        assert told["outcome"] == "interrupted"
        before_it, _, hint = complaints.partition("warning: To resume: ")
        assert hint.startswith("bisect-parity bisect --resume")
        assert before_it.endswith(("\n", "\x1b[2K"))  # not behind the bar
    if not goes_on:
        return
    ended = call(capsys, *resume, "--json")
    assert ended.status == 0, ended
    told = json.loads(ended.out)
    assert (told["outcome"], told["first_bad"]) == ("confirmed", culprit)
    assert (told["checks_cached"], told["checks_run"]) == (1, 3)
    assert json.loads((tmp_path / "out/bisect.json").read_text()) == told
    assert sandbox.snapshot() == before
    assert is_clean(sandbox)
    assert call(capsys, *resume).status == 2


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--good", "HEAD"], 2, "--bad"),
        (["--resume"], 2, "no session to resume"),
        (["--resume", "absent"], 2, "is not a session"),
        (["--resume", "--bad", "HEAD"], 2, "--resume"),
        (["--good", "HEAD", "--bad", "HEAD"], 2, "the same commit"),
        (["--good", "HEAD", "--bad", "HEAD~1"], 2, "--find fix"),
        (["--good", "nonsense", "--bad", "HEAD"], 3, "names no commit"),
        (["--good", "HEAD~1", "--bad", "HEAD", "--case", "other"], 2, "'other'"),
        (["--good", "HEAD~1", "--bad", "HEAD", "--size", "0"], 2, "--size"),
        (["--good", "HEAD~1", "--bad", "HEAD", "--find", "culprit"], 2, "--find"),
        (["--good", "HEAD~1", "--bad", "HEAD", "--flaky", "--suspect", "message:["], 2, "regular expression"),
        (["--good", "HEAD~1", "--bad", "HEAD", "--config", "absent.toml"], 2, "absent.toml"),
    ],
)
def test_what_cannot_be_meant_is_told_and_writes_nothing(
    sandbox: Sandbox, arguments: list[str], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sandbox.snapshot()
    answer = call(capsys, "bisect", "--repo", sandbox.top, *arguments)
    assert (answer.status, says in answer.err) == (status, True), answer
    answer.is_clean()
    assert sandbox.snapshot() == before
    assert not (sandbox.top / ".git/bisect-parity/sessions").exists()


def test_an_output_folder_that_cannot_be_written_is_told(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    ends = ("--good", "HEAD~1", "--bad", "HEAD")
    ended = call(capsys, "bisect", "--repo", sandbox.top, *ends, "--out", tmp_path / "file")
    assert ended.status == 3
    assert "--out" in ended.err
    assert is_clean(sandbox)


@pytest.mark.usefixtures("stubbed")
def test_a_full_disk_is_told_in_one_line_and_the_checkout_stays_as_it_was(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.git("checkout", "-q", "-f", "HEAD")
    sandbox.commit({"large.txt": "x" * 200_000})
    before = sandbox.snapshot()
    words = " ".join([*COMMAND, "--good", "HEAD~3", "--bad", "HEAD", "--out", str(tmp_path / "out")])
    # a limit on file sizes stops git in the middle of the checkout, as a full disk does
    limited = ["bash", "-c", f"ulimit -f 100; exec {words}"]
    done = subprocess.run(limited, cwd=sandbox.top, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("bisect-parity: cannot check out")
    assert "Make room there" in done.stderr
    assert sandbox.snapshot() == before
    ended = call(capsys, "bisect", "--repo", sandbox.top, "--resume", "--json")
    assert (ended.status, json.loads(ended.out)["first_bad"]) == (0, sandbox.git("rev-parse", "HEAD~2"))


def test_a_sweep_shows_every_flip_and_ends_with_1(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.git("checkout", "-q", "-f", "HEAD")
    sandbox.commit(program(7))
    ended = call(capsys, "sweep", "HEAD~3..", "--repo", sandbox.top, "--out", tmp_path / "out", "--json")
    assert ended.status == 1, ended
    told = json.loads(ended.out)
    assert [flip["change"] for flip in told["flips"]] == ["good to bad", "bad to good"]
    assert (told["complete"], told["checks_run"]) == (True, 4)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {"sweep.md", "sweep.json", "sweep.png", "matrix.csv", "commands.txt", "verdicts"}


@pytest.mark.parametrize(
    "words", [["HEAD"], [".."], ["HEAD~1...HEAD"], ["HEAD~1..HEAD", "--to", "HEAD"], ["HEAD..HEAD~1"]]
)
def test_ends_of_a_sweep_that_are_no_range_are_wrong_use(
    sandbox: Sandbox, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = call(capsys, "sweep", *words, "--repo", sandbox.top)
    assert (answer.status, "--from" in answer.err, "Traceback" in answer.err) == (2, True, False)


def test_a_sweep_whose_check_is_at_fault_ends_with_3_and_writes_what_it_found(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stubbed_plan = functools.partial(SweepPlan, check_command=STUB)
    monkeypatch.setattr("bisect_parity.commands.sweep.SweepPlan", stubbed_plan)
    sandbox.git("checkout", "-q", "-f", "HEAD")
    sandbox.commit(program(7) | {"verdict": "abort of the reference\n"})
    ends = ("--from", "HEAD~3", "--to", "HEAD", "--out", tmp_path / "out")
    ended = call(capsys, "sweep", "--repo", sandbox.top, *ends, "--json")
    assert (ended.status, ended.out) == (3, "")
    assert "the check is at fault" in ended.err
    assert "of the reference" in ended.err
    told = json.loads((tmp_path / "out/sweep.json").read_text())
    assert [check["verdict"] for check in told["tested"]] == ["good", "abort"]
