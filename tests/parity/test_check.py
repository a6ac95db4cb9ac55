from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bisect_parity.commands.main import run
from bisect_parity.errors import UsageError
from bisect_parity.journal import Journal
from bisect_parity.parity.case import case_of_table
from bisect_parity.parity.failures import (
    candidate_failure,
    prepare_failure,
    reference_failure,
    verdict_of_test,
)
from bisect_parity.parity.preview import load_preview
from bisect_parity.parity.steps import (
    HASH_SEED_VARIABLE,
    HEAD_BYTES,
    TAIL_BYTES,
    THREADS_VARIABLE,
    StepResult,
    run_step,
)
from bisect_parity.schemas import complaint
from tests.parity.small_case import CANDIDATE, CASE, REFERENCE, WRITE, SmallCase, candidate_that_writes


@pytest.fixture
def case(tmp_path: Path) -> SmallCase:
    return SmallCase(tmp_path / "r")


def check(case: SmallCase, *words: str) -> int:
    return run(["check", "--repo", str(case.repo.top), *words])


def checked(case: SmallCase, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The JSON document of one check."""
    check(case, "--json", *words)
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert complaint(document, "verdict") is None
    return document


def test_the_json_document_is_the_verdict_file(case: SmallCase, capsys: pytest.CaptureFixture[str]) -> None:
    case.write_case()
    document = checked(case, capsys)
    assert document == case.verdict()
    assert document["schema"] == "bisect-parity/verdict"
    assert document["commit"] == case.end


def test_the_verdict_is_one_line_with_both_metrics_and_margins(
    case: SmallCase, capsys: pytest.CaptureFixture[str]
) -> None:
    case.write_case()
    case.repo.commit({"sim/gain.py": "GAIN = 1.25\n"})
    assert check(case) == 1
    captured = capsys.readouterr()
    assert captured.out == (
        "bad: correlation 1 (at least 0.999, margin +0.001), sum ratio 1.25 (1 within 0.005, margin -0.245)\n"
    )
    assert "sum ratio 1.25 is not within 0.005 of 1" in captured.err
    check(case, "--quiet")
    assert capsys.readouterr().err == ""


def test_another_size_is_said_in_the_verdict(case: SmallCase, capsys: pytest.CaptureFixture[str]) -> None:
    case.write_case()
    document = checked(case, capsys, "--size", "8")
    assert (document["size"], document["case_size"]) == (8, 16)
    assert document["comparison"]["shape"] == [8, 8]
    check(case, "--size", "8")
    assert (
        "size 8 (not the case's size, 16: a smaller one proves nothing about it)" in capsys.readouterr().err
    )


def test_a_second_check_into_one_folder_goes_below_it(case: SmallCase, tmp_path: Path) -> None:
    case.write_case({"candidate": ["false", "{out}"]})
    out = tmp_path / "out"
    assert check(case, "--out", str(out)) == 125
    first = (out / "verdict.json").read_text()
    assert check(case, "--out", str(out)) == 125
    assert check(case, "--out", str(out)) == 125
    assert (out / "verdict.json").read_text() == first
    assert len(list(out.glob("*/verdict.json"))) == 2
    assert not case.state.joinpath("checks").exists()


def test_images_are_kept_only_where_they_are_wanted(case: SmallCase, tmp_path: Path) -> None:
    case.write_case()
    check(case, "--out", str(tmp_path / "without"))
    check(case, "--out", str(tmp_path / "with"), "--keep-images")
    assert sorted(path.name for path in (tmp_path / "without").iterdir()) == ["commands.txt", "verdict.json"]
    assert (tmp_path / "with" / "reference.raw").stat().st_size == 4 * 16 * 16
    assert (tmp_path / "with" / "candidate.raw").stat().st_size == 4 * 16 * 16


def test_a_preview_is_kept_where_it_is_wanted_and_holds_both_images(case: SmallCase, tmp_path: Path) -> None:
    case.write_case()
    check(case, "--out", str(tmp_path / "out"), "--preview")
    preview = load_preview(tmp_path / "out" / "preview.npz")
    assert preview.reference.shape == preview.difference.shape == (16, 16)
    assert json.loads((tmp_path / "out" / "verdict.json").read_text())["notes"] == []


def test_a_bad_image_is_told_by_its_relation_to_the_reference(
    case: SmallCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case.write_case()
    assert checked(case, capsys)["relations"] == []
    case.repo.commit({"sim/__main__.py": candidate_that_writes("(i % 16 * 16 + i // 16) * 37 % 101")})
    says = ["The candidate is like the reference transposed: correlation 1."]
    assert checked(case, capsys)["relations"] == says
    case.repo.commit({"sim/__main__.py": candidate_that_writes("3 * (i * 37 % 101)")})
    says = ["By least squares, the candidate is 3 times the reference."]
    assert checked(case, capsys, "--out", str(tmp_path / "out"), "--preview")["relations"] == says
    assert json.loads((tmp_path / "out" / "verdict.json").read_text())["relations"] == says


def test_the_output_of_each_step_is_kept(case: SmallCase, tmp_path: Path) -> None:
    case.write_case(
        {
            "prepare": [["echo", "hello"], ["sh", "-c", "echo oh >&2"]],
            "candidate": ["sh", "-c", "echo no >&2; exit 4", "{out}"],
        }
    )
    out = tmp_path / "out"
    assert check(case, "--out", str(out)) == 125
    assert (out / "prepare-1.stdout").read_text() == "hello\n"
    assert (out / "prepare-2.stderr").read_text() == "oh\n"
    assert (out / "candidate.stderr").read_text() == "no\n"
    assert not (out / "reference.stdout").exists()


def test_a_step_sees_nothing_of_the_caller_but_what_is_allowed(
    case: SmallCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_DIR",
        "SECRET_TOKEN",
        "PYTHONSAFEPATH",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "OMP_NUM_THREADS",
    ):
        monkeypatch.setenv(name, "/nowhere")
    case.write_case(
        {
            "candidate": [
                "sh",
                "-c",
                'env > "$1"; pwd >> "$1"; exit 1',
                "sh",
                str(tmp_path / "env"),
                "{out}",
            ],
            "environment": {"OMP_NUM_THREADS": "1", "PLACE": "{worktree}/{size}"},
            "pass": ["LD_LIBRARY_PATH"],
        }
    )
    check(case)
    lines = (tmp_path / "env").read_text().splitlines()
    seen = dict(line.split("=", 1) for line in lines[:-1])
    seen.pop("_", None)
    seen.pop("SHLVL", None)
    assert set(seen) <= {"PATH", "HOME", "LANG", "TMPDIR", "PWD", "OLDPWD"} | {
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
        "OMP_NUM_THREADS",
        "PLACE",
        "LD_LIBRARY_PATH",
    }
    assert seen["PYTHONPATH"] == str(case.repo.top)
    assert seen["OMP_NUM_THREADS"] == "1"
    assert seen["PLACE"] == f"{case.repo.top}/16"
    assert seen["LD_LIBRARY_PATH"] == "/nowhere"
    assert lines[-1] == str(case.repo.top)


@pytest.mark.parametrize("told", [None, "7"])
def test_a_step_has_the_hash_seed_0_unless_a_flaky_check_is_told_another(
    case: SmallCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str | None
) -> None:
    if told is not None:
        monkeypatch.setenv(HASH_SEED_VARIABLE, told)
    case.write_case({"reference": ["sh", "-c", f'echo "$PYTHONHASHSEED" > {tmp_path}/seed; exit 1', "{out}"]})
    check(case)
    assert (tmp_path / "seed").read_text() == f"{told or 0}\n"


@pytest.mark.parametrize(("own", "used"), [({}, "3"), ({"environment": {"OMP_NUM_THREADS": "5"}}, "5")])
def test_one_of_several_checks_at_once_has_its_share_of_threads_unless_the_case_sets_them(
    case: SmallCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: dict[str, Any], used: str
) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, "3")
    words = ["sh", "-c", f'echo "$OMP_NUM_THREADS" > {tmp_path}/threads; exit 1', "{out}"]
    case.write_case({"reference": words} | own)
    check(case)
    assert (tmp_path / "threads").read_text() == f"{used}\n"
    assert case.verdict()["notes"] == [
        "several checks may have run at once: OMP_NUM_THREADS is 3 unless the case sets it"
    ]


def test_the_tree_under_test_may_keep_its_modules_below_src(case: SmallCase) -> None:
    case.repo.commit({"src/other/__init__.py": "", "src/other/__main__.py": CANDIDATE})
    case.write_case({"candidate": ["{python}", "-m", "other", "{size}", "{out}"]})
    assert check(case) == 0


def test_a_check_does_not_stand_where_a_step_may_remove_the_ground(case: SmallCase, tmp_path: Path) -> None:
    out, before = tmp_path / "out", Path.cwd()
    case.write_case({"prepare": [["sh", "-c", "readlink /proc/$PPID/cwd"]], "candidate": ["false", "{out}"]})
    assert check(case, "--out", str(out)) == 125
    assert (out / "prepare-1.stdout").read_text() == f"{out}\n"
    assert Path.cwd() == before


def test_scratch_is_empty_for_each_check_and_gone_afterwards(case: SmallCase, tmp_path: Path) -> None:
    place = tmp_path / "place"
    script = 'ls -A "$1" > "$2"; echo "$1" >> "$2"; touch "$1/left"'
    case.write_case(
        {"prepare": [["sh", "-c", script, "sh", "{scratch}", str(place)]], "candidate": ["false", "{out}"]}
    )
    for _ in range(2):
        assert check(case) == 125
        (scratch,) = place.read_text().splitlines()
        assert not Path(scratch).exists()


def test_a_path_that_a_shell_would_read_as_code_is_refused(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "it's; touch pwned")
    case.write_case({"prepare": [["sh", "-c", "ls {worktree}"]]})
    assert check(case) == 200
    assert "which a script would read as code" in case.verdict()["reason"]
    assert not list(tmp_path.rglob("pwned"))


def test_a_case_named_by_a_variable_is_used(
    case: SmallCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = case.write_case({"candidate": ["false", "{out}"]})
    moved = path.rename(tmp_path / "elsewhere.toml")
    assert check(case) == 200
    monkeypatch.setenv("BISECT_PARITY_CASE", str(moved))
    assert check(case) == 125


def test_a_bare_repository_and_one_without_commits_cannot_be_checked(
    case: SmallCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = case.repo.clone(tmp_path / "bare", "--bare")
    assert run(["check", "--repo", str(bare.top)]) == 200
    assert "has no working tree" in capsys.readouterr().err
    subprocess.run(["git", "init", "-q", str(tmp_path / "empty")], check=True)
    assert run(["check", "--repo", str(tmp_path / "empty")]) == 200
    assert "has no commit checked out" in capsys.readouterr().err


def test_commands_can_be_replayed(case: SmallCase, tmp_path: Path) -> None:
    case.write_case(
        {"candidate": ["sh", "-c", "echo ran $A >> ran; exit 1", "{out}"], "environment": {"A": "x y"}}
    )
    out = tmp_path / "out"
    assert check(case, "--out", str(out)) == 125
    subprocess.run(["sh", str(out / "commands.txt")], cwd=tmp_path, check=False, capture_output=True)
    assert (case.repo.top / "ran").read_text() == "ran x y\nran x y\n"


class TestPinnedReference:
    def make(self, case: SmallCase, code: str, **changes: Any) -> None:
        pinned = case.repo.commit({"reference.py": code, "data/input.txt": "1"}, "with the reference")
        case.repo.commit({"reference.py": None, "data/input.txt": None}, "without it")
        case.write_case({"reference_at": pinned} | changes)

    def test_it_is_made_from_the_commit_that_is_named_and_kept(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.make(case, REFERENCE + "open('data/input.txt')\n")
        first = checked(case, capsys)
        assert first["verdict"] == "good"
        (kept,) = (case.state / "reference").iterdir()
        record = json.loads((kept / "reference.json").read_text())
        assert record["commit"] == first["digests"]["reference_commit"] == case.repo.rev("HEAD~1")
        assert record["digests"]["image_sha256"] == first["digests"]["reference_image_sha256"]
        before = (kept / "image.raw").stat()
        second = checked(case, capsys)
        assert second["verdict"] == "good"
        assert (kept / "image.raw").stat() == before
        assert case.repo.git("status", "--porcelain", "--ignored") == ""

    def test_of_two_checks_at_once_one_makes_it_and_the_other_waits(
        self, case: SmallCase, tmp_path: Path
    ) -> None:
        runs = tmp_path / "runs"
        self.make(case, f"{REFERENCE}open({str(runs)!r}, 'a').write('x')\n", candidate=["false", "{out}"])
        words = [sys.executable, "-m", "bisect_parity", "check", "--repo", str(case.repo.top), "--out"]
        checks = [
            subprocess.Popen(
                [*words, str(tmp_path / name)], env=case.environment(), stderr=subprocess.DEVNULL
            )
            for name in "ab"
        ]
        assert [one.wait() for one in checks] == [125, 125]
        assert runs.read_text() == "xx"  # it is made twice, to see that it repeats

    def test_another_size_is_another_reference(self, case: SmallCase) -> None:
        self.make(case, REFERENCE)
        assert check(case) == 0
        assert check(case, "--size", "8") == 0
        assert len(list((case.state / "reference").iterdir())) == 2

    def test_a_damaged_image_is_made_again(self, case: SmallCase) -> None:
        self.make(case, REFERENCE)
        assert check(case) == 0
        (image,) = case.state.glob("reference/*/image.raw")
        sound = image.read_bytes()
        image.write_bytes(bytes(len(sound)))
        assert check(case) == 0
        assert image.read_bytes() == sound

    def test_one_that_differs_from_itself_is_refused(self, case: SmallCase) -> None:
        random = candidate_that_writes("__import__('random').SystemRandom().random()")
        self.make(case, random)
        assert check(case) == 200
        assert "the reference differs from itself" in case.verdict()["reason"]
        assert list((case.state / "reference").iterdir()) == []

    def test_one_that_reads_what_its_first_run_left_is_refused_with_the_file(self, case: SmallCase) -> None:
        dumping = (
            """
import os, sys, array
scale = 2.0 if os.path.exists("Fdump.bin") else 1.0
open("Fdump.bin", "w").close()
"""
            + WRITE
            + "write(lambda i: scale * (i % 7), int(sys.argv[1]), sys.argv[2])\n"
        )
        self.make(case, dumping)
        assert check(case) == 200
        assert "reads what its first run left behind: Fdump.bin" in case.verdict()["reason"]

    def test_files_that_differ_in_a_date_alone_are_the_same_image(self, case: SmallCase) -> None:
        dated = """
import sys, time, zipfile, io
import numpy
size = int(sys.argv[1])
numpy.savez(sys.argv[2], a=(numpy.arange(size * size) * 37 % 101).reshape(size, size).astype("f4"))
with zipfile.ZipFile(sys.argv[2], "a") as archive:
    archive.comment = str(time.time_ns()).encode()
"""
        case.repo.commit({"sim/__main__.py": dated})
        self.make(case, dated, suffix=".npz")
        assert check(case) == 0

    @pytest.mark.parametrize(
        ("reference", "says"),
        [("raise SystemExit(3)\n", "reference ended with status 3"), ("pass\n", "wrote no image")],
    )
    def test_one_that_cannot_be_made_stops_everything(
        self, case: SmallCase, reference: str, says: str
    ) -> None:
        self.make(case, reference, on_reference_failure="skip")
        assert check(case) == 200
        assert says in case.verdict()["reason"]

    def test_it_is_built_by_its_own_commands_in_its_own_tree(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        build = '{ echo "#!$2"; cat reference.py; } > "$1/program" && chmod +x "$1/program"'
        self.make(
            case,
            REFERENCE,
            prepare=[["true"]],
            reference_prepare=[["sh", "-c", build, "sh", "{scratch}", "{python}"]],
            reference=["{scratch}/program", "{size}", "{out}"],
        )
        document = checked(case, capsys)
        assert document["verdict"] == "good"
        assert len(document["digests"]["reference_program_sha256"]) == 64

    def test_a_revision_that_is_none_is_told(self, case: SmallCase) -> None:
        case.write_case({"reference_at": "no-such-tag"})
        assert check(case) == 200
        assert "'no-such-tag' names no commit" in case.verdict()["reason"]


class TestOutput:
    def run(self, tmp_path: Path, code: str, limit: float = 30.0) -> StepResult:
        journal = Journal(None, ["test"])
        words = ["python3", "-c", code]
        env = {"PATH": os.environ["PATH"]}
        return run_step(journal, "step", words, cwd=tmp_path, env=env, limit=limit, folder=tmp_path)

    def test_of_much_output_the_beginning_and_the_end_are_kept(self, tmp_path: Path) -> None:
        code = "import sys\nfor i in range(400000): print(i)\nprint('last', file=sys.stderr)"
        result = self.run(tmp_path, code)
        assert result.succeeded
        assert result.stderr_tail == "last\n"
        data = (tmp_path / "step.stdout").read_bytes()
        assert data.startswith(b"0\n1\n2\n")
        assert data.endswith(b"\n399998\n399999\n")
        assert b"bytes left out ...]" in data
        assert HEAD_BYTES + TAIL_BYTES <= len(data) < HEAD_BYTES + 2 * TAIL_BYTES

    def test_no_byte_is_lost_of_what_fits(self, tmp_path: Path) -> None:
        size = HEAD_BYTES + TAIL_BYTES - 10
        result = self.run(tmp_path, f"import os\nos.write(1, bytes(i % 251 for i in range({size})))")
        assert result.succeeded
        assert (tmp_path / "step.stdout").read_bytes() == bytes(i % 251 for i in range(size))

    def test_a_step_that_leaves_a_process_behind_does_not_hold_us_up(self, tmp_path: Path) -> None:
        code = "import subprocess\nsubprocess.Popen(['sleep', '100'])\nprint('done')"
        result = self.run(tmp_path, code)
        assert result.succeeded
        assert result.seconds < 30

    def test_a_step_that_closes_its_output_and_goes_on_is_waited_for(self, tmp_path: Path) -> None:
        code = "import os, time\nos.close(1); os.close(2)\ntime.sleep(0.3)\nos._exit(5)"
        assert self.run(tmp_path, code).status == 5

    def test_a_program_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        env = {"PATH": os.environ["PATH"]}
        journal = Journal(None, ["test"])
        result = run_step(journal, "step", ["./none"], cwd=tmp_path, env=env, limit=1, folder=tmp_path)
        assert result.status is None
        assert isinstance(result.start_error, FileNotFoundError)


def ended(**changes: Any) -> StepResult:
    values: dict[str, Any] = {
        "name": "candidate",
        "argv": ("./x",),
        "status": 1,
        "seconds": 1.0,
        "timed_out": False,
        "limit": 5.0,
        "start_error": None,
        "stderr_tail": "",
    }
    return StepResult(**(values | changes))


def said(text: str) -> StepResult:
    return ended(stderr_tail=text)


def not_started(error: OSError) -> StepResult:
    return ended(status=None, start_error=error)


@pytest.mark.parametrize(
    "last",
    [
        "make: cc: No such file or directory\nmake: *** [Makefile:2: all] Error 127",
        "/bin/sh: 1: nvcc: not found\nmake: *** [all] Error 127",
        "bash: line 3: gfortran: command not found",
        "error: command 'gcc' failed: No such file or directory",
        "error: toolchain '1.40.0' is not installed\nhelp: run `rustup toolchain install` to install it",
        "error: toolchain '1' is not installed\nhelp: x\n\nStack backtrace:\n   0: <a::B>::c\n  at d.rs:2:3",
        "error: 'cargo-clippy' is not installed for the toolchain 'x'.\nTo install, run `rustup x`",
        "error: the 'miri' component which provides the command 'cargo-miri' is not available for the 'x'",
    ],
)
def test_a_program_that_a_build_misses_is_never_the_commit_s_fault_and_never_kept(last: str) -> None:
    case = case_of_table("parity", CASE | {"on_candidate_crash": "bad", "on_build_failure": "bad"}, "file")
    for failure in (candidate_failure(said(last), case), prepare_failure(said(last), case)):
        assert (failure.verdict, failure.is_repeatable) == ("skip", False)
        assert "needs a program that is not installed" in failure.reason


NO_HOST = "FAILED t.py::a - urllib.error.URLError: <urlopen error [Errno -2] N...\n"


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        ("stderr_tail", "curl: (6) Could not resolve host: data.invalid\n"),
        ("stderr_tail", "fatal: unable to access 'https://x.invalid/': Could not resolve host: x.invalid\n"),
        ("stderr_tail", "urllib.error.URLError: <urlopen error [Errno -2] Name or service not known>\n"),
        ("stdout_tail", f"E   socket.gaierror: [Errno -2] Name or service not known\n{NO_HOST}1 failed\n"),
    ],
)
def test_a_test_that_has_no_network_is_never_the_commit_s_fault_and_never_kept(
    stream: str, text: str
) -> None:
    case = case_of_table("unit", {"test": ["./x"], "on_candidate_crash": "bad"}, "file")
    failure = verdict_of_test(ended(name="test", status=1, **{stream: text}), case)
    assert (failure.verdict, failure.is_repeatable) == ("skip", False)
    assert "needs the network" in failure.reason


def test_a_test_that_also_fails_otherwise_is_bad_without_a_network() -> None:
    text = (
        "E   socket.gaierror: [Errno -2] Name or service not known\nE   assert 1 == 2\n"
        f"{NO_HOST}"
        "FAILED t.py::b - assert 1 == 2\n2 failed\n"
    )
    case = case_of_table("unit", {"test": ["./x"]}, "file")
    assert verdict_of_test(ended(name="test", status=1, stdout_tail=text), case).verdict == "bad"


@pytest.mark.parametrize(
    "error",
    [
        "ERROR: Could not find a version that satisfies the requirement k==1.0 (from versions: none)",
        "ERROR: Could not install packages due to an OSError: [Errno 101] Network is unreachable",
        "error: externally-managed-environment\n\nx This environment is externally managed",
    ],
)
def test_a_package_that_cannot_be_fetched_is_never_the_commit_s_fault_and_never_kept(error: str) -> None:
    result = said(f"WARNING: slow\n{error}\n\n[notice] To update, run: pip install --upgrade pip\n")
    case = case_of_table("unit", {"test": ["./x"], "on_candidate_crash": "bad"}, "file")
    for failure in (verdict_of_test(result, case), prepare_failure(result, case)):
        assert (failure.verdict, failure.is_repeatable) == ("skip", False)
        assert f"needs a package that cannot be installed: {error.splitlines()[0]}" in failure.reason


TRACE = 'Traceback (most recent call last):\n  File "setup.py", line 3, in <module>\n'
NO_MODULE = "Error: Cannot find module 'k'\n  code: 'MODULE_NOT_FOUND',\n}\n"
NO_PERL = "Can't locate K.pm in @INC (x)\nBEGIN failed--compilation aborted at (eval 9) line 1.\n"
PYTEST = ("/opt/python", "-m", "pytest", "-q")


@pytest.mark.parametrize(
    ("changes", "verdict", "says"),
    [
        ({"status": 0}, "good", "the test passed"),
        (
            {"status": 1, "stdout_tail": "E   assert 1 == 2\nFAILED t.py::a\n1 failed\n"},
            "bad",
            ": FAILED t.py::a",
        ),
        (
            {"status": 1, "stdout_tail": "x\n", "stderr_tail": "a.py: line 3\n"},
            "bad",
            "a.py: line 3 (status 1)",
        ),
        ({"status": 127}, "bad", "it printed nothing (status 127)"),
        ({"status": 125}, "skip", "no verdict"),
        ({"status": 2}, "bad", "(status 2)"),
        ({"status": 2, "argv": PYTEST, "stdout_tail": "ERROR t.py\n"}, "skip", "no verdict: ERROR t.py"),
        ({"status": 4, "argv": ("/bin/pytest", "gone.py")}, "skip", "no verdict"),
        ({"status": 1, "argv": PYTEST}, "bad", "failed"),
        (
            {"status": 1, "stderr_tail": "ImportError: Failed to import test module: x\nFAILED (errors=1)\n"},
            "skip",
            "t",
        ),
        (
            {"status": 1, "stderr_tail": "ModuleNotFoundError: No module named 'x'\n"},
            "skip",
            "cannot be imported",
        ),
        ({"status": 1, "stderr_tail": "/bin/sh: 1: nvcc: not found\n"}, "skip", "not installed"),
        ({"status": 1, "stderr_tail": "MemoryError\n"}, "skip", "memory"),
        (
            {"status": 2, "stderr_tail": "a.c:3:5: error: no k\nmake: *** [a] Error 1\n"},
            "skip",
            "error: no k",
        ),
        ({"status": 2, "stderr_tail": "make: *** [Makefile:2: test] Error 1\n"}, "bad", "failed"),
        ({"status": 2, "stderr_tail": "make: *** No rule to make target 't'.  Stop.\n"}, "skip", "No rule"),
        *(
            ({"status": 2, "stderr_tail": f"{said}.  Stop.\n"}, "skip", said)
            for said in (
                "make: *** No targets specified and no makefile found",
                "make: *** csim: No such file or directory",
                "csim/Makefile:2: *** missing separator",
                "Makefile:1: *** no compiler found",
            )
        ),
        (
            {"status": 1, "stdout_tail": "[1/2] cc a.c\na.c:3:5: error: no k\nninja: build stopped: x.\n"},
            "skip",
            "not built: a.c:3:5: error: no k",
        ),
        ({"status": 1, "stdout_tail": "a.py:3: error: Incompatible types\n"}, "bad", "a.py:3"),
        (
            {
                "status": 1,
                "stderr_tail": f"a.pyx:3:5: undeclared k\n{TRACE}Cython.Compiler.Errors.CompileError: a\n",
            },
            "skip",
            "not built: a.pyx:3:5: undeclared k",
        ),
        (
            {"status": 1, "stderr_tail": f"{TRACE}setuptools.errors.CompileError: cc\n"},
            "skip",
            "not built: set",
        ),
        (
            {"status": 1, "stderr_tail": "error: command '/bin/cc' failed with exit code 1\n"},
            "skip",
            "'/bin/cc'",
        ),
        (
            {"status": 1, "stderr_tail": "error in gsw setup command: use_2to3 is invalid.\n"},
            "skip",
            "not built: error in gsw setup command",
        ),
        (
            {
                "status": 1,
                "stderr_tail": f"{TRACE}    setup()\nValueError: invalid config: `x`.\n\nkeys: y\n",
            },
            "skip",
            "not built: ValueError: invalid config",
        ),
        (
            {"status": 1, "stderr_tail": f"{TRACE.replace('setup', 'check_setup')}ValueError: 3\n"},
            "bad",
            "ValueError: 3",
        ),
        ({"status": 2, "stderr_tail": "scons: *** [a.o] Error 1\n"}, "skip", "not built: scons"),
        (
            {"status": 1, "stderr_tail": "x-linux-gcc-12: fatal error: a.c: None\ncompilation terminated.\n"},
            "skip",
            "not built: x-linux-gcc-12: fatal error: a.c: None",
        ),
        ({"status": 1, "stderr_tail": "/bin/ld: cannot find -lk\n"}, "skip", "not built: /bin/ld: cannot"),
        (
            {
                "status": 1,
                "stderr_tail": "error[E0425]: no k\nerror: aborting due to 1 previous error\n\nFor x\n",
            },
            "skip",
            "not built: error[E0425]: no k",
        ),
        (
            {
                "status": 1,
                "stderr_tail": "Error: Cannot find module 'k'\n code: 'MODULE_NOT_FOUND'\n\nNode.js v2\n",
            },
            "skip",
            "cannot be imported: Error: Cannot find module 'k'",
        ),
        (
            {
                "status": 2,
                "stderr_tail": "Can't locate K.pm in @INC (x)\nBEGIN failed--compilation aborted at x\n",
            },
            "skip",
            "cannot be imported: Can't locate K.pm",
        ),
        ({"status": 1, "stderr_tail": "solve: error: 3 differ\n"}, "bad", "solve: error: 3 differ"),
        ({"status": 1, "stderr_tail": "gcc-" * 30_000}, "bad", "gcc-gcc-"),  # in linear time
        ({"status": 1, "stderr_tail": "ImportError: no k, slow instead\n12: 5 differs\n"}, "bad", "failed: "),
        *(
            ({"status": 1, "stdout_tail": out, "stderr_tail": err}, "bad", "the test failed: ")
            for out, err in (  # what tests say of compilers, and of a module that may be missing
                ("", "a.c:1:2: error: no b\n.F\nAssertionError: 2\n\nFAILED (failures=1, skipped=1)\n"),
                ("", "error[E0425]: no b\nerror: aborting due to 1\nerror: test failed, to rerun x\n"),
                ("--- FAIL: TestA (0.00s)\n    a_test.go:12: error: 3 differ\nFAIL\n", ""),
                (
                    'a.cpp(5): error: in "t": check 1 == 2 has failed [1 != 2]\n',
                    "*** 1 failure is detected\n",
                ),
                ("  2 passing\n  1 failing\n", NO_MODULE),
                (
                    "",
                    f"{NO_MODULE}AssertionError [ERR_ASSERTION]: 1 !== 2\n  code: 'E',\n}}\n\nNode.js v20\n",
                ),
                (
                    "not ok 1 - a\n",
                    f"{NO_PERL}#   Failed test 'a'\n#   at p.t line 3.\n# Looks like 1\n",
                ),
            )
        ),
        (
            {"status": 1, "stderr_tail": "warning: a.pyx:3:5: slow\nAssertionError: 5\n"},
            "bad",
            "AssertionError",
        ),
        ({"status": 1, "stdout_tail": "a.c:3:5: error: no k\nFAILED t.py::a\n"}, "bad", "FAILED t.py::a"),
        ({"status": 1, "stderr_tail": "h.f90:3:5:\n\n  3 | x =\nError: bad\n"}, "skip", "h.f90:3:5:"),
        ({"status": 1, "stderr_tail": "CMake Error at CMakeLists.txt:3 (find):\n  no\n"}, "skip", "CMake"),
        (
            {"status": 2, "argv": PYTEST, "stdout_tail": "E   ModuleNotFoundError: No k\nx\nERROR t.py\n"},
            "skip",
            "no verdict: ERROR t.py: ModuleNotFoundError: No k",
        ),
        (
            {"status": 2, "argv": ("sh", "-c", "make && pytest"), "stderr_tail": "a.c:3:5: error: no k\n"},
            "skip",
            "a.c:3:5: error: no k",
        ),
        ({"status": -11}, "skip", "SIGSEGV"),
        ({"status": 134}, "skip", "status 134"),
        ({"status": None, "timed_out": True}, "skip", "did not end within"),
        ({"status": None, "argv": ("nope",), "start_error": FileNotFoundError(2, "gone")}, "abort", "PATH"),
    ],
)
def test_what_the_end_of_a_test_means(changes: dict[str, Any], verdict: str, says: str) -> None:
    case = case_of_table("unit", {"test": ["./x"]}, "file")
    found = verdict_of_test(ended(**({"name": "test"} | changes)), case)
    assert (found.verdict, found.step) == (verdict, "test")
    assert says in found.reason


def test_the_error_of_a_build_is_told_and_not_that_there_was_one() -> None:
    text = f"a.pyx:3:5: undeclared k\n{TRACE}Cython.Compiler.Errors.CompileError: a\n"
    case = case_of_table("unit", {"test": ["./x"]}, "file")
    failure = prepare_failure(ended(name="prepare-1", stderr_tail=text), case)
    assert failure.reason == "prepare-1 ended with status 1: a.pyx:3:5: undeclared k"


def test_a_test_that_crashes_may_be_bad() -> None:
    case = case_of_table("unit", {"test": ["./x"], "on_candidate_crash": "bad"}, "file")
    assert verdict_of_test(ended(name="test", status=-11), case).verdict == "bad"


@pytest.mark.parametrize(
    ("changes", "verdict", "says"),
    [
        ({"status": 1, "stderr_tail": "AssertionError: 5 is above 3\n"}, "bad", "the test failed: Assert"),
        ({"status": 1, "stdout_tail": "FAILED t.py - AssertionError: 5\nlast\n"}, "bad", "the test failed: "),
        ({"status": 1, "stderr_tail": "NameError: x\n"}, "skip", "the test failed otherwise: NameError: x"),
        ({"status": -11, "stderr_tail": "AssertionError: in C\n"}, "bad", "the test failed: AssertionError"),
        ({"status": -11, "stderr_tail": "x\n"}, "skip", "SIGSEGV"),
        ({"status": 0, "stdout_tail": "no AssertionError: fine\n"}, "good", "passed"),
        ({"status": None, "argv": ("nope",), "start_error": FileNotFoundError(2, "gone")}, "abort", "PATH"),
    ],
)
def test_a_case_may_say_which_failure_counts(changes: dict[str, Any], verdict: str, says: str) -> None:
    case = case_of_table("unit", {"test": ["./x"], "failure": "^.*AssertionError: "}, "file")
    found = verdict_of_test(ended(**({"name": "test"} | changes)), case)
    assert (found.verdict, found.step) == (verdict, "test")
    assert says in found.reason


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"test": ["./x"], "failure": "("}, "is no regular expression"),
        ({"reference": ["r", "{out}"], "candidate": ["c", "{out}"], "failure": "x"}, "there is no test"),
    ],
)
def test_a_failure_that_cannot_be_looked_for_is_refused(table: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        case_of_table("unit", table, "file")


CRASH, IMPORT, MEMORY = "on_candidate_crash", "on_import_error", "on_out_of_memory"


@pytest.mark.parametrize(
    ("result", "reason", "rule"),
    [
        (ended(), "candidate ended with status 1: it printed no reason", CRASH),
        (ended(timed_out=True, status=-15), "candidate did not end within 5 s", "on_timeout"),
        (
            ended(status=-6, stderr_tail="abort\n"),
            "candidate was ended by SIGABRT: abort",
            CRASH,
        ),
        (ended(status=-40), "candidate was ended by signal 40: it printed no reason", CRASH),
        (
            ended(status=137),
            "candidate was ended by SIGKILL, as the kernel does for lack of memory",
            MEMORY,
        ),
        (
            said("x\nterminate called: std::bad_alloc\nAborted"),
            "std::bad_alloc",
            MEMORY,
        ),
        (
            said("RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried"),
            "can't allocate memory",
            MEMORY,
        ),
        (
            said("ImportError: x"),
            "candidate cannot be imported: ImportError: x",
            IMPORT,
        ),
        (
            said("/usr/bin/python3: No module named sim"),
            "No module named sim",
            IMPORT,
        ),
        (
            said("python: can't open file '/x/y.py': [Errno 2]"),
            "can't open file",
            IMPORT,
        ),
        (said("sh: 0: cannot open tests/a.sh: No such file"), "cannot open tests/a.sh", IMPORT),
        (said("sh: 1: ./a.sh: not found"), "./a.sh: not found", IMPORT),
        (said("bash: tests/a.sh: No such file or directory"), "tests/a.sh: No such", IMPORT),
        (said("bash: line 1: data.txt: No such file or directory"), "ended with status 1", CRASH),
        (
            said("ImportError: x\nValueError: y"),
            "ended with status 1: ValueError: y",
            CRASH,
        ),
        (said("\x1b[31mred"), "\\x1b[31mred", CRASH),
        (
            said("a.c:5: error: x\nmake[1]: *** [Makefile:3: a] Error 1\nmake: *** [all] Error 2"),
            "a.c:5: error",
            CRASH,
        ),
        (
            said(
                "a.c:5:9: error: unknown type name 'dbl'\n    5 | dbl x;\na.c:6:1: error: expected ';'\n"
                "a.c:9:3: warning: unused\ncc1: some warnings being treated as errors\nmake: *** [a] Error 1"
            ),
            "a.c:5:9: error: unknown type",
            CRASH,
        ),
        (
            said("a.c: In function 'f':\na.c:5:9: error: expected ';'\na.c: At top level:\nmake: *** a"),
            "a.c:5:9: error: expected ';'",
            CRASH,
        ),
        (said("main.o: undefined reference\ncollect2: error: ld returned 1 exit status"), "undefined", CRASH),
        (said("make: *** No rule to make target 'x'.  Stop."), "No rule to make target", CRASH),
        (said("ImportError: x\nmake: *** [Makefile:9: image] Error 1"), "ImportError: x", IMPORT),
        (
            not_started(FileNotFoundError(2, "No such file")),
            "./x: No such file",
            IMPORT,
        ),
        (not_started(PermissionError(13, "denied")), "./x: denied", CRASH),
        (not_started(OSError(12, "no memory")), "./x: no memory", MEMORY),
    ],
)
def test_how_a_candidate_failed_decides_which_rule_holds(result: StepResult, reason: str, rule: str) -> None:
    case = case_of_table("parity", CASE, "file")
    assert reason in candidate_failure(result, case).reason
    assert candidate_failure(result, case).verdict == "skip"
    strict = case_of_table("parity", CASE | {rule: "bad"}, "file")
    assert candidate_failure(result, strict).verdict == "bad"


def test_a_full_disk_and_a_missing_program_are_never_the_commit_s_fault() -> None:
    rules = dict.fromkeys(("on_candidate_crash", "on_build_failure", "on_import_error", "on_timeout"), "bad")
    case = case_of_table("parity", CASE | rules, "file")
    full = ended(stderr_tail="OSError: [Errno 28] No space left on device")
    absent = ended(argv=("make",), status=None, start_error=FileNotFoundError(2, "No such file"))
    for judge in (candidate_failure, prepare_failure):
        assert judge(full, case).verdict == "skip"
        assert judge(absent, case).verdict == "abort"


def test_a_build_and_a_reference_have_rules_of_their_own() -> None:
    case = case_of_table("parity", CASE | {"on_build_failure": "bad", "on_timeout": "abort"}, "file")
    assert prepare_failure(ended(), case).verdict == "bad"
    assert prepare_failure(ended(timed_out=True), case).verdict == "abort"
    assert reference_failure(ended(), case).verdict == "abort"
    lenient = case_of_table("parity", CASE | {"on_reference_failure": "skip"}, "file")
    assert reference_failure(ended(), lenient).verdict == "skip"


def test_the_reason_of_a_failed_build_is_an_error_and_no_note() -> None:
    case = case_of_table("parity", CASE, "file")
    said = (
        "heat.c:7:17: error: 'KAPPA' undeclared (first use in this function)\n"
        "    7 |  double k = KAPPA;\n      |             ^~~~~\n"
        "heat.c:7:17: note: each undeclared identifier is reported only once\n"
        "make: *** [Makefile:3: heat] Error 1\n"
    )
    assert "error: 'KAPPA' undeclared" in prepare_failure(ended(stderr_tail=said), case).reason


def test_a_very_long_last_line_is_shortened() -> None:
    case = case_of_table("parity", CASE, "file")
    assert len(candidate_failure(ended(stderr_tail="x" * 5000), case).reason) < 400
