"""`init`: a file that loads, nothing overwritten, and a frozen copy that `check` reads."""

from __future__ import annotations

import json
import shutil
import tomllib
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import load_settings
from bisect_parity.settings_source import SETTINGS_NAME
from fixtures import build
from fixtures.git import GitRunner
from tests.end_to_end.world import BUNDLE, call, everything

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.world import Answer

CASE = """
[case.parity]
size = 4
dtype = "float32"
reference = ["{python}", "-c", "import sys; open(sys.argv[1], 'wb').write(bytes(range(64)))", "{out}"]
candidate = ["{python}", "-c", "import sys; open(sys.argv[1], 'wb').write(bytes(range(64)))", "{out}"]
"""


PYTEST = ["{python}", "-m", "pytest", "-q"]


def init(capsys: pytest.CaptureFixture[str], repo: GitRunner, *words: object) -> Answer:
    return call(capsys, "init", "--repo", repo.top, *words)


def frozen(repo: GitRunner) -> Path:
    return repo.top / ".git" / "bisect-parity" / SETTINGS_NAME


def test_a_file_is_written_that_loads_and_says_what_was_found(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(repo.top)
    answer = init(capsys, repo)
    place = repo.top / SETTINGS_NAME
    assert (answer.status, answer.out) == (
        0,
        f"{place} written\nnext: put a case into it, then bisect-parity init --freeze\n",
    )
    settings = load_settings(place)
    assert '\n# roots = ["reports"]\n' in place.read_text()
    assert settings.code.paths == ("src",)
    assert place.read_bytes().isascii()
    now = everything(repo.top)
    assert set(now) - set(before) == {SETTINGS_NAME}
    assert {name: now[name] for name in before} == before


def test_a_program_at_the_top_is_code_like_those_in_folders(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit({"simulate.py": "A = 1\n", ".gitignore": "*.bin\n", "NOTES.md": "notes\n"})
    init(capsys, repo)
    assert load_settings(repo.top / SETTINGS_NAME).code.paths == ("simulate.py", "src")


def test_tests_and_tools_are_left_out_and_told_unless_something_uses_them(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit({"tests/test_a.py": "A = 1\n", "tools/lint.py": "A = 1\n", "NOTES.md": "see tools\n"})
    init(capsys, repo)
    place = repo.top / SETTINGS_NAME
    assert load_settings(place).code.paths == load_settings(place).params.paths == ("src",)
    assert "# Left out: 'tests', 'tools'; no run and no other code is known to use them." in place.read_text()
    place.unlink()
    repo.commit(
        {"src/a.py": "from tools import lint\n", f"{BUNDLE}/commands.txt": "python tests/test_a.py --n 1\n"}
    )
    init(capsys, repo)
    assert load_settings(place).code.paths == ("src", "tests", "tools")


def test_a_program_that_is_proposed_is_code_wherever_it_is(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = (
        "import argparse\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--size', type=int, default=8)\nparser.add_argument('--out')\n"
    )
    repo.commit({"tools/grid.py": grid, "tests/test_a.py": "A = 1\n"})
    init(capsys, repo)
    place = repo.top / SETTINGS_NAME
    assert '"{worktree}/tools/grid.py"' in place.read_text()
    assert load_settings(place).code.paths == ("src", "tools")
    assert "# Left out: 'tests'; no run" in place.read_text()


def test_size_context_build_and_programs_are_those_that_were_found(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    init(capsys, repo)
    place = repo.top / SETTINGS_NAME
    assert load_settings(place).evidence.size == 4096
    assert load_settings(place).context == {}
    assert "prepare" not in place.read_text()
    place.unlink()
    repo.commit(
        {
            f"{BUNDLE}/benchmark_results.json": '[{"size": 512, "correlation": 0.5, "device": "cuda"}]',
            f"{BUNDLE}/commands.txt": "python src/a.py --n 1\n",
            "native/Makefile": "all:\n\tcc a.c\n",
            "native/test_a.py": "def test_a(): pass\n",
            "src/a.py": "import torchmetrics\n# numpy arrays from torch\nimport numpy as np\n",
        }
    )
    init(capsys, repo)
    assert (load_settings(place).evidence.size, load_settings(place).context) == (512, {"device": "cuda"})
    uncommented = place.read_text().replace("\n# ", "\n")
    first, second, end = map(
        uncommented.index, ("[case.parity]", "\nOr judge by the exit status", "\n#\n`check`")
    )
    (table,) = tomllib.loads(uncommented[first:second])["case"].values()
    (unit,) = tomllib.loads(uncommented[uncommented.index("[case.unit]") : end])["case"].values()
    assert unit == {"prepare": table["prepare"], "test": [*PYTEST, "native/test_a.py"]}
    assert table["size"] == 512
    assert table["prepare"] == [["make", "-C", "native"]]
    assert table["candidate"][1] == "{worktree}/src/a.py"
    assert table["preload"] == ["numpy"]


def test_a_project_inside_a_repository_is_found_with_its_programs(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    program = (
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--out', default='a.h5')\n"
    )
    repo.commit(
        {
            f"{BUNDLE}/benchmark_results.json": None,
            "lens/results/20250909-161714/benchmark_results.json": '[{"size": 512, "correlation": 0.5}]',
            "lens/reference.py": program,
            "lens/port/__init__.py": "",
            "lens/port/cli.py": f"from . import x\n{program}",
            "lens/CMakeLists.txt": "project(lens)\n",
            "setup.py": "from setuptools import setup\nsetup(ext_modules=[])\n",
        }
    )
    init(capsys, repo)
    place = repo.top / SETTINGS_NAME
    text = place.read_text()
    assert '"lens/results"' in text
    assert '# suffix = ".h5"' in text
    assert '# reference = ["{python}", "{worktree}/lens/reference.py", "--out", "{out}"]' in text
    assert '# candidate = ["{python}", "-m", "port.cli", "--out", "{out}"]' in text
    assert '# environment = { PYTHONPATH = "{worktree}/lens" }' in text
    assert '["cmake", "-S", "{worktree}/lens", "-B", "{scratch}/build"]' in text
    assert '["{python}", "setup.py", "build_ext", "--inplace"]' in text


def test_the_answers_stay_the_same_with_the_written_settings(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    without = call(capsys, "provenance", "--json", "--repo", repo.top)
    init(capsys, repo)
    document = json.loads(call(capsys, "provenance", "--json", "--repo", repo.top).out)
    before = json.loads(without.out)
    assert [item["commit"] for item in document["bundles"]] == [item["commit"] for item in before["bundles"]]


def test_runs_at_the_top_leave_the_folders_of_evidence_to_the_search(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "slurm-17.out"
    (repo.top / name).write_text(f"Thu Oct  9 12:00:00 UTC 2025\ncommit: {repo.head}\ncorrelation: 0.9\n")
    assert init(capsys, repo).status == 0
    assert load_settings(repo.top / SETTINGS_NAME).evidence.roots == ()
    (repo.top / name).rename(repo.top / "slurm-18.out")
    found = json.loads(call(capsys, "provenance", "--json", "--repo", repo.top).out)["bundles"]
    assert "slurm-18.out" in {item["path"] for item in found}


def test_the_place_is_told_as_json(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    answer = init(capsys, repo, "--json")
    document = json.loads(answer.out)
    assert document == {
        "schema": "bisect-parity/init",
        "version": 1,
        "written": str(repo.top / SETTINGS_NAME),
    }


def test_a_file_that_is_there_is_never_overwritten(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / SETTINGS_NAME).write_text("[evidence]\nsize = 7\n")
    init(capsys, repo).is_told(2, "already exists", "init --freeze")
    assert (repo.top / SETTINGS_NAME).read_text() == "[evidence]\nsize = 7\n"


def test_a_link_that_leads_nowhere_is_not_replaced(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / SETTINGS_NAME).symlink_to("none")
    init(capsys, repo).is_told(2, "already exists")
    assert (repo.top / SETTINGS_NAME).is_symlink()


@pytest.mark.parametrize("name", ["\U0001f600", 'quote"back\\slash', "caf\u00e9", "a b", "new\nline"])
def test_folders_of_any_name_are_written_so_that_they_load(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    repo.commit({f"{name}/a.py": "A = 1\n"})
    assert init(capsys, repo).status == 0
    assert load_settings(repo.top / SETTINGS_NAME).code.paths == tuple(sorted((name, "src")))


def test_a_folder_that_no_settings_file_can_name_is_told(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit({"\udcff/a.py": "A = 1\n"})
    assert init(capsys, repo).status == 0
    assert load_settings(repo.top / SETTINGS_NAME).code.paths == ("src",)
    assert "# Not listed, since" in (repo.top / SETTINGS_NAME).read_text()


def test_a_repository_without_commits_and_evidence_gets_a_file_that_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = GitRunner(tmp_path / "r")
    assert init(capsys, repo).status == 0
    settings = load_settings(repo.top / SETTINGS_NAME)
    assert (settings.evidence.roots, settings.code.paths) == ((), ())


def test_without_a_repository_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "init", "--repo", tmp_path).is_told(3, "not in a git repository")
    assert list(tmp_path.iterdir()) == []


def test_freezing_without_a_file_is_usage(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    init(capsys, repo, "--freeze").is_told(2, "there is no ", "Write it with `bisect-parity init`")
    assert not frozen(repo).exists()


def test_freezing_without_a_case_is_usage(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    init(capsys, repo)
    init(capsys, repo, "--freeze").is_told(2, "has no [case.NAME]", "Describe")
    assert not frozen(repo).exists()


@pytest.mark.parametrize(
    "text",
    ["[case.parity]\nsize = 'x'\n", "[case.parity]\nsiez = 4\n", "[case.parity]\nsize = 4\n", "[case"],
)
def test_a_case_that_is_not_valid_is_not_frozen(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (repo.top / SETTINGS_NAME).write_text(text)
    init(capsys, repo, "--freeze").is_told(2, SETTINGS_NAME)
    assert not frozen(repo).exists()


def test_settings_of_pyproject_are_not_frozen_under_another_name(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / "pyproject.toml").write_text("[tool.bisect-parity.case.parity]\nsize = 4\n")
    answer = init(capsys, repo, "--freeze", "--config", repo.top / "pyproject.toml")
    answer.is_told(2, "pyproject.toml", "of their own")
    assert not frozen(repo).exists()


def test_a_frozen_case_is_what_check_finds_in_any_commit(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / SETTINGS_NAME).write_text(CASE)
    assert call(capsys, "check", "--repo", repo.top).status == 200  # the tree under test is not believed
    answer = init(capsys, repo, "--freeze", "--json")
    assert json.loads(answer.out)["written"] == str(frozen(repo))
    (repo.top / SETTINGS_NAME).unlink()
    repo.git("checkout", "-q", "main~1")
    checked = call(capsys, "check", "--json", "--repo", repo.top)
    assert (checked.status, json.loads(checked.out)["verdict"]) == (0, "good"), checked


def test_freezing_again_replaces_the_frozen_copy(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    for size in (4, 8):
        (repo.top / SETTINGS_NAME).write_text(CASE.replace("size = 4", f"size = {size}"))
        assert init(capsys, repo, "--freeze").status == 0
        assert load_settings(frozen(repo)).case["parity"]["size"] == size


def test_settings_that_are_not_those_that_were_frozen_are_told(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    own = repo.top / SETTINGS_NAME
    own.write_text(CASE)
    assert init(capsys, repo, "--freeze").status == 0
    repo.write({"reports/20250908T160130Z/env.json": '{"device": "cpu"}'})
    assert call(capsys, "provenance", "--repo", repo.top).err == ""
    own.write_text(CASE.replace("size = 4", "size = 8"))
    told = call(capsys, "provenance", "--repo", repo.top)
    assert told.status == 0
    assert "is not what counts, but the copy that was frozen" in told.err
    end = repo.top / "reports" / "20250908T160130Z"
    both = call(capsys, "bisect", "--good", end, "--bad", end, "--repo", repo.top)
    assert both.err.count("is not what counts, but the copy that was frozen") == 1
    assert call(capsys, "provenance", "--repo", repo.top, "--config", own).err == ""


def test_a_check_tells_that_an_edited_case_does_not_count_but_not_at_each_step_of_git(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    own = repo.top / SETTINGS_NAME
    own.write_text(CASE)
    assert init(capsys, repo, "--freeze").status == 0
    words = ("check", "--repo", repo.top)
    assert "is not what counts" not in call(capsys, *words).err
    own.write_text(CASE.replace("size = 4", "size = 8"))
    told = call(capsys, *words)
    assert told.status == 0
    assert "is not what counts, but the copy that was frozen" in told.err
    repo.git("bisect", "start")  # at old commits, settings are as they were then
    assert "is not what counts" not in call(capsys, *words).err
    assert "is not what counts" not in call(capsys, *words, "--test", "true").err


def test_a_named_file_is_frozen(repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    named = tmp_path / "elsewhere" / SETTINGS_NAME
    named.write_text(CASE)
    assert init(capsys, repo, "--freeze", "--config", named).status == 0
    assert frozen(repo).read_text() == CASE


def test_a_linked_worktree_freezes_for_all_of_them(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    linked = repo.worktree(tmp_path / "linked")
    (linked.top / SETTINGS_NAME).write_text(CASE)
    assert init(capsys, linked, "--freeze").status == 0
    assert frozen(repo).read_text() == CASE


def test_a_git_directory_that_cannot_be_written_is_told(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / SETTINGS_NAME).write_text(CASE)
    (repo.top / ".git" / "bisect-parity").write_text("in the way")
    answer = init(capsys, repo, "--freeze")
    answer.is_told(3, "cannot write")
    assert "--out" not in answer.err  # init has no such option


def test_the_settings_change_no_answer(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"results/a/metrics.json": '{"rmse": 0.5, "n": 3}', "results/a.log": "rmse 0.5\n"})
    before = call(capsys, "provenance", "--repo", repo.top, "results").out
    init(capsys, repo)
    assert call(capsys, "provenance", "--repo", repo.top, "results").out == before
    (repo.top / SETTINGS_NAME).write_text('[evidence]\nroots = ["results"]\n')
    named = call(capsys, "provenance", "--repo", repo.top, "results").out
    assert "results\n" in named  # a folder that holds a run itself
    assert "results/a\n" in named


def test_the_laboratory_finds_its_roots_and_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    build("regression", tmp_path / "r", 256)
    shutil.rmtree(tmp_path / "r" / ".git" / "bisect-parity")
    answer = call(capsys, "init", "--repo", tmp_path / "r")
    assert answer.status == 0
    settings = load_settings(tmp_path / "r" / SETTINGS_NAME)
    assert '\n# roots = ["reports"]\n' in (tmp_path / "r" / SETTINGS_NAME).read_text()
    assert {"simulator", "reference"} <= set(settings.code.paths)
    assert BUNDLE.partition("/")[0] not in settings.code.paths


def test_code_paths_hold_what_the_code_was_called_before(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit({"docs/text": "1", "old_package/text": "1", "former/solver.ini": "a = 1"})
    repo.commit({"docs/text": None, "old_package/text": None, "package/text": "1", "former/solver.ini": None})
    init(capsys, repo)
    place = repo.top / SETTINGS_NAME
    assert load_settings(place).code.paths == ("former", "old_package", "package", "src")
    assert load_settings(place).params.paths == ("former", "src")
    assert "# In earlier commits only: 'former', 'old_package'" in place.read_text()


def test_what_a_frozen_case_runs_and_no_code_path_holds_is_told(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit({"tools/reference.py": "1"})
    text = CASE.replace(
        '"-c", "import sys; open(sys.argv[1], \'wb\').write(bytes(range(64)))"', '"tools/reference.py"'
    )
    (repo.top / SETTINGS_NAME).write_text('[code]\npaths = ["src"]\n' + text)
    answer = init(capsys, repo, "--freeze")
    assert answer.status == 0
    assert "case parity uses tools/reference.py, which no code path includes" in answer.err


def test_settings_are_frozen_again_without_a_word_on_the_old_copy_whatever_is_in_it(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.top / SETTINGS_NAME).write_text(CASE)
    init(capsys, repo, "--freeze")
    frozen(repo).write_text("damaged = [")
    answer = init(capsys, repo, "--freeze")
    assert (answer.status, answer.err) == (0, "")
    assert frozen(repo).read_text() == CASE


def test_settings_that_code_reads_from_among_documentation_or_evidence_are_code(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit(
        {
            "src/a.py": "open('../docs/constants.json')\nprint('docs/guide.md', 'reports/other.json')\n",
            "docs/constants.json": "{}",
            "docs/guide.md": "see",
            "reports/unnamed.json": "{}",
        }
    )
    init(capsys, repo)
    settings = load_settings(repo.top / SETTINGS_NAME)
    assert set(settings.code.paths) == set(settings.params.paths) == {"docs/constants.json", "src"}
