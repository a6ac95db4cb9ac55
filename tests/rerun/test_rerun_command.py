"""`rerun`: the recorded command at its commit, in a worktree, held against what it gave then."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from fixtures.git import GitRunner, snapshot
from tests.end_to_end.world import Answer, assert_fits, call
from tests.recording.bundles import record

PROGRAM = """\
import json
import os
import sys
import time

scale = float(open("scale.txt").read()) * float(open(sys.argv[1]).read() if len(sys.argv) > 1 else 1)
bundle = os.environ.get("BISECT_PARITY_BUNDLE", ".")
with open(os.path.join(bundle, "figures.json"), "w") as file:
    json.dump({"loss": 0.25 * scale, "seconds": time.perf_counter()}, file)
with open("table.csv", "w") as file:
    file.write(f"loss,rmse\\n{0.25 * scale},{scale}\\n")
print("loss", 0.25 * scale)
open("raw.bin", "wb").write(bytes([int(scale)] * 64))
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRunner:
    """A program whose figures are twice what they were after the second of three commits."""
    made = GitRunner(tmp_path / "r")
    made.commit({"run.py": PROGRAM, "scale.txt": "1", ".gitignore": "*.bin\n", "sub/x": ""}, "First")
    monkeypatch.chdir(made.top)
    return made


