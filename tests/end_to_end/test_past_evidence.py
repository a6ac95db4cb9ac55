"""Bundles that are no longer in the working tree: listed, and resolved when they are named."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.world import BUNDLE, OTHER, RESULTS, call, small_history

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.git import GitRunner


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> GitRunner:
    """One bundle was deleted, one is there, and one was moved."""
    made = small_history(tmp_path_factory.mktemp("past") / "r")
    made.commit({f"{OTHER}/{RESULTS}": '[{"size": 64, "correlation_warm": 0.5}]'}, "Another run")
    made.commit({"reports/old-20250908T160600Z/env.json": '{"python": "3.12.1", "x": 1}'}, "A third one")
    made.commit(
        {
            f"{BUNDLE}/{RESULTS}": None,
            f"{BUNDLE}/env.json": None,
            "reports/old-20250908T160600Z/env.json": None,
            "reports/new-20250908T160600Z/env.json": '{"python": "3.12.1", "x": 1}',
        },
        "Tidied up",
    )
    return made


def told(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, dict[str, Any]]:
    answer = call(capsys, "provenance", "--json", *words)
    assert answer.status == 0, answer.err
    return {bundle["path"]: bundle for bundle in json.loads(answer.out)["bundles"]}


def test_a_deleted_bundle_is_listed_and_a_moved_one_only_where_it_is(
    history: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "--repo", history.top)
    assert set(found) == {BUNDLE, OTHER, "reports/new-20250908T160600Z"}
    assert found[BUNDLE]["commit"] == history.rev("main~4")
    assert "no longer in the working tree" in found[BUNDLE]["note"]
    assert "no longer" not in found[OTHER]["note"]


def test_a_deleted_bundle_that_shares_a_file_with_another_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small_history(tmp_path / "r")
    same = {f"{OTHER}/env.json": '{"python": "3.11.9"}'}
    made.commit({f"{OTHER}/{RESULTS}": '[{"size": 64, "correlation_warm": 0.5}]', **same}, "Another run")
    made.commit({f"{BUNDLE}/{RESULTS}": None, f"{BUNDLE}/env.json": None}, "Tidied up")
    assert set(told(capsys, "--repo", made.top)) == {BUNDLE, OTHER}


def test_a_folder_of_deleted_bundles_stands_for_these(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small_history(tmp_path / "r")
    made.commit({f"{OTHER}/{RESULTS}": '[{"size": 64, "correlation_warm": 0.5}]'}, "Another run")
    made.git("rm", "-r", "-q", "reports")
    made.commit({"src/a.py": "A = 9\n"}, "Tidied up")
    assert set(told(capsys, "--repo", made.top, made.top / "reports")) == {BUNDLE, OTHER}
    assert set(told(capsys, "--repo", made.clone(tmp_path / "b", "--bare").top, "reports")) == {BUNDLE, OTHER}


def test_named_bundles_are_resolved_whether_they_are_there_or_not(
    history: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = told(capsys, "--repo", history.top)
    found = told(capsys, "--repo", history.top, history.top / OTHER, history.top / BUNDLE)
    assert list(found) == [OTHER, BUNDLE]
    assert {path: item["commit"] for path, item in found.items()} == {
        path: everything[path]["commit"] for path in (OTHER, BUNDLE)
    }


def test_a_bare_repository_tells_what_its_work_tree_would(
    history: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history.clone(tmp_path / "bare.git", "--bare")
    everything = told(capsys, "--repo", tmp_path / "bare.git")
    assert set(everything) == {BUNDLE, OTHER, "reports/new-20250908T160600Z"}
    found = told(capsys, "--repo", tmp_path / "bare.git", BUNDLE, f"./{OTHER}/")
    assert set(found) == {OTHER, BUNDLE}


def test_a_file_that_was_deleted_can_be_named(history: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"{BUNDLE}/benchmark_results.json"
    found = told(capsys, "--repo", history.top, history.top / name)
    assert set(found) == {name}
    assert "read from git" in found[name]["note"]


@pytest.mark.parametrize("name", ["reports/never", "../elsewhere", "reports/20250908T160130Z/nothing"])
def test_a_folder_that_no_commit_had_is_told_as_such(
    history: GitRunner, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    answer = call(capsys, "provenance", "--repo", history.top, history.top / name)
    answer.is_told(3, "no commit had it")


def test_where_all_bundles_were_deleted_these_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small_history(tmp_path / "r")
    before = told(capsys, "--repo", made.top)[BUNDLE]
    made.commit({f"{BUNDLE}/{RESULTS}": None, f"{BUNDLE}/env.json": None}, "Tidied up")
    for words in ((), ("--out", made.top / "out")):
        found = told(capsys, "--repo", made.top, *words)
        assert set(found) == {BUNDLE}
        assert found[BUNDLE]["commit"] == before["commit"]
    call(capsys, "diagnose", "--repo", made.top).is_told(3, "no evidence bundle found")


def test_the_parameters_of_a_deleted_bundle_are_those_that_it_had(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small_history(tmp_path / "r")
    before = call(capsys, "params", "--repo", made.top, BUNDLE, "--json")
    made.commit({f"{BUNDLE}/{RESULTS}": None, f"{BUNDLE}/env.json": None}, "Tidied up")
    for named in (BUNDLE, "reports", made.top / BUNDLE):
        after = call(capsys, "params", "--repo", made.top, named, "--json")
        assert json.loads(after.out)["unchanged"] == json.loads(before.out)["unchanged"]
    missing = call(capsys, "params", "--repo", made.top, "reports/absent")
    missing.is_told(3, "neither a folder of results nor a revision", "no commit had it")


@pytest.mark.parametrize(
    "how", ["deleted", "removed from the index", "left out of the checkout", "never checked out"]
)
def test_bundles_that_are_committed_but_not_there_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    made = small_history(tmp_path / "r")
    before = told(capsys, "--repo", made.top)
    place = made.top
    if how == "deleted":
        shutil.rmtree(made.top / "reports")
    elif how == "removed from the index":
        made.git("rm", "-rq", "reports")
    elif how == "left out of the checkout":
        made.git("sparse-checkout", "set", "src")
    else:
        place = tmp_path / "clone"
        made.git("clone", "-q", "--no-checkout", str(made.top), str(place))
    assert not (place / "reports").exists()
    found = told(capsys, "--repo", place)
    assert {path: item["commit"] for path, item in found.items()} == {
        path: item["commit"] for path, item in before.items()
    }


def test_a_bundle_that_was_moved_without_a_commit_is_listed_where_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small_history(tmp_path / "r")
    made.git("mv", BUNDLE, f"{BUNDLE}_moved")
    assert set(told(capsys, "--repo", made.top)) == {f"{BUNDLE}_moved"}


def test_where_the_results_were_left_out_of_a_partial_clone_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small_history(tmp_path / "r")
    made.git("config", "uploadpack.allowFilter", "true")
    place = tmp_path / "clone"
    made.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{made.top}", str(place))
    answer = call(capsys, "provenance", "--repo", place)
    answer.is_told(3, "no evidence bundle found", "partial clone lacks", "git fetch --refetch --no-filter")
    assert "partial" not in call(capsys, "provenance", "--repo", made.top, "--json").err
