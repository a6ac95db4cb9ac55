"""The entry: standard library only, so that nothing can fail here that is not caught.

`check` runs below `git bisect run`, to which every status from 1 to 124 means "this commit is bad":
whatever goes wrong in our own code, or in an import, must end with 200 there.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import types

__all__ = ["main"]

ABORT_STATUS = 200
OWN_FAULT_STATUS = 70  # EX_SOFTWARE
INTERRUPTED_STATUS = 130


def main() -> None:
    """Run the command line, and end the process with the status of the contract."""
    arguments = sys.argv[1:]
    is_check = _subcommand(arguments) == "check"
    try:
        _forget_tree_under_test()
        signal.signal(signal.SIGTERM, _raise_interrupt)
        from bisect_parity.commands.main import run  # noqa: PLC0415 - an import that fails must be caught

        status = run(arguments)
    except KeyboardInterrupt:
        _say("interrupted")
        status = INTERRUPTED_STATUS
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else OWN_FAULT_STATUS
    except BaseException as error:  # noqa: BLE001 - the last line of defence
        _report_own_fault(error)
        status = OWN_FAULT_STATUS
    if is_check and status not in (0, 1, 125):
        status = ABORT_STATUS
    _end(status)


def _subcommand(arguments: list[str]) -> str:
    return next((word for word in arguments if not word.startswith("-")), "")


def _forget_tree_under_test() -> None:
    """Keep a `torch.py` or `attr/` of the checked-out commit from being imported instead of the real one."""
    here = Path.cwd().resolve()
    ours = Path(__file__).resolve().parent.parent
    named = {Path(place).resolve() for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place}
    for place in list(sys.path):
        real = Path(place or here).resolve()
        if real != ours and (real == here or (real in named and real.is_relative_to(here))):
            sys.path.remove(place)


def _raise_interrupt(_number: int, _frame: types.FrameType | None) -> None:
    raise KeyboardInterrupt


def _report_own_fault(error: BaseException) -> None:
    _say(f"internal error: {type(error).__name__}: {error}")
    if os.environ.get("BISECT_PARITY_DEBUG"):
        import traceback  # noqa: PLC0415 - only where it is asked for

        traceback.print_exception(error)
    else:
        _say("This is a fault of bisect-parity. Set BISECT_PARITY_DEBUG=1 for the traceback, and report it.")


def _say(text: str) -> None:
    try:
        sys.stderr.write(f"bisect-parity: {text}\n")
    except (OSError, ValueError):
        return


def _end(status: int) -> None:
    """Flush, and leave without the interpreter's tear-down, which costs more than a small check."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            status = status or 1
    os._exit(status)


if __name__ == "__main__":
    main()
