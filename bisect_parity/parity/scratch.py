"""Temporary folders that are gone afterwards; those of a process that was killed are removed by the next."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bisect_parity.errors import CheckError

PREFIX = "bisect-parity-scratch-"
LOCK_NAME = ".bisect-parity-lock"
YOUNG_SECONDS = 60.0  # its owner may be about to lock it


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder of the user's own below TMPDIR, locked as long as this process lives.

    Raises:
        CheckError: it cannot be made.
    """
    try:
        whole = Path(tempfile.mkdtemp(prefix=PREFIX))
        top = whole / "files"
        top.mkdir()
        lock = (whole / LOCK_NAME).open("w")
    except OSError as error:
        raise CheckError(
            f"no temporary folder can be made: {error.strerror}", "Make room, or set TMPDIR."
        ) from error
    with lock:
        try:
            with contextlib.suppress(OSError):  # a file system without locks: leftovers stay there
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_leftovers(whole)
            yield top
        finally:
            shutil.rmtree(whole, ignore_errors=True)


def _remove_leftovers(ours: Path) -> None:
    """Remove the folders beside ours that we made, and whose lock nobody holds."""
    try:
        entries = [entry for entry in os.scandir(ours.parent) if entry.name.startswith(PREFIX)]
    except OSError:
        return
    for entry in entries:
        with contextlib.suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            is_old = time.time() - status.st_mtime > YOUNG_SECONDS
            if is_old and status.st_uid == os.getuid() and entry.is_dir(follow_symlinks=False):
                with Path(entry.path, LOCK_NAME).open() as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(entry.path, ignore_errors=True)


def no_image(path: Path) -> str:
    """That an image is not there; and where its writer added a suffix to the name, what to do about it."""
    found = next(iter(sorted(path.parent.glob(f"{glob.escape(path.name)}.*"))), None)
    if found is None:
        return "ended well but wrote no image"
    return (
        f"ended well but wrote {found.name} instead of {path.name}:"
        f' is suffix = "{found.suffix}" missing from the case?'
    )
