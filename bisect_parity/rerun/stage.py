"""Lay a worktree out as a run had it: its changes, and the files that git does not hold."""

from __future__ import annotations

import contextlib
import os
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from bisect_parity.digest import has_digest
from bisect_parity.errors import writing
from bisect_parity.evidence.walk import is_within
from bisect_parity.files import copy_to_own_place, is_path_inside
from bisect_parity.history.submodules import place_submodule
from bisect_parity.parity.own_checkout import module_folders, path_in_tree
from bisect_parity.parity.own_environment import environment_paths_absolute, is_of_environment
from bisect_parity.recording.bundle_folder import RECORD_NAME
from bisect_parity.wording import SHORT, counted, first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bisect_parity.history.worktree import Worktree
    from bisect_parity.rerun.recorded_run import OriginalRun

TOLD = 3  # of many

_BETWEEN_PATHS = re.compile(r"[\s'\":,;=<>|&()]+")


def lay_out(
    run: OriginalRun,
    worktree: Worktree,
    here: Path,
    brought: Iterable[str],
    supplied: Mapping[str, tuple[Path, str | None]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Apply the run's changes, and copy the files that it needed and that the worktree lacks.

    A file is taken from the bundle, or from the user's working tree, where it is what it was then; nothing is
    written outside of the worktree.

    Args:
        run: as recorded.
        worktree: clean, at a commit.
        here: top of the user's working tree.
        brought: files and folders, relative to the top, that are copied as they are now.
        supplied: files that an earlier run wrote again, by the path at which this one reads them, and the
            digests of what it read then.

    Returns:
        what is otherwise than the run had it, a sentence an item.

    Raises:
        OutputError: the worktree cannot be written.
    """
    says = [*_changed(run, worktree), *_other_submodules(run, worktree)]
    asked = tuple(brought)
    for path in asked:
        copy_to_own_place(here / path, worktree.path, path)
    says += _brought_otherwise(run, worktree.path, asked)
    for path, (written, digest) in supplied.items():
        copy_to_own_place(written, worktree.path, path)
        if not has_digest(written, digest):
            says.append(f"{path} was written again by an earlier run of the chain: other bytes than then")
    gone = []
    for path, digest in run.needed.items():
        if is_path_inside(worktree.path, path) and not os.path.lexists(worktree.path / path):
            sources = (run.folder / "untracked" / path, here / path)
            source = next((place for place in sources if has_digest(place, digest)), None)
            if source is not None:
                copy_to_own_place(source, worktree.path, path)
            elif not is_of_environment(here / path, here):
                gone.append(path)
    return (*says, *_gone(run, gone))


def _other_submodules(run: OriginalRun, worktree: Worktree) -> Iterator[str]:
    """Check out the submodules as the run had them; tell what cannot be had."""
    for module in run.submodules:
        at = f"the submodule {module.path} was at {module.commit[:SHORT]}" if module.commit else ""
        if module.commit and not place_submodule(
            worktree.repository, worktree.path, module.path, module.commit
        ):
            yield f"{at}, which is not here: it is as the commit says"
        if module.has_changes:
            yield f"the submodule {module.path} had changes that were not kept: it is without them"


def _brought_otherwise(run: OriginalRun, worktree: Path, brought: Sequence[str]) -> Iterator[str]:
    """The files among those that were asked for that are not what the run read."""
    below = [
        path
        for path, digest in run.needed.items()
        if digest is not None and is_within(path, brought) and not has_digest(worktree / path, digest)
    ]
    if below:
        yield f"brought, and not what the run read: {first_of(below, TOLD)}"


def _gone(run: OriginalRun, paths: Sequence[str]) -> Iterator[str]:
    """What cannot be laid out: each file that the command names or opened, and others that lay there."""
    for path in paths:
        if path in run.named:
            yield f"{path} is not available as the run had it; --bring copies the one of your directory"
    others = [path for path in paths if path not in run.named]
    if others:
        yield (
            f"untracked files of then that are not as they were: {first_of(others, TOLD)};"
            " if the command reads one, --bring takes the one of your directory"
        )


def file_states(worktree: Path, paths: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Size and times of the files that lie at some paths, or below them, by their path below the top."""
    found = {}
    for path in paths:
        place = worktree / path
        inside = [place] if not place.is_dir() else [file for file in place.rglob("*") if file.is_file()]
        for file in inside:
            with contextlib.suppress(OSError):
                state = file.lstat()
                key = file.relative_to(worktree).as_posix()
                found[key] = state.st_size, state.st_mtime_ns, state.st_ctime_ns
    return found


def _changed(run: OriginalRun, worktree: Worktree) -> list[str]:
    if run.diff is None:
        lost = f"the run had changes in {counted(len(run.changes), 'tracked file')} that were not kept"
        return [f"{lost}: this is the commit without them"] if run.changes else []
    applied = worktree.git_result("apply", "--whitespace=nowarn", "-", stdin=run.diff)
    if applied.status == 0:
        return []
    reason = applied.stderr.decode(errors="backslashreplace").strip().partition("\n")[0]
    return [f"the changes that the run had cannot be applied here: {reason.removeprefix('error: ')}"]


def command_line(run: OriginalRun, argv: Sequence[str], worktree: Path, here: Path) -> list[str]:
    """The words of a command, where paths of the working tree then are those of the worktree.

    The program of a virtual environment in the working tree stays where it is: it works nowhere else.
    """
    tops = tuple(dict.fromkeys(filter(None, (run.top, str(here), os.path.realpath(here)))))
    words = [_word(word, tops, worktree, here) for word in argv]
    return environment_paths_absolute(words, here, run.prefix)


def _word(word: str, tops: Sequence[str], worktree: Path, here: Path) -> str:
    """A word in which paths of the working tree, also within a script, are those of the worktree."""

    def moved(match: re.Match[str]) -> str:
        inside = match[2].lstrip("/")
        there = worktree / inside
        is_own = os.path.lexists(there) or not is_of_environment(here / inside, here)
        return match[1] + str(there if is_own else here / inside)

    for top in tops:
        word = re.sub(rf"(^|[\s='\":,]){re.escape(top)}((?:/[^\s'\":,;]*)?)(?=$|[\s'\":,;])", moved, word)
    return word


def make_folders(argv: Sequence[str], prefix: str, worktree: Path, here: Path) -> None:
    """Make the folders of the files that a command line names, where only the user's directory has them.

    Programs that are given the name of a file to write seldom make its folder; nor that of the bundle that
    `record --out` made for them.

    Args:
        argv: a command line for the worktree.
        prefix: the working directory, relative to the top.
        worktree: its top.
        here: top of the user's working tree.

    Raises:
        OutputError: a folder cannot be made.
    """
    for path in {path for word in argv for path in _paths(word, prefix, f"{worktree}/")}:
        there = _folder_before(here / path) if is_path_inside(worktree, path) else None
        if there is not None and not os.path.lexists(place := worktree / there.relative_to(here)):
            with writing(place, "Make room there."):
                place.mkdir(parents=True)


def _folder_before(path: Path) -> Path | None:
    """The folder that was there before a program wrote to a path: of a file, or what `record` made."""
    try:
        if path.is_dir():
            return path if (path / RECORD_NAME).is_file() else None
        return path.parent if path.parent.is_dir() else None
    except OSError:  # a word that is too long for a name
        return None


def _paths(word: str, prefix: str, top: str) -> Iterator[str]:
    """What may be paths in a word, whole or as parts of a script, relative to the top of the worktree."""
    wholes = [text for text in (word, word.partition("=")[2]) if text]
    before, *inside = word.split(top)
    outside = [text for text in wholes if not text.startswith(top)] + _BETWEEN_PATHS.split(before)
    yield from (os.path.normpath(f"{prefix}/{text}") for text in outside if text)
    yield from (os.path.normpath(text.removeprefix(top)) for text in wholes if text.startswith(top))
    yield from (os.path.normpath(_BETWEEN_PATHS.split(text)[0]) for text in inside)


def working_directory(run: OriginalRun, worktree: Path) -> tuple[Path, tuple[str, ...]]:
    """Where the command runs, and what is to be said of it: a folder that the commit lacks is made.

    Raises:
        OutputError: it cannot be made.
    """
    place = worktree / run.prefix
    if not is_path_inside(worktree, f"{run.prefix}/x"):
        return worktree, (f"{run.prefix}, where it ran, leads out of the commit: it ran at the top",)
    if place.is_dir():
        return place, ()
    with writing(place, "Make room there."):
        place.mkdir(parents=True)
    return place, (
        f"{run.prefix}, where it ran, is not in this commit: it ran in an empty folder of that name",
    )


def variables(argv: Sequence[str], worktree: Path, here: Path, caller: dict[str, str]) -> dict[str, str]:
    """PATH and PYTHONPATH with the worktree in place of the user's own checkout, and first in PYTHONPATH."""
    folders = module_folders(argv, worktree, here, caller.get("PATH"))
    named = {
        name: path_in_tree(name, caller.get(name, ""), worktree, here) for name in ("PATH", "PYTHONPATH")
    }
    places = [*map(str, folders), *filter(None, [named["PYTHONPATH"]])]
    return {**({"PATH": named["PATH"]} if "PATH" in caller else {}), "PYTHONPATH": os.pathsep.join(places)}
