from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import RepositoryError, UsageError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def states_of(sandbox: Sandbox, *paths: str) -> CodeStates:
    return CodeStates(Repository.open(sandbox.top, Journal(None, ["test"])), paths)


@pytest.fixture(params=["sha1", "sha256"])
def sandbox(tmp_path: Path, request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox(tmp_path / "repository", request.param)


@pytest.mark.parametrize("paths", [("src", "tools/run.py"), (), ("./src/", "tools/run.py")])
def test_only_changes_under_the_code_paths_make_a_new_state(sandbox: Sandbox, paths: tuple[str, ...]) -> None:
    first = sandbox.commit({"src/a/b.py": "1", "tools/run.py": "1", "docs/x.md": "1"})
    documented = sandbox.commit({"docs/x.md": "2", "reports/20251009T120000Z/result.json": "{}"})
    changed = sandbox.commit({"src/a/b.py": "2"})
    reverted = sandbox.commit({"src/a/b.py": "1"})
    other = sandbox.commit({"tools/run.py": "2"})
    states = states_of(sandbox, *paths).of([first, documented, changed, reverted, other])
    assert states[first] == states[documented] == states[reverted]
    assert len(set(states.values())) == 3


def test_a_path_that_is_missing_is_a_part_of_the_state(sandbox: Sandbox) -> None:
    without = sandbox.commit({"src/a.py": "1"})
    with_it = sandbox.commit({"scripts/b.py": "1"})
    states = states_of(sandbox, "src", "scripts").of([without, with_it])
    assert states[without] != states[with_it]


def test_the_same_content_under_another_name_is_another_state(sandbox: Sandbox) -> None:
    first = sandbox.commit({"src/a.py": "1"})
    renamed = sandbox.commit({"src/a.py": None, "src/b.py": "1"})
    assert len(set(states_of(sandbox, "src").of([first, renamed]).values())) == 2


def test_the_mode_of_a_file_counts(sandbox: Sandbox) -> None:
    first = sandbox.commit({"run.sh": "echo"})
    (sandbox.top / "run.sh").chmod(0o755)
    executable = sandbox.commit({})
    for paths in [("run.sh",), (".",), ()]:
        assert len(set(states_of(sandbox, *paths).of([first, executable]).values())) == 2


def test_the_whole_tree_is_code_where_the_top_is_named(sandbox: Sandbox) -> None:
    first = sandbox.commit({"docs/x.md": "1"})
    second = sandbox.commit({"docs/x.md": "2"})
    states = states_of(sandbox, ".")
    assert len(set(states.of([first, second]).values())) == 2
    assert states.holds("docs/x.md")


def test_the_commit_of_a_submodule_is_a_part_of_the_state(sandbox: Sandbox) -> None:
    digits = len(sandbox.commit({"src/a.py": "1"}))
    commits = []
    for digit in "12":
        sandbox.git("update-index", "--add", "--cacheinfo", f"160000,{digit * digits},vendor/lib")
        sandbox.git("commit", "-q", "-m", "a submodule")
        commits.append(sandbox.git("rev-parse", "HEAD"))
    for paths in [("vendor",), ("vendor/lib",), ()]:
        assert len(set(states_of(sandbox, *paths).of(commits).values())) == 2


def test_a_folder_that_gets_nothing_but_documentation_stays_the_same_code(sandbox: Sandbox) -> None:
    first = sandbox.commit({"src/a.py": "1"})
    second = sandbox.commit({"extra/README.md": "1", "extra/deep/notes.rst": "1"})
    states = states_of(sandbox).of([first, second])
    assert states[first] == states[second]


@pytest.mark.parametrize(
    ("path", "is_code"),
    [
        ("src/a.py", True),
        ("Makefile", True),
        ("requirements.txt", True),
        ("scripts/benchmarks/run.py", True),
        ("scripts/benchmarks/20251009-161714/run.py", False),
        ("benchmarks/run_benchmark.py", True),
        ("benchmarks/kernel.cu", True),
        ("benchmarks/output/image.bin", False),
        ("benchmarks/output/table.json", False),
        ("reports/Makefile", True),
        ("results/machine/0123abcd-env.json", False),
        ("results/analysis.ipynb", False),
        ("notebooks/analysis.ipynb", True),
        ("runs/2025-10-09/12-00-00/config.py", False),
        ("src/benchmark_results.json", False),
        ("dev/bench/data.js", False),
        ("benchmarks/data.js", False),
        ("src/data.js/index.js", True),
        ("runs.jsonl", False),
        ("perf/history.csv", False),
        ("slurm-12345.out", False),
        ("src/train.log", False),
        ("lightning_logs/version_0/hparams.yaml", False),
        ("work_dirs/faster_rcnn/20251009_161714.log.json", False),
        ("exp/alpha_1/.hydra/config.yaml", False),
        ("src/logs/writer.yaml", True),
        ("src/runs.py", True),
        ("src/results_schema.json", True),
        ("src/reports/writer.py", True),
        ("src/data/table.json", True),
        ("docs/conf.py", False),
        ("plans/active/repro.py", False),
        ("src/docs/build.py", True),
        ("README.md", False),
        ("src/README.md", False),
        ("LICENSE", False),
        ("LICENSE.txt", False),
        ("src/license_check.py", True),
        ("bisect-parity.toml", False),
        ("data/20240101.bin", True),
        ("test-results/junit.xml", False),
        ("packages/core/test-results/junit.xml", False),
        ("target/surefire-reports/TEST-a.xml", False),
        ("build/Testing/Temporary/CTestCostData.txt", False),
        ("evidence/good/env.json", False),
        ("src/evidence/weights.json", True),
        ("build/config.txt", True),
        ("Modules/Core/Testing/input.txt", True),
        ("tests/results_of_tests.py", True),
    ],
)
def test_without_configured_paths_code_is_what_is_no_evidence_and_no_documentation(
    tmp_path: Path, path: str, is_code: bool
) -> None:
    sandbox = Sandbox(tmp_path / "repository")
    first = sandbox.commit({"always.py": "1"})
    second = sandbox.commit({path: "1"})
    states = states_of(sandbox)
    assert states.holds(path) == is_code
    assert len(set(states.of([first, second]).values())) == 1 + is_code


def test_configured_paths_tell_which_files_are_code(tmp_path: Path) -> None:
    states = states_of(Sandbox(tmp_path / "repository"), "src", "tools/run.py")
    assert [states.holds(path) for path in ("src/a/b.py", "tools/run.py", "tools/b.py", "a.py")] == [
        True,
        True,
        False,
        False,
    ]


def test_it_works_in_a_bare_repository(sandbox: Sandbox) -> None:
    first = sandbox.commit({"src/a.py": "1"})
    second = sandbox.commit({"src/a.py": "2"})
    bare = sandbox.top.parent / "bare.git"
    sandbox.git("clone", "-q", "--bare", ".", str(bare))
    there = CodeStates(Repository.open(bare, Journal(None, ["test"])), ["src"])
    assert there.of([first, second]) == states_of(sandbox, "src").of([first, second])


def test_nothing_under_the_code_paths_is_noticed(sandbox: Sandbox) -> None:
    commit = sandbox.commit({"src/a.py": "1"})
    assert states_of(sandbox, "source").is_empty(commit)
    assert not states_of(sandbox, "src").is_empty(commit)


def test_states_that_are_known_are_not_read_again(sandbox: Sandbox) -> None:
    commit = sandbox.commit({"src/a.py": "1"})
    journal = Journal(sandbox.top.parent / "commands.txt", ["test"])
    states = CodeStates(Repository.open(sandbox.top, journal), ["src"])
    once = states.of([commit, commit])
    before = (sandbox.top.parent / "commands.txt").read_text()
    assert states.of([commit]) == once
    assert (sandbox.top.parent / "commands.txt").read_text() == before


@pytest.mark.parametrize("path", ["/etc", "../elsewhere", "src/*.py", ":(glob)src", "a\nb", "src/[ab]"])
def test_paths_that_cannot_be_looked_up_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match="code"):
        states_of(Sandbox(tmp_path / "repository"), path)


def test_a_commit_that_is_not_there_is_an_error_that_names_it(sandbox: Sandbox) -> None:
    missing = "1" * len(sandbox.commit({"src/a.py": "1"}))
    for paths in [("src",), (), (".",)]:
        with pytest.raises(RepositoryError, match=missing):
            states_of(sandbox, *paths).of([missing])


def test_a_tree_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "repository")
    commit = sandbox.commit({"src/deep/a.py": "1"})
    tree = sandbox.git("rev-parse", "HEAD:src")
    (sandbox.top / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(RepositoryError, match=tree):
        states_of(sandbox, "src/deep").of([commit])
