"""What the commands about evidence work on: repository, settings and bundles."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve, frozen

from bisect_parity.commands.named_path import named_path, split_run_name
from bisect_parity.config import Settings
from bisect_parity.diagnosis.runs import by_files, single_runs
from bisect_parity.errors import EvidenceError, NoEvidenceError, UsageError
from bisect_parity.evidence.discover import bundle_of, discover, discover_meanwhile
from bisect_parity.evidence.model import Bundle
from bisect_parity.evidence.twins import with_twins
from bisect_parity.evidence.walk import WorkTree
from bisect_parity.history.repository import Repository
from bisect_parity.provenance.background import Background
from bisect_parity.provenance.past import files_of_commit, past_bundle
from bisect_parity.provenance.resolve import resolve_bundles, resolve_runs

if TYPE_CHECKING:
    from bisect_parity.commands.common import Invocation
    from bisect_parity.provenance.model import Resolution

    Resolved: TypeAlias = tuple[list[Resolution], list[tuple[Bundle, Resolution]]]

__all__ = ["Resolved", "Room", "find_bundles", "find_runs", "find_stored_bundles", "open_room"]


@frozen
class Room:
    """What the commands about evidence work on.

    Attributes:
        repository: the repository of the call.
        top: its working tree; the git directory where there is none, and none is needed.
        settings: that apply.
        bundles: what was named, or all that were found.
        copies: of the named ones' runs, of which the same is known.
        others: all the rest, to learn from: a named bundle gets the very answer that it has among all.
        runs: the runs of files that were named: the file, relative to the top, and the rest of the name.
        background: what git knows, where it was read while the evidence was.
    """

    repository: Repository
    top: Path
    settings: Settings
    bundles: tuple[Bundle, ...] = ()
    copies: tuple[Bundle, ...] = ()
    others: tuple[Bundle, ...] = ()
    runs: tuple[tuple[str, str], ...] = ()
    background: Background | None = None

    def place_of(self, name: Path) -> Path:
        """The absolute path of what a user named; see `named_path`."""
        return named_path(name, self.repository.work_tree)

    def resolve(self, *, blind: bool = False) -> list[Resolution]:
        """The resolutions of `bundles`, in their order."""
        return self.resolve_runs(blind=blind)[: len(self.bundles)]

    def resolve_runs(
        self, *, blind: bool = False, of_files: bool = False, past: bool = False
    ) -> list[Resolution]:
        """The resolutions of `bundles`, then those of deleted bundles, and of runs of files with several.

        Of a file of which runs were named, these alone.

        Raises:
            EvidenceError: there is no run of a name.
        """
        found = resolve_bundles(
            self.repository,
            self.everything,
            self.settings,
            blind=blind,
            of_files=of_files,
            past=past,
            background=self.background,
        )
        further = found[len(self.everything) :]
        if self.copies or self.others:  # some were chosen
            own = tuple(f"{bundle.path}{mark}" for bundle in self.bundles for mark in "/#@")
            further = [item for item in further if item.path.startswith(own)]
        return self._named([*found[: len(self.bundles)], *further])

    def _named(self, resolutions: list[Resolution]) -> list[Resolution]:
        names = {file + rest: file for file, rest in self.runs}
        for name in names.keys() - {item.path for item in resolutions}:
            raise EvidenceError(
                f"there is no run {name}", f"See those that there are: bisect-parity provenance {names[name]}"
            )
        files = tuple(f"{file}{mark}" for file in names.values() for mark in "#@")
        return [item for item in resolutions if item.path in names or not f"{item.path}#".startswith(files)]

    def resolve_files(self) -> Resolved:
        """The resolutions of `everything`; and the runs of files that hold, or held, several."""
        return resolve_runs(self.repository, self.everything, self.settings, self.background)

    def single_runs(self, known: Resolved | None = None) -> list[tuple[Bundle, Resolution]]:
        """Each run of `bundles` and `copies`, with its resolution; files that hold several are taken apart.

        Args:
            known: what `resolve_files` gave; asked again only where numbered files are runs of their own.
        """
        criterion = self.settings.evidence.criterion
        bundles, count = self.everything, len(self.bundles) + len(self.copies)
        parts = [by_files(bundle, criterion) for bundle in bundles]
        if all(part == (bundle,) for part, bundle in zip(parts, bundles, strict=True)):
            resolutions, of_files = known or self.resolve_files()
        else:
            count = sum(map(len, parts[:count]))
            bundles = with_twins(tuple(bundle for part in parts for bundle in part))
            resolutions, of_files = resolve_runs(self.repository, bundles, self.settings, self.background)
        return single_runs(bundles[:count], resolutions[:count], of_files, criterion)

    @property
    def everything(self) -> tuple[Bundle, ...]:
        """All bundles that are known: `bundles`, `copies`, `others`."""
        return (*self.bundles, *self.copies, *self.others)


def open_room(call: Invocation, *, needs_work_tree: bool = True) -> Room:
    """Open the repository and read the settings; no bundles yet.

    Args:
        call: of the command.
        needs_work_tree: refuse a repository without one; else its git directory stands for the top.

    Raises:
        RepositoryError, UsageError: there is no repository, or its settings are not valid.
        EvidenceError: the repository is bare, or no working tree is meant.
    """
    repository = Repository.open(call.directory, call.journal, lean=True)
    top = repository.work_tree
    if top is None and needs_work_tree:
        raise _no_work_tree(repository)
    settings = call.settings((repository.git_dir / "bisect-parity", repository.state_directory()), top)
    if top is not None:
        call.warn_of_other_settings(settings.source, top)
    return Room(repository, top or repository.git_dir, settings)


def _no_work_tree(repository: Repository) -> EvidenceError:
    what = "is bare" if repository.is_bare() else "is a git directory"
    return EvidenceError(
        f"{repository.directory} {what}: there is no evidence to read",
        "Name a working tree of it with --repo.",
    )


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


def find_runs(call: Invocation, named: tuple[Path, ...], out: Path | None = None) -> Room:
    """As `find_stored_bundles`; a run of a file that holds several may be named by itself.

    Raises:
        BisectParityError: as `find_stored_bundles`.
    """
    room = open_room(call, needs_work_tree=False)
    split = [split_run_name(path, room.repository.work_tree) for path in named]
    room = _stored(room, tuple(dict.fromkeys(file for file, _ in split)), out)
    tree = WorkTree(room.top)
    return evolve(
        room, runs=tuple((tree.named(str(room.place_of(file))), rest) for file, rest in split if rest)
    )


def _of_work_tree(room: Room, named: tuple[Path, ...], out: Path | None) -> Room:
    background = Background(room.repository)
    with discover_meanwhile(room.top, room.settings.evidence) as discovery:
        background.read_ahead(discovery.roots)
        found = discovery.bundles()
    room = evolve(room, background=background)
    if out is not None:
        _keep_out_of(found, out, room)
    if not named:
        return _all(room, found)
    names = tuple(str(room.place_of(path)) for path in named)
    return _only(room, discover(room.top, room.settings.evidence, names, known=found), found)


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
    return evolve(room, bundles=(*room.bundles, *(_past(room, path) for path in gone)))


def _is_gone(path: Path) -> bool:
    """Whether nothing is there but empty folders, which git does not keep, and may leave behind."""
    is_folder = path.is_dir() and not path.is_symlink()
    return not os.path.lexists(path) or (is_folder and not any(files for _, _, files in os.walk(path)))


def _of_head(room: Room, named: tuple[Path, ...]) -> Room:
    """The bundles that HEAD of a bare repository holds.

    Raises:
        EvidenceError: it is not bare, or its HEAD names no commit.
    """
    repository = room.repository
    head = repository.try_resolve("HEAD") if repository.is_bare() else None
    if head is None and repository.is_bare() and repository.git("for-each-ref", "--count=1", "refs/heads/"):
        raise EvidenceError(
            f"HEAD of {repository.directory} names no commit: there is no evidence to read",
            f"Name a branch: git -C {repository.directory} symbolic-ref HEAD refs/heads/BRANCH",
        )
    if head is None:
        raise _no_work_tree(repository)
    files, settings = files_of_commit(repository, head), room.settings.evidence
    found = discover(files, settings)
    if not named:
        return _all(room, found)
    names = {posixpath.normpath(path.as_posix()): path for path in named}
    present = tuple(name for name in names if files.has(name))
    room = _only(room, discover(files, settings, present) if present else (), found)
    past = (_past(room, path) for name, path in names.items() if name not in present)
    return evolve(room, bundles=(*room.bundles, *past))


def _past(room: Room, path: Path) -> Bundle:
    """A named bundle that is not there any more.

    Raises:
        EvidenceError: no commit had it.
    """
    here = () if room.repository.work_tree is None else (path.absolute(),)
    tops = (str(room.top), str(room.top.resolve()))
    for place in map(os.path.normpath, (*here, room.top / path)):
        inside = [os.path.relpath(place, top) for top in tops if place.startswith(top + os.sep)]
        bundle = past_bundle(room.repository, inside[0], room.settings.evidence) if inside else None
        if bundle is not None:
            return bundle
    raise EvidenceError(f"{path} is not there, and no commit had it", "Name the folder of a run.")


def _only(room: Room, asked: tuple[Bundle, ...], found: tuple[Bundle, ...]) -> Room:
    known = {bundle.path: bundle for bundle in found}
    asked = tuple(known.get(bundle.path, bundle) for bundle in asked)
    copies = _copies(asked, known)
    paths = {bundle.path for bundle in (*asked, *copies)}
    rest = tuple(bundle for bundle in found if bundle.path not in paths)
    return evolve(room, bundles=asked, copies=copies, others=rest)


def _all(room: Room, found: tuple[Bundle, ...]) -> Room:
    if not found:
        raise NoEvidenceError(
            f"no evidence bundle found in {room.top}",
            "Name a folder of results, or set [evidence] roots in bisect-parity.toml.",
        )
    return evolve(room, bundles=found)


def _keep_out_of(bundles: tuple[Bundle, ...], out: Path, room: Room) -> None:
    """Evidence is never changed, not even by an output that is put among it."""
    try:
        place = out.resolve().relative_to(room.top.resolve()).as_posix()
    except (OSError, RuntimeError, ValueError):  # a loop of links, which cannot be written; or another place
        return
    owner = bundle_of(f"{place}/commands.txt", room.settings.evidence)
    if any(bundle.path == owner for bundle in bundles):
        raise UsageError(
            f"{out} lies in the bundle {owner}: evidence is never changed", "Choose another --out."
        )


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
