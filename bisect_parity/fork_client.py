"""A request to a `ForkServer`, and what both sides know of it.

It is one message on a Unix socket: a length, then strings with NUL between them, and four open files with
it: standard input, output and error, and a pipe for a report. The server answers with the process id of the
child, then with how it ended, each a line. Who closes the connection has the child ended.

Each step of a session imports this: standard library only, and neither `typing` nor `socket`, which takes as
long to import as Python to start.
"""

from __future__ import annotations

import sys
from _socket import SCM_RIGHTS, SOL_SOCKET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Mapping, Sequence

LENGTH_BYTES = 8
LIMIT_BYTES = 2**24
FILES = 4
NUMBER_BYTES = 4  # of an open file, as C has it


def send_request(
    connection: socket,
    directory: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    files: Sequence[int],
) -> None:
    """Send a request.

    Raises:
        OSError: the server is gone.
        ValueError: the request is too large.
    """
    items = [f"{name}={value}" for name, value in environment.items()]
    fields = [directory, str(len(words)), *words, *items]
    data = "\0".join(fields).encode(errors="surrogateescape")
    if len(data) > LIMIT_BYTES:
        raise ValueError("the request is too large")
    numbers = b"".join(number.to_bytes(NUMBER_BYTES, sys.byteorder) for number in files)
    connection.sendmsg([len(data).to_bytes(LENGTH_BYTES, "big")], [(SOL_SOCKET, SCM_RIGHTS, numbers)])
    connection.sendall(data)
