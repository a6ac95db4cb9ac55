from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.bisection.check_call import CHECK_COMMAND
from bisect_parity.config import load_settings
from bisect_parity.errors import UsageError
from bisect_parity.fork_client import LENGTH_BYTES
from bisect_parity.journal import Journal
from bisect_parity.parity.case import case_of_table, find_case
from bisect_parity.parity.forked_python import PYTHON_SOCKET, Zygote, open_zygote
from bisect_parity.parity.worker import warm_worker
from bisect_parity.processes import PR_SET_CHILD_SUBREAPER
from bisect_parity.warm_client import CHECK_SOCKET, WORKER_VARIABLE, sealed
from tests.parity.small_case import BIN, CANDIDATE, CASE, WRITE, SmallCase
from tests.waiting import text_of, wait_for_end

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBE = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv, "name": __name__, "path": sys.path, "cwd": os.getcwd(), "stdin": sys.stdin.read(),
    "environment": dict(os.environ), "bytecode": sys.dont_write_bytecode, "file": globals().get("__file__"),
    "own": sorted(name for name in sys.modules if name.startswith("bisect_parity")),
    "leader": os.getpgid(0) == os.getpid(), "encoding": sys.stdout.encoding,
    "spec": getattr(globals().get("__spec__"), "name", None), "package": globals().get("__package__"),
    "main": sys.modules["__main__"].__dict__.get("json") is json, "hash": hash("a"),
}))
raise SystemExit(3)
"""


class Warm:
    """A small case with the warm processes of a session."""

    def __init__(self, case: SmallCase, extra: dict[str, str]) -> None:
        self.case = case
        self.extra = extra

    def commit(self, candidate: str, **files: str) -> None:
        self.case.repo.commit({"sim/__main__.py": candidate, **files})

    def start(self, *words: str, extra: dict[str, str] | None = None) -> subprocess.Popen[str]:
        env = self.case.environment(self.extra if extra is None else extra)
        command = [*CHECK_COMMAND, "--json", *words]
        return subprocess.Popen(
            command,
            cwd=self.case.repo.top,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def check(self, *words: str, extra: dict[str, str] | None = None) -> tuple[int, dict[str, Any], str]:
        process = self.start(*words, extra=extra)
        out, err = process.communicate(timeout=100)
        return process.returncode, json.loads(out) if out else {}, err

    def printed(self, document: dict[str, Any]) -> Any:
        """What the candidate of the last check printed, as JSON."""
        places = self.case.state.glob(f"checks/*-{document['commit'][:12]}*/candidate.stdout")
        newest = max(places, key=lambda path: path.stat().st_mtime_ns)
        return json.loads(newest.read_text())


@pytest.fixture(scope="module", autouse=True)
def orphans_go_to_init() -> None:
    """A search of an earlier test may have made this process take them in, and it reaps none."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    os.environ.setdefault("HOME", str(tmp_path_factory.mktemp("home")))
    case = SmallCase(tmp_path_factory.mktemp("warm") / "r")
    preload = {"preload": ["decimal", "numpy.random"], "pass": ["PYTHONPATH"]}
    file = case.write_case({**preload, "candidate_timeout": 20.0})
    journal = Journal(None, ["test"])
    parsed = find_case(load_settings(file), None)
    then = {**case.environment(), "PYTHONPATH": "/elsewhere"}  # of which no fork may know
    with warm_worker(journal, parsed, case.repo.top, then) as extra:
        assert set(extra) == {WORKER_VARIABLE}
        yield Warm(case, extra)


LATE_IMPORTS = """
import importlib, sys
from bisect_parity.__main__ import judged_run
from bisect_parity.commands.serve import PRELOADED
for name in PRELOADED:
    importlib.import_module(name)
before = set(sys.modules)
judged_run(["check", "--quiet"])
print(*{name.partition(".")[0] for name in sys.modules.keys() - before})
"""


def test_a_warm_check_has_nothing_left_to_import_that_takes_time(warm: Warm) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", LATE_IMPORTS],
        cwd=warm.case.repo.top,
        env=warm.case.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    verdict, late = done.stdout.splitlines()
    assert verdict.startswith("good")
    assert not {"bisect_parity", "git", "click", "attr", "numpy", "tomllib"} & set(late.split())


