from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bisect_parity.errors import OutputError, RepositoryError
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree import MARKER, Worktree, cache_directory, own_worktree, remove_leftovers
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

HOLDER = """
import signal, sys, time
from pathlib import Path
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree import own_worktree
from bisect_parity.journal import Journal

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGTERM, interrupt)
repository = Repository.open(Path(sys.argv[1]), Journal(None, ["test"]))
try:
    with own_worktree(repository, sys.argv[2]) as worktree:
        print(worktree.path, flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Two commits, a dirty index, dirty files, a stash, an untracked and an ignored file."""
    sandbox = Sandbox(tmp_path / "repository")
    sandbox.commit({"src/a.py": "1\n", ".gitignore": "*.bin\n"})
    (sandbox.top / "src/a.py").write_text("stashed\n")
    sandbox.git("stash")
    sandbox.commit({"src/a.py": "2\n", "run.sh": "echo\n"})
    (sandbox.top / "src/a.py").write_text("staged\n")
    sandbox.git("add", "src/a.py")
    (sandbox.top / "src/a.py").write_text("dirty\n")
    (sandbox.top / "notes.txt").write_text("untracked\n")
    (sandbox.top / "Fdump.bin").write_text("ignored\n")
    return sandbox


def opened(top: Path) -> Repository:
    return Repository.open(top, Journal(None, ["test"]))


def nothing_is_left(sandbox: Sandbox) -> bool:
    listed = sandbox.git("worktree", "list", "--porcelain").count("worktree ")
    left = [path for path in (cache_directory() / "worktrees").rglob("*") if not path.is_dir()]
    admin = sandbox.top / ".git" / "worktrees"
    return listed == 1 and not left and not (admin.exists() and list(admin.iterdir()))


def hold(sandbox: Sandbox) -> tuple[subprocess.Popen[str], Path]:
    """A process that holds a worktree until it gets a signal, and where that worktree is."""
    words = [sys.executable, "-c", HOLDER, str(sandbox.top), sandbox.git("rev-parse", "HEAD")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str], sign: signal.Signals) -> int:
    process.send_signal(sign)
    with process:
        return process.wait(30)


def test_the_commit_is_checked_out_elsewhere_and_the_users_checkout_stays_as_it_was(sandbox: Sandbox) -> None:
    before = sandbox.snapshot()
    first = sandbox.git("rev-parse", "HEAD~1")
    with own_worktree(opened(sandbox.top), first) as worktree:
        assert worktree.head() == first
        assert (worktree.path / "src/a.py").read_text() == "1\n"
        assert not (worktree.path / "Fdump.bin").exists()
        assert worktree.path.is_relative_to(cache_directory())
        assert (worktree.git_dir / MARKER).is_file()
        assert "locked bisect-parity" in sandbox.git("worktree", "list", "--porcelain")
        assert sandbox.snapshot() == before
    assert sandbox.snapshot() == before
    assert nothing_is_left(sandbox)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_nothing_behind(sandbox: Sandbox, error: type[BaseException]) -> None:
    before = sandbox.snapshot()

    def work() -> None:
        with own_worktree(opened(sandbox.top), "HEAD") as worktree:
            (worktree.path / "product.o").write_text("x")
            raise error

    with pytest.raises(error):
        work()
    assert sandbox.snapshot() == before
    assert nothing_is_left(sandbox)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_behind(sandbox: Sandbox, sign: signal.Signals) -> None:
    before = sandbox.snapshot()
    process, path = hold(sandbox)
    assert path.is_dir()
    assert end(process, sign) == 130
    assert sandbox.snapshot() == before
    assert nothing_is_left(sandbox)


def test_what_a_killed_session_left_is_removed_by_the_next(sandbox: Sandbox) -> None:
    before = sandbox.snapshot()
    process, path = hold(sandbox)
    end(process, signal.SIGKILL)
    assert path.is_dir()
    with own_worktree(opened(sandbox.top), "HEAD"):
        assert not path.exists()
    assert sandbox.snapshot() == before
    assert nothing_is_left(sandbox)


