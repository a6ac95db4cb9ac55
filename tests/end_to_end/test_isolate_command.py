"""`isolate` and `diagnose --run`: what makes the difference is named; the user's directory is only read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.bisection import local_items
from bisect_parity.parity.forked_python import PYTHON_SOCKET, PYTHON_STATE, ZYGOTE_VARIABLE
from bisect_parity.parity.steps import ALWAYS_PASSED
from fixtures import build
from tests.end_to_end.world import call, everything
from tests.parity.small_case import CANDIDATE, WRITE, SmallCase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# a reference that is another one where files lie beside it, where a flag says so, or at every second run
REFERENCE = f"""{WRITE}
import os
from pathlib import Path
names = {{names!r}}
there = all(Path(name).exists() and Path(name).read_bytes() is not None for name in names)
shift = 50 if names and there else 0
write(lambda i: (i * 37 % 101 + shift * (i % 7)), int(sys.argv[1]), sys.argv[2])
"""
BY_VARIABLE = CANDIDATE.replace(
    "GAIN *", "GAIN * (1 + (i % 5) * int(os.environ.get('LAB_GAIN', 0))) *"
).replace("import array, sys", "import array, os, sys")
BY_FLAG = CANDIDATE.replace(
    "GAIN *", "GAIN * (1 + (i % 5) * ('--step=2' in sys.argv or '2' in sys.argv[3:])) *"
)
READS_WISDOM = """
import array
from pathlib import Path

def image(size, out):
    wisdom = Path("wisdom.bin")
    shift = 50 * len(wisdom.read_bytes()) if wisdom.exists() else 0
    with open(out, "wb") as file:
        array.array("f", (i * 37 % 101 + shift * (i % 7) for i in range(size * size))).tofile(file)
