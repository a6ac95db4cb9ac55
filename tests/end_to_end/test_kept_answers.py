"""Answers that are kept between calls: the same to the last byte, and gone with whatever they depend on."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity import kept
from bisect_parity.history.repository import GitCommands
from tests.end_to_end.world import BUNDLE, OTHER, RESULTS, call, copy_of, small_history

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.git import GitRunner
    from tests.end_to_end.world import Answer


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what was made a moment ago for settled."""
    monkeypatch.setattr(kept, "COARSEST_CLOCK_NS", -(10**18))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> GitRunner:
    made = small_history(tmp_path_factory.mktemp("kept") / "r")
    made.commit(
        {
            f"{OTHER}/benchmark_results.json": '[{"size": 4096, "correlation_warm": 0.5}]',
            "results/many.jsonl": "".join(
                json.dumps({"time": f"2025-09-08T16:0{minute}:20Z", "loss": minute}) + "\n"
                for minute in range(1, 4)
            ),
        },
        "Other runs",
    )
    return made


@pytest.fixture
def made(original: GitRunner, tmp_path: Path) -> GitRunner:
    return copy_of(original, tmp_path / "r")


class Commands:
    """Calls of the tool, and how many processes of git each has started."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], made: GitRunner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.capsys, self.made, self.started = capsys, made, 0
        original = GitCommands.execute

        def counted(commands: GitCommands, *arguments: Any, **options: Any) -> Any:
            self.started += 1
            return original(commands, *arguments, **options)

        monkeypatch.setattr(GitCommands, "execute", counted)

    def __call__(self, *words: object) -> tuple[Answer, int]:
        self.started = 0
        answer = call(self.capsys, *words, "--repo", self.made.top)
        return answer, self.started


@pytest.fixture
def commands(
    capsys: pytest.CaptureFixture[str], made: GitRunner, monkeypatch: pytest.MonkeyPatch
) -> Commands:
    return Commands(capsys, made, monkeypatch)


@pytest.mark.parametrize(
    "words",
    [
        ("provenance", "--json"),
        ("provenance", "--explain"),
        ("provenance", "--blind", "--json"),
        ("audit", "--json"),
        ("params", BUNDLE, OTHER, "--json"),
        ("diagnose", "--good", BUNDLE, "--bad", OTHER, "--json"),
    ],
    ids=" ".join,
)
def test_the_second_answer_is_the_first(commands: Commands, words: tuple[str, ...]) -> None:
    first, before = commands(*words)
    second, after = commands(*words)
    assert second == first
    assert after < before


def test_a_named_bundle_needs_nothing_else(commands: Commands, made: GitRunner) -> None:
    everything, _ = commands("provenance", "--json")
    one, after = commands("provenance", made.top / BUNDLE, "--json")
    assert json.loads(one.out)["bundles"] == [
        item for item in json.loads(everything.out)["bundles"] if item["path"] == BUNDLE
    ]
    assert after <= 4, "what git was asked is where the repository lies"


def rewritten(made: GitRunner) -> None:
    """The same size and the same time as before."""
    path = made.top / BUNDLE / RESULTS
    status = path.stat()
    path.write_text(path.read_text().replace("0.9999", "0.9998"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def settings(made: GitRunner) -> None:
    (made.top / "bisect-parity.toml").write_text('[code]\npaths = ["src"]\n')


CHANGES: dict[str, Callable[[GitRunner], object]] = {
    "a file of a bundle": rewritten,
    "the time of one": lambda made: os.utime(made.top / BUNDLE / RESULTS, (1, 1)),
    "a new file": lambda made: (made.top / BUNDLE / "run.log").write_text("2025-09-08 16:01:00 begun\n"),
    "a file less": lambda made: (made.top / BUNDLE / "env.json").unlink(),
    "a new bundle": lambda made: shutil.copytree(made.top / BUNDLE, made.top / "reports/20250908T160030Z"),
    "a commit": lambda made: made.commit({"src/a.py": "A = 4\n"}, "More"),
    "a branch": lambda made: made.git("branch", "b", "HEAD~2"),
    "the history of HEAD": lambda made: made.git("update-ref", "-m", "x", "HEAD", "HEAD~1"),
    "the settings": settings,
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_is_seen(commands: Commands, made: GitRunner, name: str) -> None:
    commands("provenance", "--json")
    CHANGES[name](made)
    again, asked = commands("provenance", "--json")
    assert asked > 4, "the answer was kept"
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    assert again == commands("provenance", "--json")[0]


def test_nothing_is_kept_of_what_was_written_a_moment_ago(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "COARSEST_CLOCK_NS", 10**12)
    _, before = commands("provenance", "--json")
    _, after = commands("provenance", "--json")
    assert after == before
