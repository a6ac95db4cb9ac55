"""The entry: standard library only, so that nothing can fail here that is not caught.

`check` runs below `git bisect run`, to which every status from 1 to 124 means "this commit is bad": whatever
goes wrong in our own code, or in an import, must end with 200 there. So must any other command that git runs.
"""

from __future__ import annotations

import os
import sys

# `signal` makes enums of these, which takes half as long as Python takes to start
from _signal import SIGHUP, SIGTERM, signal  # type: ignore[import-not-found]

from bisect_parity_entry import forget_tree_under_test, open_closed_streams

TYPE_CHECKING = False  # `typing` takes a third of the time that a step may take to start
if TYPE_CHECKING:
    import types
    from typing import NoReturn

ABORT_STATUS = 200
OWN_FAULT_STATUS = 70  # EX_SOFTWARE
INTERRUPTED_STATUS = 130
VERDICT_STATUSES = frozenset({0, 1, 125})
RUN_BY_GIT = "GIT_EXEC_PATH"  # git gives it to what `git bisect run` runs
WORKER_VARIABLE = "BISECT_PARITY_WORKER"
HELP_OPTIONS = frozenset({"-h", "--help", "--version"})


def main() -> None:
    """Run the command line, and end the process with the status of the contract."""
    open_closed_streams()
    arguments = sys.argv[1:]
    try:
        if sys.getfilesystemencoding() != "utf-8":  # git's paths and our documents are, whatever the locale
            os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606
        status = _guarded_run(arguments)
    except BaseException as error:  # noqa: BLE001 - such as a fork for which there is no memory
        _report_own_fault(error)
        status = ABORT_STATUS if _is_verdict_read(arguments) else OWN_FAULT_STATUS
    os._exit(status)  # the interpreter's tear-down would cost more than a small check


def _guarded_run(arguments: list[str]) -> int:
    """Run a command line, in a child of its own where the status is read as a verdict."""
    if sys.flags.no_site and WORKER_VARIABLE not in os.environ:
        _start_anew(arguments)
    if _is_verdict_read(arguments) and WORKER_VARIABLE not in os.environ:
        from bisect_parity.guard import (  # noqa: PLC0415 - a check by a worker does without
            SESSION_VARIABLE,
            end_with,
            guarded,
        )

        if os.environ.get(SESSION_VARIABLE) == str(os.getppid()):
            end_with(os.getppid())
        reported = guarded(lambda: judged_run(arguments))
        if reported is None:
            _say("something else ended the check, perhaps a library that ran out of memory")
        return ABORT_STATUS if reported is None else reported
    return judged_run(arguments)


def judged_run(arguments: list[str]) -> int:
    """Run a command line, and return the status that git may read: only verdicts look like verdicts."""
    is_below_git = RUN_BY_GIT in os.environ
    is_verdict_read = _is_verdict_read(arguments)
    try:
        forget_tree_under_test()
        signal(SIGTERM, _raise_interrupt)
        signal(SIGHUP, _raise_interrupt)
        answer = _ask_worker(arguments) if _subcommand(arguments) == "check" else None
        status = _run_here(arguments) if answer is None else answer
    except KeyboardInterrupt:
        _say("interrupted")
        status = INTERRUPTED_STATUS
    except SystemExit as exit_:
        # click does so when a pipe is closed: its status 1 is no verdict
        status = exit_.code if isinstance(exit_.code, int) and not is_verdict_read else OWN_FAULT_STATUS
    except BaseException as error:  # noqa: BLE001 - the last line of defence
        _report_own_fault(error)
        status = OWN_FAULT_STATUS
    is_no_verdict = status not in VERDICT_STATUSES or (is_below_git and _only_asks(arguments))
    if is_verdict_read and is_no_verdict and not _is_passed_on(status):
        status = ABORT_STATUS
    if not _flush():
        status = ABORT_STATUS if is_verdict_read else status or 1
    return status


def _is_verdict_read(arguments: list[str]) -> bool:
    """Whether git, or a person, reads the exit status as a verdict."""
    return RUN_BY_GIT in os.environ or _subcommand(arguments) == "check"


def _is_passed_on(status: int) -> bool:
    """Whether it is the status of the user's own command, which `record` ran."""
    from bisect_parity.errors import PassedStatus  # noqa: PLC0415 - an import that fails must be caught

    return isinstance(status, PassedStatus)


def _run_here(arguments: list[str]) -> int:
    if sys.flags.no_site:
        _start_anew(arguments)
    import gc  # noqa: PLC0415 - a check by a worker does without

    gc.disable()  # until the command is imported: walking half-built modules costs a tenth of a start
    if _subcommand(arguments) == "record":
        from bisect_parity.commands.plain_record import run_plain  # noqa: PLC0415 - as above

        gc.enable()  # a recorded run may take days
        status = run_plain(arguments)
        if status is not None:
            return status
    from bisect_parity.commands.main import run  # noqa: PLC0415 - an import that fails must be caught

    return run(arguments)


def _start_anew(arguments: list[str]) -> NoReturn:
    """Become the ordinary command: started as `session_check` is, installed packages cannot be imported."""
    os.environ.pop(WORKER_VARIABLE, None)
    os.execv(  # noqa: S606 - no shell is wanted
        sys.executable,
        [sys.executable, "-P", "-m", "bisect_parity", *arguments],
    )


def _ask_worker(arguments: list[str]) -> int | None:
    """The answer of the session's warm worker; None if there is none."""
    folder = os.environ.get(WORKER_VARIABLE)
    if not folder:
        return None
    from bisect_parity.warm_client import check_by_worker  # noqa: PLC0415 - only in a session

    try:
        status = check_by_worker(folder, arguments)
    except ConnectionError as error:
        _say(f"{error}: it was killed, perhaps for lack of memory")
        return ABORT_STATUS
    if status is None:
        _say(f"no warm worker answers in {folder}; this process does the check")
    return status


def _only_asks(arguments: list[str]) -> bool:
    """Whether only help is wanted: it ends with 0, which git would read as "good"."""
    return not arguments or not HELP_OPTIONS.isdisjoint(arguments)


def _subcommand(arguments: list[str]) -> str:
    return next((word for word in arguments if not word.startswith("-")), "")


def _raise_interrupt(_number: int, _frame: types.FrameType | None) -> None:
    raise KeyboardInterrupt


def _report_own_fault(error: BaseException) -> None:
    _say(f"internal error: {type(error).__name__}: {error}")
    if os.environ.get("BISECT_PARITY_DEBUG"):
        import traceback  # noqa: PLC0415 - only where it is asked for

        traceback.print_exception(error)
    elif isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("bisect_parity"):
        _say(f"Install the package that holds {error.name} where bisect-parity is: {sys.executable}")
    else:
        _say("This is a fault of bisect-parity. Set BISECT_PARITY_DEBUG=1 for the traceback, and report it.")


def _say(text: str) -> None:
    try:
        sys.stderr.write(f"bisect-parity: {text}\n")
    except (OSError, ValueError):
        return


def _flush() -> bool:
    """Flush the standard streams; return whether that worked."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # it was closed before we began
                stream.flush()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
