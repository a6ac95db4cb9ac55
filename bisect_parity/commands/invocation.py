"""One call of a command, and the status that it ends with; without click, whose import takes long."""

from __future__ import annotations

import contextlib
import errno
import io
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bisect_parity.errors import BisectParityError, OutputError, UsageError
from bisect_parity.files import printable_line
from bisect_parity.locks import file_lock
from bisect_parity.settings_source import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.config import Settings
    from bisect_parity.journal import Journal

SHOWN = 60  # characters of a name that is too long
LOG_LIMIT_BYTES = 4 * 2**20


class Invocation(NamedTuple):
    """The common options of one call.

    Attributes:
        directory: --repo, or the working directory.
        config: --config.
        as_json: one JSON document goes to standard output, and nothing else.
        quiet, verbose: which messages are shown.
        journal: this call's commands.txt.
        warned: warnings that are not repeated; None repeats all.
    """

    directory: Path
    config: Path | None
    as_json: bool
    quiet: bool
    verbose: bool
    journal: Journal
    warned: set[str] | None = None

    @property
    def repo_option(self) -> str:
        """--repo as it was given, after a space: what a printed command needs to run here; or ""."""
        with contextlib.suppress(OSError):  # it is gone
            if self.directory == Path.cwd():
                return ""
        return f" --repo {shlex.quote(str(self.directory))}"

    @property
    def config_option(self) -> str:
        """--config, likewise."""
        return "" if self.config is None else f" --config {shlex.quote(str(self.config))}"

    @property
    def options(self) -> str:
        """Both of them."""
        return self.repo_option + self.config_option

    def settings(self, state_directories: tuple[Path, ...], work_tree: Path | None) -> Settings:
        """The settings that apply to this call; see `find_settings`."""
        from bisect_parity.config import find_settings  # noqa: PLC0415 - slow, and some commands need none

        return find_settings(self.config, state_directories, work_tree)

    def warn_of_other_settings(self, used: Path | None, top: Path) -> None:
        """Say so where the settings in the working tree are not those that count.

        Args:
            used: the file that counts; None for the defaults.
            top: of the working tree.
        """
        own = top / SETTINGS_NAME
        if self.config is not None or used is None or used.name != SETTINGS_NAME or used == own:
            return
        try:
            differs = own.is_file() and own.read_bytes() != used.read_bytes()
        except OSError:
            return
        if differs:
            self._warn(
                f"{own} is not what counts, but the copy that was frozen, {used}, which differs from it: "
                "freeze it again with `bisect-parity init --freeze`, or name it with --config"
            )

    def _warn(self, sentence: str) -> None:
        if self.warned is None or sentence not in self.warned:
            say(sentence)
        if self.warned is not None:
            self.warned.add(sentence)

    def log_to(self, state_directory: Path, output: Path | None = None) -> None:
        """Log to the commands.txt of an evidence output, or else to the repository's own."""
        if output is not None:
            self.journal.move_to(output / "commands.txt")
            return
        path = state_directory / "commands.txt"
        try:
            if _is_full(path):
                with file_lock(path.with_suffix(".lock"), "The git directory must be writable.", wait=True):
                    if _is_full(path):  # else another call has just set it aside, and this is the new one
                        path.replace(path.with_suffix(".old.txt"))
            self.journal.move_to(path)
        except (OSError, OutputError):
            return  # a repository that cannot be written can still be read


def _is_full(log: Path) -> bool:
    return log.exists() and log.stat().st_size > LOG_LIMIT_BYTES


def working_directory() -> Path:
    """Where the call was made.

    Raises:
        UsageError: the directory was removed meanwhile.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError("the working directory is gone", "Change to another one, or give --repo.") from error


def status_of(work: Callable[[], object]) -> int:
    """Do the work of a call, and return its exit status; every user error is one line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None where it was closed before we began
            stream.reconfigure(errors="backslashreplace")  # a path that the terminal's encoding lacks
    try:
        result = work()
    except BisectParityError as error:
        say(str(error))
        return error.exit_status
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            say(f"no file can have so long a name: {str(error.filename)[:SHOWN]}...")
            return UsageError.exit_status
        if error.errno != errno.ENOSPC:
            raise
        say(f"cannot write the output: {error.strerror}. Make room for it.")
        return OutputError.exit_status
    return result if isinstance(result, int) else 0


def say(sentence: str) -> None:
    """Tell one line on standard error, as ours."""
    if sys.stderr is not None:
        sys.stderr.write(printable_line(f"bisect-parity: {sentence}") + "\n")
        sys.stderr.flush()