"""
DRAWN = f"""{WRITE}
import os
draw = os.urandom(64)
write(lambda i: (i * 37 % 101) * draw[i % 64], int(sys.argv[1]), sys.argv[2])
"""


def lab(top: Path, *names: str, **files: str) -> SmallCase:
    """A repository whose reference is led astray by the ignored files `names`."""
    changed = {
        "reference.py": REFERENCE.format(names=names),
        ".gitignore": "build/\n*.bin\n.venv/\n",
        **files,
    }
    made = SmallCase(top, middle=changed)
    made.write_case()
    return made


def clutter(top: Path, count: int) -> None:
    """Innocent ignored files."""
    for at in range(count):
        path = top / "build" / f"part{at % 7}" / f"tile_{at:03d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\0" * (at + 1))


def isolated(
    capsys: pytest.CaptureFixture[str], made: SmallCase, *words: object, status: int = 0
) -> dict[str, Any]:
    before = everything(made.repo.top)
    answer = call(capsys, "isolate", "--repo", made.repo.top, *words, "--json", "--quiet")
    assert answer.status == status, answer
    after = {name: data for name, data in everything(made.repo.top).items() if "reports/" not in name}
    assert after == before
    document: dict[str, Any] = json.loads(answer.out)
    return document


def names_of(document: Mapping[str, Any]) -> list[str]:
    return [change["name"] for change in document["found"]]


@pytest.fixture
def _without_strace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh", "cc"):
        found = shutil.which(name)
        if found is not None:
            (tools / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tools))


@pytest.mark.usefixtures("_without_strace")
def test_the_dump_among_a_hundred_innocent_files_is_named_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab", "Fdump.bin")
    clutter(made.repo.top, 100)
    (made.repo.top / "Fdump.bin").write_bytes(b"x")
    document = isolated(capsys, made, "--case", "parity")
    assert document["outcome"] == "isolated"
    assert names_of(document) == ["Fdump.bin"]
    assert (document["clean"], document["changed"]) == ("good", "bad")
    assert document["changes"] == 101
    assert document["checks"] <= document["most_checks"] == 23
    assert document["opened"] is None
    assert [test["role"] for test in document["tests"]][-2:] == ["with it", "without it"]
    assert [test["verdict"] for test in document["tests"]][-2:] == ["bad", "good"]


@pytest.mark.usefixtures("_without_strace")
@pytest.mark.parametrize("words", [(), ("--test", f"{sys.executable} gain.py", "--figure", "gain")])
def test_what_a_strace_that_may_not_trace_makes_of_a_check_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    strace = tmp_path / "tools" / "strace"
    strace.write_text("#!/bin/sh\nexit 1\n")
    strace.chmod(0o755)
    figure = "import os\nprint('gain', 1 + os.path.exists('Fdump.bin'))\n"
    made = lab(tmp_path / "lab", "Fdump.bin", **{"gain.py": figure})
    (made.repo.top / "Fdump.bin").write_bytes(b"x")
    document = isolated(capsys, made, *words)
    assert (document["outcome"], names_of(document)) == ("isolated", ["Fdump.bin"])


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_what_the_case_opened_is_tried_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = lab(tmp_path / "lab", "a b.bin", "zwei\u00e9.bin")
    clutter(made.repo.top, 100)
    for name in ("a b.bin", "zwei\u00e9.bin"):
        (made.repo.top / name).write_bytes(b"x")
    document = isolated(capsys, made)
    assert names_of(document) == ["a b.bin", "zwei\u00e9.bin"]
    assert document["opened"] == ["a b.bin", "zwei\u00e9.bin"]
    assert document["checks"] <= 8


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_what_a_candidate_that_is_a_function_opened_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab", **{"port.py": READS_WISDOM})
    made.write_case({"candidate": "port:image"})
    clutter(made.repo.top, 20)
    (made.repo.top / "wisdom.bin").write_bytes(b"x")
    document = isolated(capsys, made)
    assert names_of(document) == document["opened"] == ["wisdom.bin"]
    assert document["checks"] <= 6


@pytest.mark.usefixtures("_without_strace")
def test_two_files_that_need_each_other_are_found_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab", "dump.bin", "index.bin")
    clutter(made.repo.top, 6)
    for name in ("dump.bin", "index.bin"):
        (made.repo.top / name).write_bytes(b"x")
    document = isolated(capsys, made)
    assert document["outcome"] == "isolated"
    assert names_of(document) == ["dump.bin", "index.bin"]


def test_a_variable_is_named_and_its_value_is_not_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lab(tmp_path / "lab", **{"sim/__main__.py": BY_VARIABLE})
    monkeypatch.setenv("LAB_GAIN", "3")
    monkeypatch.setenv("OTHER_TOKEN", "hunter2")
    document = isolated(capsys, made, "--over", "env", "--out", tmp_path / "out")
    assert (document["outcome"], names_of(document)) == ("isolated", ["LAB_GAIN"])
    assert "hunter2" not in "".join(p.read_text() for p in (tmp_path / "out").rglob("*") if p.is_file())


def test_a_parameter_is_named_among_innocent_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = lab(tmp_path / "lab", **{"sim/__main__.py": BY_FLAG})
    document = isolated(
        capsys, made, "--set", "candidate:--tile=1", "--set", "candidate:--step=2", "--set", "reference:--n=3"
    )
    assert (document["outcome"], names_of(document)) == ("isolated", ["candidate --step"])


def test_a_changed_tracked_file_is_a_file_like_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab")
    (made.repo.top / "sim" / "gain.py").write_text("GAIN = -1.0\n")
    (made.repo.top / "notes.txt").write_text("changed, and innocent\n")
    document = isolated(capsys, made)
    assert document["found"] == [
        {"kind": "files", "name": "sim/gain.py", "state": "modified", "size": 12, "files": 1}
    ]


def test_files_that_each_suffice_are_all_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = SmallCase(
        tmp_path / "lab",
        {
            "reference.py": REFERENCE.replace("all(", "any(").format(names=("a.bin", "b.bin")),
            ".gitignore": "*.bin\n",
        },
    )
    made.write_case()
    for name in ("a.bin", "b.bin", "c.bin"):
        (made.repo.top / name).write_bytes(b"x")
    document = isolated(capsys, made)
    assert document["outcome"] == "likely"
    assert sorted([*names_of(document), document["others"][0][0]["name"]]) == ["a.bin", "b.bin"]


@pytest.mark.usefixtures("_without_strace")
def test_a_large_folder_is_one_change_at_first_and_then_its_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_items, "LARGE_FOLDER", 50)
    made = lab(tmp_path / "lab", ".venv/lib/x.pth")
    for at in range(60):
        path = made.repo.top / ".venv" / "lib" / f"m{at}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (made.repo.top / ".venv/lib/x.pth").write_bytes(b"x")
    (made.repo.top / "innocent.bin").write_bytes(b"x")
    document = isolated(capsys, made)
    assert document["changes"] == 2
    assert names_of(document) == [".venv/lib/x.pth"]


def test_the_largest_folders_are_left_out_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab", "Fdump.bin")
    (made.repo.top / "Fdump.bin").write_bytes(b"x")
    (made.repo.top / "huge.bin").write_bytes(b"\0" * 5000)
    document = isolated(capsys, made, "--most", "2K")
    assert names_of(document) == ["Fdump.bin"]
    assert document["left_out"] == [{"path": "huge.bin", "size": 5000, "files": 1}]
    words = ("isolate", "--repo", made.repo.top, "--most", "0", "--out", tmp_path / "none")
    assert (
        "all files that differ are left out for their size. Give more with --most."
        in call(capsys, *words).err
    )


def test_a_check_that_fails_both_ways_leaves_nothing_to_isolate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab", **{"sim/gain.py": "GAIN = -1.0\n"})
    (made.repo.top / "innocent.bin").write_bytes(b"x")
    document = isolated(capsys, made, status=4)
    assert document["outcome"] == "nothing-to-isolate"
    assert (document["clean"], document["changed"]) == ("bad", "bad")
    assert len(document["says"]) == 1
    (made.repo.top / "sim" / "gain.py").write_text("GAIN = -2.0\n")
    (_, moved) = isolated(capsys, made, status=4)["says"]
    assert moved.startswith("They do change the figures: sum_candidate -")


def test_a_check_without_a_verdict_is_told_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab", **{"sim/__main__.py": "raise SystemExit(7)\n"})
    (made.repo.top / "innocent.bin").write_bytes(b"x")
    document = isolated(capsys, made, status=3)
    assert document["outcome"] == "inconclusive"
    assert "status 7" in document["says"][0]


def test_a_check_that_does_not_repeat_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = lab(tmp_path / "lab", **{"sim/__main__.py": DRAWN})
    (made.repo.top / "innocent.bin").write_bytes(b"x")
    document = isolated(capsys, made, status=3)
    assert document["outcome"] == "inconclusive"
    assert "different figures the second time" in document["says"][0]
    assert f"bisect --flaky --good auto --bad {document['commit'][:12]}" in document["says"][1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--over", "phase"), "none of files, env, params"),
        (("--over", "params"), "--set"),
        (("--good", "r"), "belong together"),
        (("--set", "distance"), "not a parameter"),
        (("--most", "much"), "not a size"),
        (("--case", "other"), "no case 'other'"),
        (("--over", "files"), "nothing to try"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab")
    call(capsys, "isolate", "--repo", made.repo.top, "--out", tmp_path / "out", *words).is_told(2, told)


def test_links_into_the_users_directory_lead_into_the_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case that writes through an ignored link must not reach the user's own file."""
    writes = REFERENCE.replace(
        "there = all", "Path('link.bin').exists() and Path('link.bin').write_text('!')\nthere = all"
    )
    made = lab(tmp_path / "lab", **{"reference.py": writes.format(names=("Fdump.bin",))})
    (made.repo.top / "own.bin").write_bytes(b"mine")
    (made.repo.top / "link.bin").symlink_to(made.repo.top / "own.bin")
    (made.repo.top / "Fdump.bin").write_bytes(b"x")
    document = isolated(capsys, made)
    assert names_of(document) == ["Fdump.bin"]
    assert (made.repo.top / "own.bin").read_bytes() == b"mine"


