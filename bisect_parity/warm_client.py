"""`check` as a client of a warm worker: sends its command line, and ends as the worker says.

Standard library only, and little of it: this is all that a step of a session has to import.
"""

from __future__ import annotations

import os
import sys
from _socket import AF_UNIX, SHUT_WR, SOCK_STREAM, socket
from collections.abc import Iterator

from bisect_parity.fork_client import send_request

TYPE_CHECKING = False

WORKER_VARIABLE = "BISECT_PARITY_WORKER"
NO_WORKER_VARIABLE = "BISECT_PARITY_NO_WORKER"  # why a session has none
CHECK_SOCKET = "check.socket"  # in the folder that the variable names
NO_TORCH = "--no-torch"  # to the worker: exit statuses judge, and there are no images to compare
SEAL = 0x55
BLOCK_BYTES = 64


def sealed(status: int) -> int:
    """Map the status of a check by a worker to one that no library ends a process with, and back."""
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
        ConnectionError: the worker was lost in the middle of the check.
    """
    connection = socket(AF_UNIX, SOCK_STREAM)  # it is closed with this process
    try:
        connection.connect(os.path.join(folder, CHECK_SOCKET))  # noqa: PTH118 - without pathlib
        null = os.open(os.devnull, os.O_RDWR)
        files = [null, *(_number(stream, null) for stream in (sys.stdout, sys.stderr)), null]
        send_request(connection, os.getcwd(), arguments, os.environ, files)  # noqa: PTH109
        answers = _lines(connection)
        if not next(answers):
            return None
    except (OSError, ValueError):
        return None
    try:
        status = next(answers)
    except KeyboardInterrupt:
        connection.shutdown(SHUT_WR)  # the worker ends the check, and all that it started
        while connection.recv(BLOCK_BYTES):
            pass
        raise
    if not status:
        raise ConnectionError("the warm worker ended in the middle of the check")
    return sealed(int(status))


def _lines(connection: socket) -> Iterator[bytes]:
    """The lines that the worker says; empty ones once it is gone."""
    said = b""
    while True:
        while b"\n" not in said:
            block = connection.recv(BLOCK_BYTES)
            if not block:
                break
            said += block
        line, _, said = said.partition(b"\n")
        yield line


def _number(stream: object, null: int) -> int:
    return null if stream is None else stream.fileno()  # type: ignore[attr-defined]