@pytest.fixture
def answer(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> Rerun:
    return Rerun(repo, capsys)


class Rerun:
    """Runs the command, and keeps the evidence of the last time."""

    def __init__(self, repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
        self.repo, self._capsys = repo, capsys
        self.document: dict[str, Any] = {}

    def __call__(self, *words: object) -> Answer:
        out = self.repo.top.parent / "evidence"
        shutil.rmtree(out, ignore_errors=True)
        given = call(self._capsys, "rerun", "--out", out, *words)
        if (out / "rerun.json").exists():
            self.document = json.loads((out / "rerun.json").read_text(encoding="ascii"))
            assert_fits(self.document)
            assert (out / "rerun.md").read_text(encoding="ascii").startswith("# Rerun: ")
        return given

    def likeness(self, attempt: int = 0) -> dict[str, str]:
        outputs = self.document["attempts"][attempt]["outputs"]
        return {output["name"]: output["likeness"] for output in outputs}


def run_words(*more: str) -> tuple[str, ...]:
    return (sys.executable, "run.py", *more)


def double(repo: GitRunner) -> str:
    return repo.commit({"scale.txt": "2"}, "Twice as much")


def test_the_recorded_commit_gives_the_same_whatever_is_checked_out_now(
    repo: GitRunner, answer: Rerun
) -> None:
    first = repo.head
    bundle = record(repo.top, *run_words()).folder
    double(repo)
    (repo.top / "scale.txt").write_text("3")
    before = snapshot(repo.top)
    given = answer(bundle)
    assert given.status == 0, given
    assert f"The results are the same at {first[:12]}, to the last digit." in given.out
    assert snapshot(repo.top) == before
    assert answer.document["commit"] == first
    assert answer.likeness() == {
        "figures.json": "equal",
        "raw.bin": "identical",
        "table.csv": "identical",
        "stdout.txt": "identical",
    }


def test_another_commit_gives_something_else_which_is_kept(repo: GitRunner, answer: Rerun) -> None:
    bundle = record(repo.top, *run_words()).folder
    second = double(repo)
    given = answer(bundle, "--at", "HEAD")
    assert (given.status, answer.document["commit"]) == (1, None)
    assert answer.likeness() == {
        "figures.json": "differs",
        "table.csv": "differs",
        "stdout.txt": "differs",
        "raw.bin": "changed",
    }
    assert "loss 0.25 then, 0.5 now" in given.out
    assert "bisect-parity params" in given.out
    (attempt,) = answer.document["attempts"]
    assert (attempt["commit"], attempt["outcome"]) == (second, "differs")
    assert "0.5,2.0" in (repo.top.parent / "evidence" / second[:12] / "outputs" / "table.csv").read_text()
    assert answer(bundle, "--at", "HEAD", "--tolerance", "1").status == 0


def test_the_printed_comparison_works_as_it_stands_from_elsewhere_too(
    repo: GitRunner, answer: Rerun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = record(repo.top, *run_words()).folder
    double(repo)
    monkeypatch.chdir(repo.top.parent)
    given = answer("--repo", repo.top, bundle, "--at", "HEAD")
    (hint,) = (line.rpartition("bisect-parity ")[2] for line in given.out.splitlines() if "params" in line)
    assert call(capsys, *shlex.split(hint)).status == 0


def test_several_commits_are_all_tried_where_they_are_named(repo: GitRunner, answer: Rerun) -> None:
    first = repo.head
    bundle = record(repo.top, *run_words()).folder
    second = double(repo)
    given = answer(bundle, "--at", second, "--at", first)
    assert given.status == 0
    assert (
        f"The results are the same at {first[:12]}, to the last digit, and does not at {second[:12]}"
        in given.out
    )


def test_changes_and_files_that_no_commit_holds_are_laid_out_again(repo: GitRunner, answer: Rerun) -> None:
    (repo.top / "scale.txt").write_text("3")
    (repo.top / "kept.txt").write_text("5")
    bundle = record(repo.top, *run_words("kept.txt"), options=("--keep-diff", "--keep-untracked")).folder
    (repo.top / "scale.txt").write_text("4")
    (repo.top / "kept.txt").unlink()
    assert answer(bundle).status == 0
    assert answer.likeness()["table.csv"] == "identical"


def test_what_is_not_as_the_run_had_it_is_told_and_may_be_brought(repo: GitRunner, answer: Rerun) -> None:
    factor = repo.top / "factor.bin"
    factor.write_text("5")
    (repo.top / "bisect-parity.toml").write_text("[thresholds]\n")
    bundle = record(repo.top, *run_words("factor.bin")).folder
    (repo.top / "bisect-parity.toml").write_text("")
    assert answer(bundle).status == 0
    factor.write_text("6")
    given = answer(bundle)
    assert "bisect-parity.toml" not in given.out
    assert (given.status, answer.document["outcome"]) == (1, "failed")
    assert (
        "factor.bin is not available as the run had it; --bring copies the one of your directory" in given.out
    )
    given = answer(bundle, "--bring", "factor.bin")
    assert (given.status, answer.document["outcome"]) == (1, "differs")
    (repo.top / "scale.txt").write_text("3")
    lost = record(repo.top, *run_words()).folder
    given = answer(lost)
    assert "the run had changes in 1 tracked file that were not kept" in given.out


def test_the_working_directory_and_own_paths_are_those_of_the_worktree(
    repo: GitRunner, answer: Rerun
) -> None:
    words = (sys.executable, "-c", "import os, sys; print(os.path.relpath(sys.argv[1])); print(os.getcwd())")
    bundle = record(repo.top, *words, str(repo.top / "scale.txt"), cwd=repo.top / "sub").folder
    assert answer(bundle).status == 1  # it tells its own folder
    told = (repo.top.parent / "evidence" / repo.head[:12] / "stdout.txt").read_text().splitlines()
    assert told[0] == "../scale.txt"
    assert told[1].endswith("/tree/sub")
    assert "/bisect-parity/worktrees/" in told[1]


def test_an_editable_install_of_the_checkout_does_not_take_the_place_of_the_commit(
    repo: GitRunner, answer: Rerun, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"mine.py": "loss = 1.5\n", "bin/go.py": "import mine\nprint('loss', mine.loss)\n"}, "Module")
    monkeypatch.setenv("PYTHONPATH", str(repo.top))  # as an editable install would have it
    bundle = record(repo.top, sys.executable, "bin/go.py").folder
    repo.commit({"mine.py": "loss = 2.5\n"}, "Other")
    assert answer(bundle).status == 0
    assert answer.likeness() == {"stdout.txt": "identical"}


def test_the_python_of_a_virtual_environment_in_the_checkout_stays_where_it_is(
    repo: GitRunner, answer: Rerun
) -> None:
    venv.create(repo.top / ".venv", symlinks=True)
    repo.commit({".gitignore": ".venv/\n"}, "Ignore")
    for program in (".venv/bin/python", str(repo.top / ".venv/bin/python")):
        bundle = record(repo.top, program, "-c", "import sys; print(sys.prefix)").folder
        given = answer(bundle)
        assert (given.status, answer.likeness()) == (0, {"stdout.txt": "identical"}), given


def test_the_code_state_of_a_run_that_nobody_recorded_is_found_by_running_it(
    repo: GitRunner, answer: Rerun
) -> None:
    first = repo.head
    assert record(repo.top, *run_words()).status == 0
    double(repo)
    stamped = repo.top / "results" / "20250908T160130Z"  # half a minute after the second commit
    stamped.mkdir(parents=True)
    (stamped / "figures.json").write_text('{"loss": 0.25, "seconds": 8.5}')
    shutil.copy(repo.top / "raw.bin", stamped)
    repo.commit({"notes.txt": "x"}, "Notes")
    refused = answer(stamped)
    assert refused.status == 3
    assert "was not written by `record`: its command is not run unless you name it" in refused.err
    given = answer(stamped, "--likely", "5", "--", *run_words())
    assert given.status == 0, given
    assert answer.document["commit"] == first
    assert [attempt["outcome"] for attempt in answer.document["attempts"]][-2:] == ["differs", "equal"]
    assert answer.likeness(-1)["raw.bin"] == "identical"
    (stamped / "run.log").write_text("by hand")
    given = answer(stamped, "--likely", "5", "--", *run_words())
    assert (given.status, answer.likeness(-1)["run.log"]) == (0, "missing")
    assert "to the last digit, as far as it can be compared (not run.log)" in given.out
    assert all(attempt["probability"] for attempt in answer.document["attempts"])
    for name in ("figures.json", "raw.bin"):
        (stamped / name).unlink()
    (stamped / "run.log").write_text(
        "2025-09-08 16:01:30 start\nloss 0.25\n"
    )  # what it printed was kept by hand
    given = answer(stamped, "--likely", "5", "--", *run_words())
    assert (given.status, answer.document["commit"], answer.likeness(-1)["run.log"]) == (0, first, "equal")


def test_a_command_that_fails_now_is_told_with_both_statuses(repo: GitRunner, answer: Rerun) -> None:
    bundle = record(repo.top, *run_words()).folder
    repo.commit({"run.py": "raise SystemExit(7)\n"}, "Broken")
    given = answer(bundle, "--at", "HEAD")
    assert (given.status, answer.document["outcome"]) == (1, "failed")
    assert "exit status 7, where it was 0" in given.out
    assert f"It fails at {repo.head[:12]}. See what it said in " in given.out
    assert "missing" not in given.out  # what it did not come to write says nothing
    given = answer(bundle, "--at", "HEAD", "--", "no-such-program")
    status, reason = (line.strip() for line in given.out.splitlines()[1:3])
    assert status.startswith("exit status 127")
    assert reason == "no-such-program could not be started: No such file or directory"
    repo.commit({"run.py": "open('sub/built')\n"}, "Uses a build")
    for content, remedy in ((b"\x7fELF", "have the command build first"), (b"1", "--bring sub/built")):
        (repo.top / "sub" / "built").write_bytes(content)
        given = answer(bundle, "--at", "HEAD")
        assert "It lacks sub/built, which is untracked in your directory. " in given.out
        assert remedy in given.out


def test_a_command_that_failed_and_does_so_no_longer_is_not_told_to_fail(
    repo: GitRunner, answer: Rerun
) -> None:
    broken = repo.commit({"run.py": "raise SystemExit(7)\n"}, "Broken")
    bundle = record(repo.top, *run_words()).folder
    given = answer(bundle, "--at", f"{broken}^")
    assert (given.status, answer.document["outcome"]) == (1, "failed")
    assert "exit status 0, where it was 7" in given.out
    assert f"It does not fail at {answer.document['attempts'][0]['commit'][:12]}." in given.out


def test_a_file_is_written_again_into_a_folder_that_only_the_directory_has(
    repo: GitRunner, answer: Rerun
) -> None:
    (repo.top / "sub" / "new").mkdir()
    code = "import sys; open(sys.argv[1].partition('=')[2], 'w').write('loss 1.5')"
    words = (sys.executable, "-c", code)
    relative = record(repo.top, *words, "--out=new/loss.txt", cwd=repo.top / "sub").folder
    whole = record(repo.top, *words, f"--out={repo.top}/sub/new/loss.txt").folder
    assert "internal error" not in answer(whole, "--", *words, f"--out={'x' * 300}").err
    for bundle in (relative, whole):
        given = answer(bundle)
        assert (given.status, answer.likeness()) == (0, {"sub/new/loss.txt": "identical"}), given
    code = "import sys; open(sys.argv[1] + '/loss.txt', 'w').write('loss 1.5')"
    own = record(repo.top, *words[:2], code, "reports/own", options=("--out", "reports/own")).folder
    given = answer(own)
    assert (given.status, answer.likeness()) == (0, {"loss.txt": "identical"}), given


def test_names_of_outputs_may_hold_blanks(repo: GitRunner, answer: Rerun) -> None:
    (repo.top / "new one").mkdir()
    words = (sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write('loss 1.5')")
    for name in ("new one/the loss.txt", f"{repo.top}/new one/the loss.txt"):
        given = answer(record(repo.top, *words, name).folder)
        assert (given.status, answer.likeness()) == (0, {"new one/the loss.txt": "identical"}), given


def test_a_second_bundle_is_not_taken_for_a_command(repo: GitRunner, answer: Rerun) -> None:
    bundle = record(repo.top, "true").folder
    script = repo.top / "planted.sh"
    script.write_text("#!/bin/sh\ntouch planted\n")
    script.chmod(0o755)
    given = answer(bundle, script)
    assert (given.status, given.out) == (2, "")
    assert f"rerun {bundle} -- COMMAND ..." in given.err


def test_a_result_of_an_earlier_run_is_no_input_and_others_are_told_in_one_line(
    repo: GitRunner, answer: Rerun
) -> None:
    for name in ("table.csv", *(f"old{number}.txt" for number in range(5))):
        (repo.top / name).write_text("of an earlier run")
    bundle = record(repo.top, *run_words()).folder
    for number in range(5):
        (repo.top / f"old{number}.txt").write_text("of a later one")
    given = answer(bundle)
    assert given.status == 0
    assert "table.csv" not in " ".join(answer.document["attempts"][0]["says"])
    (said,) = (line for line in given.out.splitlines() if "old0.txt" in line)
    assert "are not as they were: old0.txt, old1.txt, old2.txt and 2 more;" in said


def test_what_was_brought_and_stayed_as_it_is_is_no_output(repo: GitRunner, answer: Rerun) -> None:
    bundle = record(repo.top, *run_words()).folder
    (repo.top / "libs").mkdir()
    for name in ("data.bin", "libs/a.bin"):
        (repo.top / name).write_text("1")
    given = answer(bundle, "--bring", "libs", "--bring", "data.bin", "--bring", "scale.txt")
    assert (given.status, "new" in answer.likeness().values()) == (0, False), given


def test_a_folder_that_the_commit_lacks_is_made_and_told(repo: GitRunner, answer: Rerun) -> None:
    place = repo.top / "runs" / "today"
    place.mkdir(parents=True)
    words = (sys.executable, "-c", "import os; print(os.path.basename(os.getcwd()))")
    bundle = record(repo.top, *words, cwd=place).folder
    given = answer(bundle)
    assert (given.status, answer.likeness()) == (0, {"stdout.txt": "identical"})
    assert "runs/today, where it ran, is not in this commit" in given.out


def test_what_is_not_known_of_the_run_is_told_where_it_gives_something_else(
    repo: GitRunner, answer: Rerun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_SECRET_ONLY_THEN", "hunter2")
    monkeypatch.setenv("MKL_CBWR", "AVX2")
    bundle = record(repo.top, *run_words()).folder
    given = answer(bundle)
    assert "are not recorded" not in given.out
    double(repo)
    monkeypatch.delenv("SOME_SECRET_ONLY_THEN")
    monkeypatch.delenv("MKL_CBWR")
    document = json.loads((bundle / "record.json").read_text())
    document["python"]["version"] = "3.1.4"
    document["machine"]["system"] = "another one"
    (bundle / "record.json").write_text(json.dumps(document))
    given = answer(bundle, "--at", "HEAD")
    assert given.status == 1
    assert "which ignored files it read is not known, since only `record --strace` follows that" in given.out
    (said,) = (line for line in given.out.splitlines() if "the values are not recorded" in line)
    assert said.endswith("set: SOME_SECRET_ONLY_THEN only then")
    assert "different from then: python version 3.1.4, now " in given.out
    assert "with the variables of then: env MKL_CBWR=AVX2 bisect-parity rerun reports/" in given.out
    assert "hunter2" not in (repo.top.parent / "evidence" / "rerun.json").read_text()


def test_a_run_without_any_output_has_nothing_to_compare(repo: GitRunner, answer: Rerun) -> None:
    bundle = record(repo.top, sys.executable, "-c", "").folder
    given = answer(bundle)
    assert (given.status, answer.document["outcome"]) == (3, "nothing-to-compare")
    holding = bundle.rename(repo.top / "reports" / "holding")
    shutil.copytree(holding, holding / "inner")
    assert answer(holding).status == 3  # a run that holds another one is a run all the same


def test_what_cannot_be_run_is_refused(
    repo: GitRunner, answer: Rerun, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = record(repo.top, "true", "--token", "hunter2hunter2").folder
    assert "held secrets, which were not recorded" in answer(secret).err
    assert record(repo.top, "true").status == 0
    assert "holds 2 bundles" in answer("reports").err
    assert answer(secret, "--at", "HEAD", "--likely", "2").status == 2
    assert answer(secret, "--at", "nowhere", "--", "true").status == 3
    assert answer(secret, "--bring", "nothing", "--", "true").status == 2
    assert answer(secret, "--bring", "..", "--", "true").status == 2
    tampered = json.loads((secret / "record.json").read_text())
    tampered["run"]["argv"] = ["true"]
    tampered["git"]["commit"] = "0123456789" * 4
    (secret / "record.json").write_text(json.dumps(tampered))
    assert "is not in this repository" in answer(secret).err
    tampered["run"] = []
    (secret / "record.json").write_text(json.dumps(tampered))
    assert "is not a record of a run" in answer(secret).err
    (secret / "record.json").write_text("{")
    assert "is not valid JSON" in answer(secret).err
    monkeypatch.chdir(repo.top.parent)
    assert answer("--repo", repo.top, secret.parent).status == 2


def test_a_record_cannot_write_outside_of_the_worktree(repo: GitRunner, answer: Rerun) -> None:
    bundle = record(repo.top, *run_words()).folder
    document = json.loads((bundle / "record.json").read_text())
    digest = document["inputs"][0]["sha256"]
    outside = repo.top.parent / "planted.py"
    up = os.path.relpath(outside, repo.top / ".git" / "bisect-parity" / "worktrees" / "kept-1")
    document["git"]["untracked"] = [
        {"path": path, "size": 1, "sha256": digest} for path in (up, str(outside))
    ]
    document["git"]["prefix"] = "../.."
    (bundle / "untracked").mkdir()
    shutil.copy(repo.top / "run.py", bundle / "untracked" / outside.name)
    (bundle / "record.json").write_text(json.dumps(document))
    assert answer(bundle).status == 0
    assert not outside.exists()


def test_a_tracked_output_is_compared_also_where_the_commit_holds_it_already(
    repo: GitRunner, answer: Rerun
) -> None:
    repo.commit({"table.csv": "loss,rmse\n9,9\n"}, "An old table")
    bundle = record(repo.top, *run_words()).folder
    told = json.loads((bundle / "record.json").read_text())["outputs"]
    assert {"table.csv": "tracked, and changed meanwhile"}.items() <= {
        one["path"]: one["how"] for one in told
    }.items()
    repo.commit({"table.csv": (repo.top / "table.csv").read_text()}, "The new one")
    for words in ((), ("--at", "HEAD")):
        assert answer(bundle, *words).status == 0
        assert answer.likeness()["table.csv"] == "identical"


def test_its_result_becomes_a_part_of_the_statement_about_the_bundle(
    repo: GitRunner, answer: Rerun, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, other = (record(repo.top, *words).folder for words in (run_words(), ("true",)))
    answer(bundle)
    told = repo.top.parent / "evidence" / "rerun.json"
    refused = call(capsys, "attach", other, "--rerun", told)
    refused.is_told(2, "no statement is about that")
    attached = json.loads(call(capsys, "attach", "--json", bundle, other, "--rerun", told).out)
    first, second = (json.loads(Path(one["statement"]).read_text()) for one in attached["statements"])
    assert first["predicate"]["reruns"] == [answer.document]
    assert second["predicate"]["reruns"] == []
    assert call(capsys, "verify", bundle, other).status == 0


def test_paths_of_the_checkout_are_those_of_the_worktree_also_for_an_unrecorded_bundle(
    repo: GitRunner, answer: Rerun
) -> None:
    repo.commit({"write.py": "import sys\nopen(sys.argv[1], 'w').write('loss 1.5')\n"}, "Write")
    results = repo.top / "results" / "20250908T160130Z"
    results.mkdir(parents=True)
    (results / "loss.txt").write_text("loss 1.5")
    repo.commit({"notes.txt": "x"}, "Notes")
    (repo.top / "write.py").write_text("raise SystemExit(3)\n")
    before = snapshot(repo.top)
    out = repo.top / "loss.txt"
    for words in (
        (sys.executable, str(repo.top / "write.py"), str(out)),
        ("sh", "-c", f"'{sys.executable}' {repo.top}/write.py {out}"),
    ):
        given = answer(results, "--at", "HEAD", "--", *words)
        assert (given.status, answer.likeness()["loss.txt"]) == (0, "identical"), given
        assert snapshot(repo.top) == before


def test_what_was_written_outside_of_the_working_tree_is_not_written_over(
    repo: GitRunner, answer: Rerun
) -> None:
    outside = repo.top.parent / "outside.txt"
    words = ("sh", "-c", f"echo 1 > {outside}")
    bundle = record(repo.top, *words, options=("--output", str(outside))).folder
    outside.write_text("precious")
    given = answer(bundle)
    assert (given.status, outside.read_text()) == (3, "precious")
    assert "run again, it would write over that" in given.err


STREAMS = "import sys; print('loss 1.5'); print(sys.stdout.isatty(), file=sys.stderr)"


@pytest.mark.parametrize("is_one", [True, False])
def test_streams_are_again_what_they_were_whatever_those_of_the_caller_are(
    repo: GitRunner, is_one: bool
) -> None:
    tool = [sys.executable, "-P", "-m", "bisect_parity"]
    words = (sys.executable, "-c", STREAMS)
    error = subprocess.STDOUT if is_one else subprocess.PIPE
    subprocess.run([*tool, "record", "--", *words], stdout=subprocess.PIPE, stderr=error, check=True)
    (bundle,) = (repo.top / "reports" / "recorded").iterdir()
    other = subprocess.PIPE if is_one else subprocess.STDOUT
    done = subprocess.run(
        [*tool, "rerun", "--out", repo.top.parent / "out", bundle],
        stdout=subprocess.PIPE,
        stderr=other,
        check=False,
    )
    assert done.returncode == 0, done
    document = json.loads((repo.top.parent / "out" / "rerun.json").read_text())
    likeness = {one["name"]: one["likeness"] for one in document["attempts"][0]["outputs"]}
    assert likeness == dict.fromkeys(["output.txt"] if is_one else ["stdout.txt", "stderr.txt"], "identical")


def test_a_run_that_had_a_terminal_gets_one_again(repo: GitRunner, answer: Rerun) -> None:
    source, target = os.openpty()
    words = (sys.executable, "-c", STREAMS)
    command = [sys.executable, "-P", "-m", "bisect_parity", "record", "--quiet", "--", *words]
    subprocess.run(command, stdout=target, stderr=target, check=True)
    os.close(target)
    os.close(source)
    (bundle,) = (repo.top / "reports" / "recorded").iterdir()
    assert "True" in (bundle / "output.txt").read_text()
    given = answer(bundle)
    assert (given.status, answer.likeness()) == (0, {"output.txt": "identical"}), given


def test_a_submodule_is_at_the_commit_that_the_run_had_it_at(repo: GitRunner, answer: Rerun) -> None:
    library = GitRunner(repo.top.parent / "lib")
    library.commit({"scale.txt": "3"}, "Three")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.top), "lib")
    repo.git("commit", "-q", "-m", "Library")
    inner = GitRunner(repo.top / "lib", init=False)
    pinned, moved = inner.head, inner.commit({"scale.txt": "5"}, "Five")
    words = (sys.executable, "-c", "print('loss', open('lib/scale.txt').read())")
    recorded = record(repo.top, *words)
    module = {"path": "lib", "commit": pinned, "differs": True, "has_changes": False, "checked_out": moved}
    assert recorded.document["git"]["submodules"] == [module]
    given = answer(recorded.folder)
    assert (given.status, answer.document["attempts"][0]["says"]) == (0, []), given
    (repo.top / "lib" / "scale.txt").write_text("7")
    changed = answer(record(repo.top, *words).folder)
    assert changed.status == 1
    assert "the submodule lib had changes that were not kept: it is without them" in changed.out


def test_what_is_brought_and_not_as_the_run_read_it_is_told(repo: GitRunner, answer: Rerun) -> None:
    (repo.top / "data.bin").write_text("2")
    bundle = record(repo.top, *run_words("data.bin")).folder
    (repo.top / "data.bin").write_text("3")
    given = answer(bundle, "--bring", "data.bin")
    assert given.status == 1
    assert "brought, and not what the run read: data.bin" in given.out


def test_no_secret_of_a_command_that_is_named_is_written(repo: GitRunner, answer: Rerun) -> None:
    bundle = record(repo.top, *run_words()).folder
    given = answer(bundle, "--", sys.executable, "-c", "print('loss 1.5')", "--password", "hunter-two")
    assert given.status == 1
    written = [path for path in (repo.top.parent / "evidence").rglob("*") if path.is_file()]
    assert len(written) > 3
    assert [path for path in written if b"hunter-two" in path.read_bytes()] == []


def test_what_a_program_recorded_by_itself_is_held_against_what_it_records_again(
    repo: GitRunner, answer: Rerun
) -> None:
    inside = (
        "import sys\nfrom bisect_parity.recording import record_run\n"
        "with record_run(*sys.argv[1:]) as run:\n"
        "    (run.folder / 'loss.txt').write_text(open('scale.txt').read())\n"
        "    run.note(rmse=float(open('noted.txt').read()))\n"
    )
    repo.commit({"inside.py": inside, "noted.txt": "0.25"}, "Recorded from inside")
    for place in ((), ("kept/by-hand",)):
        subprocess.run([sys.executable, "inside.py", *place], check=True)
        (bundle,) = place or Path("reports/recorded").iterdir()
        given = answer(bundle)
        assert (given.status, answer.likeness()["loss.txt"]) == (0, "identical"), given
        assert answer.likeness()["notes of record.json"] == "identical"
    repo.commit({"noted.txt": "0.5"}, "Another figure")
    given = answer(bundle, "--at", "HEAD")
    assert (given.status, answer.likeness()["notes of record.json"]) == (1, "differs"), given