def test_a_warm_check_finds_what_a_new_process_finds(warm: Warm) -> None:
    warm.commit(CANDIDATE)
    status, document, _ = warm.check()
    cold_status, cold, _ = warm.check(extra={})
    assert status == cold_status == 0
    assert "the candidate ran in a fork of a process that held its modules" in document["notes"]
    assert cold["notes"] == []
    for name in ("verdict", "reason", "comparison", "digests", "environment", "thresholds"):
        assert document[name] == cold[name]
    assert warm.case.dirt() == ""


@pytest.mark.parametrize(
    "candidate",
    [
        ["{python}", "-m", "sim", "a b", "{size}", "{out}"],
        ["{python}", "-m", "sim.probe", "{out}"],
        ["{python}", "scripts/probe.py", "-x", "{out}"],
        ["{python}", "-c", PROBE, "y", "{out}"],
    ],
    ids=["package", "module", "script", "code"],
)
def test_a_fork_looks_like_a_new_python(warm: Warm, candidate: list[str]) -> None:
    warm.commit(PROBE, **{"sim/probe.py": PROBE, "scripts/probe.py": PROBE})
    warm.case.write_case({"candidate": candidate, "preload": ["decimal"]})
    seen = []
    for extra in (warm.extra, {}):
        status, document, _ = warm.check(extra=extra)
        assert status == 125
        assert "ended with status 3" in document["reason"]
        probe = warm.printed(document)
        probe["argv"][-1] = probe["environment"]["_"] = ""  # the path of the image, and of a shell's command
        seen.append(probe)
    warm.case.write_case()
    forked, new = seen
    assert forked["path"][0].rstrip("/") in (new["path"][0], forked["cwd"])
    del forked["path"][0], new["path"][0]
    assert forked == new


def test_a_function_of_the_tree_is_called_in_a_fork(warm: Warm) -> None:
    code = "import numpy, sys\ndef image(size):\n    print(sys.path[0])\n"
    code += "    return (numpy.arange(size * size) * 37 % 101).astype('f4').reshape(size, size)\n"
    warm.commit(CANDIDATE, **{"sim/render.py": code})
    warm.case.write_case({"candidate": "sim.render:image", "preload": ["numpy"]})
    status, document, _ = warm.check()
    warm.case.write_case()
    assert (status, document["verdict"]) == (0, "good")
    assert "the candidate ran in a fork of a process that held its modules" in document["notes"]


@pytest.mark.parametrize("status", [0, 1, 125, 200, 70, 127, -9])
def test_no_other_end_of_a_warm_check_looks_like_a_verdict(status: int) -> None:
    assert sealed(sealed(status)) == status
    assert sealed(status) not in (0, 1, 125)


def test_nothing_of_one_candidate_reaches_the_next(warm: Warm) -> None:
    leaking = """
import builtins, os, sys, decimal, random, numpy.random
seen = [hasattr(builtins, "leak"), hasattr(decimal, "leak"), os.environ.get("LEAK"), os.getcwd()]
sys.stderr.write(f"{seen}\\n")
print([random.random(), float(numpy.random.rand())])
builtins.leak = decimal.leak = True
os.environ["LEAK"] = "x"
os.chdir("/")
import sim.gain
sys.path.insert(0, "/")
raise SystemExit(4)
"""
    warm.commit(leaking)
    drawn = []
    for _ in range(2):
        _, document, _ = warm.check()
        assert f"[False, False, None, '{warm.case.repo.top}']" in document["reason"]
        drawn.append(warm.printed(document))
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]
    warm.commit(CANDIDATE, **{"sim/gain.py": "GAIN = 2.0\n"})
    assert warm.check()[0] == 1
    warm.commit(CANDIDATE, **{"sim/gain.py": "GAIN = 1.0\n"})
    assert warm.check()[0] == 0
    assert warm.case.dirt() == ""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.kill(os.getpid(), 11)\n", "was ended by SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)\n", "was ended by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)\n", "was ended by SIGSEGV"),
        ("1 / 0\n", "ended with status 1: ZeroDivisionError: division by zero"),
        ("import no_such\n", "cannot be imported: ModuleNotFoundError"),
        ("def f(:\n", "cannot be imported: SyntaxError"),
        ("raise SystemExit('sorry')\n", "ended with status 1: sorry"),
        ("import sys; sys.exit(300)\n", "ended with status 44"),
        ("import os; os._exit(6)\n", "ended with status 6"),
        ("import atexit, os; atexit.register(lambda: os._exit(8))\n", "ended with status 8"),
        ("import sys; sys.exit()\n", "ended well but wrote no image"),
    ],
)
def test_a_fork_that_ends_badly_is_told_as_a_new_process_is(warm: Warm, code: str, reason: str) -> None:
    warm.commit(code)
    status, document, _ = warm.check()
    assert status == 125
    assert reason in document["reason"]
    assert document["notes"] == ["the candidate ran in a fork of a process that held its modules"]
    warm.case.write_case({"candidate": ["{python}", "-O", "-m", "sim", "{size}", "{out}"]})
    new_status, new, _ = warm.check()
    warm.case.write_case()
    assert "ran in a new process: the option -O of Python" in new["notes"][0]
    assert (new_status, new["reason"]) == (status, document["reason"])


