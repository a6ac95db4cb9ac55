"""Copies of the code, and patches of it, that lie among results tell the commit that was run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

HOUR = 3600


def model(number: int) -> str:
    return "".join(f"step {line} of version {number}\n" for line in range(8))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[GitRunner, list[str]]:
    """Five versions of two files of one name, and of a third."""
    repo = GitRunner(tmp_path_factory.mktemp("copies") / "r")
    names = ("src/core/model.py", "src/port/model.py", "train.py")
    commits = [
        repo.commit({name: f"# {name}\n{model(n)}" for name in names}, "code", when=EPOCH + n * HOUR)
        for n in range(5)
    ]
    return repo, commits


def found(history: tuple[GitRunner, list[str]], files: dict[str, str], *, tracked: bool = True) -> Resolution:
    """The answer for a run that keeps these files, committed long after the last commit."""
    repo, commits = history
    repo.git("reset", "-q", "--hard", commits[-1])
    repo.git("clean", "-qfd")
    run = {
        "benchmark_results.json": json.dumps({"correlation_warm": 0.9, "timestamp": EPOCH + 5 * HOUR})
    } | files
    inside = {f"results/a/{name}": text for name, text in run.items()}
    if tracked:
        repo.commit(inside, "results", when=EPOCH + 200 * HOUR)
    else:
        repo.write(inside)
    repo.git("reflog", "expire", "--expire=now", "--all")
    return resolutions(repo.top)["results/a"]


@pytest.mark.parametrize(
    ("copy", "file", "tracked"),
    [
        ("train.py", "train.py", True),
        ("train.py", "train.py", False),
        ("code/core/model.py", "src/core/model.py", True),
    ],
    ids=["committed", "not committed", "in folders"],
)
def test_a_copy_of_the_code_tells_the_commit(
    history: tuple[GitRunner, list[str]], copy: str, file: str, *, tracked: bool
) -> None:
    _, commits = history
    assert found(history, {}, tracked=tracked).commit == commits[4]
    told = found(history, {copy: f"# {file}\n{model(3)}"}, tracked=tracked)
    assert told.commit == commits[3]
    (clue,) = (clue for clue in told.clues if clue.kind == "fingerprint")
    assert clue.source.path == f"results/a/{copy}"


@pytest.mark.parametrize(
    "copy",
    [
        {"model.py": f"# src/core/model.py\n{model(3)}"},  # of which file it is one cannot be told
        {"train.py": "# changed for this run\n"},
        {"other.py": f"# train.py\n{model(3)}"},
    ],
    ids=["of two files", "changed", "of none"],
)
def test_what_is_the_copy_of_no_version_says_nothing(
    history: tuple[GitRunner, list[str]], copy: dict[str, str]
) -> None:
    told, untold = found(history, copy), found(history, {})
    assert told.commit == untold.commit
    assert told.probability == pytest.approx(untold.probability)


def test_a_saved_patch_tells_the_commit_that_it_is_of_and_that_the_tree_was_dirty(
    history: tuple[GitRunner, list[str]],
) -> None:
    repo, commits = history
    repo.git("reset", "-q", "--hard", commits[2])
    (repo.top / "train.py").write_text(f"# train.py\n{model(2)}changed\n")
    patch = repo.git("diff")
    told = found(history, {"git_diff.txt": patch})
    assert told.commit == commits[2]
    assert told.dirty.value == "recorded"


def test_copies_are_read_where_they_lie(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = [repo.commit({"train.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(3)]
    link = tmp_path / "outside.py"
    link.write_text("A = 1\n")
    (repo.top / "results/a").mkdir(parents=True)
    (repo.top / "results/a/train.py").symlink_to(link)
    (repo.top / "results/a/benchmark_results.json").write_text(json.dumps({"correlation_warm": 0.9}))
    assert resolutions(repo.top)["results/a"].commit == commits[-1]


def test_copies_that_are_older_than_the_history_says_make_the_other_runs_doubtful(tmp_path: Path) -> None:
    def of_plain_run(version_run: int) -> float:
        """How sure the answer for a run without a copy is, where copies tell that others ran this version."""
        repo = GitRunner(tmp_path / f"r{version_run}")
        for n in range(12):
            repo.commit({"train.py": model(n)}, "code", when=EPOCH + n * HOUR)
            run = {"benchmark_results.json": json.dumps({"rmse": n / 7, "timestamp": EPOCH + n * HOUR + 600})}
            if n != 6:
                run |= {"code/train.py": model(max(n - version_run, 0))}
            files = {f"results/{n:02}/{name}": text for name, text in run.items()}
            repo.commit(files, "results", when=EPOCH + n * HOUR + 900)
        repo.git("reflog", "expire", "--expire=now", "--all")
        return resolutions(repo.top)["results/06"].probability

    assert of_plain_run(0) > 0.95
    assert of_plain_run(3) < 0.8
