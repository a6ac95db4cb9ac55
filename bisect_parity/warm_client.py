"""`check` as a client of a warm worker: sends its command line, and ends as the worker says.

Standard library only, and little of it: this is all that a step of a session has to import.
"""

from __future__ import annotations

import os
import socket
import sys

from bisect_parity.fork_client import send_request

__all__ = ["CHECK_SOCKET", "WORKER_VARIABLE", "check_by_worker", "sealed"]

WORKER_VARIABLE = "BISECT_PARITY_WORKER"
CHECK_SOCKET = "check.socket"  # in the folder that the variable names


SEAL = 0x55


def sealed(status: int) -> int:
    """The status that a check by a worker ends with, and back: no library ends a process with these."""
    return status ^ SEAL


def check_by_worker(folder: str, arguments: list[str]) -> int | None:
    """Have a check done by the worker whose sockets are in `folder`.

    Args:
        folder: see `WORKER_VARIABLE`.
        arguments: of the command line.

    Returns:
        Its exit status; None if no worker answers, and nothing was begun.

    Raises:
        KeyboardInterrupt: a signal came; the check has been ended.
        OSError: the worker was lost in the middle of the check.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(os.path.join(folder, CHECK_SOCKET))  # noqa: PTH118 - without pathlib
            null = os.open(os.devnull, os.O_RDWR)
            files = [null, *(_number(stream, null) for stream in (sys.stdout, sys.stderr)), null]
            send_request(connection, os.getcwd(), arguments, os.environ, files)  # noqa: PTH109
            answers = connection.makefile("rb")
            if not answers.readline():
                return None
        except (OSError, ValueError):
            return None
        try:
            status = answers.readline()
        except KeyboardInterrupt:
            connection.shutdown(socket.SHUT_WR)  # the worker ends the check, and all that it started
            answers.readline()
            raise
    if not status:
        raise ConnectionError("the warm worker ended in the middle of the check")
    return sealed(int(status))


def _number(stream: object, null: int) -> int:
    return null if stream is None else stream.fileno()  # type: ignore[attr-defined]
