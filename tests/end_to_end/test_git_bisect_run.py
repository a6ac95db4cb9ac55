"""`git bisect run bisect-parity check`, as typed: git must never be told what is not so."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.__main__ import RUN_BY_GIT, judged_run
from fixtures.git import first_named
from tests.parity.small_case import BIN, SmallCase, candidate_that_writes
from tests.waiting import is_running, text_of, wait_for_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABORTS_IN_GIT = 56  # 256 - 200


def run_with_candidate(
    top: Path, code: str, changes: dict[str, Any] | None = None, env: dict[str, str] | None = None
) -> tuple[SmallCase, str]:
    """Let git test a middle commit whose candidate is `code`; return what it took the commit for."""
    case = SmallCase(top, {"sim/__main__.py": code})
    case.write_case(changes)
    run = case.bisect_run(env=env)
    assert "Traceback" not in run.stdout
    return case, run.found


@pytest.mark.usefixtures("warm_checks")
def test_the_commit_that_broke_the_parity_is_found_among_eight(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case()
    commits = []
    for number in range(8):
        gain = "GAIN = 1.0\n" if number < 5 else "GAIN = 1.006\n"
        files = {"sim/gain.py": gain, "n.txt": str(number), "results/a.log": "x"}
        commits.append(case.repo.commit(files, f"change {number}"))
    case.repo.git("bisect", "start", commits[-1], case.start)
    (case.repo.top / "dump.dat").write_text("x")
    (case.repo.top / "archive").mkdir()
    (case.repo.top / "archive/old.npy").write_text("x")
    (case.repo.top / "results/b.npy").write_text("x")
    process = case.start_bisect_run()
    stdout, stderr = process.communicate(timeout=120)
    (case.repo.top / "dump.dat").unlink()
    (case.repo.top / "results/b.npy").unlink()
    shutil.rmtree(case.repo.top / "archive")
    assert process.returncode == 0
    assert "this directory is not what the commit says (dump.dat, archive/, results/b.npy)" in stderr
    assert first_named(stdout) == commits[5]
    assert "sum ratio 1.006" in stdout
    assert case.dirt() == ""


@pytest.mark.usefixtures("warm_checks")
def test_a_good_commit_is_good_and_its_verdict_is_kept_in_a_few_kilobytes(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case()
    run = case.bisect_run()
    assert run.found == "good"
    verdict = case.verdict()
    assert verdict["verdict"] == "good"
    assert verdict["commit"] == case.middle
    assert verdict["comparison"]["correlation"] == 1.0
    assert verdict["comparison"]["margins"]["sum_ratio"] == 0.005
    assert verdict["thresholds"] == {"correlation_min": 0.999, "sum_ratio_tolerance": 0.005}
    assert set(verdict["timings"]) == {"prepare", "reference", "candidate", "compare", "total"}
    assert {"code_state", "case", "environment", "candidate_image", "reference_image"} <= set(
        verdict["digests"]
    )
    (file,) = case.state.glob("checks/*/verdict.json")
    assert file.stat().st_size < 4096
    commands = file.with_name("commands.txt").read_text()
    assert commands.splitlines()[1] == "# bisect-parity check"
    assert "-m sim" in commands
    assert case.dirt() == ""


@pytest.mark.parametrize("words", [("check", "--size", "-1"), ("--help",), ("chekc",), ()], ids=" ".join)
def test_what_cannot_be_meant_stops_git(tmp_path: Path, words: tuple[str, ...]) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case()
    run = case.bisect_run("bisect-parity", *words)
    assert run.found == "abort"
    assert "Traceback" not in run.stderr


@pytest.fixture
def below_git(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make this process look like one that git runs in a repository with a case."""
    case = SmallCase(tmp_path_factory.mktemp("below") / "r")
    case.write_case()
    monkeypatch.chdir(case.repo.top)
    monkeypatch.setenv(RUN_BY_GIT, "/usr/lib/git-core")
    monkeypatch.setattr(sys, "path", [*sys.path])
    handlers = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for sign, handler in handlers.items():
        signal.signal(sign, handler)
    gc.enable()