def test_much_output_of_a_fork_is_kept_as_that_of_a_new_process(warm: Warm) -> None:
    code = "import sys\nprint([0] * 50_000)\nsys.stderr.write('e' * 50_000 + '\\n')\nsys.stdout.flush()\n"
    warm.commit(code + "sys.stderr.write('last')\nsys.exit(6)\n")
    for extra in (warm.extra, {}):
        _, document, _ = warm.check(extra=extra)
        assert document["reason"] == "candidate ended with status 6: last"
        assert warm.printed(document) == [0] * 50_000


def test_a_long_answer_of_a_warm_check_is_whole(warm: Warm) -> None:
    warm.commit("import sys\nsys.exit('x' * 9_000)\n")
    names = [f"VARIABLE_{number:04d}" for number in range(2_000)]
    warm.case.write_case({"pass": names})
    status, document, _ = warm.check()
    warm.case.write_case()
    assert status == 125
    assert len(document["environment"]["variables"]) == 2_000


def test_threads_and_exit_functions_of_a_candidate_come_to_their_end(warm: Warm) -> None:
    code = "import atexit, sys, threading, time\n" + WRITE
    code += (
        "def late():\n    time.sleep(0.3)\n    write(lambda i: i * 37 % 101, int(sys.argv[1]), sys.argv[2])\n"
    )
    warm.commit(code + "threading.Thread(target=late).start()\natexit.register(print, '7')\n")
    status, document, _ = warm.check()
    assert status == 0
    assert warm.printed(document) == 7


