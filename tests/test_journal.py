"""The journal: what is started is logged, readable, replayable, and gone afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisect_parity.errors import OutputError
from bisect_parity.journal import Journal
from tests.waiting import wait_for_end


def test_the_tools_own_invocation_comes_first_and_every_process_follows_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "commands.txt", ["bisect-parity", "audit", "--out", "a b"])
    journal.run(["true"])
    journal.run(["sh", "-c", "exit 7"])
    lines = (tmp_path / "commands.txt").read_text().splitlines()
    assert lines[1] == "# bisect-parity audit --out 'a b'"
    assert [line for line in lines if not line.startswith("#")] == ["true", "sh -c 'exit 7'"]
    assert lines[-1].endswith("exit status 7")


def test_a_start_is_on_disk_before_the_process_ends(tmp_path: Path) -> None:
    log = tmp_path / "commands.txt"
    journal = Journal(log, ["x"])
    done = journal.run(["cat", str(log)])
    assert b"cat " in done.stdout


def test_what_was_logged_before_the_place_was_known_is_moved_there(tmp_path: Path) -> None:
    journal = Journal(None, ["x"])
    data = bytes(range(256)) * 20
    journal.run(["cat"], stdin=data, cwd=tmp_path)
    journal.move_to(tmp_path / "a deep" / "commands.txt")
    journal.run(["echo", "late"])
    log = tmp_path / "a deep" / "commands.txt"
    again = subprocess.run(["sh", str(log)], check=True, capture_output=True, cwd="/")
    assert again.stdout == data + b"late\n"


def test_what_libraries_set_on_import_is_not_passed_on() -> None:
    program = (
        "import os; before = dict(os.environ)\n"
        "import bisect_parity.provenance.infer, bisect_parity.history.journaled_git\n"
        "assert dict(os.environ) == before"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_existing_log_is_appended_to(tmp_path: Path) -> None:
    log = tmp_path / "commands.txt"
    log.write_text("# older\n")
    Journal(log, ["x"])
    assert log.read_text().startswith("# older\n")


@settings(max_examples=30, deadline=None)
@given(
    data=st.binary(min_size=1, max_size=5000),
    words=st.lists(st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=8), max_size=4),
)
def test_sh_replays_the_log_with_the_same_input_and_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, words: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("replay")
    journal = Journal(folder / "commands.txt", ["x"])
    told = ["sh", "-c", "cat; for word; do printf '%s\\0' \"$word\"; done", "sh", *words]
    first = journal.run(told, stdin=data, cwd=folder)
    again = subprocess.run(["sh", str(folder / "commands.txt")], check=True, capture_output=True)
    assert again.stdout == first.stdout == data + b"".join(b"%s\0" % word.encode() for word in words)


def test_environment_changes_are_logged_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPPED", "1")
    env = {k: v for k, v in os.environ.items() if k != "DROPPED"} | {"A": "b c", "MY_API_KEY": "hunter2"}
    Journal(tmp_path / "commands.txt", ["x"]).run(["true"], env=env)
    text = (tmp_path / "commands.txt").read_text()
    assert "env -u DROPPED 'A=b c' MY_API_KEY=REDACTED true" in text
    assert "hunter2" not in text


def test_a_shared_beginning_is_written_as_a_function_that_sh_understands(tmp_path: Path) -> None:
    log = tmp_path / "commands.txt"
    journal = Journal(log, ["x"])
    env = dict(os.environ) | {"GREETING": "hello"}
    journal.define("greet", ["sh", "-c", 'echo "$GREETING $1"', "sh"], env)
    journal.run(["sh", "-c", 'echo "$GREETING $1"', "sh", "you"], env=env)
    assert "\ngreet you\n" in log.read_text()
    again = subprocess.run(["sh", str(log)], check=True, capture_output=True, text=True)
    assert again.stdout == "hello you\n"


def test_a_process_whose_time_is_up_is_ended_with_its_children() -> None:
    seconds = f"6{os.getpid()}.25"  # tells this process from all others
    done = Journal(None, ["x"]).run(["sh", "-c", f"(sleep {seconds} & wait)"], timeout=0.5)
    assert done.timed_out
    assert done.status != 0
    assert not _sleepers(seconds)


def test_children_that_outlive_their_parent_are_ended_too(tmp_path: Path) -> None:
    marker = tmp_path / "child"
    Journal(None, ["x"]).run(
        ["sh", "-c", f"sleep 60 >/dev/null 2>&1 & echo $! > {marker}"],
    )
    wait_for_end(int(marker.read_text()))


def test_an_exception_while_streaming_ends_the_process(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "commands.txt", ["x"])
    with pytest.raises(KeyError), journal.start(["sleep", "60"]) as running:
        raise KeyError
    wait_for_end(running.process.pid)
    assert "ended by signal 15" in (tmp_path / "commands.txt").read_text()


def test_a_program_that_is_not_there_is_logged_as_such(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "commands.txt", ["x"])
    with pytest.raises(FileNotFoundError):
        journal.run(["no-such-program"])
    assert "could not be started" in (tmp_path / "commands.txt").read_text()


def test_a_place_that_cannot_be_written_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="--out"):
        Journal(tmp_path / "file" / "commands.txt", ["x"])


def _sleepers(seconds: str) -> list[str]:
    """The processes that sleep for so long."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            if path.read_text(errors="replace").split("\0")[:2] == ["sleep", seconds]:
                found.append(path.parent.name)
    return found


INTERRUPTED_STARTS = """
import os, random, signal, sys, threading, time
from bisect_parity.journal import Journal

def interrupt(number, frame):
    raise KeyboardInterrupt

def send(delay, is_over):
    time.sleep(delay)
    os.kill(os.getpid(), signal.SIGTERM)
    while not is_over.wait(0.5):  # Python swallows what is raised in a destructor
        os.kill(os.getpid(), signal.SIGTERM)

draw = random.Random(7)
for _ in range(60):
    is_over = threading.Event()
    sender = threading.Thread(target=send, args=(draw.uniform(0, 0.006), is_over))
    signal.signal(signal.SIGTERM, interrupt)
    try:
        sender.start()
        Journal(None, ["x"]).run(["sleep", sys.argv[1]])
    except KeyboardInterrupt:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        is_over.set()
    sender.join()
"""


def test_an_interrupt_at_any_moment_of_a_start_leaves_no_process_behind() -> None:
    seconds = f"7{os.getpid()}.25"  # tells these processes from all others
    subprocess.run([sys.executable, "-c", INTERRUPTED_STARTS, seconds], check=True, timeout=120)
    assert not _sleepers(seconds)


def test_a_process_that_was_asked_to_end_is_not_asked_again_while_it_does(tmp_path: Path) -> None:
    program = """
    trap 'echo asked >> told' TERM
    echo ready
    while [ ! -e told ]; do sleep 0.05; done
    echo ending; sleep 0.5
    """
    with Journal(None, ["test"]).start(["sh", "-c", program], cwd=tmp_path) as running:
        assert running.process.stdout.readline() == b"ready\n"
        running.ask_to_end()
        assert running.process.stdout.readline() == b"ending\n"
        running.terminate()
    assert (tmp_path / "told").read_text() == "asked\n"
