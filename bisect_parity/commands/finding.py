"""The bundles that a command works on: all that are found, or those that were named."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.commands.named_path import split_run_name
from bisect_parity.commands.room import Room, no_evidence, no_work_tree, open_room
from bisect_parity.errors import EvidenceError, NoEvidenceError, UsageError
from bisect_parity.evidence.discover import bundle_of, discover, discover_meanwhile
from bisect_parity.evidence.twins import with_twins
from bisect_parity.evidence.walk import WorkTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from bisect_parity.commands.common import Invocation
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.background import Background

__all__ = ["deleted_bundles", "find_bundles", "find_runs", "find_stored_bundles"]


def find_bundles(
    call: Invocation, named: tuple[Path, ...], out: Path | None = None, *, stored: bool = False
) -> Room:
    """Open the repository and read the named bundles, or all of them.

    Args:
        call: of the command.
        named: bundles, see `named_path`; empty means all.
        out: where the command will write, if the user said so.
        stored: in a bare repository, read those that its HEAD holds.

    Raises:
        BisectParityError: as `open_room`; also where no bundle is found.
        UsageError: `out` lies in a bundle.
    """
    room = open_room(call, needs_work_tree=not stored)
    return _of_head(room, named) if room.repository.work_tree is None else _of_work_tree(room, named, out)


def find_stored_bundles(call: Invocation, named: tuple[Path, ...], out: Path | None = None) -> Room:
    """As `find_bundles`; also in a bare repository, and deleted bundles: read from commits.

    Raises:
        BisectParityError: as `find_bundles`.
    """
    return _stored(open_room(call, needs_work_tree=False), named, out)


def find_runs(
    call: Invocation,
    named: tuple[Path, ...],
    out: Path | None = None,
    begin: Callable[[Repository], None] = lambda _: None,
) -> Room:
    """As `find_stored_bundles`; a run of a file that holds several may be named by itself.

    Where nothing is named and nothing is there, the room is empty: git may know what was deleted.

    Args:
        call, named, out: see `find_bundles`.
        begin: begins to log, once nothing can be wrong with what was asked. Where all bundles are asked, the
            history is read from then on, while the evidence is.

    Raises:
        BisectParityError: as `find_stored_bundles`.
    """
    room = open_room(call, needs_work_tree=False)
    if not named and room.repository.work_tree is not None and _place_of_output(out, room) is None:
        return _all_at_once(room, begin)
    try:
        room = _runs_named(room, named, out)
    except NoEvidenceError:  # git may know of some that was deleted
        if named:
            raise
    begin(room.repository)
    return room


def _all_at_once(room: Room, begin: Callable[[Repository], None]) -> Room:
    with discover_meanwhile(room.top, room.settings.evidence) as discovery:
        background = _background(room.repository)
        if discovery.roots:
            begin(room.repository)
            background.read_ahead(discovery.roots)
        found = discovery.bundles()
    room = evolve(room, bundles=found, background=background)
    if not discovery.roots:
        begin(room.repository)
    return room


def _background(repository: Repository) -> Background:
    from bisect_parity.provenance.background import (  # noqa: PLC0415 - with numpy, while evidence is read
        Background,
    )

    return Background(repository)


def _runs_named(room: Room, named: tuple[Path, ...], out: Path | None) -> Room:
    split = [split_run_name(path, room.repository.work_tree) for path in named]
    room = _stored(room, tuple(dict.fromkeys(file for file, _ in split)), out)
    tree = WorkTree(room.top)
    return evolve(
        room, runs=tuple((tree.named(str(room.place_of(file))), rest) for file, rest in split if rest)
    )


def _of_work_tree(room: Room, named: tuple[Path, ...], out: Path | None) -> Room:
    room = evolve(room, background=_background(room.repository))
    found = discover(room.top, room.settings.evidence)
    _keep_out_of(found, out, room)
    if not named:
        return _all(room, found)
    tree = WorkTree(room.top)
    places = [tree.named(str(room.place_of(path))) for path in named]
    _refuse_output_among(places, out)
    names = _meant(places, found)
    return _only(room, discover(room.top, room.settings.evidence, names, known=found), found)


def _meant(places: Iterable[str], found: tuple[Bundle, ...]) -> tuple[str, ...]:
    """What named paths stand for, each once: a path itself or, where it is but a folder of bundles, these."""
    names: dict[str, None] = {}
    folders = {bundle.path for bundle in found if not bundle.is_file}
    for place in places:
        start = "" if place == "." else f"{place}/"
        below = [bundle.path for bundle in found if bundle.path.startswith(start)]
        has_own = any("/" not in path.removeprefix(start) for path in below if path not in folders)
        names |= dict.fromkeys([place] if place in folders or has_own or not below else below)
    return tuple(names)


def _stored(room: Room, named: tuple[Path, ...], out: Path | None) -> Room:
    if room.repository.work_tree is None:
        return _of_head(room, named)
    gone = tuple(path for path in named if _is_gone(room.place_of(path)))
    if not gone:
        return _of_work_tree(room, named, out)
    present = tuple(path for path in named if path not in gone)
    if present:
        room = _of_work_tree(room, present, out)
    else:
        room = evolve(room, others=discover(room.top, room.settings.evidence))
    return evolve(room, bundles=(*room.bundles, *(bundle for path in gone for bundle in _past(room, path))))


def _is_gone(path: Path) -> bool:
    """Whether nothing is there but empty folders, which git does not keep, and may leave behind."""
    is_folder = path.is_dir() and not path.is_symlink()
    return not os.path.lexists(path) or (is_folder and not any(files for _, _, files in os.walk(path)))


def _of_head(room: Room, named: tuple[Path, ...]) -> Room:
    """The bundles that HEAD of a bare repository holds.

    Raises:
        EvidenceError: it is not bare, or its HEAD names no commit.
    """
    from bisect_parity.provenance.past import files_of_commit  # noqa: PLC0415 - slow to import, seldom needed

    repository = room.repository
    head = repository.try_resolve("HEAD") if repository.is_bare() else None
    if head is None and repository.is_bare() and repository.git("for-each-ref", "--count=1", "refs/heads/"):
        raise EvidenceError(
            f"HEAD of {repository.directory} names no commit: there is no evidence to read",
            f"Name a branch: git -C {repository.directory} symbolic-ref HEAD refs/heads/BRANCH",
        )
    if head is None:
        raise no_work_tree(repository)
    files, settings = files_of_commit(repository, head), room.settings.evidence
    found = discover(files, settings)
    if not named:
        return _all(room, found)
    names = {posixpath.normpath(path.as_posix()): path for path in named}
    present = _meant(filter(files.has, names), found)
    room = _only(room, discover(files, settings, present) if present else (), found)
    past = (bundle for name, path in names.items() if not files.has(name) for bundle in _past(room, path))
    return evolve(room, bundles=(*room.bundles, *past))


def _past(room: Room, path: Path) -> tuple[Bundle, ...]:
    """As `deleted_bundles`.

    Raises:
        EvidenceError: no commit had it.
    """
    bundles = deleted_bundles(room, path)
    if not bundles:
        raise EvidenceError(f"{path} is not there, and no commit had it", "Name the folder of a run.")
    return bundles


def deleted_bundles(room: Room, path: Path) -> tuple[Bundle, ...]:
    """What a commit had of a bundle that is not there any more, or of a folder of them; perhaps nothing."""
    from bisect_parity.provenance.past import past_bundles  # noqa: PLC0415 - slow to import, seldom needed

    here = () if room.repository.work_tree is None else (path.absolute(),)
    tops = (str(room.top), str(room.top.resolve()))
    for place in map(os.path.normpath, (*here, room.top / path)):
        inside = [os.path.relpath(place, top) for top in tops if place.startswith(top + os.sep)]
        bundles = past_bundles(room.repository, inside[0], room.settings.evidence) if inside else ()
        if bundles:
            return bundles
    return ()


def _only(room: Room, asked: tuple[Bundle, ...], found: tuple[Bundle, ...]) -> Room:
    elsewhere = tuple(bundle for bundle in asked if bundle.path.startswith("/"))
    found = with_twins((*found, *elsewhere)) if elsewhere else found  # copies that the tree holds, perhaps
    known = {bundle.path: bundle for bundle in found}
    asked = tuple(known.get(bundle.path, bundle) for bundle in asked)
    copies = _copies(asked, known)
    paths = {bundle.path for bundle in (*asked, *copies)}
    rest = tuple(bundle for bundle in found if bundle.path not in paths)
    return evolve(room, bundles=asked, copies=copies, others=rest)


def _all(room: Room, found: tuple[Bundle, ...]) -> Room:
    if not found:
        raise no_evidence(room)
    return evolve(room, bundles=found)


def _place_of_output(out: Path | None, room: Room) -> str | None:
    """Where an output lies in the working tree; None elsewhere."""
    try:
        return None if out is None else out.resolve().relative_to(room.top.resolve()).as_posix()
    except (OSError, RuntimeError, ValueError):  # a loop of links, which cannot be written; or another place
        return None


def _keep_out_of(bundles: tuple[Bundle, ...], out: Path | None, room: Room) -> None:
    """Evidence is never changed, not even by an output that is put among it."""
    place = _place_of_output(out, room)
    if place is None:
        return
    owner = bundle_of(f"{place}/commands.txt", room.settings.evidence)
    if any(bundle.path == owner for bundle in bundles):
        raise UsageError(
            f"{out} lies in the bundle {owner}: evidence is never changed", "Choose another --out."
        )


def _refuse_output_among(places: Iterable[str], out: Path | None) -> None:
    """As `_keep_out_of`, of what was named and lies outside of the working tree."""
    for place in places:
        if out is not None and place.startswith("/") and out.resolve().is_relative_to(place):
            raise UsageError(f"{out} lies in {place}: evidence is never changed", "Choose another --out.")


def _copies(asked: tuple[Bundle, ...], known: dict[str, Bundle]) -> tuple[Bundle, ...]:
    found = {bundle.path for bundle in asked}
    waiting = [twin for bundle in asked for twin in bundle.twins]
    copies = []
    while waiting:
        path = waiting.pop()
        if path not in found and path in known:
            found.add(path)
            copies.append(known[path])
            waiting.extend(known[path].twins)
    return tuple(copies)