def test_a_left_over_is_found_when_the_cache_directory_is_another_one_now(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, path = hold(sandbox)
    end(process, signal.SIGKILL)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    assert remove_leftovers(opened(sandbox.top)) == (path,)
    assert not path.exists()
    assert nothing_is_left(sandbox)


def test_what_was_left_before_git_knew_of_it_is_removed_too(sandbox: Sandbox) -> None:
    process, path = hold(sandbox)
    end(process, signal.SIGKILL)
    sandbox.git("worktree", "remove", "--force", "--force", str(path))
    path.mkdir()
    assert remove_leftovers(opened(sandbox.top)) == (path,)
    assert nothing_is_left(sandbox)


def test_a_living_session_is_left_alone_and_two_work_at_once(sandbox: Sandbox) -> None:
    process, path = hold(sandbox)
    with own_worktree(opened(sandbox.top), "HEAD~1") as worktree:
        assert worktree.path != path
        assert path.is_dir()
        assert remove_leftovers(opened(sandbox.top)) == ()
    assert path.is_dir()
    assert end(process, signal.SIGTERM) == 130
    assert nothing_is_left(sandbox)


def test_worktrees_of_the_user_are_never_removed(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("worktree", "add", "-q", "--detach", str(tmp_path / "users"))
    marked = sandbox.top / ".git/worktrees/users" / MARKER
    marked.write_text("a marker in a place that is not ours")
    assert remove_leftovers(opened(sandbox.top)) == ()
    assert (tmp_path / "users/src/a.py").is_file()


def test_restoring_removes_products_and_undoes_changes_and_moves_of_head(sandbox: Sandbox) -> None:
    first, last = sandbox.git("rev-list", "--reverse", "HEAD").split()
    with own_worktree(opened(sandbox.top), last) as worktree:
        (worktree.path / "src/a.py").write_text("patched\n")
        (worktree.path / "product.bin").write_text("ignored")
        (worktree.path / "nested").mkdir()
        subprocess.run(["git", "init", "-q", "nested"], cwd=worktree.path, check=True)
        (worktree.path / "nested/file").write_text("x")
        worktree.git("checkout", "-q", "-f", "--detach", first)
        (worktree.git_dir / "index.lock").write_text("")
        worktree.restore(last)
        assert worktree.head() == last
        assert sorted(path.name for path in worktree.path.iterdir()) == [
            ".git",
            ".gitignore",
            "run.sh",
            "src",
        ]
        assert (worktree.path / "src/a.py").read_text() == "2\n"
        assert worktree.git("status", "--porcelain", "--ignored") == b""


def test_products_that_the_case_keeps_stay(sandbox: Sandbox) -> None:
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        (worktree.path / "build").mkdir()
        (worktree.path / "build/a.o").write_text("x")
        (worktree.path / "other.o").write_text("x")
        worktree.restore(worktree.head(), keep=["build/"])
        assert (worktree.path / "build/a.o").is_file()
        assert not (worktree.path / "other.o").exists()


def test_folders_without_write_permission_are_cleaned(sandbox: Sandbox) -> None:
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        locked = worktree.path / "locked"
        locked.mkdir()
        (locked / "file").write_text("x")
        locked.chmod(0o500)
        worktree.restore(worktree.head())
        assert not locked.exists()
        locked.mkdir()
        (locked / "file").write_text("x")
        locked.chmod(0o500)
    assert nothing_is_left(sandbox)


def test_a_case_that_deletes_its_worktree_harms_no_repository_further_up(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = Sandbox(tmp_path / "outer")
    outer.commit({"precious.txt": "1\n"})
    (outer.top / "untracked.txt").write_text("precious\n")
    before = outer.snapshot()
    monkeypatch.setenv("XDG_CACHE_HOME", str(outer.top / "cache"))
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        for path in sorted(worktree.path.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        worktree.restore(worktree.head())
        assert (worktree.path / "src/a.py").read_text() == "2\n"
        (worktree.path / ".git").unlink()
        worktree.repair()
        assert opened(worktree.path).git_dir == worktree.git_dir
    assert outer.snapshot() == before


def test_a_worktree_replaced_by_a_link_is_not_followed(sandbox: Sandbox, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")

    def replace(worktree: Worktree) -> None:
        worktree.path.rename(tmp_path / "away")
        worktree.path.symlink_to(precious)

    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        replace(worktree)
        with pytest.raises(OutputError, match="replaced by a link"):
            worktree.restore("HEAD")
    assert (precious / "file").is_file()
    assert nothing_is_left(sandbox)


@pytest.mark.parametrize("layout", ["subdirectory", "bare", "linked", "sha256"])
def test_it_works_from_every_layout(sandbox: Sandbox, tmp_path: Path, layout: str) -> None:
    start = sandbox.top / "src"
    if layout == "bare":
        start = tmp_path / "bare.git"
        sandbox.git("clone", "-q", "--bare", ".", str(start))
    elif layout == "linked":
        start = tmp_path / "linked"
        sandbox.git("worktree", "add", "-q", "--detach", str(start), "HEAD~1")
    elif layout == "sha256":
        start = tmp_path / "sha256"
        Sandbox(start, "sha256").commit({"src/a.py": "2\n"})
    repository = opened(start)
    commit = repository.resolve("HEAD")
    with own_worktree(repository, commit) as worktree:
        assert worktree.head() == commit
        assert worktree.repository.common_dir == repository.common_dir
        kept = worktree.path
    assert not kept.exists()


def test_hooks_of_the_user_do_not_run(sandbox: Sandbox, tmp_path: Path) -> None:
    hook = sandbox.top / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        worktree.restore(sandbox.git("rev-parse", "HEAD~1"))
    assert not (tmp_path / "ran").exists()


def test_a_cache_directory_that_cannot_be_written_is_a_clear_error(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="XDG_CACHE_HOME"), own_worktree(opened(sandbox.top), "HEAD"):
        pass


def test_a_full_disk_is_a_clear_error_that_leaves_nothing_behind(sandbox: Sandbox) -> None:
    sandbox.commit({"large.txt": "x" * 200_000})
    before = sandbox.snapshot()
    # a limit on file sizes stops git in the middle of the checkout, as a full disk does
    limited = f'ulimit -f 100; exec {sys.executable} -c "$0" {sandbox.top} HEAD'
    done = subprocess.run(["bash", "-c", limited, HOLDER], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "RepositoryError: cannot check out HEAD" in done.stderr
    assert "Make room" in done.stderr
    assert sandbox.snapshot() == before
    assert nothing_is_left(sandbox)


def test_a_commit_whose_files_are_missing_is_a_clear_error(sandbox: Sandbox) -> None:
    blob = sandbox.git("rev-parse", "HEAD:run.sh")
    (sandbox.top / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RepositoryError, match="cannot check out"), own_worktree(opened(sandbox.top), "HEAD"):
        pass
    assert nothing_is_left(sandbox)


def test_the_cache_directory_is_found_without_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "relative/is/ignored"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_directory() == Path(os.environ["HOME"]) / ".cache/bisect-parity"
