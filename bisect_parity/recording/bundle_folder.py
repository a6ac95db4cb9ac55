"""Where the bundle of a recorded run goes, and what is wished for it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from bisect_parity.errors import OutputError
from bisect_parity.files import OUTPUT_FOLDER, new_folder
from bisect_parity.settings_source import settings_source, settings_table
from bisect_parity.times import utc_stamp

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.history.repository import Repository

SCHEMA = "bisect-parity/record"
RECORD_NAME = "record.json"
LOG_NAME = "commands.txt"
DEFAULT_ROOT = "reports"
FOLDER = "recorded"


class Wishes(NamedTuple):
    """What the user wants of a recording.

    Attributes:
        out: folder of the bundle, which must be new or empty; None for a stamped one below `root`.
        root: folder of evidence, relative to the top.
        keep_diff: keep the difference of the tracked files from HEAD, without secrets.
        keep_untracked: keep copies of the untracked files.
        outputs: files and folders that the run writes, besides what is found to be new.
        inputs: files of the working tree that it reads, besides those that its command line names.
    """

    out: Path | None = None
    root: str = DEFAULT_ROOT
    keep_diff: bool = False
    keep_untracked: bool = False
    outputs: tuple[Path, ...] = ()
    inputs: tuple[Path, ...] = ()

    @property
    def words(self) -> list[str]:
        """The options that name files, as they were typed."""
        named = (("--input", self.inputs), ("--output", self.outputs))
        return [word for option, paths in named for path in paths for word in (option, str(path))]


def evidence_root(repository: Repository, config: Path | None = None) -> str:
    """The folder of evidence below which a bundle goes: the first of the settings that is no file.

    Raises:
        UsageError: the settings cannot be read, or name no folders.
    """
    states = (repository.git_dir / "bisect-parity", repository.state_directory())
    source = settings_source(config, states, repository.work_tree)
    evidence = {} if source is None else settings_table(source).get("evidence", {})
    roots = evidence.get("roots", []) if isinstance(evidence, dict) else None
    if source is not None and not (isinstance(roots, list) and all(isinstance(root, str) for root in roots)):
        from bisect_parity.config import load_settings  # noqa: PLC0415 - slow; it says what is wrong

        roots = load_settings(source).evidence.roots
    top = repository.work_tree
    folders = (root for root in roots or () if top is None or not (top / root).is_file())
    return next(folders, DEFAULT_ROOT)


def left_out(top: Path, wishes: Wishes) -> tuple[str, ...]:
    """Our own output, as paths below the top: it is no part of the state that a run found."""
    names = [OUTPUT_FOLDER, f"{wishes.root}/{FOLDER}"]
    if wishes.out is not None:
        with contextlib.suppress(ValueError):
            names.append(wishes.out.resolve().relative_to(top.resolve()).as_posix())
    return tuple(name for name in names if name != ".")


def recorded_bundles(top: Path, root: str) -> set[Path]:
    """The bundles that lie where those go that nobody named a folder for.

    Args:
        top: of the working tree.
        root: folder of evidence, relative to it.
    """
    place = top / root / FOLDER
    return {folder for folder in place.iterdir() if is_recorded(folder)} if place.is_dir() else set()


def is_recorded(folder: Path) -> bool:
    """Whether a folder is a bundle of ours, wherever it lies."""
    try:
        with (folder / RECORD_NAME).open("rb") as file:
            return f'"schema": "{SCHEMA}"'.encode() in file.read(100)
    except OSError:
        return False


def make_folder(top: Path, wishes: Wishes, *, may_exist: bool) -> Path:
    """Make the folder of the bundle, which is nobody else's.

    Raises:
        OutputError: it cannot be made, or is not empty.
    """
    try:
        if wishes.out is not None:
            folder = wishes.out.absolute()
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / RECORD_NAME).exists() or (not may_exist and any(folder.iterdir())):
                raise OutputError(f"{folder} is not empty", "Name a new folder with --out.")
            return folder
        return new_folder(top / wishes.root / FOLDER, utc_stamp())
    except OSError as error:
        raise OutputError(
            f"cannot make a bundle: {error.strerror}: {error.filename}", "Name a folder with --out."
        ) from error


def remove_begun(folder: Path) -> None:
    """Remove the folder of a bundle that could not be begun, as far as nothing else lies in it."""
    with contextlib.suppress(OSError):
        (folder / LOG_NAME).unlink(missing_ok=True)
        folder.rmdir()
