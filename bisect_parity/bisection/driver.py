"""git does the search: `git bisect start` and `git bisect run`, with the verdicts of the session."""

from __future__ import annotations

import contextlib
import re
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.bisection import step
from bisect_parity.bisection.model import Find
from bisect_parity.errors import CheckError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.model import Check
    from bisect_parity.history.worktree import Worktree
    from bisect_parity.journal import Completed

__all__ = ["Search", "bisect_log", "search"]

STATUS_OF_VERDICT = {"good": 0, "bad": 1, "skip": 125, "abort": 200}
SKIPPED_ONLY_STATUS = 2
MERGE_BASE_STATUS = 3
POLL_SECONDS = 0.05
_FIRST = re.compile(r"^# first [\w-]+ commit: \[([0-9a-f]{40,64})\]", re.MULTILINE)
_POSSIBLE = re.compile(r"^# possible first [\w-]+ commit: \[([0-9a-f]{40,64})\]", re.MULTILINE)
_STEPS = re.compile(r"^bisect_(nr|steps)=(\d+)$", re.MULTILINE)


@frozen
class Search:
    """How git's bisection ended.

    Attributes:
        first: the commit that it names; None where it names none.
        candidates: commits that are left because they cannot be tested.
        is_merge_base_new: the common ancestor of the ends is already as the new end is.
        complaint: what git said where it ended in another way.
    """

    first: str | None = None
    candidates: tuple[str, ...] = ()
    is_merge_base_new: bool = False
    complaint: str = ""


def search(
    worktree: Worktree,
    limits: SearchRange,
    check_command: Sequence[str],
    verdict: Callable[[str, int | None], Check],
) -> Search:
    """Let git bisect a range in a worktree.

    Args:
        worktree: of our own; it is clean.
        limits: the range, whose ends were tested.
        check_command: a check that can stand in for the session in a replay.
        verdict: gives the verdict on a commit; is told how many steps git expects to be left.

    Raises:
        CheckError: a check was at fault, and the search was given up.
        RepositoryError: git cannot start the bisection.
    """
    is_fix = limits.find is Find.FIX
    # words of our own: git lets nobody change what its "good" and "bad" mean
    terms = ("--term-old=broken", "--term-new=fixed") if is_fix else ()
    paths = ("--", *limits.pathspecs) if limits.pathspecs else ()
    worktree.git("bisect", "start", *terms, limits.new, limits.old, *paths)
    if found := _FIRST.search(bisect_log(worktree)):
        return Search(first=found[1])
    statuses = dict(STATUS_OF_VERDICT)
    if is_fix:
        statuses |= {"bad": statuses["good"], "good": statuses["bad"]}

    def status() -> int:
        check = verdict(worktree.head(), _steps_left(worktree, limits.pathspecs))
        if check.verdict == "abort":
            raise CheckError(f"the check is at fault at {check.commit}: {check.reason}")
        return statuses[check.verdict]

    with _listening() as (server, place):
        python = check_command[0]
        command = [python, "-I", "-S", step.__file__, str(place), *check_command]
        ended = _run(worktree, command, server, status)
    return _outcome(ended, bisect_log(worktree))


def bisect_log(worktree: Worktree) -> str:
    """What `git bisect log` prints, read from its file: also where git was stopped in the middle."""
    try:
        return (worktree.git_dir / "BISECT_LOG").read_text(errors="replace")
    except OSError:
        return ""


def _run(
    worktree: Worktree, command: Sequence[str], server: socket.socket, status: Callable[[], int]
) -> Completed:
    """Run `git bisect run` beside us, and answer each of its steps.

    The checks are run from this thread: an interrupt ends them here, and git, left without an answer, ends
    by itself.
    """
    ended: list[Completed] = []
    failures: list[BaseException] = []

    def bisect() -> None:
        try:
            ended.append(worktree.git_result("bisect", "run", *command))
        except BaseException as error:  # noqa: BLE001 - it is raised again where it can be told
            failures.append(error)

    thread = threading.Thread(target=bisect, name="git bisect run")
    thread.start()
    try:
        _serve(server, thread, status)
    finally:
        _serve(server, thread, lambda: step.ABORT_STATUS)
    if failures:
        raise failures[0]
    return ended[0]


def _serve(server: socket.socket, thread: threading.Thread, status: Callable[[], int]) -> None:
    """Answer for as long as git runs."""
    while thread.is_alive():
        with contextlib.suppress(TimeoutError):
            client = server.accept()[0]
            with client:
                client.sendall(f"{status()}\n".encode())


@contextlib.contextmanager
def _listening() -> Iterator[tuple[socket.socket, Path]]:
    """A Unix socket in a new folder that is the user's alone; its path must be short."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="bisect-parity-")
    except OSError as error:
        raise OutputError(
            f"cannot make a temporary folder: {error.strerror}", "Set TMPDIR to a folder that can be written."
        ) from error
    with folder as top, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        place = Path(top) / "session"
        try:
            server.bind(str(place))
        except OSError as error:
            raise OutputError(
                f"cannot listen at {place}: {error}", "Set TMPDIR to a shorter path."
            ) from error
        server.listen()
        server.settimeout(POLL_SECONDS)
        yield server, place


def _steps_left(worktree: Worktree, pathspecs: Sequence[str]) -> int | None:
    """How many steps git expects after this one; None where it cannot tell."""
    names = worktree.git("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/bisect/")
    old, new = [], []
    for line in names.decode().splitlines():
        commit, _, name = line.partition(" ")
        if "-" not in name:
            new.append(commit)
        elif not name.startswith("skip-"):
            old.append(f"^{commit}")
    paths = ("--", *pathspecs) if pathspecs else ()
    answer = worktree.git_result("rev-list", "--bisect-vars", *new, *old, *paths)
    found = dict(_STEPS.findall(answer.stdout.decode("ascii", "replace")))
    return int(found["steps"]) if answer.status == 0 and "steps" in found else None


def _outcome(ended: Completed, log: str) -> Search:
    if found := _FIRST.search(log):
        return Search(first=found[1])
    possible = tuple(_POSSIBLE.findall(log))
    if ended.status == SKIPPED_ONLY_STATUS or possible:
        return Search(candidates=possible)
    if ended.status == MERGE_BASE_STATUS:
        return Search(is_merge_base_new=True)
    said = ended.stderr.decode(errors="backslashreplace").strip().splitlines()
    return Search(complaint=f"git bisect run ended with status {ended.status}: {said[0] if said else '-'}")
