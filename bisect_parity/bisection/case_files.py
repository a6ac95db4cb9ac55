"""The files of a case: what is frozen with it, what its commands name, and what no code path holds."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.bisection.folder import SessionFolder, create_folder, prune_folders
from bisect_parity.history.lfs import pointer_files
from bisect_parity.history.submodules import empty_submodules
from bisect_parity.logs import logger
from bisect_parity.parity.brought import freeze_brought
from bisect_parity.parity.own_checkout import loaded_folders
from bisect_parity.parity.own_environment import is_of_environment
from bisect_parity.wording import case_option, first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bisect_parity.config import Settings
    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository
    from bisect_parity.parity.case import Case

TOLD = 5
_NAME = re.compile(r"[^\s'\"=:;,&|()<>$]+")  # in words that are scripts, too
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")  # as unittest names tests
_BEFORE_MODULES = frozenset({"-m", "import", "from"})
_EDITABLE = r"\bpip[\d.]* install\b[^;&|]* (?:-e|--editable)\b|\bsetup\.py develop\b"
_INSTALLS = re.compile(rf"^(?!.* venv ).*(?:{_EDITABLE})", re.DOTALL)  # but for an environment of its own
_WORKTREE = "{worktree}"


def frozen_folder(
    repository: Repository, settings: Settings, content: bytes | None, case: Case
) -> SessionFolder:
    """The folder of a new session, with the settings and what the case brings along frozen in it.

    Args:
        repository: of the session.
        settings: that count.
        content: of the frozen file; see `create_folder`.
        case: that was chosen.

    Raises:
        OutputError: the folder cannot be written.
    """
    prune_folders(repository)
    folder = create_folder(repository, settings, content)
    freeze_brought(case, repository.work_tree or repository.home, folder.settings)
    return folder


def named_outside_code(
    repository: Repository, case: Case, commit: str, code_states: CodeStates
) -> tuple[str, ...]:
    """Tracked files and folders that the commands name and that are no code, relative to the top.

    Two commits that differ in them would count as equal. What a pinned reference runs counts once for all.

    Args:
        repository: where the commit is.
        case: with its commands.
        commit: full id; only what is there counts.
        code_states: with the code paths.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    return tuple(
        path
        for path, kind in kinds_at(repository, commit, named_paths(case)).items()
        if not code_states.holds(f"{path}/any" if kind == "tree" else path)
        and not any(code.startswith(f"{path}/") for code in code_states.paths)
    )


def kinds_at(repository: Repository, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """What some paths are at a commit: "blob", "tree" or "commit"; those that it lacks are left out.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    wanted = set(paths)
    options = ("-t", "--full-tree", commit, "--", *sorted(wanted))
    entries = (entry.partition("\t") for entry in repository.fields("ls-tree", *options)) if wanted else ()
    # git lists all that a folder holds if another path leads into it
    return {path: head.split()[1] for head, _, path in entries if path in wanted}


def warn_of_case(repository: Repository, case: Case, commit: str, code_states: CodeStates) -> None:
    """Say on standard error what makes commits count as equal, and which files no check can fill.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    found = named_outside_code(repository, case, commit, code_states)
    if found:
        logger().warning(
            f"case {case.name} uses {first_of(found, TOLD)}, which no code path includes: commits"
            " that change it count as equal, unless you add it to [code] paths"
        )
    top = repository.work_tree or repository.home
    words = [word for command in case.commands() for word in command]
    if (inside := _of_checkout(case, words, top)) is not None:
        logger().warning(
            f"{inside}, which {case_option(case.name)} names, is in your checkout, the same at every commit:"
            " name it relative to the top, or by {worktree}"
        )
    if any(_INSTALLS.search(" ".join(command)) for command in case.commands()):
        logger().warning(
            f"{case_option(case.name)} installs the tree under test as editable: that environment lacks it"
            " afterwards, until you install your own checkout again. The tree can be imported without"
        )
    loaded = [str(place) for place in loaded_folders(words, top)]
    if loaded:
        logger().warning(
            f"{first_of(loaded, TOLD)} of your own directory is installed as editable, by a loader that comes"
            " first in every import: checks that import it test your directory, not the commit. Name a"
            " Python without it, and let each check build what it needs"
        )
    empty = [path for path in empty_submodules(repository, commit) if code_states.holds(path)]
    if empty:
        logger().warning(
            f"submodules that were never initialised are empty in every check: {first_of(empty, TOLD)}."
            " To fill them: git submodule update --init"
        )
    pointers = [path for path in pointer_files(repository, commit) if code_states.holds(path)]
    if pointers:
        logger().warning(
            "files of git LFS are pointers in every check, since git-lfs is not set up: "
            f"{first_of(pointers, TOLD)}. To set it up: git lfs install && git lfs fetch --all"
        )


def _of_checkout(case: Case, words: Iterable[str], top: Path) -> str | None:
    """What commands or variables name in the user's checkout, where environments alone are to be used."""
    variables = case.environment.items()
    searched = (text.replace("{repository}", str(top)) for name, text in variables if name.endswith("PATH"))
    for text in (*words, *case.environment.values(), *searched):
        for name in _NAME.findall(text):
            if Path(name).is_relative_to(top) and not is_of_environment(Path(name), top):
                return str(name)
    return None


def named_paths(case: Case) -> Iterator[str]:
    """Words of the commands that may be paths below the top, and modules; but for what the case brings."""
    for name in _named(case):
        if not any(name == path or name.startswith(f"{path}/") for path in case.bring):
            yield name


def _named(case: Case) -> Iterator[str]:
    if isinstance(case.candidate, str):
        yield from module_paths(case.candidate.partition(":")[0])
    steps = {
        name: words for name, words in case.steps().items() if name != "reference" or not case.reference_at
    }
    for command in (*steps.values(), *case.prepare):
        before = ""
        for name in (name for word in command for name in _NAME.findall(word.replace(f"{_WORKTREE}/", ""))):
            path = os.path.normpath(name)
            if _DOTTED.fullmatch(name):
                yield from _files_of_dotted(name)
            is_path = before != "-m"
            if before in _BEFORE_MODULES:
                yield from module_paths(name)
                is_path &= not name.isidentifier()  # `./tool import data/a.csv` is no Python
            if is_path and "{" not in path and not path.startswith(("/", "..", "-")) and path != ".":
                yield path
            before = name


def module_paths(module: str) -> Iterator[str]:
    """Where the package or the file of a module may lie below the top."""
    path = module.replace(".", "/")
    for folder in ("", "src/"):
        yield from (f"{folder}{path}", f"{folder}{path}.py")


def _files_of_dotted(name: str) -> Iterator[str]:
    """The files of a name that may be a module's, followed by those of a class and a function."""
    for path in itertools.accumulate(name.split("."), "{}/{}".format):
        yield from (f"{path}.py", f"src/{path}.py")
