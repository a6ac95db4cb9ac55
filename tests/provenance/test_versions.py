"""The version of the project itself that a run states is held against those that its candidates declare."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.evidence.model import Parameter, Source
from bisect_parity.provenance.versions import declared_version, stated_version
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

HOUR = 3600
DAY = datetime.fromtimestamp(EPOCH, UTC).date().isoformat()


@pytest.mark.parametrize(
    ("path", "content", "version"),
    [
        (
            "pyproject.toml",
            '[project]\nname = "x"\nversion = "1.4.2"\n[tool.ruff]\ntarget-version = "py3"\n',
            "1.4.2",
        ),
        ("pyproject.toml", '[project]\ndynamic = ["version"]\n[tool.mypy]\npython_version = "3.11"\n', None),
        ("setup.py", "setup(\n    name='x',\n    version='1.4.2rc1',\n)", "1.4.2rc1"),
        ("setup.cfg", "[metadata]\nversion = 1.4.2\n", "1.4.2"),
        ("setup.cfg", "[metadata]\nversion = attr: x.__version__\n", None),
        ("x/__init__.py", '__version__: str = "1.4.2.dev3"\n', "1.4.2.dev3"),
        (
            "CMakeLists.txt",
            "cmake_minimum_required(VERSION 3.20)\nproject(x\n  VERSION 1.4.2 LANGUAGES C)",
            "1.4.2",
        ),
        ("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\nproject(x C)", None),
        ("meson.build", "project('x', 'c', version : '1.4.2')", "1.4.2"),
        ("Project.toml", 'name = "X"\nversion = "1.4.2"\n', "1.4.2"),
        ("package.json", '{\n  "name": "x",\n  "version": "1.4.2"\n}', "1.4.2"),
        ("VERSION", "v1.4.2\n", "1.4.2"),
        ("VERSION", "see 1.4.2\n", None),
    ],
)
def test_each_kind_of_file_declares_its_version_in_its_own_way(
    path: str, content: str, version: str | None
) -> None:
    assert declared_version(path, content) == version


@pytest.mark.parametrize(
    ("name", "value", "version"),
    [
        ("packages.solver", "1.4.2", "1.4.2"),
        ("package solver", "1.4.2", "1.4.2"),
        ("solver.__version__", "1.4.2", "1.4.2"),
        ("solver_version", "v1.4", "1.4"),
        ("version", "1.4.2", "1.4.2"),
        ("code.version", "1.4.2", "1.4.2"),
        ("source", "Solver 1.4.2 (double)", "1.4.2"),
        ("version", "1.4", None),  # of a format, perhaps
        ("torch.version", "1.4.2", None),
        ("packages.numpy", "1.4.2", None),
        ("machine.python_version", "3.11.7", None),
        ("source", "Dataset 1.4.2", None),
    ],
)
def test_what_is_the_version_of_the_project_is_told_by_its_name_or_by_a_plain_key(
    name: str, value: str, version: str | None
) -> None:
    found = stated_version([Parameter(name, value, Source("x"))], frozenset({"solver"}))
    assert (None if found is None else found.version) == version


def history(top: Path, files: dict[str, str], *, tags: bool = False) -> tuple[GitRunner, list[str]]:
    """Six commits an hour apart; the version goes from 1.4.1 to 1.4.2 with the fourth."""
    repo = GitRunner(top)
    commits = []
    for n in range(6):
        version = "1.4.2" if n >= 3 else "1.4.1"
        written = {path: text.replace("@", version) for path, text in files.items()}
        commits.append(repo.commit({"src/a.py": f"A = {n}\n"} | written, "code", when=EPOCH + n * HOUR))
        if tags and n in (1, 3):
            repo.git("tag", f"v{version}")
    return repo, commits


def of(repo: GitRunner, document: dict[str, Any], *, blind: bool = False) -> Resolution:
    """The answer for a run that states this and a day, committed in the end."""
    text = json.dumps({"rmse": 0.9, "date": DAY} | document)
    repo.commit({"results/a/benchmark_results.json": text}, "results", when=EPOCH + 9 * HOUR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    return resolutions(repo.top, blind=blind)["results/a"]


PYTHON = {"pyproject.toml": '[project]\nname = "solver"\nversion = "@"\n'}


@pytest.mark.parametrize(
    ("files", "stated"),
    [
        (PYTHON, {"packages": {"solver": "1.4.1"}}),
        ({"src/solver/__init__.py": '__version__ = "@"\n'}, {"solver_version": "1.4.1"}),
        ({"CMakeLists.txt": "project(solver VERSION @)\n"}, {"version": "1.4.1"}),
    ],
    ids=["pyproject", "module", "cmake"],
)
def test_commits_of_another_version_lose_their_probability(
    tmp_path: Path, files: dict[str, str], stated: dict[str, Any]
) -> None:
    repo, commits = history(tmp_path / "r", files)
    found = of(repo, stated, blind=True)
    of_old = sum(each.probability for each in found.candidates if each.commit in commits[:3])
    assert 0.5 < of_old < 0.9
    (clue,) = (clue for clue in found.clues if clue.kind == "version")
    assert clue.says.startswith("the run states version 1.4.1: ")
    assert clue.weight < -3  # the newest commit is still the likeliest one, and it does not fit
    assert clue.source.path == "results/a/benchmark_results.json"


def test_an_older_release_may_have_run_or_the_metadata_may_be_old(tmp_path: Path) -> None:
    """Whoever has 1.4.2 checked out may have 1.4.1 installed, or 1.4.2 with what was written for 1.4.1."""
    repo = GitRunner(tmp_path / "r")
    for number in range(4):
        files = {path: text.replace("@", f"1.4.{number}") for path, text in PYTHON.items()}
        repo.commit({"src/a.py": f"A = {number}\n"} | files, "code", when=EPOCH + number * 240 * HOUR)
    late = datetime.fromtimestamp(EPOCH + 800 * HOUR, UTC).isoformat()
    text = json.dumps({"rmse": 0.9, "timestamp": late, "packages": {"solver": "1.4.2"}})
    repo.commit({"results/a/benchmark_results.json": text}, "results", when=EPOCH + 900 * HOUR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = resolutions(repo.top)["results/a"]
    old, new = repo.git("rev-parse", "HEAD~2", "HEAD~1").split()
    probable = {each.commit: each.probability for each in found.candidates}
    assert 0.2 < probable[old] < probable[new] < 0.6
    assert found.resolution_class == "ambiguous"


@pytest.mark.parametrize("stated", ["9.9.9", "1.4.2.dev1"])
def test_a_version_that_no_candidate_declares_says_nothing(tmp_path: Path, stated: str) -> None:
    repo, commits = history(tmp_path / "r", PYTHON)
    found = of(repo, {"packages": {"solver": stated}})
    assert found.commit == commits[-1]


def test_where_tags_tell_the_version_a_release_was_made_at_its_tag(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[project]\nname = "solver"\n[build-system]\nrequires = ["setuptools_scm"]\n'}
    repo, commits = history(tmp_path / "r", files, tags=True)
    found = of(repo, {"packages": {"solver": "1.4.2"}})
    (clue,) = (clue for clue in found.clues if clue.kind == "version")
    rival = next(each.commit for each in found.candidates if each.commit != found.commit)
    assert commits[3] in (found.commit, rival)
    assert abs(clue.weight) > 3


def test_a_folder_that_is_called_as_a_tool_does_not_make_its_version_the_projects(tmp_path: Path) -> None:
    files = PYTHON | {"python/solver.py": "A = 1\n"}
    repo, _ = history(tmp_path / "r", files)
    found = of(repo, {"python": "3.11.7", "packages": {"solver": "1.4.1"}})
    (clue,) = (clue for clue in found.clues if clue.kind == "version")
    assert clue.says.startswith("the run states version 1.4.1: ")
