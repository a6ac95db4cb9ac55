"""The command of `git bisect run`: asks the session for the verdict on what git has checked out.

It is started as a file, with the standard library only: `step.py SOCKET CHECK ...`. The session answers with
an exit status of the check. Where there is no session, as in a replay of commands.txt, the check that is
named behind it is run instead. Whatever goes wrong ends with 200, which stops git: any status below 125 would
call the commit bad.
"""

from __future__ import annotations

import os
import socket
import sys

ABORT_STATUS = 200


def ask(path: str) -> int:
    """The status that the session at a Unix socket answers with.

    Raises:
        FileNotFoundError: there is no session.
        OSError: the session was killed.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as session:
        session.connect(path)
        return int(session.makefile().readline() or ABORT_STATUS)


def main(arguments: list[str]) -> int:
    """Ask the session, or become the check where there is none."""
    try:
        return ask(arguments[0])
    except FileNotFoundError:
        os.execv(arguments[1], arguments[1:])  # noqa: S606 - no new process: this one becomes the check


if __name__ == "__main__":
    STATUS = ABORT_STATUS
    try:
        STATUS = main(sys.argv[1:])
    finally:
        os._exit(STATUS)
