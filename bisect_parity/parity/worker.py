"""The warm processes of a session: what is slow to import is imported once, for all of its checks."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from bisect_parity.files import printable
from bisect_parity.parity.forked_python import PYTHON_SOCKET, PYTHON_STATE
from bisect_parity.parity.placeholders import PLACEHOLDERS
from bisect_parity.parity.scratch import scratch_folder
from bisect_parity.parity.steps import step_environment
from bisect_parity.warm_client import CHECK_SOCKET, NO_TORCH, NO_WORKER_VARIABLE, WORKER_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bisect_parity.journal import Journal, Running
    from bisect_parity.parity.case import Case

REASON_LENGTH = 200

READY_SECONDS = 60.0
LOOK_SECONDS = 0.01


@contextlib.contextmanager
def warm_worker(
    journal: Journal, case: Case, worktree: Path, caller: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Start the warm processes, and end them afterwards.

    One has the check and torch imported (no torch where a test judges), and forks a child for each
    `bisect-parity check` that finds it in its environment. The other is a bare Python with the modules of the
    case's `preload`, and is forked for candidates in Python. Neither runs any code of the case itself, so
    nothing that a step does can reach the next one. Where one cannot be started, the checks do without, and
    say why.

    Args:
        journal: starts them.
        case: whose modules and environment are used.
        worktree: top of the tree in which the checks run.
        caller: the environment of the checks.

    Yields:
        What is to be added to the environment of the checks.
    """
    with scratch_folder() as folder, contextlib.ExitStack() as stack:
        name = str(folder)
        log = stack.enter_context((folder / "log").open("wb"))
        serve = [sys.executable, "-P", "-m", "bisect_parity.commands.serve", name]
        serve += [NO_TORCH] if case.test else []
        # BLAS threads would make forks unsafe, and the comparison needs none
        quiet = {**caller, "OPENBLAS_NUM_THREADS": "1"}
        worker = stack.enter_context(journal.start(serve, cwd=worktree, env=quiet, stdout=log, stderr=log))
        awaited = {CHECK_SOCKET: worker}
        if case.preload:
            paths = [str(folder / PYTHON_SOCKET), str(folder / PYTHON_STATE)]
            zygote = [sys.executable, "-m", "bisect_parity.parity.zygote", *paths, *case.preload]
            env = step_environment(case, (), dict.fromkeys(PLACEHOLDERS, ""), caller)
            awaited[PYTHON_STATE] = stack.enter_context(
                journal.start(zygote, cwd=folder, env=env, stdout=log, stderr=log)
            )
        _await(folder, awaited)
        try:
            if (folder / CHECK_SOCKET).exists():
                yield {WORKER_VARIABLE: name}
            else:
                yield {NO_WORKER_VARIABLE: _last_line(folder / "log")}
        finally:
            for running in awaited.values():
                running.terminate()


def _last_line(log: Path) -> str:
    """What the worker said last, in which a traceback names the error."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return printable(lines[-1])[:REASON_LENGTH] if lines else "it said nothing"


def _await(folder: Path, awaited: Mapping[str, Running]) -> None:
    """Wait until each file is there, or the process that would make it has ended."""
    deadline = time.monotonic() + READY_SECONDS
    for name, running in awaited.items():
        while not (folder / name).exists() and running.process.poll() is None:
            if time.monotonic() > deadline:
                return
            time.sleep(LOOK_SECONDS)