SLEEPER = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open("build/pids", "w") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(60)
"""


def pids_of(case: SmallCase) -> list[int]:
    place = case.repo.top / "build" / "pids"
    words = text_of(place).split()
    place.unlink()
    return [int(word) for word in words]


def test_a_fork_that_hangs_is_ended_with_all_that_it_started(warm: Warm) -> None:
    warm.commit(SLEEPER)
    (warm.case.repo.top / "build").mkdir(exist_ok=True)
    for limit in (1.5, 6.0, 24.0):  # on a busy machine its child may not have begun in so short a time
        warm.case.write_case({"candidate_timeout": limit})
        status, document, _ = warm.check()
        place = warm.case.repo.top / "build" / "pids"
        if place.exists() and place.read_text():
            break
    warm.case.write_case()
    assert status == 125
    assert f"did not end within {limit:g} s" in document["reason"]
    wait_for_end(*pids_of(warm.case))
    warm.commit(CANDIDATE)
    assert warm.check()[0] == 0


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_client_that_is_ended_ends_the_check_and_the_candidate(warm: Warm, sign: signal.Signals) -> None:
    warm.commit(SLEEPER)
    (warm.case.repo.top / "build").mkdir(exist_ok=True)
    process = warm.start()
    numbers = pids_of(warm.case)
    process.send_signal(sign)
    process.communicate(timeout=60)
    assert process.returncode == (-9 if sign == signal.SIGKILL else 200)
    wait_for_end(*numbers)
    warm.commit(CANDIDATE)
    assert warm.check()[0] == 0


@pytest.mark.parametrize(
    ("changes", "files", "why"),
    [
        (
            {"environment": {"OMP_NUM_THREADS": "3"}},
            {},
            "OMP_NUM_THREADS is read when Python starts, and differs",
        ),
        ({"candidate": ["{python}", "-O", "-m", "sim", "{size}", "{out}"]}, {}, "the option -O of Python"),
        ({"candidate": ["python3", "-m", "sim", "{size}", "{out}"]}, {}, "not a command of this Python"),
        ({}, {"decimal.py": "x = 1\n"}, "has a module decimal, which is imported already"),
        ({}, {"src/numpy/__init__.py": ""}, "has a module numpy, which is imported already"),
    ],
)
def test_where_a_fork_is_not_as_good_a_new_process_is_started_and_told(
    warm: Warm, changes: dict[str, Any], files: dict[str, str], why: str
) -> None:
    warm.commit(CANDIDATE, **files)
    warm.case.write_case(changes)
    status, document, _ = warm.check()
    warm.case.write_case()
    warm.case.repo.commit(dict.fromkeys(files))
    assert status == 0
    (note,) = document["notes"]
    assert note.startswith("the candidate ran in a new process: ")
    assert why in note


def test_a_module_from_elsewhere_is_no_part_of_the_tree_under_test(warm: Warm, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("")
    code = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport helper\n"
    warm.commit(code + CANDIDATE, **{"helper.py": ""})
    status, document, _ = warm.check()
    warm.case.repo.commit({"helper.py": None})
    assert status == 200
    assert f"helper from {tmp_path / 'helper.py'}" in document["reason"]


def test_usage_errors_and_help_end_as_without_a_worker(warm: Warm) -> None:
    for words in (("--no-such",), ("--case", "other"), ("--help",)):
        status, _, error = warm.check(*words) if words != ("--help",) else (*self_help(warm), "")
        assert status == (0 if words == ("--help",) else 200), error


def self_help(warm: Warm) -> tuple[int, None]:
    env = warm.case.environment(warm.extra)
    done = subprocess.run(
        [str(BIN / "bisect-parity"), "check", "--help"], env=env, capture_output=True, check=False
    )
    assert b"Usage: bisect-parity check" in done.stdout
    return done.returncode, None


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * 8, b"\xff" * 8, b"\0" * 7 + b"\x05hello"])
@pytest.mark.parametrize("name", [CHECK_SOCKET, PYTHON_SOCKET])
def test_what_is_no_request_does_the_servers_no_harm(warm: Warm, name: str, data: bytes) -> None:
    for files in ([], [0], [0, 1, 2, 2]):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(Path(warm.extra[WORKER_VARIABLE]) / name))
            if data:
                socket.send_fds(connection, [data], files)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(10) == b""
    warm.commit("raise SystemExit(5)\n")
    status, document, _ = warm.check()
    assert status == 125
    assert "ended with status 5" in document["reason"]
    assert "fork" in document["notes"][0]


def test_without_a_worker_the_check_is_done_all_the_same(warm: Warm, tmp_path: Path) -> None:
    warm.commit("raise SystemExit(5)\n")
    status, document, error = warm.check(extra={WORKER_VARIABLE: str(tmp_path)})
    assert status == 125
    assert f"no warm worker answers in {tmp_path}" in error
    assert document["notes"] == []


def test_a_worker_is_gone_when_its_session_is(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r")
    file = case.write_case(text='[case.unit]\ntest = ["true"]\npreload = ["decimal"]\n')  # imports no torch
    script = f"""
import os, time
from pathlib import Path
from bisect_parity.config import load_settings
from bisect_parity.journal import Journal
from bisect_parity.parity.case import find_case
from bisect_parity.parity.worker import warm_worker
case = find_case(load_settings(Path({str(file)!r})), None)
with warm_worker(Journal(None, ["test"]), case, Path({str(case.repo.top)!r}), dict(os.environ)) as extra:
    print(extra["{WORKER_VARIABLE}"], flush=True)
    time.sleep(60)
"""
    for sign in (signal.SIGKILL, signal.SIGINT):
        session = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert session.stdout is not None
        folder = session.stdout.readline().strip()
        mine = [int(path.name) for path in Path("/proc").glob("[0-9]*") if folder in command_of(path)]
        assert len(mine) == 2
        session.send_signal(sign)
        session.communicate(timeout=30)
        wait_for_end(*mine)
    assert not Path(folder).exists()


@pytest.mark.parametrize("is_warm", [False, True])
def test_a_check_is_gone_when_its_session_is_killed(tmp_path: Path, is_warm: bool) -> None:
    case = SmallCase(tmp_path / "r", end={"sim/__main__.py": SLEEPER})
    file = case.write_case()
    (case.repo.top / "build").mkdir()
    script = f"""
