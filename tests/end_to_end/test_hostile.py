"""`provenance` and `audit` on hostile input: an answer or one clear line, and nothing touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np
import pytest

from fixtures.git import GitRunner
from tests.end_to_end.world import BUNDLE, call, copy_of, everything, process, small_history, start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.end_to_end.world import Answer


class Ask(Protocol):
    """Documents where both commands answer, and how the calls ended where another status is expected."""

    @overload
    def __call__(self, directory: Path, *words: object) -> tuple[dict[str, Any], dict[str, Any]]: ...
    @overload
    def __call__(self, directory: Path, *words: object, status: int) -> tuple[Answer, Answer]: ...


@pytest.fixture
def world(template: GitRunner, tmp_path: Path) -> GitRunner:
    """A copy of the small repository in `tmp_path/world`, the only folder that a test looks at."""
    (tmp_path / "world").mkdir()
    return copy_of(template, tmp_path / "world" / "r")


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run `provenance` and `audit` on a repository: neither may change anything, and both must be clean."""

    def both(directory: Path, *words: object, status: int = 0) -> tuple[Any, Any]:
        folder = tmp_path / "world"
        folder.mkdir(exist_ok=True)
        before = everything(folder)
        first = call(capsys, "provenance", "--json", "--repo", directory, *words)
        second = call(capsys, "audit", "--json", "--repo", directory, "--out", tmp_path / "out", *words)
        assert everything(folder) == before
        assert not list(folder.rglob("worktrees/*/bisect-parity*"))
        first.is_clean()
        second.is_clean()
        if status == 0:
            assert (first.status, second.status) == (0, second.status if second.status == 1 else 0), second
            assert first.err == second.err == ""
            return json.loads(first.out), json.loads(second.out)
        return first, second

    return both


def answer_of(document: dict[str, Any], path: str = BUNDLE) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in document["bundles"] if item["path"] == path)
    return found


def is_second(repo: GitRunner, document: dict[str, Any]) -> bool:
    return bool(answer_of(document)["commit"] == repo.rev("main~1"))


# What git itself can be


def test_a_folder_without_a_repository(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "world" / "empty").mkdir(parents=True)
    for answer in ask(tmp_path / "world" / "empty", status=3):
        answer.is_told(3, "not in a git repository", "--repo")


def test_a_folder_that_is_not_there(ask: Ask, tmp_path: Path) -> None:
    for answer in ask(tmp_path / "world" / "none", status=3):
        answer.is_told(3, "is not a directory", "--repo")


def test_an_unborn_branch_with_bundles_leaves_them_unresolved(ask: Ask, tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "world" / "r")
    repo.write({f"{BUNDLE}/env.json": '{"git_sha": "' + "a" * 40 + '"}'})
    told, _ = ask(repo.top)
    found = answer_of(told)
    assert (found["class"], found["commit"], found["candidates"]) == ("unresolved", None, [])
    assert "names no commit" in found["note"]


def test_a_repository_without_evidence(ask: Ask, tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "world" / "r")
    repo.commit({"a.py": "A = 1\n"})
    for answer in ask(repo.top, status=3):
        answer.is_told(3, "no evidence bundle found", "[evidence] roots")


def test_a_bare_repository_is_read_as_its_head_holds_it(ask: Ask, world: GitRunner, tmp_path: Path) -> None:
    bare = tmp_path / "world" / "bare.git"
    world.git("clone", "-q", "--bare", ".", str(bare))
    told, matrix = ask(bare)
    assert is_second(world, told)
    assert is_second(world, matrix)


def test_a_bare_repository_whose_head_is_unborn_says_how_to_name_a_branch(
    ask: Ask, world: GitRunner, tmp_path: Path
) -> None:
    bare = tmp_path / "world" / "bare.git"
    world.git("clone", "-q", "--bare", ".", str(bare))
    world.git("-C", str(bare), "symbolic-ref", "HEAD", "refs/heads/elsewhere")
    for answer in ask(bare, status=3):
        answer.is_told(3, "names no commit", "symbolic-ref")


def test_a_bare_repository_without_commits(ask: Ask, world: GitRunner, tmp_path: Path) -> None:
    world.git("init", "-q", "--bare", str(tmp_path / "world" / "bare.git"))
    for answer in ask(tmp_path / "world" / "bare.git", status=3):
        answer.is_told(3, "is bare", "--repo")


