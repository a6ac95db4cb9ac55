"""A recorded command runs as it would alone, and its bundle tells what it was."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bisect_parity.digest import has_digest
from bisect_parity.recording.child import BUNDLE_VARIABLE
from fixtures.git import GitRunner
from tests.end_to_end.world import call
from tests.planted import PLANTED
from tests.recording.bundles import TOOL, read_bundle, record

TALK = "import sys; print('out', flush=True); sys.stderr.write('err\\r\\n\\0'); sys.exit(3)"


def test_the_folder_that_a_recorded_run_wrote_has_its_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit(
        {"w.sh": "mkdir -p results/one && echo '{\"loss\": 0.25}' > results/one/metrics.json\n"}, "One"
    )
    monkeypatch.chdir(repo.top)
    first = repo.head
    assert record(repo.top, "sh", "w.sh").status == 0
    for number in range(3):
        repo.commit({"w.sh": f"# {number}\n"}, "Later")
    (found,) = json.loads(call(capsys, "provenance", "results/one", "--json").out)["bundles"]
    assert (found["class"], found["commit"]) in (("recorded", first), ("confirmed", first))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def started(top: Path, *words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start a recording whose command says something as soon as it runs."""
    process = subprocess.Popen(
        [*TOOL, "--", *words],
        cwd=top,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=stdin,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    return process


def only_bundle(top: Path) -> Path:
    (found,) = top.rglob("record.json")
    return found.parent


def test_streams_and_status_are_the_commands_own_and_all_is_told(repo: GitRunner) -> None:
    answer = record(repo.top, sys.executable, "-c", TALK)
    assert (answer.status, answer.out, answer.err) == (3, b"out\n", b"err\r\n\0")
    assert (answer.folder / "stdout.txt").read_bytes() == b"out\n"
    assert (answer.folder / "stderr.txt").read_bytes() == b"err\r\n\0"
    told = answer.document
    assert (told["state"], told["how"]) == ("ended", "command")
    run = told["run"]
    assert (run["argv"], run["cwd"]) == ([sys.executable, "-c", TALK], str(repo.top))
    assert (run["exit_status"], run["signal"], run["error"], run["survivors"]) == (3, None, None, [])
    assert run["started"] < run["ended"]
    assert run["peak_memory_bytes"] > 2**20
    git = told["git"]
    assert (git["commit"], git["branch"], git["dirty"]) == (repo.head, "main", False)
    assert git["tree"] == repo.git("rev-parse", "HEAD^{tree}")
    assert git["changed_while_running"] == []
    assert told["python"]["version"] == platform.python_version()
    assert told["python"]["packages"]["attrs"]
    assert told["machine"]["host"] == platform.node()
    assert "PATH" in told["environment"]["variables"]
    by_path = {one["path"]: one for one in told["binaries"]}
    program = by_path[sys.executable]
    assert program["sha256"] == digest(Path(sys.executable).read_bytes())
    assert any("libc" in path for path in by_path)
    assert all(one["sha256"] for one in told["binaries"])
    log = (answer.folder / "commands.txt").read_text()
    assert "record -- " in log.splitlines()[1]
    assert "exit status 3" in log


def test_a_terminal_stays_a_terminal_and_its_bytes_stay_as_they_are(repo: GitRunner) -> None:
    ours, theirs = os.openpty()
    line = "test -t 1 && test -t 2 && printf 'a\\tb\\r\\n' && stty size"
    process = subprocess.Popen(
        [*TOOL, "--quiet", "--", "sh", "-c", line], cwd=repo.top, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 1000)
        except OSError:
            break
        shown += data
    os.close(ours)
    assert process.wait(30) == 0
    assert shown.replace(b"\r\r\n", b"\r\n") == b"a\tb\r\n0 0\r\n"
    folder = only_bundle(repo.top)
    assert (folder / "output.txt").read_bytes() == b"a\tb\r\n0 0\n"
    assert read_bundle(folder)["streams"][0]["of"] == "standard output and standard error, a terminal"


@pytest.mark.parametrize(
    ("words", "status", "name", "reason"),
    [
        (("sh", "-c", "kill -KILL $$"), 137, "SIGKILL", None),
        (("sh", "-c", "kill -TERM $$"), 143, "SIGTERM", None),
        (
            ("no-such-command", "x"),
            127,
            None,
            "no-such-command could not be started: No such file or directory",
        ),
        (("",), 127, None, "an empty name could not be started: No such file or directory"),
        (("./src/run.py",), 126, None, "./src/run.py could not be started: Permission denied"),
    ],
    ids=["killed", "terminated", "missing", "empty", "not executable"],
)
def test_how_it_ended_is_told_as_a_shell_would(
    repo: GitRunner, words: tuple[str, ...], status: int, name: str | None, reason: str | None
) -> None:
    answer = record(repo.top, *words)
    run = answer.document["run"]
    assert (answer.status, run["exit_status"], run["signal"], run["error"]) == (status, status, name, reason)
    assert answer.document["git"]["commit"] == repo.head
    assert answer.err.decode() == (f"bisect-parity: {reason}\n" if reason else "")


def test_the_state_is_that_before_the_start_and_what_changed_meanwhile_is_told(repo: GitRunner) -> None:
    before = repo.head
    repo.write({"note.txt": "mine\n", "src/run.py": "print(3)\n"})
    expected = repo.git_bytes("diff", "--binary", "--full-index", "HEAD") + b"\n"
    line = "echo other > note.txt; git checkout -q -f -b side; git rm -q --cached src/run.py; touch new.txt"
    answer = record(repo.top, "sh", "-c", line)
    git = answer.document["git"]
    assert (git["commit"], git["branch"], git["dirty"]) == (before, "main", True)
    assert git["describe"].endswith("-dirty")
    assert git["changes"] == [{"status": ".M", "path": "src/run.py"}]
    assert git["diff"] == {"bytes": len(expected), "sha256": digest(expected), "file": None}
    assert git["untracked"] == [{"path": "note.txt", "size": 5, "sha256": digest(b"mine\n")}]
    says = "; ".join(git["changed_while_running"])
    assert "the branch changed from main to side" in says
    assert "tracked files changed: src/run.py" in says
    assert "untracked files changed: note.txt" in says
    outputs = {one["path"]: one["how"] for one in answer.document["outputs"]}
    assert outputs == dict.fromkeys(("new.txt", "note.txt", "src/run.py"), "new in the working tree")


def test_the_difference_and_untracked_files_are_kept_where_that_is_asked(repo: GitRunner) -> None:
    secret, line = PLANTED["GitHub token"]
    repo.write({"note.txt": line, "data.npy": b"\xff\0", ".env": "A=1\n", "src/run.py": "print(3)\n"})
    withheld = (
        ".env.local",
        "credentials.json",
        "server.pfx",
        ".pgpass",
        "id_ed25519_work",
        "db_password.txt",
    )
    repo.write(dict.fromkeys(withheld, b"\xff\0"))
    answer = record(repo.top, "true", options=("--keep-diff", "--keep-untracked"))
    assert "+print(3)" in (answer.folder / "tracked.diff").read_text()
    kept = {path.name: path.read_bytes() for path in (answer.folder / "untracked").iterdir()}
    assert sorted(kept) == ["data.npy", "note.txt"]
    assert kept["data.npy"] == b"\xff\0"
    assert secret.encode() not in kept["note.txt"]


def test_a_signal_to_the_recorder_reaches_the_command_and_the_bundle_is_completed(repo: GitRunner) -> None:
    line = "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(9))\n"
    line += "print('begun', flush=True)\ntime.sleep(60)"
    process = started(repo.top, sys.executable, "-c", line)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 9
    assert read_bundle(only_bundle(repo.top))["run"]["exit_status"] == 9


def test_an_interrupt_ends_the_command_and_the_bundle_is_completed(repo: GitRunner) -> None:
    process = started(repo.top, "sh", "-c", "echo begun; exec sleep 60")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    document = read_bundle(only_bundle(repo.top))
    assert (document["state"], document["run"]["signal"]) == ("ended", "SIGINT")


def test_a_recorder_that_is_killed_leaves_a_bundle_that_says_so(repo: GitRunner) -> None:
    process = started(repo.top, "sh", "-c", "echo begun; read line", stdin=subprocess.PIPE)  # until we go on
    process.kill()
    process.communicate(timeout=60)
    document = read_bundle(only_bundle(repo.top))
    assert (document["state"], document["git"]["commit"]) == ("started", repo.head)


def test_a_child_that_outlives_the_command_is_noticed_and_its_words_are_not_lost(repo: GitRunner) -> None:
    is_complete = f'grep -q \'"state": "ended"\' ${BUNDLE_VARIABLE}/record.json'
    late = f"until {is_complete}; do sleep 0.05; done; echo late"
    answer = record(repo.top, "sh", "-c", f"({late}) & echo early")
    assert answer.out == b"early\nlate\n"
    assert (answer.folder / "stdout.txt").read_bytes() == b"early\n"
    assert {one["name"] for one in answer.document["run"]["survivors"]} <= {"sh", "sleep", "grep"}
    assert answer.document["run"]["survivors"]
    assert b"still runs" in answer.err


def test_a_reader_that_goes_away_ends_the_command(repo: GitRunner) -> None:
    process = started(repo.top, "sh", "-c", "echo begun; exec yes")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(60) == 128 + signal.SIGPIPE


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_ignored_files_that_it_opens_are_told_by_digest(repo: GitRunner) -> None:
    repo.write({"Fdump.bin": "stale", "unused.bin": "x"})
    line = "cat Fdump.bin; echo made > made.bin; exit 5"
    answer = record(repo.top, "sh", "-c", line, options=("--strace",))
    assert (answer.status, answer.out) == (5, b"stale")
    opened = answer.document["opened"]
    assert opened["says"] == "followed by strace"
    facts = {one["path"]: (one["how"], one["sha256"]) for one in opened["ignored"]}
    assert facts == {"Fdump.bin": ("read", digest(b"stale")), "made.bin": ("written", digest(b"made\n"))}
    assert [one["path"] for one in answer.document["outputs"]] == ["made.bin"]


def test_without_strace_that_is_said(repo: GitRunner, tmp_path: Path) -> None:
    answer = record(repo.top, "/bin/true")
    assert "not followed" in answer.document["opened"]["says"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(str(shutil.which("git")))
    bare = record(repo.top, "/bin/true", options=("--strace",), variables={"PATH": str(tmp_path / "bin")})
    assert bare.document["opened"]["says"] == "not followed: strace is not installed"


def test_no_secret_reaches_any_file(repo: GitRunner) -> None:
    more = {f"PLANTED_{n}_TOKEN": secret for n, (secret, _) in enumerate(PLANTED.values())}
    words = [line for _, line in PLANTED.values()]
    script = "import sys\nfor word in sys.argv[1:]:\n    print(word)\n    print(word, file=sys.stderr)\n"
    answer = record(repo.top, sys.executable, "-c", script, *words, variables=more)
    assert answer.out.decode().splitlines() == words
    files = [path for path in repo.top.rglob("*") if path.is_file()]
    written = {path.name: path.read_bytes() for path in files}
    assert b"REDACTED" in written["record.json"]
    assert b"REDACTED" in written["stdout.txt"]
    for kind, (secret, _) in PLANTED.items():
        holding = [name for name, content in written.items() if secret.encode() in content]
        assert holding == [], kind


def test_a_full_disk_stops_what_is_kept_and_nothing_else(repo: GitRunner) -> None:
    line = "import sys; sys.stdout.write(('x' * 99 + '\\n') * 20000); sys.exit(4)"
    done = subprocess.run(
        [*TOOL, "--", sys.executable, "-c", line],
        cwd=repo.top,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20)),
    )
    assert (done.returncode, len(done.stdout)) == (4, 2_000_000)
    assert b"stdout.txt: no longer kept: File too large" in done.stderr
    document = read_bundle(only_bundle(repo.top))
    assert document["streams"][0]["bytes"] == 2_000_000
    assert document["run"]["exit_status"] == 4


