"""Chains of recorded runs: run again in order, and which of them are stale."""

from __future__ import annotations

import copy
import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.git import GitRunner, snapshot
from tests.end_to_end.world import Answer, assert_fits, call
from tests.recording.bundles import record

if TYPE_CHECKING:
    from pathlib import Path

MAKE = "import sys\nopen('data.txt', 'w').write(sys.argv[1])\n"
TWICE = """\
import os
with open(os.path.join(os.environ["BISECT_PARITY_BUNDLE"], "twice.txt"), "w") as file:
    file.write(f"value {2 * int(open('data.txt').read())}\\n")
"""
TELL = "import sys\nopen('report.md', 'w').write('# ' + open(sys.argv[1]).read())\n"


class Pipeline:
    """Three runs: the first writes an ignored file, which the script of the second names."""

    def __init__(self, repo: GitRunner) -> None:
        self.repo, self.top = repo, repo.top
        self.make = self.run("make.py", "20")
        self.twice = self.run("twice.py")
        self.tell = self.run("tell.py", f"{self.twice}/twice.txt")

    def copied_to(self, top: Path) -> Pipeline:
        """The same runs elsewhere, where more can be recorded."""
        made = copy.copy(self)
        made.top = shutil.copytree(self.top, top, symlinks=True)
        made.repo = copy.copy(self.repo)
        made.repo.top = top
        return made

    def run(self, *words: str, options: tuple[str, ...] = ()) -> str:
        folder = record(self.top, sys.executable, *words, options=options).folder
        return folder.relative_to(self.top).as_posix()

    def again(self, bundle: str, number: int, **ended: int) -> str:
        """The same run once more, some seconds later, without running it."""
        made = shutil.copytree(self.top / bundle, self.top / f"{bundle}-again-{number}")
        document = json.loads((made / "record.json").read_text())
        document["run"] |= {"started": f"2100-01-01T00:00:{number:02}.000Z", **ended}
        (made / "record.json").write_text(json.dumps(document))
        return made.relative_to(self.top).as_posix()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Recorded once; nothing writes there afterwards."""
    made = GitRunner(tmp_path_factory.mktemp("chain") / "r")
    programs = {"make.py": MAKE, "twice.py": TWICE, "tell.py": TELL}
    made.commit({**programs, ".gitignore": "data.txt\n"}, "First")
    return Pipeline(made)


@pytest.fixture
def runs(recorded: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    made = recorded.copied_to(tmp_path / "r")
    monkeypatch.chdir(made.top)
    return made


class Told(dict[str, tuple[str, str]]):
    """State and reasons of each run, by its bundle."""


def status(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[Answer, Told]:
    given = call(capsys, "rerun", "--status", "--json", *words)
    document: dict[str, Any] = json.loads(given.out)
    assert_fits(document)
    return given, Told({run["bundle"]: (run["state"], "; ".join(run["reasons"])) for run in document["runs"]})


def test_all_runs_are_current_and_linked_while_nothing_changes(
    runs: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(runs.top)  # with an index whose times are those of the original
    given, told = status(capsys)
    assert given.status == 0
    assert told == dict.fromkeys((runs.make, runs.twice, runs.tell), ("current", ""))
    assert [run["builds_on"] for run in json.loads(given.out)["runs"]] == [
        [],
        [{"path": "data.txt", "bundle": runs.make}],
        [{"path": f"{runs.twice}/twice.txt", "bundle": runs.twice}],
    ]
    assert snapshot(runs.top) == before


def test_what_builds_on_a_changed_input_is_stale_to_the_end(
    runs: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    again = runs.run("make.py", "30")
    given, told = status(capsys)
    assert given.status == 1
    assert told == {
        runs.make: ("replaced", f"by {again}"),
        runs.twice: ("stale", f"input data.txt has other bytes now, written by {again}"),
        runs.tell: (
            "stale",
            f"input {runs.twice}/twice.txt is from {runs.twice}, which is stale",
        ),
        again: ("current", ""),
    }
    text = call(capsys, "rerun", "--status", runs.twice).out
    assert "tell.py" not in text
    assert "or bring them up to date, in this order:" in text


def test_a_changed_script_makes_its_own_run_stale_and_a_changed_module_all(
    runs: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs.top / "tell.py").write_text(TELL + "# changed\n")
    told = status(capsys)[1]
    assert told[runs.make] == told[runs.twice] == ("current", "")
    assert told[runs.tell] == ("stale", "input tell.py has other bytes now")
    runs.repo.commit({"tell.py": TELL, "shared.py": "x = 1\n"}, "A module")
    told = status(capsys)[1]
    assert {state for state, _ in told.values()} == {"stale"}
    assert "1 file of the code changed since" in told[runs.make][1]


def test_of_many_replaced_runs_the_last_few_are_told(
    runs: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(2, 8):
        last = runs.again(runs.make, number)
    text = call(capsys, "rerun", "--status").out
    assert text.startswith("replaced 1 earlier run (--json lists all)")
    assert text.count("replaced ") == 6
    assert f"    by {last}" in text
    assert "9 recorded runs: 3 current, 0 stale, 6 replaced" in text


def test_a_run_that_failed_says_so_and_replaces_none_that_did_not(
    runs: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = runs.again(runs.twice, 2, exit_status=1)
    given, told = status(capsys)
    assert told[runs.twice] == ("current", "")
    assert (given.status, told[failed]) == (0, ("failed", "it ended with exit status 1"))
    source = runs.again(runs.make, 3, exit_status=3)
    last = runs.again(runs.twice, 4)
    given, told = status(capsys)
    assert told[runs.twice] == told[failed] == ("replaced", f"by {last}")
    assert (given.status, told[last]) == (1, ("stale", f"input data.txt is from {source}, which failed"))
    advice = call(capsys, "rerun", "--status").out.partition("in this order:\n")[2].splitlines()
    assert len(advice) == 2
    assert "make.py" in advice[0]


def test_what_a_program_puts_together_is_an_input_if_it_is_named(
    runs: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.repo.commit({"sum.py": "print(open('data' + '.txt').read())\n"}, "Sum")
    summed = runs.run("sum.py", options=("--input", "data.txt"))
    text = call(capsys, "rerun", "--status", summed).out
    assert f"    builds on {runs.make}\n" in text
    (runs.top / "data.txt").write_text("21")
    text = call(capsys, "rerun", "--status", summed).out
    assert "    input data.txt has other bytes now" in text
    assert "bisect-parity record --input data.txt -- " in text
    refused = call(capsys, "record", "--input", "none.txt", "--", "true")
    assert refused.status == 2
    assert "--input none.txt is no file of the working tree" in refused.err


def test_a_lost_output_is_told(runs: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    (runs.top / "report.md").unlink()
    assert status(capsys)[1][runs.tell] == ("stale", "output report.md is gone")


def test_a_chain_makes_the_lost_input_again_and_passes_it_on(
    runs: Pipeline, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (runs.top / "data.txt").unlink()
    alone = call(capsys, "rerun", "--out", tmp_path / "alone", runs.twice)
    assert alone.status == 1
    before = snapshot(runs.top)
    given = call(capsys, "rerun", "--chain", "--json", "--out", tmp_path / "chain", runs.tell)
    assert given.status == 0, given
    document = json.loads(given.out)
    assert_fits(document)
    assert [(step["bundle"], step["outcome"]) for step in document["chain"]] == [
        (runs.make, "identical"),
        (runs.twice, "identical"),
        (runs.tell, "identical"),
    ]
    assert document["says"].endswith("The chain of 3 runs gives the same from its beginning.")
    assert snapshot(runs.top) == before


def test_a_chain_at_another_commit_names_the_first_run_that_differs(
    runs: Pipeline, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runs.repo.commit({"twice.py": TWICE.replace("2 *", "3 *")}, "Thrice")
    given = call(capsys, "rerun", "--chain", "--at", "HEAD", "--out", tmp_path / "out", runs.tell)
    assert given.status == 1
    assert f"{runs.twice} is the first that does not give the same, after 1 run that did." in given.out
    assert "value 40 then, 60 now" in given.out
    assert (
        f"{runs.twice}/twice.txt was written again by an earlier run of the chain: other bytes" in given.out
    )


def test_a_chain_stops_where_a_run_fails(
    runs: Pipeline, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runs.repo.commit({"make.py": "raise SystemExit(3)\n"}, "Broken")
    given = call(capsys, "rerun", "--chain", "--at", "HEAD", "--out", tmp_path / "out", runs.tell)
    assert given.status == 1
    assert "The chain stopped there: 2 runs not run." in given.out


def test_a_chain_that_cannot_be_run_to_its_end_is_not_begun(
    runs: Pipeline, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    outside = tmp_path / "o.txt"
    program = f"open({str(outside)!r}, 'w').write(open('data.txt').read())"
    last = runs.run("-c", program, options=("--output", str(outside)))
    given = call(capsys, "rerun", "--chain", last)
    assert given.status == 3
    assert f"the run wrote {outside}" in given.err
    assert "run 1 of 2" not in given.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--status", "--chain"), "--status runs nothing"),
        ((), "no BUNDLE is named"),
        (("--chain", "{}", "--likely", "2"), "--chain runs what was recorded"),
        (("--chain", "{}", "--", "true"), "--chain runs what was recorded"),
        (("--chain", "reports/recorded"), "holds 3 bundles"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    runs: Pipeline, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    given = call(capsys, "rerun", *(word.replace("{}", runs.tell) for word in words))
    assert given.status == 2
    assert says in given.err
