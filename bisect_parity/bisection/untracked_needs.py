"""What a check did not find in a commit, and the user's directory has: dependencies, data, a build."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.bisection.case_files import module_paths
from bisect_parity.history.worktree_places import trees_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.history.repository import Repository

MAGIC = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"!<arch>")  # programs, libraries, objects
BUILT = frozenset(
    {"build", "_build", "cmake-build-debug", "cmake-build-release", "builddir", "dist", "obj", "target"}
)
BROUGHT = frozenset(
    {"node_modules", "venv", ".venv", "env", ".tox", ".pixi", "site-packages", "vendor", "third_party"}
)
_MODULE = re.compile(
    r"No module named '(?P<module>\w+(?:\.\w+)*)'"
    r"|cannot import name '(?P<name>\w+)' from (?:partially initialized module )?'(?P<package>[\w.]+)'"
    r"|Cannot find (?:module|package) '(?P<node>(?:@[\w-]+/)?\w[\w.-]*)"
)

_LACKING = re.compile(  # as shells, cc, Python, numpy, Fortran and most C programs say it
    r"(?:^|[\s:'\"(])(?P<path>[\w.@+-]+(?:/[\w.@+-]+)+)['\"]?: (?:not found|No such file or directory)"
    r"|(?:^|[\s:'\"(])(?P<bare>[\w.@+-]+\.[\w@+-]+)['\"]?: No such file or directory"
    r"|No such file or directory: ['\"](?P<quoted>[^'\"]+)['\"]"
    r"|FileNotFoundError: (?P<array>[^'\"\s]+) not found\."
)


def untracked_need(repository: Repository, reason: str) -> tuple[str, str] | None:
    """A file that a check did not find and the user's directory has, and what of it git does not track.

    Returns:
        both relative to the top: the file, and the untracked folder that holds it, or else the file again;
        None where nothing of the kind is told.

    Raises:
        RepositoryError: git cannot list the files.
    """
    top = repository.work_tree
    if top is None:
        return None
    places = (trees_folder(), repository.state_directory() / "worktrees")
    pool = f"(?:{'|'.join(re.escape(str(place)) for place in places)})/[^/]+/[^/]+/"
    told = re.sub(pool, "", reason)  # a program that asks for its own folder names the worktree
    for path in (*_missing_paths(told), *_modules(top, told)):
        if os.path.lexists(top / path):
            for place in (*reversed(PurePosixPath(path).parents), PurePosixPath(path)):
                if str(place) != "." and not repository.fields("ls-files", "--", f":(top,literal){place}"):
                    return path, str(place)
    return None


def holders(repository: Repository, reason: str, end: str, row: Sequence[str]) -> list[str]:
    """The commits of a row that hold what another one lacks, such as a package that came later.

    Args:
        repository: where the commits are.
        reason: why the other one cannot be tested.
        end: full id of a commit that can be; what it lacks as well, no commit is expected to hold.
        row: full ids.

    Returns:
        all of the row where the reason tells of nothing that the end holds.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    paths = [*_missing_paths(reason)]
    for match in _MODULE.finditer(reason):
        if not match["node"]:
            paths += module_paths(match["module"] or f"{match['package']}.{match['name']}")
    paths = [path for path in paths if path.isprintable()]
    if not paths:
        return [*row]
    asked = "".join(f"{commit}:{path}\n" for commit in (end, *row) for path in paths)
    told = iter(
        repository.git(
            "cat-file", "--batch-check=%(objectname)", "--buffer", stdin=asked.encode()
        ).splitlines()
    )
    is_held = [
        not all(line.endswith(b" missing") for line in itertools.islice(told, len(paths)))
        for _ in (end, *row)
    ]
    return [commit for commit, held in zip(row, is_held[1:], strict=True) if held or not is_held[0]]


def is_product(repository: Repository, path: str) -> bool:
    """Whether a file of the user's directory was built there, so that it is that of one commit alone.

    Args:
        repository: with the user's directory.
        path: relative to the top.
    """
    parts = PurePosixPath(path).parts
    if repository.work_tree is None or BROUGHT.intersection(parts):
        return False
    if BUILT.intersection(parts[:-1]):
        return True
    try:
        with (repository.work_tree / path).open("rb") as file:
            return file.read(8).startswith(MAGIC)
    except OSError:
        return False


def _missing_paths(reason: str) -> Iterator[str]:
    for match in _LACKING.finditer(reason):
        path = os.path.normpath(match[match.lastgroup or "path"])
        if not Path(path).is_absolute() and not path.startswith("..") and path != ".":
            yield path


def _modules(top: Path, reason: str) -> Iterator[str]:
    """The files, in the user's directory, of modules that were not found: built there, or installed."""
    for match in _MODULE.finditer(reason):
        if match["node"]:
            yield f"node_modules/{match['node']}"
            continue
        name = match["module"] or f"{match['package']}.{match['name']}"
        path = name.replace(".", "/")
        for folder in ("", "src/"):
            place = top / f"{folder}{path}"
            made = sorted(place.parent.glob(f"{place.name}.*so")) if place.parent.is_dir() else []
            files = [*made, place.with_name(f"{place.name}.py"), place]
            yield from (str(file.relative_to(top)) for file in files if os.path.lexists(file))
