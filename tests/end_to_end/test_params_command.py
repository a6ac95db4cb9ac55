"""`params` as a user runs it: runs and commits side by side, in any mix."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.git import GitRunner
from tests.end_to_end.world import BUNDLE, call, everything, small_history

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.world import Answer

RUN_A = "reports/20250908T160230Z"
RUN_B = "reports/20250908T160530Z"
BENCH = """import argparse
from settings import STEPS

p = argparse.ArgumentParser()
p.add_argument("--size", type=int, default={size})
p.add_argument("--dtype", default="float32")
p.add_argument("--device", default="cpu")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRunner:
    """Two commits of code, each with a run of it."""
    made = GitRunner(tmp_path_factory.mktemp("params") / "repository")
    made.commit(
        {
            "bench.py": BENCH.format(size=64),
            "settings.py": "STEPS = 3\nMAX_ROWS = 37\n",
            "conf/run.yaml": "lr: 0.5\nname: first\n",
            "old.py": "print 'x'\nOLD = 1\n",
            "broken.py": "def f(:\n",
        },
        "First",
    )
    made.commit(
        {
            f"{RUN_A}/commands.txt": "python bench.py --device cpu --out a.bin\n",
            f"{RUN_A}/env.json": json.dumps(
                {"git_sha": made.git("rev-parse", "HEAD").strip(), "torch": "2.1"}
            ),
        },
        "Run",
    )
    made.commit(
        {
            "bench.py": BENCH.format(size=128),
            "settings.py": "STEPS = 3\nMAXIMUM_ROWS = 37\n",
            "conf/run.yaml": "lr: 0.50000000000000011\nname: first\n",
        },
        "Second",
    )
    made.commit(
        {
            f"{RUN_B}/commands.txt": "python bench.py --dtype float64 --out b.bin\n",
            f"{RUN_B}/env.json": json.dumps(
                {"git_sha": made.git("rev-parse", "HEAD").strip(), "torch": "2.2"}
            ),
        },
        "Run",
    )
    return made


def params(made: GitRunner, capsys: pytest.CaptureFixture[str], *words: object) -> Answer:
    with contextlib.chdir(made.top):
        answer = call(capsys, "params", *words)
    answer.is_clean()
    return answer


