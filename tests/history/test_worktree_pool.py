from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bisect_parity.errors import OutputError
from bisect_parity.history import worktree_pool
from bisect_parity.history.repository import OWN_WORKTREE
from bisect_parity.history.worktree_pool import (
    fresh_worktree,
    kept_worktrees,
    own_worktree,
    remove_leftovers,
    remove_worktrees,
)
from tests.history.checkout import crowded, opened
from tests.sandbox import Sandbox

HOLDER = """
import signal, sys, time
from pathlib import Path
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree_pool import fresh_worktree, own_worktree
from bisect_parity.journal import Journal

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGTERM, interrupt)
repository = Repository.open(Path(sys.argv[1]), Journal(None, ["test"]))
kind = fresh_worktree if sys.argv[3:] == ["fresh"] else own_worktree
try:
    with kind(repository, sys.argv[2]) as worktree:
        (worktree.path / "product.o").write_text("x")
        print(worktree.path, flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return crowded(tmp_path / "repository")


def head(sandbox: Sandbox) -> str:
    return sandbox.git("rev-parse", "HEAD")


def is_removed(sandbox: Sandbox) -> bool:
    """Whether no trace is left of worktrees of ours."""
    remove_worktrees(opened(sandbox.top))
    listed = sandbox.git("worktree", "list", "--porcelain").count("worktree ")
    folder = sandbox.top / ".git/bisect-parity/worktrees"
    return listed == 1 and list(folder.iterdir()) == [] and not (sandbox.top / ".git/worktrees").exists()


def hold(sandbox: Sandbox, *words: str) -> tuple[subprocess.Popen[str], Path]:
    """A process that holds a worktree until it gets a signal, and where that worktree is."""
    command = [sys.executable, "-c", HOLDER, str(sandbox.top), head(sandbox), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
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
        assert not worktree.path.is_relative_to(sandbox.top)  # whose settings are not those of the commit
        assert stat.S_IMODE(worktree.path.parents[1].stat().st_mode) == 0o700
        assert (worktree.git_dir / OWN_WORKTREE).is_file()
        assert "locked of bisect-parity" in sandbox.git("worktree", "list", "--porcelain")
        assert sandbox.snapshot() == before
    assert sandbox.snapshot() == before
    assert is_removed(sandbox)


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_a_worktree_is_kept_clean_and_used_again(sandbox: Sandbox, error: type[BaseException] | None) -> None:
    before = sandbox.snapshot()

    def work() -> Path:
        with own_worktree(opened(sandbox.top), head(sandbox)) as worktree:
            (worktree.path / "product.o").write_text("x")
            (worktree.path / "src/a.py").write_text("patched\n")
            worktree.git("bisect", "start", "HEAD", "HEAD~1")
            if error is not None:
                raise error
            return worktree.path

    if error is None:
        work()
    else:
        with pytest.raises(error):
            work()
    (kept,) = kept_worktrees(opened(sandbox.top))
    assert (kept.commit, kept.is_used) == (head(sandbox), False)
    assert not (kept.path / "product.o").exists()
    inode = kept.path.stat().st_ino
    with own_worktree(opened(sandbox.top), sandbox.git("rev-parse", "HEAD~1")) as worktree:
        assert (worktree.path, worktree.path.stat().st_ino) == (kept.path, inode)
        assert worktree.git("status", "--porcelain", "--ignored") == b""
        assert worktree.git_result("bisect", "log").status != 0
    assert sandbox.snapshot() == before


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_a_worktree_that_the_next_one_uses(sandbox: Sandbox, sign: signal.Signals) -> None:
    before = sandbox.snapshot()
    process, path = hold(sandbox)
    assert end(process, sign) == (130 if sign is not signal.SIGKILL else -sign)
    assert (path / "product.o").exists() == (sign is signal.SIGKILL)
    with own_worktree(opened(sandbox.top), head(sandbox)) as worktree:
        assert worktree.path == path
        assert not (path / "product.o").exists()
    assert sandbox.snapshot() == before
    assert is_removed(sandbox)


def test_a_fresh_worktree_is_removed_at_its_end(sandbox: Sandbox) -> None:
    before = sandbox.snapshot()
    with fresh_worktree(opened(sandbox.top), head(sandbox)) as worktree:
        assert (worktree.path / "src/a.py").read_text() == "2\n"
        locked = worktree.path / "locked"
        locked.mkdir()
        (locked / "file").write_text("x")
        locked.chmod(0o500)
    assert kept_worktrees(opened(sandbox.top)) == []
    assert sandbox.snapshot() == before
    assert is_removed(sandbox)


def test_a_fresh_worktree_of_a_process_that_was_killed_is_removed_by_the_next(sandbox: Sandbox) -> None:
    process, path = hold(sandbox, "fresh")
    remove_leftovers(opened(sandbox.top))
    assert path.is_dir()
    end(process, signal.SIGKILL)
    with own_worktree(opened(sandbox.top), head(sandbox)):
        assert not path.exists()
    assert is_removed(sandbox)


@pytest.mark.parametrize("spoilt", ["index", "folder", "git_dir", "not_marked"])
def test_a_kept_worktree_that_was_spoilt_is_mended_or_made_anew(sandbox: Sandbox, spoilt: str) -> None:
    with own_worktree(opened(sandbox.top), head(sandbox)) as worktree:
        path, git_dir = worktree.path, worktree.git_dir
    if spoilt == "index":
        (git_dir / "index").write_bytes(b"not an index")
    elif spoilt == "folder":
        subprocess.run(["rm", "-rf", str(path)], check=True)
    elif spoilt == "git_dir":
        subprocess.run(["rm", "-rf", str(git_dir)], check=True)
    else:  # killed before it was marked as ours
        (git_dir / OWN_WORKTREE).unlink()
    with own_worktree(opened(sandbox.top), head(sandbox)) as worktree:
        assert worktree.path == path
        assert (path / "src/a.py").read_text() == "2\n"
        assert worktree.git("status", "--porcelain", "--ignored") == b""
    assert is_removed(sandbox)


def test_two_sessions_at_once_have_a_worktree_each(sandbox: Sandbox) -> None:
    process, path = hold(sandbox)
    with own_worktree(opened(sandbox.top), head(sandbox)) as worktree:
        assert worktree.path != path
        assert [kept.is_used for kept in kept_worktrees(opened(sandbox.top))] == [True, True]
        assert worktree.path.parent != path.parent  # so that `../build` is not shared
        assert remove_worktrees(opened(sandbox.top)) == []
    assert end(process, signal.SIGTERM) == 130
    assert len(remove_worktrees(opened(sandbox.top))) == 2
    assert is_removed(sandbox)


def test_a_repository_that_was_moved_finds_its_worktree_again(sandbox: Sandbox, tmp_path: Path) -> None:
    commit = head(sandbox)
    with own_worktree(opened(sandbox.top), commit) as worktree:
        git_dir = worktree.git_dir
    before = worktree.path.parent
    (sandbox.top / ".git/bisect-parity/worktrees/bisect-1/tree").mkdir(parents=True)  # of an earlier version
    sandbox.top.rename(tmp_path / "moved")
    Sandbox(tmp_path / "repository").commit({"a": "another repository at the old place"})
    with own_worktree(opened(tmp_path / "moved"), commit) as moved:
        assert moved.git_dir.name == git_dir.name
        assert opened(moved.path).git_dir == moved.git_dir
        assert moved.git("status", "--porcelain") == b""
        assert not (tmp_path / "moved/.git/bisect-parity/worktrees/bisect-1").exists()
    assert [kept.path.parent for kept in remove_worktrees(opened(tmp_path / "moved"))] == [
        moved.path.parent,
        before,
    ]
    assert list(before.parent.iterdir()) == []


def test_what_is_left_of_a_deleted_repository_goes_when_a_worktree_is_made(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    other = Sandbox(tmp_path / "other")
    commit = other.commit({"a": "1"})
    with own_worktree(opened(sandbox.top), head(sandbox)) as worktree:
        folder, text = worktree.path.parent, (worktree.path / ".git").read_text()
        sandbox.top.rename(tmp_path / "elsewhere")
        with own_worktree(opened(other.top), commit):
            assert folder.is_dir()  # somebody uses it
        sandbox.top.parent.mkdir(exist_ok=True)
        (tmp_path / "elsewhere").rename(sandbox.top)
    users = folder.parent / "0123456789abcdef"
    users.symlink_to(tmp_path / "users")
    for place in (tmp_path / "users/tree", folder.parent / "of the user/tree"):
        place.mkdir(parents=True)
        (place / ".git").write_text(text)
    sandbox.top.rename(tmp_path / "elsewhere")
    with own_worktree(opened(other.top), commit), own_worktree(opened(other.top), commit):
        assert not folder.exists()
    assert (tmp_path / "users/tree/.git").is_file()
    assert (folder.parent / "of the user/tree/.git").is_file()
    assert len(remove_worktrees(opened(other.top))) == 2


def test_repositories_of_one_path_on_two_machines_share_a_cache_directory(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    process, path = hold(sandbox)
    sandbox.top.rename(tmp_path / "of the other machine")
    Sandbox(sandbox.top).commit({"a": "1"})
    with own_worktree(opened(sandbox.top), head(sandbox)) as worktree:
        assert worktree.path != path
        assert (path / "product.o").exists()
    end(process, signal.SIGKILL)


def test_a_cache_directory_below_the_checkout_is_warned_of(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(sandbox.top / "cache"))
    for _ in range(2):
        with own_worktree(opened(sandbox.top), head(sandbox)):
            pass
    assert capsys.readouterr().err.count("below your checkout") == 1


def test_a_worktree_that_is_being_removed_is_nobody_elses(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_worktree(opened(sandbox.top), head(sandbox)) as worktree:
        pass

    def remove(*_of: object) -> None:
        assert [kept.is_used for kept in kept_worktrees(opened(sandbox.top))] == [True]

    monkeypatch.setattr(worktree_pool, "_remove", remove)
    assert [kept.path for kept in remove_worktrees(opened(sandbox.top))] == [worktree.path]


def test_worktrees_of_the_user_are_never_removed(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("worktree", "add", "-q", "--detach", str(tmp_path / "users"))
    marked = sandbox.top / ".git/worktrees/users" / OWN_WORKTREE
    marked.write_text("../../../../users\n")  # a marker in a place that is not ours
    remove_worktrees(opened(sandbox.top))
    assert (tmp_path / "users/src/a.py").is_file()
    assert kept_worktrees(opened(sandbox.top)) == []


@pytest.mark.parametrize("layout", ["subdirectory", "bare", "linked", "not UTF-8"])
def test_it_works_from_every_layout(sandbox: Sandbox, tmp_path: Path, layout: str) -> None:
    start = sandbox.top / "src"
    if layout == "bare":
        start = tmp_path / "bare.git"
        sandbox.git("clone", "-q", "--bare", ".", str(start))
    elif layout == "linked":
        start = tmp_path / "linked"
        sandbox.git("worktree", "add", "-q", "--detach", str(start), "HEAD~1")
    elif layout == "not UTF-8":
        start = tmp_path / "\udce4"
        Sandbox(start, "sha256").commit({"src/a.py": "2\n"})
    repository = opened(start)
    commit = repository.resolve("HEAD")
    with own_worktree(repository, commit) as worktree:
        assert worktree.head() == commit
        assert worktree.repository.common_dir == repository.common_dir


def test_a_git_directory_that_cannot_be_written_is_a_clear_error(sandbox: Sandbox) -> None:
    (sandbox.top / ".git/bisect-parity").write_text("")
    with (
        pytest.raises(OutputError, match="git directory and the cache directory must be writable"),
        own_worktree(opened(sandbox.top), head(sandbox)),
    ):
        pass


def test_a_full_disk_is_a_clear_error_that_leaves_nothing_behind(sandbox: Sandbox) -> None:
    sandbox.commit({"large.txt": "x" * 200_000})
    before = sandbox.snapshot()
    # a limit on file sizes stops git in the middle of the checkout, as a full disk does
    limited = f'ulimit -f 100; exec {sys.executable} -c "$0" {sandbox.top} {head(sandbox)}'
    done = subprocess.run(["bash", "-c", limited, HOLDER], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "RepositoryError: cannot check out" in done.stderr
    assert "Make room there, or have XDG_CACHE_HOME name" in done.stderr
    assert sandbox.snapshot() == before
    assert is_removed(sandbox)