def test_the_git_directory_of_a_work_tree_is_told_apart_from_a_bare_repository(
    ask: Ask, world: GitRunner
) -> None:
    for answer in ask(world.top / ".git", status=3):
        answer.is_told(3, "is a git directory", "--repo")


def test_a_shallow_clone_answers_with_what_it_has(ask: Ask, world: GitRunner, tmp_path: Path) -> None:
    world.git("clone", "-q", "--depth=2", f"file://{world.top}", str(tmp_path / "world" / "shallow"))
    told, _ = ask(tmp_path / "world" / "shallow")
    assert is_second(world, told)


def test_a_clone_cut_off_at_the_adding_commit_names_none_and_says_what_to_do(
    ask: Ask, world: GitRunner, tmp_path: Path
) -> None:
    world.git("clone", "-q", "--depth=1", f"file://{world.top}", str(tmp_path / "world" / "shallow"))
    told, _ = ask(tmp_path / "world" / "shallow")
    answer = answer_of(told)
    assert (answer["class"], answer["commit"]) == ("unresolved", None)
    assert "git fetch --unshallow" in answer["note"]


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_is_read_without_fetching(
    ask: Ask, world: GitRunner, tmp_path: Path, kind: str
) -> None:
    world.git("config", "uploadpack.allowFilter", "true")
    place = tmp_path / "world" / "partial"
    world.git("clone", "-q", f"--filter={kind}", f"file://{world.top}", str(place))
    world.top.rename(tmp_path / "gone")
    told, _ = ask(place)
    assert answer_of(told)["class"] in ("inferred", "ambiguous")
    second = GitRunner(place, init=False).rev("main~1")
    assert second in {candidate["commit"] for candidate in answer_of(told)["candidates"]}
    assert answer_of(told)["code_state_probability"] >= answer_of(told)["probability"]
    assert ("lacks the trees" in answer_of(told)["note"]) == (kind == "tree:0")
    assert kind == "blob:none" or "one code state" not in answer_of(told)["note"]


def test_contents_that_a_partial_clone_lacks_do_not_hide_those_that_it_has(
    ask: Ask, world: GitRunner, tmp_path: Path
) -> None:
    revisions = [
        json.dumps([{"git_sha": world.rev(name), "date": f"2025-09-08T16:0{minute}:30Z", "correlation": 0.5}])
        for name, minute in (("main~2", 0), ("main~1", 1), ("main", 2))
    ]
    for text in revisions:
        world.commit({"reports/all/benchmark_results.json": text})
    full, _ = ask(world.top)
    world.git("config", "uploadpack.allowFilter", "true")
    place = tmp_path / "world" / "partial"
    world.git("clone", "-q", "--filter=blob:none", f"file://{world.top}", str(place))
    world.top.rename(tmp_path / "gone")
    partial, _ = ask(place)
    runs = [item["path"] for item in full["bundles"] if "@" in item["path"]]
    assert len(runs) == 2
    assert [item["path"] for item in partial["bundles"]] == [BUNDLE, "reports/all"]  # one run is left to read
    assert answer_of(partial, "reports/all")["commit"] == answer_of(full, "reports/all")["commit"]


def test_a_partial_clone_lacks_the_code_that_a_traceback_names(
    ask: Ask, world: GitRunner, tmp_path: Path
) -> None:
    text = 'Traceback (most recent call last):\n  File "/home/u/src/a.py", line 1, in <module>\nValueError\n'
    world.commit({f"{BUNDLE}/run.log": text})
    world.git("config", "uploadpack.allowFilter", "true")
    place = tmp_path / "world" / "partial"
    world.git("clone", "-q", "--filter=blob:none", f"file://{world.top}", str(place))
    world.top.rename(tmp_path / "gone")
    told, _ = ask(place)
    assert answer_of(told)["commit"] == GitRunner(place, init=False).rev("main~2")


def test_a_sha_256_repository(ask: Ask, tmp_path: Path) -> None:
    repo = small_history(tmp_path / "world" / "r", object_format="sha256")
    told, _ = ask(repo.top)
    assert is_second(repo, told)
    assert len(answer_of(told)["commit"]) == 64


