"""Defaults at commits: which files are read, and each version of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.forked_map import forked_map, usable_cores
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.params import code
from bisect_parity.params.code import defaults_at
from bisect_parity.params.readers import LARGEST_FILE
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TypeVar

    from bisect_parity.params.code import CommitDefaults

    T = TypeVar("T")
    R = TypeVar("R")

STAMPED = "reports/20251009T070458Z/run.py"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str, str]:
    sandbox = Sandbox(tmp_path_factory.mktemp("code") / "r")
    first = sandbox.commit(
        {
            "src/a.py": "SIZE = 1\n",
            "src/b.py": "def f(:\n",
            "src/notes.txt": "SIZE = 9\n",
            "tests/test_a.py": "SIZE = 8\n",
            "tools/tests.py": "SIZE = 8\n",
            STAMPED: "SIZE = 7\n",
            "tools/bench.py": "import helper\nN = 1\n",
            "tools/helper.py": "M = 1\n",
            "tools/other.py": "K = 1\n",
        }
    )
    second = sandbox.commit({"src/a.py": "SIZE = 2\n", "src/b.py": None})
    return Repository.open(sandbox.top, Journal(None, ["test"])), first, second


def texts(found: CommitDefaults) -> dict[str, str]:
    return {name: value.text for name, value in found.values().items()}


def test_the_code_paths_and_the_programs_with_their_imports_are_read_at_each_commit(
    history: tuple[Repository, str, str],
) -> None:
    repository, first, second = history
    good, bad = defaults_at(repository, [first, second], ["src/"], ["./tools/bench.py", "gone.py"])
    assert texts(good) == {"src/a.py: SIZE": "1", "tools/bench.py: N": "1", "tools/helper.py: M": "1"}
    assert texts(bad) == texts(good) | {"src/a.py: SIZE": "2"}
    assert good.problems == ("src/b.py: line 1: syntax error; only what could be read around it is shown",)
    assert bad.problems == ()
    runs_only, _ = defaults_at(repository, [first, second], ["src/"], ["./tools/bench.py"], is_for_runs=True)
    assert texts(runs_only) == {"tools/bench.py: N": "1", "tools/helper.py: M": "1"}
    assert runs_only.files.keys() == good.files.keys()  # paths tell programs of one name apart
    assert runs_only.problems == ()


def test_a_value_knows_its_file_line_and_commit(history: tuple[Repository, str, str]) -> None:
    repository, first, _ = history
    (found,) = defaults_at(repository, [first], ["tools/bench.py"])
    value = found.values()["tools/bench.py: N"]
    assert (value.source.path, value.source.line, value.commit) == ("tools/bench.py", 2, first)


def test_without_code_paths_tests_and_evidence_are_left_out(history: tuple[Repository, str, str]) -> None:
    repository, first, _ = history
    (found,) = defaults_at(repository, [first])
    assert set(found.files) == {
        "src/a.py",
        "src/b.py",
        "tools/bench.py",
        "tools/helper.py",
        "tools/other.py",
    }


def test_a_file_that_is_named_is_read_wherever_it_lies(history: tuple[Repository, str, str]) -> None:
    repository, first, _ = history
    (found,) = defaults_at(repository, [first], [STAMPED, "tests"])
    assert texts(found) == {f"{STAMPED}: SIZE": "7", "tests/test_a.py: SIZE": "8"}


def test_no_commits_and_no_files_give_nothing(history: tuple[Repository, str, str]) -> None:
    repository, first, _ = history
    assert defaults_at(repository, [], ["src"]) == []
    assert defaults_at(repository, [first], ["nowhere"])[0].values() == {}


def test_where_many_files_are_the_same_at_all_commits_the_others_are_read_and_it_is_said(
    history: tuple[Repository, str, str],
) -> None:
    repository, first, second = history
    good, bad = defaults_at(repository, [first, second], most_unchanged=2)
    assert set(good.files) == {"src/a.py", "src/b.py"}
    assert set(bad.files) == {"src/a.py"}
    assert good.problems[0] == "3 files that are the same at all commits"


def test_too_many_files_are_left_out_at_all_commits_alike(
    history: tuple[Repository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "MOST_FILES", 2)
    repository, first, second = history
    good, bad = defaults_at(repository, [first, second])
    assert (set(good.files), set(bad.files)) == ({"src/a.py", "src/b.py"}, {"src/a.py"})
    assert bad.problems == ("all but the first 2 files; name fewer in [params] paths",)


def test_changed_files_of_a_format_that_is_not_read_are_told(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    first = sandbox.commit(
        {"system/controlDict": "deltaT 1;", "same.xyz": "1", "docs/x.xyz": "1", "a.json": "{}"}
    )
    second = sandbox.commit(
        {"system/controlDict": "deltaT 2;", "docs/x.xyz": "2", "new.xyz": "", "a.json": "[]"}
    )
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    told = "new.xyz, system/controlDict: not the same at all commits, and of no format that is read"
    assert [found.problems for found in defaults_at(repository, [first, second])] == [(told,)] * 2
    assert defaults_at(repository, [second])[0].problems == ()
    assert (
        defaults_at(repository, [first, second], ["system"])[0].problems[0].startswith("system/controlDict:")
    )


def test_a_file_that_is_too_large_is_told_and_not_read(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    commit = sandbox.commit({"large.json": "[" + "1," * LARGEST_FILE + "1]", "a.json": '{"a": 1}'})
    (found,) = defaults_at(Repository.open(sandbox.top, Journal(None, ["test"])), [commit])
    assert texts(found) == {"a.json: a": "1"}
    assert "larger than the" in found.problems[0]


@pytest.mark.skipif(usable_cores() < 2, reason="one core shares nothing")
def test_large_sources_are_parsed_on_several_cores_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox(tmp_path / "r")
    commit = sandbox.commit({f"src/m{n}.py": f"SIZE = {n}\ndef f(x={n}): ...\n" for n in range(50)})
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    (alone,) = defaults_at(repository, [commit])
    monkeypatch.setattr(code, "WORTH_A_PROCESS_BYTES", 64)
    monkeypatch.setattr(code, "BATCH_BYTES", 512)
    batches: list[tuple[int, int]] = []

    def watched(parse: Callable[[T], R], batch: Sequence[T], least: int) -> list[R]:
        batches.append((len(batch), least))
        return forked_map(parse, batch, least)

    monkeypatch.setattr(code, "forked_map", watched)
    (shared,) = defaults_at(repository, [commit])
    assert shared == alone
    assert len(alone.values()) == 100
    assert sum(count for count, _ in batches) == 50
    assert max(count // least for count, least in batches) > 1  # so many processes