def test_a_record_that_cannot_be_completed_changes_nothing_for_the_command(repo: GitRunner) -> None:
    line = 'cd "$BISECT_PARITY_BUNDLE" && rm record.json && mkdir -p record.json/x; exit 6'
    done = subprocess.run(
        [*TOOL, "--out", "b", "--", "sh", "-c", line], cwd=repo.top, capture_output=True, check=False
    )
    assert done.returncode == 6
    assert b"could not be completed" in done.stderr


def test_strange_names_and_pipes_block_nothing(repo: GitRunner) -> None:
    repo.write({"a\nb<script>": "x", "\udcff": "y"})
    os.mkfifo(repo.top / "fifo")
    answer = record(repo.top, "true", "fifo")
    paths = {one["path"] for one in answer.document["git"]["untracked"]}
    assert paths == {"a\nb<script>", "\udcff"}


def test_what_the_command_writes_is_told_by_digest(repo: GitRunner, tmp_path: Path) -> None:
    line = f'echo 1 > "$BISECT_PARITY_BUNDLE/a.txt"; echo 2 > src/b.txt; echo 3 > {tmp_path}/c.txt'
    line += "; echo 4 > d.bin"
    options = ("--output", str(tmp_path / "c.txt"), "--output", "d.bin")
    answer = record(repo.top, "sh", "-c", line, options=options)
    inside = os.path.relpath(answer.folder / "a.txt", repo.top)
    assert {one["path"]: (one["how"], one["sha256"]) for one in answer.document["outputs"]} == {
        inside: ("in the bundle", digest(b"1\n")),
        "src/b.txt": ("new in the working tree", digest(b"2\n")),
        str(tmp_path / "c.txt"): ("named", digest(b"3\n")),
        "d.bin": ("named", digest(b"4\n")),
    }


