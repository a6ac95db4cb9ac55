"""The console script's way in. It lies outside the package, so that the package cannot be mistaken.

Below `git bisect run` the tree under test may be on PYTHONPATH, and may hold a `torch.py`, an `attr/` or a
`bisect_parity/` of its own. Whatever one of those does when it is imported, git would take the status that it
ends with for a verdict. So they are taken off the path before the first import that could find them.
"""

from __future__ import annotations

import os
import sys

__all__ = ["forget_tree_under_test", "main", "open_closed_streams"]

ABORT_STATUS = 200
OWN_FAULT_STATUS = 70  # EX_SOFTWARE


def main() -> None:
    """Import the real entry from where it is installed, and run it."""
    open_closed_streams()
    try:
        forget_tree_under_test()
        from bisect_parity.__main__ import main as run  # noqa: PLC0415 - an import that fails must be caught
    except BaseException as error:  # noqa: BLE001 - the last line of defence
        sys.stderr.write(f"bisect-parity: cannot start: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(
            ABORT_STATUS if "check" in sys.argv[1:] or "GIT_EXEC_PATH" in os.environ else OWN_FAULT_STATUS
        )
    run()


def open_closed_streams() -> None:
    """Give the standard streams that were closed before we began the null device.

    The next pipe would take the place of one, and what a library complains of would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = open(os.devnull, "w" if number else "r")  # noqa: PTH123, SIM115 - it stays open
            os.set_inheritable(opened.fileno(), True)  # for the programs of the case
            setattr(sys, name, opened)


def forget_tree_under_test() -> None:
    """Take the working directory, and what PYTHONPATH names inside its tree, off the import path."""
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109 - pathlib would be one more import to go wrong
    except OSError:  # the directory is gone, and nobody can tell which tree it was in
        doubtful = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        sys.path[:] = [place for place in sys.path if os.path.isabs(place) and place not in doubtful]  # noqa: PTH117
        return
    ours = os.path.realpath(os.path.dirname(__file__))  # noqa: PTH120
    top = _top_of_tree(here)
    named = {os.path.realpath(place) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place}
    for place in list(sys.path):
        real = os.path.realpath(place or here)
        is_inside = real == top or real.startswith(top.rstrip(os.sep) + os.sep)
        if real != ours and (real == here or (real in named and is_inside)):
            sys.path.remove(place)


def _top_of_tree(here: str) -> str:
    top = here
    while not os.path.lexists(os.path.join(top, ".git")):  # noqa: PTH118
        above = os.path.dirname(top)  # noqa: PTH120
        if above == top:
            return here
        top = above
    return top