def test_a_repository_of_a_newer_git(ask: Ask, world: GitRunner) -> None:
    world.git("config", "core.repositoryFormatVersion", "1")
    world.git("config", "extensions.newFormat", "true")
    for answer in ask(world.top, status=3):
        answer.is_told(3, "this git cannot read", "newer git")


def test_replaced_objects_do_not_rewrite_history(ask: Ask, world: GitRunner) -> None:
    second, first = world.rev("main~1"), world.rev("main~2")
    world.git("replace", second, first)
    told, _ = ask(world.top)
    assert answer_of(told)["commit"] == second


def test_grafts_do_not_rewrite_history(ask: Ask, world: GitRunner) -> None:
    second = world.rev("main~1")
    (world.top / ".git" / "info").mkdir(exist_ok=True)
    (world.top / ".git" / "info" / "grafts").write_text(f"{world.rev('main')}\n")
    told, _ = ask(world.top)
    assert answer_of(told)["commit"] == second


def test_a_submodule_is_another_repository(ask: Ask, world: GitRunner, tmp_path: Path) -> None:
    small_history(tmp_path / "world" / "sub")
    world.git("submodule", "add", "-q", str(tmp_path / "world" / "sub"), "results/sub")
    world.commit({}, "Add the submodule")
    told, _ = ask(world.top)
    assert answer_of(told)["commit"] == world.rev("main~2")


def test_a_repository_of_another_user(ask: Ask, world: GitRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    named = world.top.rename(world.top.with_name("my world"))
    for answer in ask(named, status=3):
        answer.is_told(3, "belongs to another user", f"safe.directory '{named}'")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda log: log[:-30],
        lambda _: b"",
        lambda _: b"\0" * 4096,
        lambda log: log + b"not a reflog line\n" + b"f" * 40 + b" " + b"e" * 40 + b" \xff\xfe <> 1 +0000\n",
        lambda log: log.replace(b" -0700", b" +9999"),
        lambda log: log.replace(b"17573", b"999999917573"),
    ],
    ids=["cut off", "empty", "zeros", "other lines", "an impossible zone", "an impossible time"],
)
def test_a_corrupt_reflog_is_not_believed_and_not_fatal(
    ask: Ask, world: GitRunner, spoil: Callable[[bytes], bytes]
) -> None:
    for name in ("HEAD", "refs/heads/main"):
        log = world.top / ".git" / "logs" / name
        log.write_bytes(spoil(log.read_bytes()))
    told, _ = ask(world.top)
    assert is_second(world, told)


def test_a_linked_worktree_is_read_like_the_main_one(ask: Ask, world: GitRunner, tmp_path: Path) -> None:
    linked = world.worktree(tmp_path / "world" / "linked")
    told, _ = ask(linked.top)
    assert is_second(world, told)


def test_a_subdirectory_stands_for_the_whole_repository(
    world: GitRunner, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.top / "src")
    from_below = call(capsys, "provenance", "--json")
    monkeypatch.chdir(world.top)
    assert call(capsys, "provenance", "--json").out == from_below.out