def test_what_it_writes_is_told_at_its_first_run_where_git_ignores_it_too(repo: GitRunner) -> None:
    (repo.top / ".gitignore").write_text("*.bin\n/build/\n.venv/\n*.pyc\n")
    repo.write({"old.bin": "before", "build/old.txt": "before"})
    line = "mkdir -p .venv src/__pycache__; echo 1 > new.bin; echo 2 > build/new.txt; echo 3 > .venv/x"
    line += "; echo 4 > src/__pycache__/a.pyc"
    answer = record(repo.top, "sh", "-c", line)
    assert {one["path"]: (one["how"], one["sha256"]) for one in answer.document["outputs"]} == {
        "new.bin": ("ignored by git, and written meanwhile", digest(b"1\n")),
        "build/new.txt": ("ignored by git, and written meanwhile", digest(b"2\n")),
    }


def test_with_json_the_record_alone_is_on_standard_output(repo: GitRunner) -> None:
    answer = record(repo.top, "echo", "hello", options=("--json",))
    assert answer.err == b"hello\n"
    assert answer.out.decode() == (answer.folder / "record.json").read_text()


def test_a_bundle_is_new_and_earlier_ones_are_no_part_of_the_state(repo: GitRunner) -> None:
    first = record(repo.top, "true")
    shutil.copytree(first.folder, repo.top / "elsewhere/of --out")
    second = record(repo.top, "true", cwd=repo.top / "src")
    assert first.folder != second.folder
    assert second.document["git"]["untracked"] == []
    assert second.document["run"]["cwd"] == str(repo.top / "src")
    done = subprocess.run(
        [*TOOL, "--out", str(first.folder), "--", "touch", "ran"],
        cwd=repo.top,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, (repo.top / "ran").exists()) == (3, False)
    assert b"is not empty" in done.stderr


