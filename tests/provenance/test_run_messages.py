"""What `datalad run` writes into messages is a record; git-annex keeps files elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.annex import annexed_content, is_annexed
from bisect_parity.evidence.model import Artifact, Bundle
from bisect_parity.history.additions import last_changes
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.run_messages import RUN, RunMessage, run_message, with_recorded_commands
from fixtures.git import EPOCH, GitRunner
from tests.end_to_end.world import call
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
PROGRAM = """import argparse, json
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.5)
p.add_argument("--out")
given = p.parse_args()
json.dump({"rmse": given.lr * 3}, open(given.out, "w"))
"""
PLACES = ("results/a", "results/b", "results/c")
KEY = "MD5E-s16--0cc175b9c0f1b6a831c399e269772661.json"
LINK = f"../../.git/annex/objects/Vf/3q/{KEY}/{KEY}"


def message(cmd: object, subject: str = "[DATALAD RUNCMD] run", **told: object) -> str:
    """As DataLad 1.7.1 writes it."""
    record: Any = {"chain": [], "cmd": cmd, "dsid": "1e59a3a4", "exit": 0, "extra_inputs": []} | told
    text = json.dumps({"inputs": [], "outputs": [], "pwd": "."} | record, indent=1, sort_keys=True)
    return f"{subject}\n\n=== Do not change lines below ===\n{text}\n^^^ Do not change lines above ^^^\n"


@pytest.mark.parametrize(
    ("told", "command"),
    [
        ({}, "python run.py"),
        ({"cmd": "run {inputs} {outputs[1]} {{x}}", "inputs": ["a b", "*.csv"], "outputs": ["c", "d"]}, None),
        ({"cmd": "run {dspath}/x {pwd}/y", "pwd": "sub/deep"}, "run ../../x ./y"),
        ({"cmd": "run {tmpdir}"}, ""),
        ({"cmd": "run {outputs[7]}"}, ""),
        ({"cmd": "run {pwd:>999999999}"}, ""),
        ({"cmd": "run {inputs}" * 4000, "inputs": ["x"] * 4000}, ""),
        ({"cmd": "run \0"}, ""),
        ({"cmd": "run {inputs}", "inputs": ["\ud800"]}, ""),
    ],
)
def test_the_command_is_read_with_what_its_placeholders_stand_for(
    told: dict[str, Any], command: str | None
) -> None:
    expected = "run 'a b' *.csv d {x}" if command is None else command
    found = run_message(message(**{"cmd": "python run.py"} | told))
    assert found == RunMessage(expected, told.get("pwd", "."), 0, "[DATALAD RUNCMD] run")


def test_a_record_in_a_file_has_no_command_and_what_is_no_record_is_none() -> None:
    sidecar = message("x").partition("===\n")[0] + '===\n"851a99"\n^^^ Do not change lines above ^^^\n'
    assert run_message(sidecar) == RunMessage("", ".", None, "[DATALAD RUNCMD] run")
    broken = message("x").replace('"pwd"', "pwd")
    squashed = message("x", "Squash: [DATALAD RUNCMD] x")
    endless = message("x").partition("{")[0] + 20_000 * "=== Do not change lines below ===\n"
    folders = (message("x", pwd=pwd) for pwd in (1, "a\0b", "\ud800"))
    for other in ("", "x", squashed, message(["x"]), broken, endless, *folders):
        assert run_message(other) is None


def test_links_into_the_annex_are_told_from_others(tmp_path: Path) -> None:
    assert is_annexed(LINK)
    inside = (LINK.replace(KEY, key) for key in ("..", ".", "a\0b"))  # no file, or no name of one
    for other in ("/etc/passwd", LINK.replace("Vf", ".."), LINK + "/../x", KEY, "../.git/config", *inside):
        assert not is_annexed(other)
        assert annexed_content(tmp_path, other.encode(), 9) == other.encode()
    assert annexed_content(tmp_path, b"{}", 9) == b"{}"
    assert annexed_content(tmp_path, LINK.encode(), 9) == KEY.encode()
    store = tmp_path / LINK.removeprefix("../../.git/")
    store.parent.mkdir(parents=True)
    store.write_bytes(b"123456789")
    assert annexed_content(tmp_path, LINK.encode(), 9) == b"123456789"
    assert annexed_content(tmp_path, LINK.encode(), 8) == KEY.encode()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[GitRunner, list[str]]:
    """A run as DataLad commits it, one that was rewritten since, and one in the annex."""
    repo = GitRunner(tmp_path_factory.mktemp("datalad") / "r")
    codes = [repo.commit({"run.py": PROGRAM, ".datalad/config": "x"}, "code", when=EPOCH)]
    said = message("python3 run.py --lr 0.25 --out {outputs}", outputs=["results/a/metrics.json"])
    repo.commit({"results/a/metrics.json": '{"rmse": 0.75}'}, said, when=EPOCH + HOUR)
    codes.append(repo.commit({"run.py": PROGRAM + "\n"}, "code", when=EPOCH + 2 * HOUR))
    rewritten = {"results/b/metrics.json": '{"rmse": 0.5}'}
    repo.commit(rewritten, said, when=EPOCH + 3 * HOUR, author_when=EPOCH + 2.5 * HOUR)
    store = repo.top / ".git" / "annex" / "objects" / "Vf" / "3q" / KEY
    store.mkdir(parents=True)
    (store / KEY).write_text('{"rmse": 0.375}')
    (repo.top / "results" / "c").mkdir()
    (repo.top / "results" / "c" / "metrics.json").symlink_to(LINK)
    codes.append(repo.rev("HEAD"))
    repo.git("add", "results/c")
    annexed = said.replace("0.25", "0.125").replace("/a/", "/c/")
    repo.commit(None, annexed, when=EPOCH + 4 * HOUR)
    other = repo.git("commit-tree", "-m", "update", f"{codes[0]}^{{tree}}", when=EPOCH + 3.9 * HOUR)
    repo.git("update-ref", "refs/heads/git-annex", other)
    return repo, codes


def test_the_commit_before_is_recorded_unless_it_was_rewritten(dataset: tuple[GitRunner, list[str]]) -> None:
    repo, codes = dataset
    found = resolutions(repo.top)
    for name, code in (("a", codes[0]), ("c", codes[2])):
        item = found[f"results/{name}"]
        assert (item.commit, item.resolution_class) == (code, ResolutionClass.CONFIRMED)
        assert item.probability > 0.999
        assert item.clues[0].says.startswith(f"{RUN} says {code}: ")
    assert not any(clue.kind == "record" for clue in found["results/b"].clues)
    hidden = resolutions(repo.top, blind=True)
    assert not any(clue.kind == "record" for item in hidden.values() for clue in item.clues)
    assert all(item.probability < 0.999 for item in hidden.values())
    places = repo.rev("git-annex")
    assert not any(each.commit == places for item in hidden.values() for each in item.candidates)


def test_it_is_hidden_run_again_and_its_options_are_shown(
    dataset: tuple[GitRunner, list[str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, codes = dataset
    monkeypatch.chdir(repo.top)
    assert json.loads(call(capsys, "evaluate", "--json").out)["count"] == 2
    assert "0.25" in call(capsys, "params", "results/a").out
    named = json.loads(call(capsys, "provenance", "--json", "results/c/metrics.json").out)
    assert [(item["path"], item["commit"]) for item in named["bundles"]] == [
        ("results/c/metrics.json", codes[2])
    ]
    (repo.top / "results" / "a" / "seen.json").write_text("{}")  # which the command did not write
    again: list[tuple[str, str, tuple[str, ...]]] = [
        ("a", codes[0], ()),
        ("a/metrics.json", codes[0], ()),
        ("c", codes[2], ()),
    ]
    again.append(
        ("c", codes[2], ("--", "python3", "run.py", "--lr=0.12500000001", "--out=results/c/metrics.json"))
    )
    for number, (name, code, line) in enumerate(again):
        out = repo.top.parent / f"again-{number}"
        done = call(capsys, "rerun", "--out", out, f"results/{name}", *line)
        word = "equivalent " if line else "identical  "
        assert (done.status, done.out.splitlines()[0]) == (0, f"{word}  {code[:12]}  results/{name}")
    (repo.top / "results" / "a" / "seen.json").unlink()


def test_many_bundles_cost_as_many_calls_of_git_as_one(
    dataset: tuple[GitRunner, list[str]], tmp_path: Path
) -> None:
    repo, _ = dataset
    journal = Journal(tmp_path / "commands.txt", ["test"])
    repository = Repository.open(repo.top, journal)
    bundles = [Bundle(path, (), (Artifact(f"{path}/metrics.json", 1, ""),), ()) for path in PLACES]
    calls = []
    for number in (1, 3):
        before = (tmp_path / "commands.txt").read_text().count(" log ")
        found = with_recorded_commands(repository, bundles[:number])
        calls.append((tmp_path / "commands.txt").read_text().count(" log ") - before)
        stated = [[each.argv for part in bundle.findings for each in part.commands] for bundle in found]
        line = ["python3", "run.py", "--lr", "0.25", "--out", "results/a/metrics.json"]
        other = ["0.125" if word == "0.25" else word.replace("/a/", "/c/") for word in line]
        assert stated == [[tuple(line)], [tuple(line)], [tuple(other)]][:number]
    assert calls[0] == calls[1] > 0
    left = last_changes(repository, ["results/b/metrics.json", "run.py", "results/none"])
    assert list(left) == ["results/b/metrics.json", "run.py"]
