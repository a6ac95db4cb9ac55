"""A commit that a run does not name but describes, by its subject or its date, is taken as written down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from bisect_parity.provenance.model import Resolution

HOUR = 3600
SUBJECTS = ("Solve by hand", "Fix the sign of the phase", "wip", "wip", "Faster sums", "Tidy up")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[GitRunner, list[str]]:
    """A commit each hour; two of them have the same subject."""
    repo = GitRunner(tmp_path_factory.mktemp("described") / "r")
    commits = [
        repo.commit({"src.py": f"A = {n}\n"}, f"{subject}\n\nMore.", when=EPOCH + n * HOUR)
        for n, subject in enumerate(SUBJECTS)
    ]
    return repo, commits


def of(history: tuple[GitRunner, list[str]], name: str, text: str, *, blind: bool = False) -> Resolution:
    """The answer for a run that holds this file, committed with the last commit checked out."""
    repo, commits = history
    repo.git("reset", "-q", "--hard", commits[-1])
    figures = json.dumps({"correlation_warm": 0.9})
    files = {"results/a/benchmark_results.json": figures} | {f"results/a/{name}": text}
    repo.commit(files, "results", when=EPOCH + 9 * HOUR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    return resolutions(repo.top, blind=blind)["results/a"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("env.json", json.dumps({"commit_message": SUBJECTS[1]})),
        ("env.json", json.dumps({"git": {"message": f"{SUBJECTS[1]}\n\nMore.", "dirty": False}})),
        ("env.json", json.dumps({"last_commit_subject": SUBJECTS[1]})),
        ("notes.md", f"**Commit message:** `{SUBJECTS[1]}`\n"),
        ("env.json", json.dumps({"git": {"date": EPOCH + HOUR}})),
        ("env.json", json.dumps({"git_commit_date": EPOCH + HOUR})),
        ("notes.md", f"Commit date: {datetime.fromtimestamp(EPOCH + HOUR, UTC).isoformat()}\n"),
    ],
)
def test_a_subject_or_a_date_that_one_commit_has_names_it(
    history: tuple[GitRunner, list[str]], name: str, text: str
) -> None:
    found = of(history, name, text)
    assert found.commit == history[1][1]
    assert found.resolution_class in (ResolutionClass.RECORDED, ResolutionClass.CONFIRMED)
    assert any(
        clue.kind == "record" and "the repository has that commit" in clue.says for clue in found.clues
    )


def test_a_subject_that_several_commits_have_weighs_among_them(history: tuple[GitRunner, list[str]]) -> None:
    found = of(history, "env.json", json.dumps({"commit_message": "wip"}))
    of_both = sum(each.probability for each in found.candidates if each.commit in history[1][2:4])
    before = of(history, "env.json", json.dumps({"commit_message": "no such subject"}))
    was = sum(each.probability for each in before.candidates if each.commit in history[1][2:4])
    assert of_both / (1 - of_both) > 5 * was / (1 - was)
    assert any("one of several commits here" in clue.says for clue in found.clues)


@pytest.mark.parametrize(
    "document", [{"commit_message": "no such subject"}, {"message": SUBJECTS[1]}, {"title": SUBJECTS[1]}]
)
def test_what_describes_no_commit_says_nothing(
    history: tuple[GitRunner, list[str]], document: dict[str, Any]
) -> None:
    found = of(history, "env.json", json.dumps(document))
    assert (found.commit, found.note) == (history[1][-1], "")


def test_an_id_that_stands_beside_a_subject_is_believed(history: tuple[GitRunner, list[str]]) -> None:
    document = {"commit": history[1][4], "commit_message": SUBJECTS[1]}
    assert of(history, "env.json", json.dumps(document)).commit == history[1][4]


def test_where_ids_are_hidden_descriptions_are_too(history: tuple[GitRunner, list[str]]) -> None:
    found = of(history, "env.json", json.dumps({"commit_message": SUBJECTS[1]}), blind=True)
    assert found.commit == history[1][-1]


def test_a_line_of_git_log_names_its_commit(history: tuple[GitRunner, list[str]]) -> None:
    document = {"git_log": f"{history[1][1][:8]} {SUBJECTS[1]}"}
    assert of(history, "env.json", json.dumps(document)).commit == history[1][1]