@pytest.mark.parametrize("name", ["-q", "a\n b\x1b[31m\u2028", "\udcff"], ids=ascii)
def test_a_repository_at_any_place_is_read(
    template: GitRunner, ask: Ask, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    (tmp_path / "world").mkdir()
    repo = copy_of(template, tmp_path / "world" / name)
    told, _ = ask(repo.top)
    assert is_second(repo, told)
    for words in (["attach", "--out", tmp_path / "out"], ["audit", "--out", tmp_path / "out"], ["init"]):
        call(capsys, *words, "--repo", repo.top).is_clean()
    linked = repo.worktree(tmp_path / "world" / f"{name} linked")
    told, _ = ask(linked.top)
    assert is_second(repo, told)


def test_a_bundle_is_named_relative_to_the_working_directory(
    world: GitRunner, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.top / "reports")
    answer = call(capsys, "provenance", "--json", "20250908T160130Z")
    assert is_second(world, json.loads(answer.out))


def test_a_corrupt_object_is_one_clear_line(ask: Ask, world: GitRunner) -> None:
    commit = world.rev("main~1")
    place = world.top / ".git" / "objects" / commit[:2] / commit[2:]
    place.chmod(0o644)
    place.write_bytes(b"no zlib")
    for answer in ask(world.top, status=3):
        answer.is_told(3, "git rev-list failed", "git fsck")


# What a bundle can be


@pytest.mark.parametrize(
    "name",
    [
        "with some spaces",
        "a\nnew line",
        os.fsdecode(b"bytes \xff\xfe"),
        "--upload-pack=touch x",
        "-q",
        "\x1b[31mred\x1b[0m\x07",
        "quote'\"`$(touch x)",
        ":(exclude)x",
        "a#b?c*[d]",
        "\u202eright to left",
    ],
    ids=ascii,
)
def test_a_bundle_of_any_name_is_resolved_and_shown_safely(
    ask: Ask, world: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    path = f"reports/{name} 20250908T160130Z"
    files = {f"{path}/{name}.json": '{"git_sha": "' + world.rev("main~1") + '"}'}
    world.write(files)
    world.git("add", "-f", "-A")
    world.commit({}, "A strange name")
    told, _ = ask(world.top)
    strange = next(item for item in told["bundles"] if item["path"] != BUNDLE)
    assert (strange["commit"], strange["class"]) == (world.rev("main~2"), "confirmed")
    assert strange["path"].endswith(" 20250908T160130Z")
    shown = call(capsys, "provenance", "--explain", "--repo", world.top, world.top / path)
    shown.is_clean()
    assert shown.status == 0, shown
    assert not list(tmp_path.rglob("x"))
    for file in (tmp_path / "out").rglob("*"):
        if file.suffix in (".md", ".json", ".txt"):
            text = file.read_bytes()
            assert not any(byte < 32 and byte not in b"\n\t" for byte in text), file
            assert text.isascii(), file


# What lies in a bundle


def spoiled(world: GitRunner, files: Mapping[str, str | bytes], name: str = "20250908T160230Z") -> str:
    """Write files into a bundle of their own, beside the good one."""
    path = f"reports/{name}"
    world.write({f"{path}/{file}": content for file, content in files.items()})
    return path


def test_a_result_of_100_mb_is_refused_by_its_size(ask: Ask, world: GitRunner) -> None:
    path = spoiled(world, {"benchmark_results.json": b"[", "env.json": "{}"})
    os.truncate(world.top / path / "benchmark_results.json", 100 * 2**20)
    began = time.monotonic()
    first, second = ask(world.top)
    assert time.monotonic() - began < 30  # reading it would take minutes
    assert is_second(world, first)
    assert "larger than" in json.dumps(second)


HOSTILE_JSON = (
    b"[" * 200_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"git_sha": "' + b"a" * 2**20 + b'"}',
    b'{"git_sha": ' + b"1" * 50_000 + b"}",
    b'{"git_sha": "--upload-pack=touch x"}',
    b'{"git_sha": "-q"}',
    b'{"git_sha": "HEAD", "git_commit": "main", "commit": "@{-1}"}',
    b'{"git_sha": "\\u001b]0;title\\u0007\\u001b[2J"}',
    b'{"git_sha": ["deep", {"git_sha": null}], "timestamp": 1e400}',
    b'{"timestamp": NaN, "date": "9999-99-99T99:99:99Z", "time": -1e18}',
    b'{"timestamp": 99999999999999999999, "date": "0000-00-00"}',
    b'\xff\xfe{\x00"\x00',
    b"\x00" * 1000,
    b"",
    b'"\\ud800"',
    b'{"git_sha": "\\ud800"}',
    b'{"\\ud800": {"correlation_warm": "\\u001b[31m"}}',
)
HOSTILE_TEXTS = (
    "Git SHA: --upload-pack=touch x\n",
    "Git SHA: -q\n",
    "**Commit:** \x1b[31m" + "f" * 40 + "\x1b[0m\n",
    "Commit: " + "a" * 2**20 + "\n",
    "\u202e Commit: " + "0" * 40 + "\n",
    "| Commit: `x` | <script>alert(1)</script> |\n" * 1000,
    "python a.py " + "--x=" * 100_000,
    "python 'unclosed \\\n" * 1000,
)


def test_hostile_json_is_told_or_left_out(
    ask: Ask, world: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    paths = [
        spoiled(world, {"benchmark_results.json": content, "env.json": content}, f"20250908T1602{place:02}Z")
        for place, content in enumerate(HOSTILE_JSON)
    ]
    first, _ = ask(world.top)
    assert is_second(world, first)
    for path, content in zip(paths, HOSTILE_JSON, strict=True):
        found = answer_of(first, path)
        assert found["class"] not in ("confirmed", "recorded"), content[:32]
        assert max(len(clue["says"]) for clue in found["clues"]) < 1000, content[:32]
        assert max(len(clue["source"]["text"]) for clue in found["clues"]) < 1000, content[:32]
    call(capsys, "provenance", "--explain", "--repo", world.top).is_clean()
    call(capsys, "audit", "--repo", world.top, "--out", tmp_path / "out").is_clean()
    assert not list(tmp_path.rglob("x"))


def test_hostile_text_is_told_or_left_out(
    ask: Ask, world: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    paths = [
        spoiled(
            world,
            {"summary.md": text, "commands.txt": text, "git_sha.txt": text},
            f"20250908T1602{place:02}Z",
        )
        for place, text in enumerate(HOSTILE_TEXTS)
    ]
    first, _ = ask(world.top)
    assert is_second(world, first)
    for path, text in zip(paths, HOSTILE_TEXTS, strict=True):
        assert answer_of(first, path)["class"] not in ("confirmed", "recorded"), text[:24]
    call(capsys, "provenance", "--explain", "--repo", world.top).is_clean()
    call(capsys, "audit", "--repo", world.top, "--out", tmp_path / "out").is_clean()
    assert not list(tmp_path.rglob("x"))


def test_links_are_not_followed_out_of_a_bundle(ask: Ask, world: GitRunner, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "env.json").write_text(
        '{"git_sha": "' + world.rev("main~2") + '", "password": "hunter2secret"}'
    )
    path = spoiled(world, {"summary.md": "nothing\n"})
    (world.top / path / "env.json").symlink_to(secret / "env.json")
    (world.top / path / "outside").symlink_to(secret, target_is_directory=True)
    first, second = ask(world.top)
    assert world.rev("main~2") not in json.dumps(answer_of(first, path)["clues"])
    assert "hunter2secret" not in json.dumps([first, second])


def test_link_loops_end(ask: Ask, world: GitRunner) -> None:
    path = spoiled(world, {"env.json": "{}"})
    (world.top / path / "up").symlink_to("..", target_is_directory=True)
    (world.top / path / "self").symlink_to("self")
    (world.top / "reports" / "again").symlink_to(".", target_is_directory=True)
    first, _ = ask(world.top)
    assert [item["path"] for item in first["bundles"]] == [BUNDLE, path]


@pytest.mark.parametrize("target", ["none", "/etc", "20250908T170000Z"])
def test_a_named_bundle_that_is_a_link_elsewhere_is_refused(ask: Ask, world: GitRunner, target: str) -> None:
    link = world.top / "reports" / "20250908T170000Z"
    link.symlink_to(target)
    for answer in ask(world.top, link, status=3):
        answer.is_told(3, "20250908T170000Z")


@pytest.mark.parametrize("name", ["benchmark_results.json", "env.json", "summary.md"])
def test_a_fifo_in_a_bundle_does_not_hang(ask: Ask, world: GitRunner, name: str) -> None:
    path = spoiled(world, {"run.log": "nothing\n"})
    os.mkfifo(world.top / path / name)
    first, _ = ask(world.top)
    assert is_second(world, first)


def test_a_named_file_is_resolved_by_itself(ask: Ask, world: GitRunner) -> None:
    name = f"{BUNDLE}/env.json"
    first, _ = ask(world.top, world.top / name)
    assert [bundle["path"] for bundle in first["bundles"]] == [name]


def test_the_folder_that_holds_the_repository_is_no_evidence(ask: Ask, world: GitRunner) -> None:
    for answer in ask(world.top, world.top.parent, status=3):
        answer.is_told(3, "is not inside", "--repo")


# What is around it


def test_a_state_directory_that_cannot_be_written_changes_no_answer(ask: Ask, world: GitRunner) -> None:
    (world.top / ".git" / "bisect-parity").write_text("in the way")
    told, _ = ask(world.top)
    assert is_second(world, told)


@pytest.mark.parametrize("command", ["provenance", "audit", "attach"])
def test_an_output_folder_that_cannot_be_written_is_one_clear_line(
    world: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    before = everything(tmp_path)
    call(capsys, command, "--repo", world.top, "--out", tmp_path / "file" / "out").is_told(
        3, "cannot write", "--out"
    )
    assert everything(tmp_path) == before


def test_without_git_on_the_path_it_is_told(world: GitRunner, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()  # as a process of its own: what runs git looks for it where it is imported
    answer = process("provenance", cwd=world.top, PATH=str(tmp_path / "bin"))
    answer.is_told(3, "git is not on PATH", "Install")


@pytest.mark.parametrize("command", ["provenance", "audit", "attach", "evaluate", "init"])
def test_every_command_tells_that_git_is_gone(
    world: GitRunner,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    call(capsys, command, "--repo", world.top).is_told(3, "git is not on PATH", "Install")


def test_a_git_that_fails_without_a_word_is_told(
    world: GitRunner, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "git"
    fake.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    call(capsys, "provenance", "--repo", world.top).is_told(3, "git rev-parse", "no reason given")


def test_an_unknown_option_is_usage(world: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    answer = call(capsys, "provenance", "--repo", world.top, "--upload-pack=touch x")
    assert answer.status == 2
    assert "No such option" in answer.err
    answer.is_clean()


@pytest.mark.parametrize("text", ["[evidence", "[evidnce]\n", "[evidence]\nsize = -1\n", "\xff"])
def test_settings_that_are_not_valid_are_usage(ask: Ask, world: GitRunner, text: str) -> None:
    (world.top / "bisect-parity.toml").write_bytes(text.encode("latin-1"))
    for answer in ask(world.top, status=2):
        answer.is_told(2, "bisect-parity.toml")


@pytest.mark.parametrize("roots", ['["/etc"]', '["../.."]', '["reports/../.."]'])
def test_evidence_roots_outside_the_repository_are_refused(ask: Ask, world: GitRunner, roots: str) -> None:
    (world.top / "bisect-parity.toml").write_text(f"[evidence]\nroots = {roots}\n")
    for answer in ask(world.top, status=3):
        answer.is_told(3, "is not inside")


def long_history(top: Path, commits: int) -> GitRunner:
    """A repository with many commits, made by `git fast-import`."""
    repo = GitRunner(top)
    stream = [b"blob\nmark :1\ndata 6\nA = 1\n\n"]
    for number in range(commits):
        when = repo.clock + number * 60
        stream.append(
            b"commit refs/heads/main\nmark :%d\ncommitter A <a@example.org> %d +0000\ndata 1\nx\n%s"
            % (number + 2, when, b"M 100644 :1 src/a%d.py\n" % (number % 7))
        )
    repo.git("fast-import", "--quiet", stdin=b"".join(stream))
    repo.git("reset", "-q", "--hard", "main")
    spoiled(repo, {"env.json": "{}"})
    return repo


def test_an_interrupt_ends_with_130_and_one_line(tmp_path: Path) -> None:
    repo = long_history(tmp_path / "world" / "r", 1000)
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    reached = tmp_path / "reached"
    slow.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *rev-list*) touch {reached}; sleep 60;; esac\n'
        f'PATH="{os.environ["PATH"]}" exec git "$@"\n'
    )
    slow.chmod(0o755)
    before = everything(tmp_path / "world")
    path = f"{slow.parent}{os.pathsep}{os.environ['PATH']}"
    running = start("provenance", "--out", tmp_path / "out", cwd=repo.top, PATH=path)
    stop = threading.Timer(60, running.kill)
    stop.start()
    while not reached.exists() and running.poll() is None:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate()
    stop.cancel()
    assert (running.returncode, out, err.strip()) == (130, "", "bisect-parity: interrupted")
    assert everything(tmp_path / "world") == before
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["commands.txt"]
    assert "ended by signal 15" in (tmp_path / "out" / "commands.txt").read_text()


@pytest.mark.parametrize("command", ["provenance", "audit", "evaluate"])
def test_a_name_with_a_newline_cannot_forge_a_line(
    world: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    forged = "confirmed    ffffffffffff >0.999  reports"
    path = f"reports/x\n{forged}/20250908T160230Z"
    world.write({f"{path}/env.json": '{"git_sha": "' + world.rev("main~2") + '"}'})
    out = ("--out", tmp_path / "out") if command != "evaluate" else ()
    answer = call(capsys, command, "--repo", world.top, *out)
    assert answer.status in (0, 1)
    assert not any(line.startswith(forged) for line in answer.out.splitlines()), answer.out


def test_an_error_about_a_name_with_a_newline_is_one_line(
    world: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    name = world.top / "a\nbisect-parity: all is well"
    call(capsys, "provenance", "--repo", world.top, name).is_told(3, "does not exist")


@pytest.mark.parametrize("command", ["provenance", "audit"])
@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"PYTHONIOENCODING": "latin-1"}, "\\u4e2d"),
        ({"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "\u4e2d"),
    ],
    ids=["terminal", "locale"],
)
def test_names_that_the_terminal_or_the_locale_cannot_show_do_no_harm(
    world: GitRunner, tmp_path: Path, command: str, variables: dict[str, str], shown: str
) -> None:
    world.write({"reports/\u4e2d 20250908T160230Z/env.json": "{}"})
    answer = process(command, "--out", tmp_path / "out", cwd=world.top, **variables)
    assert answer.status in (0, 1), answer
    assert answer.err == ""
    assert command == "audit" or shown in answer.out


@pytest.mark.parametrize("command", ["provenance", "audit"])
def test_a_reader_that_goes_away_gets_no_traceback(world: GitRunner, tmp_path: Path, command: str) -> None:
    running = start(command, "--out", tmp_path / "out", cwd=world.top)
    assert running.stdout is not None
    running.stdout.close()
    _, err = running.communicate(timeout=60)
    assert "Traceback" not in (err or "")
    assert "internal error" not in (err or "")


@pytest.mark.parametrize("place", [BUNDLE, f"{BUNDLE}/out", "link"])
@pytest.mark.parametrize("command", ["provenance", "audit", "attach", "evaluate"])
def test_no_output_is_put_among_evidence(
    world: GitRunner, capsys: pytest.CaptureFixture[str], command: str, place: str
) -> None:
    (world.top / BUNDLE / "commands.txt").write_text("python a.py\n")
    (world.top / "link").symlink_to(BUNDLE, target_is_directory=True)
    before = everything(world.top)
    out = ("--plot", world.top / place / "a.svg") if command == "evaluate" else ("--out", world.top / place)
    call(capsys, command, "--repo", world.top, *out).is_told(2, "evidence is never changed", "--out")
    assert everything(world.top) == before


@pytest.mark.parametrize("command", ["provenance", "audit", "attach"])
def test_a_stamped_output_folder_among_the_evidence_is_used_again(
    world: GitRunner, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    out = world.top / "reports" / "20250909T000000Z-mine"
    first = call(capsys, command, "--json", "--repo", world.top, "--out", out)
    second = call(capsys, command, "--json", "--repo", world.top, "--out", out)
    assert first.status == second.status
    assert second.status in (0, 1), second
    told = json.loads(second.out)
    assert len(told.get("bundles", told.get("statements"))) == 1


@pytest.mark.parametrize("command", ["provenance", "audit", "evaluate", "init", "compare"])
def test_a_full_disk_below_standard_output_is_one_clear_line(
    world: GitRunner, tmp_path: Path, command: str
) -> None:
    world.write({"reports/20250908T160231Z/env.json": json.dumps({"git_sha": world.rev("main~1")})})
    words: list[str | Path] = ["--out", tmp_path / "out"] if command == "audit" else []
    words = [world.top / "a.npy"] * 2 if command == "compare" else words
    np.save(world.top / "a.npy", np.arange(4.0))
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, "-P", "-m", "bisect_parity", command, *words],
            cwd=world.top,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "cannot write the output: No space left on device" in done.stderr


def test_a_working_directory_that_is_gone_is_told(
    world: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    call(capsys, "provenance").is_told(2, "the working directory is gone", "--repo")
    assert call(capsys, "provenance", "--repo", world.top).status == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ('{"git_sha": "abc', "not valid JSON"),
    ],
)
def test_a_file_that_could_not_be_read_is_told(ask: Ask, world: GitRunner, text: str, why: str) -> None:
    world.write({f"{BUNDLE}/benchmark_results.json": text})
    told, _ = ask(world.top)
    assert f"{BUNDLE}/benchmark_results.json was not read" in answer_of(told)["note"]
    assert why in answer_of(told)["note"]
