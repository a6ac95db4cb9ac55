"""The names of bundles and the messages of commits speak of the commit that was run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.provenance.mentions import message_records, name_records
from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
ID = "1a2b3c4"


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        (f"results/{ID}", [ID]),
        (f"results/{ID.upper()}-dirty", [ID]),
        (f"results/20251009_{ID}/gpu", [ID]),
        (f"results/v1.2.0-3-g{ID}.json", [ID]),
        (f"results/{ID}_gpu.json#line 3", [ID]),
        ("results/v1.2.0", ["v1.2.0"]),
        ("results/1.3.0rc1.json", ["1.3.0rc1", "v1.3.0rc1"]),
        ("results/solver-1.2", ["solver-1.2"]),
    ],
)
def test_a_name_speaks_of_ids_and_versions(path: str, texts: list[str]) -> None:
    assert [record.text for record in name_records(path)] == texts


@pytest.mark.parametrize(
    "path",
    [
        "results/20251009",
        "results/20251009-161714",
        "results/feedbacc",
        "results/1234567",
        f"results/x{ID}y",
        "a/b.c",
    ],
)
def test_stamps_and_words_are_no_ids(path: str) -> None:
    assert name_records(path) == ()


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (f"Benchmark results at {ID}", ID),
        (f"Add results\n\nRun-at: {ID}\n", ID),
        (f"Results of the run ({ID[:3]})\n\ncommit {ID}\n", ID),
        ("Timings for v1.3.0", "v1.3.0"),
    ],
)
def test_a_message_that_speaks_of_a_run_names_what_was_run(message: str, text: str) -> None:
    assert [record.text for record in message_records(message, "r")] == [text]


@pytest.mark.parametrize(
    "message",
    [
        f"Revert the results of {ID}",
        f"Add results\n\nThis reverts commit {ID}.\n",
        f"Add results\n\n(cherry picked from commit {ID})\n",
        f"Results: fixes the regression from {ID}",
        f"Tidy up the code of {ID}",
        f"Results {ID}",
        "",
    ],
)
def test_other_commits_that_a_message_names_were_not_run(message: str) -> None:
    assert message_records(message, "r") == ()


@given(st.text(max_size=300), st.text(max_size=100))
def test_no_text_makes_it_fail(message: str, path: str) -> None:
    assert all(record.text for record in (*message_records(message, path), *name_records(path)))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Runs that state neither time nor id, committed days after the commits that were run."""
    repo = GitRunner(tmp_path_factory.mktemp("names") / "r")
    commits = [repo.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(5)]
    repo.git("tag", "v1.2.0", commits[2])
    short = commits[1][:8]
    folders = [f"results/{short}", "results/v1.2.0", f"benchmarks/{short}.json", "benchmarks/1.2.0.json"]
    files = {
        name if name.endswith(".json") else f"{name}/benchmark_results.json": json.dumps(
            {"correlation": n / 8}
        )
        for n, name in enumerate(folders)
    }
    repo.commit(files, "results", when=EPOCH + 90 * HOUR)
    said = {"results/said/benchmark_results.json": json.dumps({"correlation": 0.9})}
    repo.commit(said, f"Benchmarks at {short}", when=EPOCH + 95 * HOUR)
    gone = {"results/0badc0de1/benchmark_results.json": json.dumps({"correlation": 0.95})}
    repo.commit(gone, "more results", when=EPOCH + 99 * HOUR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    return repo.top, commits


def test_the_commit_that_a_name_or_message_speaks_of_is_recorded(history: tuple[Path, list[str]]) -> None:
    top, commits = history
    found = resolutions(top)
    names = [
        (f"results/{commits[1][:8]}", 1),
        ("results/v1.2.0", 2),
        (f"benchmarks/{commits[1][:8]}.json", 1),
        ("benchmarks/1.2.0.json", 2),
        ("results/said", 1),
    ]
    for name, place in names:
        assert found[name].commit == commits[place], name
        assert found[name].resolution_class in (ResolutionClass.CONFIRMED, ResolutionClass.RECORDED)
    assert any("its name says" in clue.says for clue in found["results/v1.2.0"].clues)
    assert [clue for clue in found["results/0badc0de1"].clues if clue.kind == "record"] == []


def test_names_and_messages_are_hidden_with_the_ids(history: tuple[Path, list[str]]) -> None:
    top, commits = history
    found = resolutions(top, blind=True)[f"results/{commits[1][:8]}"]
    assert found.commit != commits[1]
    assert all(clue.kind != "record" for clue in found.clues)


def test_a_note_at_a_commit_names_the_folder_of_its_results(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path)
    tested = repo.commit({"a.py": "A = 1\n"}, "code", when=EPOCH)
    repo.git("notes", "--ref=bench", "add", "-m", "seen: results/ep2, results/exp1/m.json.", tested)
    ours = ("--ref=bisect-parity", "add", "-m", "results/exp2")  # what we inferred is no evidence
    repo.git("notes", *ours, tested)
    repo.commit({"a.py": "A = 2\n"}, "more code", when=EPOCH + HOUR)
    for number in (1, 2):
        repo.commit(
            {f"results/exp{number}/m.json": f'{{"rmse": 0.{number}}}'}, "results", when=EPOCH + 9 * HOUR
        )
    found = resolutions(tmp_path)
    noted, other = found["results/exp1"], found["results/exp2"]
    assert noted.commit == tested
    assert noted.probability > 0.8
    (clue,) = [clue for clue in noted.clues if clue.kind == "record"]
    assert (clue.source.path, clue.source.line) == ("refs/notes/bench", 1)
    assert clue.says.startswith("a note at that commit says")
    assert other.commit != tested
