"""The warm worker: has the check and torch imported, and forks a child for each check of a session.

Started as `python -m bisect_parity.commands.serve FOLDER [--no-torch]`; the sockets lie in FOLDER.
Checks that an exit status judges need no torch.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.__main__ import judged_run
from bisect_parity.fork_server import ForkServer, count_threads
from bisect_parity.parity.forked_python import ZYGOTE_VARIABLE
from bisect_parity.warm_client import CHECK_SOCKET, NO_TORCH, WORKER_VARIABLE, sealed
from bisect_parity_entry import forget_tree_under_test

if TYPE_CHECKING:
    from bisect_parity.fork_server import ForkRequest

ALWAYS = (
    "bisect_parity.commands.main",
    "bisect_parity.commands.check",
    "bisect_parity.history.journaled_git",
    "tomllib",
)
FOR_IMAGES = (
    "bisect_parity.parity.rehearsal",
    "bisect_parity.parity.image_formats.npy",
    "bisect_parity.parity.image_formats.raw",
)
PRELOADED = (*ALWAYS, *FOR_IMAGES)


def main(arguments: list[str]) -> int:
    """Import all that a check needs, and serve; returns only if that cannot be done safely.

    Args:
        arguments: the folder, and perhaps `NO_TORCH`.
    """
    forget_tree_under_test()
    folder = Path(arguments[0])
    compares_images = NO_TORCH not in arguments
    for name in PRELOADED if compares_images else ALWAYS:
        importlib.import_module(name)
    if compares_images:
        from bisect_parity.parity.rehearsal import rehearse  # noqa: PLC0415 - the tree under test is off the path

        rehearse()
    gc.freeze()
    child = os.fork()  # OpenBLAS ends its idle threads before a fork
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    if count_threads() != 1:
        sys.stderr.write(f"{count_threads()} threads are running: forks would not be safe\n")
        return 1
    ForkServer(str(folder / CHECK_SOCKET), lambda request: _check(request, folder)).serve()
    return 0


def _check(request: ForkRequest, folder: Path) -> int:
    """In the child: one check, as if this were a new process."""
    del os.environ[WORKER_VARIABLE]
    os.environ[ZYGOTE_VARIABLE] = str(folder)
    sys.argv = ["bisect-parity", *request.words]
    return sealed(judged_run(request.words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