@pytest.mark.usefixtures("below_git")
@pytest.mark.parametrize(
    "words",
    [
        ("check", "--no-such-option"),
        ("check", "stray"),
        ("check", "--size", "large"),
        ("check", "--case", "other"),
        ("check", "--config", "missing.toml"),
        ("check", "--repo", "/nonexistent"),
        ("check", "--help"),
        ("--version",),
    ],
    ids=" ".join,
)
def test_what_is_no_check_ends_with_the_status_that_stops_git(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert judged_run(list(words)) == 200
    assert "Traceback" not in capsys.readouterr().err


def test_help_ends_well_where_git_does_not_listen(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r")
    env = case.environment()
    for option, status in (("--help", 0), ("--nonsense", 200)):
        words = [str(BIN / "bisect-parity"), "check", option]
        done = subprocess.run(words, env=env, capture_output=True, check=False)
        assert done.returncode == status


@pytest.mark.usefixtures("warm_checks")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no case to check"),
        ("[case.a]\n[case.b]\n", "several cases: a, b"),
        ("[case.parity]\nreference = ['', '{out}']\ncandidate = ['x', '{out}']\n", "must be a list of words"),
        ("[case.parity]\nsiez = 3\n", "unknown key 'siez'"),
        ("[case.parity]\ncandidate = ['x', '{out}']\n", "missing key reference"),
        ("not toml at all", "not valid TOML"),
    ],
)
def test_a_case_that_cannot_be_meant_stops_git_with_the_reason(tmp_path: Path, text: str, says: str) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case(text=text)
    run = case.bisect_run()
    assert run.found == "abort"
    assert says in run.stdout + run.stderr
    assert says in case.verdict()["reason"]