def test_a_link_of_the_commit_leads_no_copy_out_of_the_work_tree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the old commit `data` is a link to the user's folder; now it is a folder with ignored files."""
    made = lab(tmp_path / "lab", "Fdump.bin")
    outside = tmp_path / "outside"
    outside.mkdir()
    (made.repo.top / "data").symlink_to(outside)
    made.repo.git("add", "data")
    linked = made.repo.commit({}, "a link")
    made.repo.git("rm", "-q", "data")
    made.repo.commit({}, "no link")
    (made.repo.top / "data").mkdir()
    (made.repo.top / "data" / "x.bin").write_bytes(b"x")
    (made.repo.top / "Fdump.bin").write_bytes(b"x")
    document = isolated(capsys, made, "--at", linked)
    assert names_of(document) == ["Fdump.bin"]
    assert list(outside.iterdir()) == []


def test_one_commit_in_two_places_tells_the_file_and_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # --out is relative, and the checks stand elsewhere
    made = lab(tmp_path / "lab", "Fdump.bin")
    clutter(made.repo.top, 3)
    (made.repo.top / "Fdump.bin").write_bytes(b"x")
    before = everything(made.repo.top)
    answer = call(capsys, "diagnose", "--run", "--repo", made.repo.top, "--out", "out", "--json", "--quiet")
    document = json.loads(answer.out)
    assert everything(made.repo.top) == before
    assert document["verdict"] == "untracked"
    run = document["run"]
    assert (run["clean"]["verdict"], run["in_place"]["verdict"]) == ("good", "bad")
    assert (run["reference_repeats"], run["reference_moves"], run["candidate_moves"]) == (True, True, False)
    assert "Fdump.bin" in run["only_in_place"]["ignored"]
    if shutil.which("strace") is not None:
        assert run["opened"] == ["Fdump.bin"]
    assert document["next"][0]["command"].startswith("bisect-parity isolate --over files --case parity --at ")
    assert (tmp_path / "out" / "diagnosis.md").read_bytes().isascii()


