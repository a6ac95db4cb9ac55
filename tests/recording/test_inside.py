"""A block of Python, a test, or a script that is over, is recorded like a command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import RepositoryError, UsageError
from bisect_parity.recording import inside, outputs, record_run, tree
from bisect_parity.recording.mapped import mapped_files
from tests.planted import PLANTED
from tests.recording.bundles import TOOL, read_bundle

if TYPE_CHECKING:
    from fixtures.git import GitRunner

DOCS = Path(__file__).parents[2] / "docs" / "record.md"


@pytest.fixture(autouse=True)
def _few_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digest few of the libraries of this process: those of torch take a second for each block."""
    monkeypatch.setattr(inside, "mapped_files", lambda pid: [f for f in mapped_files(pid) if "libc" in f])


def test_a_block_is_recorded_with_its_notes_and_outputs(repo: GitRunner) -> None:
    with record_run(directory=repo.top) as run:
        run.note(correlation=0.999, label="x", broken=float("nan"))
        (repo.top / "made.bin").write_text("1")
        run.add_output(repo.top / "made.bin")
        inner = subprocess.run(
            ["printenv", "BISECT_PARITY_BUNDLE"], capture_output=True, text=True, check=True
        )
    assert inner.stdout.strip() == str(run.folder)
    assert "BISECT_PARITY_BUNDLE" not in os.environ
    told = read_bundle(run.folder)
    assert (told["how"], told["state"], told["git"]["commit"]) == ("inside", "ended", repo.head)
    assert told["notes"] == {"correlation": 0.999, "label": "x", "broken": "nan"}
    assert (told["run"]["exit_status"], told["run"]["error"]) == (0, None)
    assert [(one["path"], one["how"]) for one in told["outputs"]] == [("made.bin", "named")]
    assert told["python"]["executable"] == sys.executable
    assert any("libc" in one["path"] for one in told["binaries"])


def test_the_bundle_of_a_block_goes_where_the_settings_look_for_evidence(repo: GitRunner) -> None:
    (repo.top / "slurm-17.out").write_text("done\n")
    (repo.top / "bisect-parity.toml").write_text('[evidence]\nroots = ["slurm-17.out", "logs"]\n')
    with record_run(directory=repo.top) as run:
        pass
    assert run.folder.parent == repo.top / "logs/recorded"
    (repo.top / "bisect-parity.toml").write_text("[evidence]\nroots = 7\n")
    with pytest.raises(UsageError, match="roots"), record_run(directory=repo.top):
        pytest.fail("entered")


def test_what_a_block_raises_is_told_and_raised(repo: GitRunner) -> None:
    secret, line = PLANTED["GitHub token"]
    with pytest.raises(ValueError, match="clone"), record_run(repo.top / "out", directory=repo.top):
        raise ValueError(line)
    run = read_bundle(repo.top / "out")["run"]
    assert run["exit_status"] == 1
    assert run["error"].startswith("ValueError: clone")
    assert secret not in run["error"]


def test_without_a_repository_the_block_is_not_entered(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError), record_run(directory=tmp_path):
        pytest.fail("entered")


def test_a_record_that_cannot_be_completed_is_a_warning(repo: GitRunner) -> None:
    def block() -> None:
        with record_run(directory=repo.top) as run:
            (run.folder / "record.json").unlink()
            (run.folder / "record.json" / "x").mkdir(parents=True)

    with pytest.warns(RuntimeWarning, match="covers only the beginning"):
        block()


def test_the_fixture_records_the_test_that_uses_it_and_no_other(repo: GitRunner) -> None:
    repo.write(
        {
            "test_it.py": "def test_a(recorded_run):\n    recorded_run.note(correlation=0.5)\n"
            "    assert False\ndef test_b():\n    pass\n"
        }
    )
    plugin = "bisect_parity.recording.pytest_plugin"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", plugin, "-p", "no:cacheprovider", "test_it.py"],
        cwd=repo.top,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 1 passed" in done.stdout, done
    (found,) = repo.top.rglob("record.json")
    told = read_bundle(found.parent)
    assert told["notes"] == {"test": "test_it.py::test_a", "correlation": 0.5, "outcome": "failed"}