import os
from contextlib import nullcontext
from pathlib import Path
from bisect_parity.config import load_settings
from bisect_parity.guard import SESSION_VARIABLE
from bisect_parity.journal import Journal
from bisect_parity.parity.case import find_case
from bisect_parity.parity.worker import warm_worker
case = find_case(load_settings(Path({str(file)!r})), None)
top, journal = Path({str(case.repo.top)!r}), Journal(None, ["test"])
env = dict(os.environ) | {{SESSION_VARIABLE: str(os.getpid())}}
with warm_worker(journal, case, top, env) if {is_warm} else nullcontext({{}}) as extra:
    journal.run([{str(BIN / "bisect-parity")!r}, "check"], cwd=top, env=env | extra)
"""
    with subprocess.Popen([sys.executable, "-c", script], env=case.environment()) as session:
        numbers = pids_of(case)
        session.kill()
    wait_for_end(*numbers)


def command_of(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


def test_modules_that_cannot_be_imported_are_done_without(tmp_path: Path) -> None:
    case = SmallCase(tmp_path / "r", {"sim/__main__.py": "raise SystemExit(5)\n"})
    file = case.write_case({"preload": ["no_such_module"]})
    parsed = find_case(load_settings(file), None)
    with warm_worker(Journal(None, ["test"]), parsed, case.repo.top, case.environment()) as extra:
        case.repo.checkout(case.middle)
        _, document, _ = Warm(case, extra).check()
    assert "no_such_module cannot be imported: ModuleNotFoundError" in document["notes"][0]
    assert "ended with status 5" in document["reason"]


def test_a_worker_that_cannot_be_started_is_told_in_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'OSError: AF_UNIX path too long' >&2\n")
    broken.chmod(0o700)
    case = SmallCase(tmp_path / "r", {"sim/__main__.py": "raise SystemExit(5)\n"})
    parsed = find_case(load_settings(case.write_case()), None)
    with monkeypatch.context() as patch:
        patch.setattr("bisect_parity.parity.worker.sys.executable", str(broken))
        with warm_worker(Journal(None, ["test"]), parsed, case.repo.top, case.environment()) as extra:
            pass
    case.repo.checkout(case.middle)
    _, document, _ = Warm(case, extra).check()
    assert document["notes"] == ["no warm worker could be started: OSError: AF_UNIX path too long"]


def test_a_worker_that_is_lost_in_the_middle_of_a_check_is_no_fault_and_no_verdict(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / CHECK_SOCKET))
        listener.listen()
        env = os.environ | {WORKER_VARIABLE: str(tmp_path)}
        with subprocess.Popen(
            CHECK_COMMAND, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True
        ) as client:
            with listener.accept()[0] as connection, connection.makefile("rb") as request:
                request.read(int.from_bytes(request.read(LENGTH_BYTES), "big"))
                connection.sendall(b"1\n")
            _, complaint = client.communicate(timeout=60)
    assert client.returncode == 200
    assert complaint.startswith("bisect-parity: the warm worker ended in the middle of the check")
    assert complaint.count("\n") == 1


def test_a_state_that_cannot_be_read_means_no_zygote(tmp_path: Path) -> None:
    for content in (None, "", "[]", "{}"):
        if content is not None:
            (tmp_path / "python.json").write_text(content)
        assert open_zygote({"BISECT_PARITY_ZYGOTE": str(tmp_path)}) is None
    assert open_zygote({}) is None


def test_a_zygote_that_is_gone_is_done_without(tmp_path: Path) -> None:
    zygote = Zygote(tmp_path, "", frozenset(), {})
    with pytest.raises(OSError, match="No such file"):
        zygote.fork([sys.executable, "-c", ""], tmp_path, {}, [tmp_path])


def test_names_of_modules_to_preload_are_checked() -> None:
    with pytest.raises(UsageError, match="'a b' is not the name of a module"):
        case_of_table("parity", CASE | {"preload": ["a b"]}, "file")
