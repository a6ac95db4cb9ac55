"""What only mentions a commit is believed if that commit is here, and says nothing if it is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

HOUR = 3600
ELSEWHERE = "e" * 40


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[GitRunner, list[str]]:
    """A commit each hour; the second one has a tag."""
    repo = GitRunner(tmp_path_factory.mktemp("mentions") / "r")
    commits = [repo.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(5)]
    repo.git("tag", "v1.2.0", commits[1])
    return repo, commits


def of(history: tuple[GitRunner, list[str]], document: dict[str, Any]) -> Resolution:
    """The answer for a run that states this, committed with the last commit checked out."""
    repo, commits = history
    top: Path = repo.top
    repo.git("reset", "-q", "--hard", commits[-1])
    text = json.dumps({"correlation_warm": 0.9} | document)
    repo.commit({"results/a/benchmark_results.json": text}, "results", when=EPOCH + 9 * HOUR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("prune", "--expire=now")  # the commits of earlier calls are lost ones, which count
    return resolutions(top)["results/a"]


@pytest.mark.parametrize(
    "document",
    [
        {"packages": {"mypkg": "1.2.1.dev1+g{id:.8}"}},
        {"version": "v1.2.0-1-g{id:.7}"},
        {"env": {"GITHUB_SHA": "{id}"}},
        {"image": "registry.example/solver:{id:.12}"},
        {"code": {"url": "https://example.org/a/b", "commit": "{id}"}},
        {"tested_commit": "{id:.8}"},
        {"image_tag": "main-{id:.8}"},
        {"app_version": "1.2.3 (Commit {id:.8})"},
        {"event": {"after": "{id}", "before": "parent"}},
    ],
    ids=["version", "describe", "server", "image", "address", "key", "tag", "words", "whole"],
)
def test_the_commit_is_recorded(history: tuple[GitRunner, list[str]], document: dict[str, Any]) -> None:
    _, commits = history
    text = json.dumps(document)
    text = text.replace("parent", commits[1])
    for written in ("{id:.8}", "{id:.7}", "{id:.12}", "{id}"):
        text = text.replace(written, written.format(id=commits[2]))
    found = of(history, json.loads(text))
    assert found.commit == commits[2]
    assert found.resolution_class in (ResolutionClass.CONFIRMED, ResolutionClass.RECORDED)


def test_ids_without_a_telling_key_count_if_they_agree(history: tuple[GitRunner, list[str]]) -> None:
    _, commits = history
    assert of(history, {"a": commits[2], "b": commits[2]}).commit == commits[2]
    assert of(history, {"a": commits[2], "b": commits[1]}).commit == commits[4]
    assert of(history, {"a": commits[2], "git_sha": commits[3]}).commit == commits[3]


def test_an_id_without_a_telling_key_yields_to_a_time(history: tuple[GitRunner, list[str]]) -> None:
    _, commits = history
    when = {"start_time": EPOCH + 4.5 * HOUR, "correlation_cold": 0.9}
    assert of(history, when | {"tag": f"main-{commits[1][:8]}"}).commit == commits[4]
    assert of(history, when | {"commit_short": commits[4][:8]}).commit == commits[4]


def test_a_tag_that_is_not_here_names_nothing_though_what_git_says_is_as_long_as_an_id(
    history: tuple[GitRunner, list[str]],
) -> None:
    _, commits = history
    text = "v1.2.0-beta.1"
    assert len(f"refs/tags/{text}^{{commit}} missing") == len(commits[0])
    assert of(history, {"git_tag": text}).commit == commits[4]


def test_a_tag_names_its_commit_unless_an_id_stands_beside_it(
    history: tuple[GitRunner, list[str]],
) -> None:
    _, commits = history
    assert of(history, {"git_tag": "v1.2.0"}).commit == commits[1]
    nearest = of(history, {"git_tag": "v1.2.0", "git_sha": commits[3]})
    assert (nearest.commit, nearest.note) == (commits[3], "")


@pytest.mark.parametrize(
    "document",
    [
        {"packages": {"other": f"2.0.dev1+g{ELSEWHERE[:8]}"}},
        {"git_tag": "v9.9.9"},
        {"code": {"url": "https://example.org/a/b", "commit": ELSEWHERE}},
    ],
    ids=["version", "tag", "address"],
)
def test_what_is_not_here_says_nothing(
    history: tuple[GitRunner, list[str]], document: dict[str, Any]
) -> None:
    told, untold = of(history, document), of(history, {})
    assert [clue for clue in told.clues if clue.kind == "record"] == []
    assert told.probability == pytest.approx(untold.probability)