@pytest.mark.usefixtures("warm_checks")
def test_the_tree_under_test_brings_no_case(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r", {"bisect-parity.toml": "[case.parity]\n"})
    run = case.bisect_run()
    assert run.found == "abort"
    assert "there is no bisect-parity.toml in" in run.stdout + run.stderr


@pytest.mark.usefixtures("warm_checks")
def test_a_tracked_case_file_is_refused_even_if_it_is_named(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r")
    text = case.write_case().read_text()
    case.repo.checkout(case.start)
    other = SmallCase(tmp_path / "other", {"case.toml": text})
    run = other.bisect_run("bisect-parity", "check", "--config", "case.toml")
    assert run.found == "abort"
    assert "is tracked" in run.stdout + run.stderr


@pytest.mark.usefixtures("warm_checks")
@pytest.mark.parametrize(
    ("code", "rule", "reason"),
    [
        ("raise SystemExit(3)\n", "on_candidate_crash", "ended with status 3"),
        ("import os; os.kill(os.getpid(), 11)\n", "on_candidate_crash", "was ended by SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)\n", "on_out_of_memory", "SIGKILL"),
        ("x = bytearray(1 << 62)\n", "on_out_of_memory", "ran out of memory: MemoryError"),
        ("import no_such_module\n", "on_import_error", "No module named 'no_such_module'"),
        ("def f(:\n", "on_import_error", "SyntaxError"),
        ("import time; time.sleep(60)\n", "on_timeout", "did not end within 0.7 s"),
        ("pass\n", "on_missing_output", "wrote no image"),
        ("import sys; open(sys.argv[2], 'wb').close()\n", "on_missing_output", "nothing was written to it"),
        ("import os, sys; os.mkdir(sys.argv[2])\n", "on_missing_output", "is a directory, not a file"),
    ],
)
def test_a_candidate_without_an_image_is_skipped_unless_the_case_says_bad(
    tmp_path: Path, code: str, rule: str, reason: str
) -> None:
    limit = {"candidate_timeout": 0.7} if rule == "on_timeout" else {}
    others = {name: "bad" for name in RULES if name != rule}
    case, found = run_with_candidate(tmp_path / "r", code, limit | others)
    assert found == "skip"
    assert reason in case.verdict()["reason"]
    assert case.verdict()["comparison"] is None
    _, found = run_with_candidate(tmp_path / "bad", code, limit | {rule: "bad"})
    assert found == "bad"


RULES = (
    "on_candidate_crash",
    "on_import_error",
    "on_timeout",
    "on_out_of_memory",
    "on_missing_output",
    "on_build_failure",
)


@pytest.mark.usefixtures("warm_checks")
@pytest.mark.parametrize(
    ("code", "rule", "reason"),
    [
        ("import sys; open(sys.argv[2], 'wb').write(bytes(100))\n", "on_wrong_image", "cannot be used"),
        (candidate_that_writes("nan if i == 7 else i * 37 % 101"), "on_non_finite", "NaN"),
        (candidate_that_writes("5.0"), "on_degenerate", "constant"),
        (candidate_that_writes("1.0 if i % 2 else -1.0"), "on_degenerate", "sum zero"),
    ],
)
def test_an_image_that_cannot_be_right_is_bad_unless_the_case_says_skip(
    tmp_path: Path, code: str, rule: str, reason: str
) -> None:
    case, found = run_with_candidate(tmp_path / "r", code)
    assert found == "bad"
    assert reason in case.verdict()["reason"]
    _, found = run_with_candidate(tmp_path / "lenient", code, {rule: "skip"})
    assert found == "skip"


@pytest.mark.usefixtures("warm_checks")
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit(1)\n", "reference ended with status 1"),
        ("pass\n", "reference ended well but wrote no image"),
        ("import sys; open(sys.argv[2], 'wb').write(bytes(100))\n", "cannot be used"),
        (candidate_that_writes("nan"), "the reference has"),
        (candidate_that_writes("2.0"), "the reference is constant"),
        (candidate_that_writes("1.0 if i % 2 else -1.0"), "the reference has the sum zero"),
    ],
)
def test_without_a_reference_nothing_is_judged(tmp_path: Path, code: str, reason: str) -> None:
    case = SmallCase(tmp_path / "r", {"reference.py": code})
    case.write_case()
    assert case.bisect_run().found == "abort"
    assert reason in case.verdict()["reason"]
    lenient = SmallCase(tmp_path / "lenient", {"reference.py": code})
    lenient.write_case({"on_reference_failure": "skip"})
    assert lenient.bisect_run().found == "skip"