def test_a_named_link_stands_for_the_file_that_it_leads_to(repo: GitRunner, tmp_path: Path) -> None:
    target = next(repo.top.glob("src/*.py"))
    (repo.top / "inside").symlink_to(target)
    (repo.top / "outside").symlink_to(tmp_path / "data")
    (tmp_path / "data").write_text("1")
    (repo.top / "dangling").symlink_to("nothing")
    inputs = record(repo.top, "true", "inside", "--data=outside", "dangling").document["inputs"]
    assert [one["path"] for one in inputs] == [target.relative_to(repo.top).as_posix(), "outside"]
    assert has_digest(target, inputs[0]["sha256"])
    assert (inputs[1]["sha256"], inputs[1]["says"]) == (None, "a link that leads out of the working tree")


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_an_unborn_branch_has_no_commit(tmp_path: Path, object_format: str) -> None:
    made = GitRunner(tmp_path / "r", object_format=object_format)
    git = record(made.top, "true").document["git"]
    assert (git["commit"], git["branch"], git["tree"]) == (None, "main", None)


def test_without_a_repository_nothing_is_run(tmp_path: Path) -> None:
    done = subprocess.run([*TOOL, "--", "touch", "ran"], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (3, [])
    assert b"is not in a git repository" in done.stderr


def test_below_git_bisect_the_commands_status_is_passed_on(repo: GitRunner) -> None:
    assert record(repo.top, "sh", "-c", "exit 2", variables={"GIT_EXEC_PATH": "/x"}).status == 2


def test_a_command_that_takes_the_repository_away_is_recorded(repo: GitRunner) -> None:
    answer = record(repo.top, "sh", "-c", "rm -rf .git; echo gone; exit 3")
    assert (answer.status, answer.out) == (3, b"gone\n")
    assert (answer.document["state"], answer.document["run"]["exit_status"]) == ("ended", 3)
    assert any("not all could be collected" in sentence for sentence in answer.document["says"])


def test_a_bundle_is_resolved_as_confirmed(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "Now", when=int(time.time()) - 60)
    answer = record(repo.top, sys.executable, "src/run.py")
    resolved = call(capsys, "provenance", "--repo", repo.top, "--explain").out
    assert f"confirmed: {repo.head}" in resolved
    assert "1 of 1 code positions or digests" in resolved
    assert answer.out == b"2\n"


def test_a_bundle_of_another_clone_is_believed_against_the_reflog_here(
    repo: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "Now", when=int(time.time()) - 60)
    elsewhere = GitRunner(tmp_path / "elsewhere")
    elsewhere.git("fetch", "-q", str(repo.top), "HEAD")
    earlier = repo.git("rev-parse", "HEAD~1")
    elsewhere.git("checkout", "-q", earlier)
    bundle = record(elsewhere.top, sys.executable, "src/run.py").folder
    shutil.copytree(bundle, repo.top / "reports" / bundle.name)
    (resolved,) = json.loads(call(capsys, "provenance", "--repo", repo.top, "--json").out)["bundles"]
    assert (resolved["class"], resolved["commit"]) == ("recorded", earlier)
    assert resolved["probability"] > 0.99


def test_a_directory_that_is_gone_is_told_unless_the_repository_is_named(
    repo: GitRunner, tmp_path: Path
) -> None:
    words = f'"{sys.executable}" -P -m bisect_parity record --repo "$1" --out "$2" -- echo hi'
    gone = ["sh", "-c", f"mkdir gone && cd gone && rmdir ../gone && exec {words}", "sh"]
    for top, status, told in ((".", 3, ""), (str(repo.top), 0, "hi\n")):
        line = [*gone, top, str(tmp_path / "bundle")]
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (status, told)
        assert "Traceback" not in done.stderr
        assert "internal" not in done.stderr


def test_a_bundle_that_could_not_be_begun_leaves_no_folder_that_looks_like_a_run(repo: GitRunner) -> None:
    done = subprocess.run(
        [*TOOL, "--", "touch", "x"],
        cwd=repo.top,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )
    assert (done.returncode, (repo.top / "x").exists()) == (3, False), done
    assert list((repo.top / "reports" / "recorded").iterdir()) == []


def test_a_program_that_reads_single_keys_where_it_draws_gets_them(repo: GitRunner) -> None:
    source, target = os.openpty()
    line = "import sys, tty; tty.setcbreak(1); print('set', flush=True); print('key', sys.stdin.read(1))"
    process = subprocess.Popen(
        [*TOOL, "--quiet", "--", sys.executable, "-c", line], cwd=repo.top, stdin=target, stdout=target
    )
    os.close(target)
    seen = b""
    while b"set" not in seen:
        seen += os.read(source, 1024)
    os.write(source, b"q")  # and no newline
    try:
        assert process.wait(timeout=60) == 0
        assert b"key q" in seen + os.read(source, 1024)
    finally:
        process.kill()
        os.close(source)


def test_that_head_moved_while_it_ran_is_told_with_the_commit(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "git -c user.name=A -c user.email=a@e.org commit -q --allow-empty -m Next"
    bundle = record(repo.top, "sh", "-c", line).folder
    for words in (("provenance",), ("provenance", "--explain")):
        told = call(capsys, *words, "--repo", repo.top, bundle)
        assert "another commit was checked out while the run went on" in told.out, told