def test_a_reference_that_differs_from_itself_is_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab", **{"reference.py": DRAWN})
    answer = call(
        capsys, "diagnose", "--run", "--repo", made.repo.top, "--out", tmp_path / "out", "--json", "--quiet"
    )
    document = json.loads(answer.out)
    assert document["run"]["reference_repeats"] is False
    assert document["verdict"] == "reference"


def test_an_interrupted_call_leaves_no_work_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = lab(tmp_path / "lab", "Fdump.bin")
    (made.repo.top / "Fdump.bin").write_bytes(b"x")

    def interrupt(*_words: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bisect_parity.commands.bench.check", interrupt)
    from bisect_parity.commands.main import run  # noqa: PLC0415 - after the check was replaced

    with pytest.raises(KeyboardInterrupt):
        run(["isolate", "--repo", os.fspath(made.repo.top), "--out", os.fspath(tmp_path / "out"), "--quiet"])
    assert made.repo.git("worktree", "list").count("\n") == 0


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A process that has imported what the laboratory's simulator needs, as a bisection keeps one."""
    folder = tmp_path_factory.mktemp("zygote")
    socket, state = folder / PYTHON_SOCKET, folder / PYTHON_STATE
    words = [sys.executable, "-m", "bisect_parity.parity.zygote", str(socket), str(state), "torch"]
    environment = {name: os.environ[name] for name in ALWAYS_PASSED if name in os.environ}
    environment |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    with subprocess.Popen(words, cwd=folder, env=environment) as process:
        while not state.exists() and process.poll() is None:
            time.sleep(0.05)
        yield str(folder)
        process.terminate()


@pytest.fixture
def _torch_at_hand(zygote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ZYGOTE_VARIABLE, zygote)


@pytest.mark.usefixtures("_torch_at_hand")
def test_the_laboratorys_phantom_is_isolated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = build("phantom", tmp_path / "lab", 64)
    answer = call(capsys, "isolate", "--repo", tmp_path / "lab", "--at", truth.bad, "--json", "--quiet")
    document = json.loads(answer.out)
    assert (answer.status, document["outcome"]) == (0, "isolated")
    assert names_of(document) == [truth.untracked]
    assert document["changes"] > 100
    assert document["checks"] <= document["most_checks"]
    assert document["tests"][-1]["verdict"] == "good"


@pytest.mark.usefixtures("_torch_at_hand")
def test_what_a_bad_run_left_at_its_default_is_tried_on_the_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = tmp_path / "lab"
    truth = build("phantom-parameter", top, 64)
    bad = next(bundle.path for bundle in truth.bundles if bundle.run == "early-1")
    told = json.loads(call(capsys, "diagnose", "--repo", top, "--json").out)
    assert told["code"]["ruled_out"]
    assert told["contrast"]["hypotheses"][0]["attributes"][0]["name"] == "benchmark.py --distance"
    assert "isolate --over params --good " in told["next"][-1]["command"]
    words = ("--over", "params", "--good", top / truth.good_run.path, "--bad", top / bad)
    answer = call(capsys, "isolate", "--repo", top, *words, "--json", "--quiet")
    document = json.loads(answer.out)
    assert document["outcome"] == "isolated"
    assert document["found"] == [{"kind": "params", "name": "candidate --distance", "value": "153.0"}]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_link_that_leads_to_what_was_read_is_tried_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lab(tmp_path / "lab", "data.bin/x")
    clutter(made.repo.top, 60)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "x").write_bytes(b"x")
    (made.repo.top / "data.bin").symlink_to(tmp_path / "target")
    document = isolated(capsys, made)
    assert names_of(document) == document["opened"] == ["data.bin"]
    assert document["checks"] <= 5


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_where_nothing_can_be_isolated_files_elsewhere_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere.rc"
    elsewhere.write_bytes(b"x")
    made = lab(tmp_path / "lab", str(elsewhere))
    clutter(made.repo.top, 3)
    document = isolated(capsys, made, status=4)
    assert document["outcome"] == "nothing-to-isolate"
    (told,) = [sentence for sentence in document["says"] if "elsewhere" in sentence]
    assert told == f"The case reads files elsewhere, which are the same in all checks: {elsewhere}."