@pytest.mark.usefixtures("warm_checks")
def test_a_reference_that_is_missing_at_a_commit_stops_git(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r", {"reference.py": None})
    case.write_case()
    assert case.bisect_run().found == "abort"
    assert "reference cannot be imported" in case.verdict()["reason"]


NOISE = candidate_that_writes("__import__('random').SystemRandom().random()")


@pytest.mark.usefixtures("warm_checks")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reference_at": "HEAD"}, "the reference differs from itself"),
        ({"reference_twice": True}, "the reference differs from itself"),
        ({"reference_at": "no-such-tag"}, "'no-such-tag' names no commit"),
        ({"reference_at": "HEAD", "reference": ["false", "{out}"]}, "reference ended with status 1"),
    ],
)
def test_a_reference_that_would_judge_wrongly_stops_git_whatever_the_case_says(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    case = SmallCase(tmp_path / "r", {"reference.py": NOISE})
    case.write_case({"on_reference_failure": "skip"} | changes)
    assert case.bisect_run().found == "abort"
    assert says in case.verdict()["reason"]


@pytest.mark.usefixtures("warm_checks")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"files": ["gone.bin"]}, "gone.bin"),
        ({"mask": "gone.npy"}, "gone.npy"),
        ({"roi": [[0, 4, 0, 99]]}, "the region 0:4,0:99 does not lie in 16 x 16 pixels"),
        ({"candidate": ["{python}", "-m", "sim", "{sizes}", "{out}"]}, "{sizes}"),
    ],
)
def test_a_case_that_fits_no_commit_stops_git(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case(changes)
    run = case.bisect_run()
    assert run.found == "abort"
    assert says in case.verdict()["reason"]


@pytest.mark.usefixtures("warm_checks")
def test_a_build_that_fails_is_skipped_unless_the_case_says_bad(tmp_path: Path) -> None:
    prepare = {"prepare": [["sh", "-c", "test ! -e broken"], ["sh", "-c", "mkdir {scratch}/made"]]}
    case = SmallCase(tmp_path / "r", {"broken": ""})
    case.write_case(prepare)
    assert case.bisect_run().found == "skip"
    assert case.verdict()["step"] == "prepare"
    strict = SmallCase(tmp_path / "strict", {"broken": ""})
    strict.write_case(prepare | {"on_build_failure": "bad"})
    assert strict.bisect_run().found == "bad"
    sound = SmallCase(tmp_path / "sound")
    sound.write_case(prepare)
    assert sound.bisect_run().found == "good"


@pytest.mark.usefixtures("warm_checks")
@pytest.mark.parametrize("step", ["prepare", "reference", "candidate"])
def test_a_program_that_is_not_on_the_path_is_the_fault_of_the_case(tmp_path: Path, step: str) -> None:
    command = ["no-such-program-anywhere", *(["{out}"] if step != "prepare" else [])]
    case = SmallCase(tmp_path / "r")
    case.write_case({step: [command] if step == "prepare" else command})
    assert case.bisect_run().found == "abort"
    assert "no-such-program-anywhere is not on PATH" in case.verdict()["reason"]


@pytest.mark.usefixtures("warm_checks")
def test_an_installed_package_does_not_stand_in_for_the_one_under_test(tmp_path: Path) -> None:
    installed = tmp_path / "installed" / "sim"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("")
    (installed / "__main__.py").write_text(candidate_that_writes("(i * 37 % 101) * 2"))
    env = {"PYTHONPATH": str(installed.parent)}
    case = SmallCase(tmp_path / "r")
    case.write_case({"pass": ["PYTHONPATH"]})
    assert case.bisect_run(env=env).found == "good"
    gone = SmallCase(
        tmp_path / "gone", {"sim/__init__.py": None, "sim/__main__.py": None, "sim/gain.py": None}
    )
    (gone.repo.top / "sim" / "__pycache__").mkdir()  # as Python leaves it behind
    gone.write_case({"pass": ["PYTHONPATH"], "on_candidate_crash": "bad"})
    assert gone.bisect_run(env=env).found == "skip"
    assert "this commit has no sim" in gone.verdict()["reason"]


@pytest.mark.usefixtures("warm_checks")
def test_a_script_imports_the_package_of_the_tree_under_test(tmp_path: Path) -> None:
    installed = tmp_path / "installed" / "sim"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("")
    (installed / "gain.py").write_text("GAIN = 3.0\n")
    code = SmallCase(tmp_path / "x").repo.git("show", "HEAD:sim/__main__.py")
    case = SmallCase(tmp_path / "r", {"scripts/run.py": code})
    case.write_case({"candidate": ["{python}", "scripts/run.py", "{size}", "{out}"], "pass": ["PYTHONPATH"]})
    assert case.bisect_run(env={"PYTHONPATH": str(installed.parent)}).found == "good"


OURS = ("torch.py", "attrs.py", "attr/__init__.py", "click.py", "bisect_parity/__init__.py")


@pytest.mark.parametrize("path", [".:{top}/src:{top}", ""])
def test_modules_of_the_tree_under_test_do_not_replace_ours(tmp_path: Path, path: str) -> None:
    theirs = {f"{folder}{name}": "raise SystemExit(1)\n" for folder in ("", "src/") for name in OURS}
    case = SmallCase(tmp_path / "r", {**theirs, "sim/__main__.py": "raise SystemExit(9)\n"})
    case.write_case()
    env = {"PYTHONPATH": path.format(top=case.repo.top)} if path else {}
    assert case.bisect_run(env=env).found == "skip"
    assert "ended with status 9" in case.verdict()["reason"]


BROKEN = ("import os; os._exit(1)\n", "raise SystemExit(1)\n", "raise ImportError('broken')\n", "1 / 0\n", "")
LIBRARY_EXIT = "import ctypes\nctypes.CDLL(None).exit(1)\n"  # as OpenBLAS does where it gets no memory


@pytest.mark.parametrize(
    ("name", "code"),
    [(name, BROKEN[0]) for name in ("attrs", "click")]
    + [("torch", code) for code in (*BROKEN, LIBRARY_EXIT)],
)
def test_a_broken_installation_stops_git(tmp_path: Path, name: str, code: str) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / f"{name}.py").write_text(code)
    case = SmallCase(tmp_path / "r")
    case.write_case()
    run = case.bisect_run(env={"PYTHONPATH": str(broken)})
    assert run.found == "abort"
    assert "Traceback" not in run.stderr