def document(made: GitRunner, capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(params(made, capsys, *words, "--json").out)
    return found


def changed(found: dict[str, Any]) -> dict[str, list[str]]:
    return {
        row["name"]: [cell.get("text", cell["state"]) for cell in row["cells"]] for row in found["changed"]
    }


def test_two_commits_differ_in_the_defaults_of_their_code(
    made: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(made, capsys, "HEAD~3", "HEAD")
    assert (found["schema"], found["version"]) == ("bisect-parity/params", 1)
    assert changed(found) == {
        "bench.py: --size": ["64", "128"],
        "conf/run.yaml: lr": ["0.5", "0.5000000000000001"],
        "settings.py: MAXIMUM_ROWS": ["not there", "37"],
        "settings.py: MAX_ROWS": ["37", "not there"],
    }
    (lr,) = [row["changes"][1] for row in found["changed"] if row["name"].endswith("lr")]
    assert lr["ulps"] == 1
    assert [(item["old"], item["new"]) for item in found["renames"]] == [
        ("settings.py: MAX_ROWS", "settings.py: MAXIMUM_ROWS")
    ]
    assert any("broken.py: line 1: syntax error" in told for told in found["columns"][0]["problems"])


def test_two_runs_differ_in_what_they_used(made: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(made, capsys, RUN_A, RUN_B)
    told = changed(found)
    assert told["bench.py --size"] == ["64", "128"]
    assert told["bench.py --dtype"] == ["float32", "float64"]
    assert told["torch"] == ["2.1", "2.2"]
    assert "bench.py --device" not in told
    assert {row["name"]: row["reason"] for row in found["ignored"]} == {"bench.py --out": "an output path"}
    (size,) = [row for row in found["changed"] if row["name"] == "bench.py --size"]
    assert size["cells"][0]["source"] == {
        "path": "bench.py",
        "line": 5,
        "commit": made.git("rev-parse", "HEAD~3").strip(),
    }
    (dtype,) = [row for row in found["changed"] if row["name"] == "bench.py --dtype"]
    assert dtype["cells"][1]["origin"] == "command line"


def test_a_run_and_a_commit_are_compared_by_the_options_of_the_program(
    made: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    told = changed(document(made, capsys, RUN_A, "HEAD"))
    assert told["bench.py --size"] == ["64", "128"]
    assert "bench.py: --size" not in told


def test_the_working_tree_stands_for_all_its_runs(
    made: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(params(made, capsys, ".", "--json").out)
    assert [column["label"] for column in document["columns"]] == [RUN_A, RUN_B]


def test_a_run_has_its_own_name_whatever_folder_above_it_was_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = small_history(tmp_path / "repository")
    document = json.loads(params(alone, capsys, "reports", "HEAD", "--json").out)
    assert [column["label"] for column in document["columns"]] == [BUNDLE, "HEAD"]


def test_any_number_of_runs_is_resolved_at_once(made: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    log = made.top / ".git/bisect-parity/commands.txt"
    counts = []
    for words in ((RUN_A, RUN_B), (RUN_A, RUN_B, RUN_A, RUN_B, RUN_A)):
        log.unlink(missing_ok=True)
        shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)  # no answer is kept
        params(made, capsys, *words)
        lines = log.read_text().splitlines()
        counts.append(sum("git" in line and not line.startswith("#") for line in lines))
    assert counts[0] == counts[1] - 3  # each further word is looked up as a revision


def test_a_range_stands_for_its_ends(made: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    whole = document(made, capsys, "HEAD~3..HEAD")
    assert changed(whole) == changed(document(made, capsys, "HEAD~3", "HEAD"))
    assert changed(document(made, capsys, "HEAD~3...HEAD")) == changed(whole)
    assert changed(document(made, capsys, "HEAD~3..")) == changed(whole)


def test_the_table_says_what_changed_and_what_was_ignored(
    made: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    text = params(made, capsys, RUN_A, RUN_B).out
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "--size 64 128 +64 (+100 %)" in lines
    assert "bench.py --out: an output path" in lines
    assert any(line.startswith("The same, or recorded once: ") for line in lines)
    shown = params(made, capsys, RUN_A, RUN_B, "--all", "--origins").out
    assert "default in the code, bench.py:5 at" in shown
    assert "b.bin" in shown


def test_markdown_is_ascii_with_a_table(made: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    text = params(made, capsys, "HEAD~3", "HEAD", "--md").out
    assert text.isascii()
    assert "| parameter | A | B | change |" in text
    assert "| `bench.py: --size` | `64` | `128` | +64 (+100 %) |" in text
    assert "Perhaps renamed or moved" in text


def test_names_and_paths_can_be_chosen(made: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    ends = ("HEAD~3", "HEAD")
    assert set(changed(document(made, capsys, *ends, "--match", "*.yaml*"))) == {"conf/run.yaml: lr"}
    assert set(changed(document(made, capsys, *ends, "--match", "lr"))) == {"conf/run.yaml: lr"}
    assert "conf/run.yaml: lr" not in changed(document(made, capsys, *ends, "--exclude", "*.yaml*"))
    assert set(changed(document(made, capsys, *ends, "--path", "conf"))) == {"conf/run.yaml: lr"}


def test_tolerances_and_the_exit_status_say_whether_anything_differs(
    made: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("HEAD~3", "HEAD", "--path", "conf", "--exit-code")
    assert params(made, capsys, *words).status == 1
    same = params(made, capsys, *words, "--rtol", "1e-9")
    assert same.status == 0
    assert "No parameter differs." in same.out


def test_one_column_is_shown_in_full(made: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = params(made, capsys, "HEAD", "--path", "nowhere")
    assert (wrong.status, wrong.err.count("\n")) == (2, 1)
    assert "--path nowhere names nothing that is read at the compared commits" in wrong.err
    text = params(made, capsys, "HEAD", "--path", "conf").out
    assert "lr" in text
    assert "0.5000000000000001" in text


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("nowhere",), 3, "neither a folder of results nor a revision"),
        (("../nowhere/01",), 3, "neither a folder of results nor a revision"),
        (("",), 3, "neither a folder of results nor a revision"),
        (("HEAD", "HEAD~99"), 3, "neither"),
        (("HEAD", "HEAD", "--all", "--only-changed"), 2, "exclude each other"),
        (("HEAD", "HEAD", "--md", "--json"), 2, "exclude each other"),
        (("HEAD~3", "HEAD", "--match", "lrr"), 2, "matches --match lrr. Did you mean 'lr'?"),
        (("HEAD~3", "HEAD", "--match", "lr", "--match", "*.yml*"), 2, "matches --match *.yml*"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(
    made: GitRunner, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, said: str
) -> None:
    params(made, capsys, *words).is_told(status, said)


def test_a_name_of_both_a_folder_and_a_branch_is_refused(
    made: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    made.git("branch", "conf")
    params(made, capsys, "conf", "HEAD").is_told(2, "is a folder and a revision", "./conf")
    made.git("branch", "-D", "conf")


def test_nothing_is_written_but_the_log(made: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(made.top)
    params(made, capsys, RUN_A, "HEAD")
    assert everything(made.top) == before


def test_large_binary_and_hostile_files_are_notes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = GitRunner(tmp_path / "r")
    made.commit(
        {
            "large.json": '{"a": "' + "x" * 3_000_000 + '"}',
            "cyclic.yaml": "a: &a [*a]\n",
            "binary.py": "A = '\0'\n",
            "good.py": "A = 1\n",
        },
        "Odd",
    )
    found = document(made, capsys, "HEAD")
    problems = " ".join(found["columns"][0]["problems"])
    for name in (
        "large.json: 3000009 bytes",
        "cyclic.yaml: YAML refers to itself",
        "binary.py: a binary file",
    ):
        assert name in problems
    assert [row["name"] for row in found["unchanged"]] == ["good.py: A"]


def test_without_arguments_the_work_tree_is_compared_with_its_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "r")
    made.commit(
        {"a.py": "N = 1\n", "b.py": "M = 1\n", "gone.py": "G = 1\n", ".gitignore": "ignored.py\n"}, "First"
    )
    assert "No parameter differs." in params(made, capsys).out
    for name, text in (("a.py", "N = 2\n"), ("new.py", "K = 3\n"), ("ignored.py", "I = 4\n")):
        (made.top / name).write_text(text)
    (made.top / "gone.py").unlink()
    (made.top / "link.py").symlink_to("a.py")
    found = document(made, capsys)
    assert [item["label"] for item in found["columns"]] == ["HEAD", "work tree"]
    assert changed(found) == {
        "a.py: N": ["1", "2"],
        "gone.py: G": ["1", "not there"],
        "new.py: K": ["not there", "3"],
    }
    assert found["unchanged"] == []


def test_commits_of_a_bare_repository_can_be_compared(
    made: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.git("clone", "-q", "--bare", str(made.top), str(tmp_path / "bare.git"))
    found = call(capsys, "params", "HEAD~3", "HEAD", "--repo", tmp_path / "bare.git", "--json")
    assert set(changed(json.loads(found.out))) == set(changed(document(made, capsys, "HEAD~3", "HEAD")))
    call(capsys, "params", "--repo", tmp_path / "bare.git").is_told(3, "is bare")


def test_many_runs_are_told_in_a_form_that_can_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "repository")
    runs = {f"reports/20250908T{at:02}0000Z": 64 if at < 15 else 128 for at in range(20)}
    made.commit(
        {f"{run}/commands.txt": f"python bench.py --size {size}\n" for run, size in runs.items()}, "Runs"
    )
    short = params(made, capsys, "reports").out
    assert "15 that agree: reports/20250908T000000Z ... reports/20250908T140000Z" in short
    (row,) = [line.split() for line in short.splitlines() if "--size" in line]
    assert row[:3] == ["--size", "64", "128"]
    full = params(made, capsys, "reports", "--full").out
    assert "C27" not in full
    assert sum("reports/20250908T" in line for line in full.splitlines()) == 20
    assert len(document(made, capsys, "reports")["columns"]) == 20
