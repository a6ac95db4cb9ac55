from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from bisect_parity.bisection import step

CHECK = [sys.executable, "-c", "import sys; sys.exit(42)"]


def run(place: Path) -> int:
    command = [sys.executable, "-I", "-S", step.__file__, str(place), *CHECK]
    return subprocess.run(command, check=False, capture_output=True).returncode


@pytest.mark.parametrize(
    ("answer", "status"),
    [(b"0\n", 0), (b"1\n", 1), (b"125\n", 125), (b"200\n", 200), (b"", 200), (b"x\n", 200)],
)
def test_the_answer_of_the_session_is_the_status_and_anything_else_stops_git(
    answer: bytes, status: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        place = Path(folder) / "session"
        server.bind(str(place))
        server.listen()

        def reply() -> None:
            client = server.accept()[0]
            with client:
                client.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        assert run(place) == status
        thread.join()


def test_without_a_session_it_becomes_the_check(tmp_path: Path) -> None:
    assert run(tmp_path / "gone") == 42


def test_a_session_that_was_killed_stops_git() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "session"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(place))
        assert run(place) == 200


def test_a_call_without_arguments_stops_git() -> None:
    done = subprocess.run([sys.executable, step.__file__], check=False, capture_output=True)
    assert done.returncode == 200


def test_in_process_it_asks_the_session_too(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        step.ask(str(tmp_path / "gone"))
