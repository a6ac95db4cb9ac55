"""What the user's own directory holds that a clean worktree does not, as `git status` lists it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.bisection.answer_parts import Suspects
from bisect_parity.command_log import is_logged_folder
from bisect_parity.files import OUTPUT_FOLDER
from bisect_parity.history.code_state import CodeStates
from bisect_parity.settings_source import SETTINGS_NAME
from bisect_parity.tool_folders import is_tool_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.history.repository import Repository


def suspects(repository: Repository, code_states: CodeStates, brought: Sequence[str] = ()) -> Suspects | None:
    """What the user's own directory holds that a clean worktree does not; None in a bare repository.

    Outputs of this tool are none.

    Args:
        repository: with the directory.
        code_states: with the code paths.
        brought: what each check gets of the directory, relative to the top.
    """
    if repository.work_tree is None:
        return None
    options = ("--porcelain=v1", "--ignored", "--untracked-files=normal", "--no-renames")
    ours = (OUTPUT_FOLDER, SETTINGS_NAME)  # no suspects
    others = ("--", *(f":(exclude,top,literal){name}" for name in (*ours, *brought)))
    by_code: dict[str, list[str]] = {}
    for entry in repository.fields("status", *options, *others):
        if not (entry.endswith("/") and is_logged_folder(repository.work_tree / entry[3:])):
            by_code.setdefault(entry[:2], []).append(entry[3:])
    usual = CodeStates(repository, ())
    untracked, ignored = (likeliest_first(by_code.pop(code, []), usual) for code in ("??", "!!"))
    tracked = sorted(path for paths in by_code.values() for path in paths if code_states.holds(path))
    return Suspects(untracked, ignored, tuple(tracked))


def likeliest_first(paths: Iterable[str], usual: CodeStates) -> tuple[str, ...]:
    """Evidence and documentation late, caches last: they seldom change a result. Folders follow files.

    Args:
        paths: relative to the top, folders with a slash at the end.
        usual: code states whose paths were not chosen by the user.
    """

    def lateness(path: str) -> tuple[bool, bool, bool]:
        is_folder = path.endswith("/")
        return is_cache(path), not usual.holds(f"{path}any" if is_folder else path), is_folder

    return tuple(sorted(paths, key=lateness))


def is_cache(path: str) -> bool:
    """Whether a path, where folders end in a slash, belongs to a cache or to installed packages."""
    return path.endswith((".pyc", ".pyo")) or any(map(is_tool_folder, path.split("/")[:-1]))
