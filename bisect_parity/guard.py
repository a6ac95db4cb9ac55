"""A check in a child of its own: whatever ends it behind Python's back ends with a status of ours.

Where the dynamic loader gets no memory for a library it ends the process with 127, and a library may call
`_exit`: git would read both as "this commit is bad", and no handler in the process itself is asked. Standard
library only, and little of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

TYPE_CHECKING = False

SESSION_VARIABLE = "BISECT_PARITY_SESSION"  # process id of the session that a check is a part of

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OWN_FAULT_STATUS = 70  # EX_SOFTWARE
LONGEST_WAIT = 1.0  # seconds until a child is looked for whose end went to another thread
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


def guarded(work: Callable[[], int]) -> int | None:
    """Do `work`, which returns an exit status from 0 to 255, in a forked child.

    The child leads a process group: signals reach it once, through us, wherever they come from.

    Returns:
        the status that `work` came to; None if something else ended the child, with whatever status.
    """
    awaited = {*FORWARDED, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # ignored signals cannot be waited for
    guard = os.getpid()
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        status = OWN_FAULT_STATUS
        try:
            os.close(source)
            os.setpgid(0, 0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            end_with(guard)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            status = work()
            os.write(sink, bytes([status]))
        finally:
            os._exit(status)
    os.close(sink)
    while True:
        ended, how = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        came = _next(awaited)
        if came in FORWARDED:
            os.kill(child, came)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    reported = os.read(source, 1)
    os.close(source)
    status = os.waitstatus_to_exitcode(how)
    return status if reported == bytes([max(status, 0)]) else None


def _next(awaited: set[signal.Signals]) -> int:
    """The next of these signals; 0 where none came for a while, or another thread took it."""
    if not hasattr(signal, "sigtimedwait"):
        return signal.sigwait(awaited)
    came = signal.sigtimedwait(awaited, LONGEST_WAIT)
    return 0 if came is None else came.si_signo


def end_with(parent: int) -> None:
    """Have the kernel end this process when its parent is killed; only Linux can."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes  # noqa: PLC0415 - a check that a warm worker does needs none of this

    ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it was killed before that
        os.kill(os.getpid(), signal.SIGTERM)