def test_a_run_that_is_over_is_told_as_such(repo: GitRunner) -> None:
    repo.write({"results/x.json": "{}"})
    words = ["--post-run", "results", "--status", "3", "--began", "2025-09-08T10:00:00-07:00", "--json"]
    done = subprocess.run(
        [*TOOL, *words, "--", "make", "run"], cwd=repo.top, capture_output=True, check=False
    )
    assert done.returncode == 0, done
    told = json.loads(done.stdout)
    assert (told["how"], told["run"]["argv"], told["run"]["exit_status"]) == ("after", ["make", "run"], 3)
    assert told["run"]["started"] == "2025-09-08T17:00:00.000Z"
    assert "written after the run" in told["says"][0]
    assert [one["path"] for one in told["outputs"]] == ["results/x.json"]
    again = subprocess.run([*TOOL, "--post-run", "results"], cwd=repo.top, capture_output=True, check=False)
    assert (again.returncode, b"is not empty" in again.stderr) == (3, True)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--post-run", "src", "--out", "x"],
        ["--post-run", "src", "--began", "noon"],
        ["--post-run", "none"],
    ],
)
def test_what_cannot_be_meant_is_usage(repo: GitRunner, words: list[str]) -> None:
    done = subprocess.run([*TOOL, *words], cwd=repo.top, capture_output=True, check=False)
    assert done.returncode == 2
    assert not list(repo.top.rglob("record.json"))


@pytest.mark.parametrize("number", [0, 1])
def test_the_snippets_of_the_documentation_work_in_sh(repo: GitRunner, tmp_path: Path, number: int) -> None:
    snippet = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", DOCS.read_text(), re.DOTALL)[number]
    script = tmp_path / "bench.sh"
    script.write_text(snippet)
    (tmp_path / "bisect-parity").write_text(f'#!/bin/sh\nexec {sys.executable} -P -m bisect_parity "$@"\n')
    (tmp_path / "bisect-parity").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", str(script), "an argument"],
        cwd=repo.top,
        env=os.environ | {"PATH": path},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, b"running an argument\n"), done
    (found,) = repo.top.rglob("record.json")
    told = read_bundle(found.parent)
    assert (told["git"]["commit"], told["run"]["exit_status"]) == (repo.head, 4)
    assert told["how"] == ("command", "after")[number]


def test_of_very_many_files_the_first_are_told_and_how_many_there_are(
    repo: GitRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "MOST_FILES", 3)
    monkeypatch.setattr(outputs, "MOST_IGNORED", 4)
    monkeypatch.setattr(outputs, "CLOCK_NS", 0)  # the ignored files were written a moment ago
    monkeypatch.setattr(tree, "MOST_UNTRACKED", 2)
    repo.write({".gitignore": "cache/\n", **{f"cache/{number}.bin": "x" for number in range(5)}})
    for number in range(4):
        (repo.top / f"{number}.left").write_text("left behind")
    with record_run(tmp_path / "bundle", directory=repo.top) as run:
        for number in range(5):
            (run.folder / f"{number}.dat").write_text("pixels")
    document = read_bundle(tmp_path / "bundle")
    assert (len(document["outputs"]), len(document["git"]["untracked"])) == (3, 2)
    assert "5 files were written: only the first 3 are listed" in document["says"]
    assert "4 untracked files were there: only the first 2 are listed" in document["says"]
    assert "more than 4 files are ignored by git: the first 4 were looked at" in document["says"]
    (repo.top / "cache/4.bin").unlink()
    with record_run(tmp_path / "fewer", directory=repo.top):
        pass
    assert not any("ignored" in one for one in read_bundle(tmp_path / "fewer")["says"])