def test_a_machine_that_opens_no_more_files_stops_git(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case()
    assert case.bisect_run("sh", "-c", "ulimit -n 7; exec bisect-parity check").found == "abort"


@pytest.mark.parametrize("kilobytes", [300_000, 500_000, 700_000])
def test_a_machine_short_of_memory_never_calls_a_good_commit_bad(tmp_path: Path, kilobytes: int) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case()
    run = case.bisect_run("sh", "-c", f"ulimit -v {kilobytes}; exec bisect-parity check")
    assert run.found in ("abort", "good")


def test_a_full_disk_of_the_candidate_is_skipped_whatever_the_case_says(tmp_path: Path) -> None:
    small = "import sys; open(sys.argv[1], 'wb').close()\n"
    full = SmallCase(tmp_path / "full", {"small.py": small})
    full.write_case(
        {"size": 256, "on_candidate_crash": "bad", "reference": ["{python}", "small.py", "{out}"]}
    )
    run = full.bisect_run("sh", "-c", "ulimit -f 100; exec bisect-parity check")
    assert run.found == "skip"
    assert "could not write its file" in full.verdict()["reason"]


def test_a_full_disk_of_ours_stops_git(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r", {"sim/__main__.py": "raise SystemExit(1)\n"})
    case.write_case({"on_candidate_crash": "bad"})
    run = case.bisect_run("sh", "-c", "ulimit -f 1; exec bisect-parity check")
    assert run.found == "abort"
    assert case.verdicts() == []
    assert list(case.state.glob("checks/*/.*")) == []


@pytest.mark.parametrize("option", ["", "--json"])
def test_a_verdict_that_cannot_be_told_stops_git(tmp_path: Path, option: str) -> None:
    case = SmallCase(tmp_path / "r", {"sim/__main__.py": "raise SystemExit(1)\n"})
    case.write_case({"on_candidate_crash": "bad"})
    run = case.bisect_run("sh", "-c", f"exec bisect-parity check {option} > /dev/full")
    assert run.found == "abort"


def test_a_verdict_that_nobody_wants_to_read_is_given_and_without_the_torch_of_the_tree_under_test(
    tmp_path: Path,
) -> None:
    case = SmallCase(tmp_path / "r", {"torch.py": "raise SystemExit(1)\n"})
    case.write_case()
    run = case.bisect_run("sh", "-c", "exec bisect-parity check >&- 2>&-", env={"PYTHONPATH": "."})
    assert run.found == "good"


def test_a_closed_pipe_is_no_verdict(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r", {"sim/__main__.py": "raise SystemExit(1)\n"})
    case.write_case({"on_candidate_crash": "bad"})
    script = "{ bisect-parity check; echo $? > status; } | true; exit $(cat status)"
    run = case.bisect_run("bash", "-c", script)
    assert run.found == "abort"


@pytest.mark.usefixtures("warm_checks")
def test_a_place_for_the_output_that_is_a_file_stops_git(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case()
    (case.state / "checks").write_text("")
    assert case.bisect_run().found == "abort"


SLEEPER = """
import os, subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
Path(os.environ["PIDS"]).write_text(f"{os.getppid()} {os.getpid()} {child.pid}")
time.sleep(60)
"""


def interrupted_run(
    top: Path, pids: Path, sign: signal.Signals, whole_group: bool
) -> tuple[SmallCase, int, list[int]]:
    case = SmallCase(top, {"sim/__main__.py": SLEEPER})
    case.write_case({"environment": {"PIDS": str(pids)}})
    case.begin_bisection()
    process = case.start_bisect_run()
    numbers = [int(word) for word in text_of(pids).split()]
    if whole_group:
        os.killpg(process.pid, sign)
    else:
        os.kill(numbers[0], sign)
    process.communicate(timeout=60)
    return case, process.returncode, numbers


@pytest.mark.parametrize(
    ("sign", "whole_group"),
    [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGHUP, False)],
    ids=["^C", "SIGTERM", "SIGHUP"],
)
def test_an_interrupted_check_is_no_verdict_and_leaves_no_process(
    tmp_path: Path, sign: signal.Signals, whole_group: bool
) -> None:
    case, status, numbers = interrupted_run(tmp_path / "r", tmp_path / "pids", sign, whole_group)
    assert status != 0
    if not whole_group:
        assert status == ABORTS_IN_GIT
    wait_for_end(*numbers)
    assert case.middle not in case.repo.git("bisect", "log").replace(f"git bisect start '{case.end}'", "")
    assert case.verdict()["verdict"] == "abort"
    assert case.verdict()["reason"] == "interrupted"


def test_a_check_that_is_killed_is_no_verdict(tmp_path: Path) -> None:
    case, status, _ = interrupted_run(tmp_path / "r", tmp_path / "pids", signal.SIGKILL, whole_group=False)
    assert status != 0
    assert case.middle not in case.repo.git("bisect", "log").replace(f"git bisect start '{case.end}'", "")


@pytest.mark.usefixtures("warm_checks")
def test_what_a_candidate_leaves_running_in_a_session_of_its_own_ends_with_the_check(tmp_path: Path) -> None:
    code = (
        "import os, subprocess\n"
        "child = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "os.mkdir('build')\n"
        "open('build/pid', 'w').write(str(child.pid))\n"
        "raise SystemExit(3)\n"
    )
    case, found = run_with_candidate(tmp_path / "r", code)
    assert found == "skip"
    assert not is_running(int((case.repo.top / "build" / "pid").read_text()))


@pytest.mark.usefixtures("warm_checks")
def test_a_linked_work_tree_finds_the_case_of_the_repository(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case()
    linked = case.repo.worktree(tmp_path / "linked", case.end)
    linked.git("bisect", "start", case.end, case.start)
    here = SmallCase.__new__(SmallCase)
    here.repo, here.start, here.middle, here.end = linked, case.start, case.middle, case.end
    process = here.start_bisect_run()
    stdout, stderr = process.communicate(timeout=60)
    assert here.read(process.returncode, stdout, stderr).found == "good"
    assert (
        len(list((case.repo.top / ".git" / "worktrees" / "linked" / "bisect-parity" / "checks").iterdir()))
        == 1
    )
    assert linked.git("status", "--porcelain", "--ignored") == ""


@pytest.mark.parametrize("is_file", [True, False], ids=["file", "as reftables"])
def test_a_bisection_that_checks_nothing_out_is_stopped(tmp_path: Path, *, is_file: bool) -> None:
    case = SmallCase(tmp_path / "r")
    case.write_case()
    case.repo.git("bisect", "start", "--no-checkout", case.end, case.start)
    if not is_file:  # what every git can: the ref is no file, and there is a folder of tables
        git_dir = case.repo.top / ".git"
        (git_dir / "packed-refs").write_text(f"{case.middle} BISECT_HEAD\n")
        (git_dir / "BISECT_HEAD").unlink(missing_ok=True)
        (git_dir / "reftable").mkdir(exist_ok=True)
    process = case.start_bisect_run()
    stdout, stderr = process.communicate(timeout=60)
    run = case.read(process.returncode, stdout, stderr)
    assert run.found == "abort"
    assert "--no-checkout" in stdout + stderr
