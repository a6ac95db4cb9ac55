"""The bundles that a command works on: all that are found, or those that were named."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.commands.named_path import split_run_name
from bisect_parity.commands.project import Project, no_evidence, no_work_tree, open_project
from bisect_parity.errors import EvidenceError, NoEvidenceError, UsageError
from bisect_parity.evidence.discover import discover, discover_meanwhile
from bisect_parity.evidence.grouping import bundle_of
from bisect_parity.evidence.stamps import is_stamped_folder
from bisect_parity.evidence.twins import with_twins
from bisect_parity.evidence.walk import WorkTree
from bisect_parity.files import nearest_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository


def find_bundles(
    call: Invocation, named: tuple[Path, ...], out: Path | None = None, *, stored: bool = False
) -> Project:
    """Open the repository and read the named bundles, or all of them.

    Args:
        call: of the command.
        named: bundles, see `named_path`; empty means all.
        out: where the command will write, if the user said so.
        stored: in a bare repository, read those that its HEAD holds.

    Raises:
        BisectParityError: as `open_project`; also where no bundle is found.
        UsageError: `out` lies in a bundle.
    """
    project = open_project(call, needs_work_tree=not stored)
    return (
        _of_head(project, named)
        if project.repository.work_tree is None
        else _of_work_tree(project, named, out)
    )


def find_stored_bundles(call: Invocation, named: tuple[Path, ...], out: Path | None = None) -> Project:
    """As `find_bundles`; also in a bare repository, and deleted bundles: read from commits.

    Raises:
        BisectParityError: as `find_bundles`.
    """
    return _stored(open_project(call, needs_work_tree=False), named, out)


def find_runs(
    call: Invocation,
    named: tuple[Path, ...],
    out: Path | None = None,
    begin: Callable[[Repository], None] = lambda _: None,
) -> Project:
    """As `find_stored_bundles`; a run of a file that holds several may be named by itself.

    Where nothing is named and nothing is there, the project is empty: git may know what was deleted.

    Args:
        call, named, out: see `find_bundles`.
        begin: begins to log, once nothing can be wrong with what was asked. Where all bundles are asked, the
            history is read from then on, while the evidence is.

    Raises:
        BisectParityError: as `find_stored_bundles`.
    """
    project = open_project(call, needs_work_tree=False)
    if not named and project.repository.work_tree is not None and _place_of_output(out, project) is None:
        return _all_at_once(project, begin)
    try:
        project = _runs_named(project, named, out)
    except NoEvidenceError:  # git may know of some that was deleted
        if named:
            raise
    begin(project.repository)
    return project


def _all_at_once(project: Project, begin: Callable[[Repository], None]) -> Project:
    with discover_meanwhile(project.top, project.settings.evidence) as discovery:
        if discovery.roots:
            begin(project.repository)
            project.answers.read_ahead(discovery.roots)
        found = discovery.bundles()
    project = evolve(project, bundles=found)
    if not discovery.roots:
        begin(project.repository)
    return project


def _runs_named(project: Project, named: tuple[Path, ...], out: Path | None) -> Project:
    split = [split_run_name(path, project.repository.work_tree) for path in named]
    project = _stored(project, tuple(dict.fromkeys(file for file, _ in split)), out)
    tree = WorkTree(project.top)
    return evolve(
        project, runs=tuple((tree.named(str(project.place_of(file))), rest) for file, rest in split if rest)
    )


def _of_work_tree(project: Project, named: tuple[Path, ...], out: Path | None) -> Project:
    found = discover(project.top, project.settings.evidence)
    _keep_out_of(found, out, project)
    if not named:
        return _all(project, found)
    tree = WorkTree(project.top)
    places = [tree.named(str(project.place_of(path))) for path in named]
    _refuse_output_among(places, out)
    names = _paths_meant(places, found)
    return _only(project, discover(project.top, project.settings.evidence, names, known=found), found)


def _paths_meant(places: Iterable[str], bundles: tuple[Bundle, ...]) -> tuple[str, ...]:
    """What named paths stand for, each once: a path itself or, where it is but a folder of bundles, these.

    A folder without a stamp may be both: what lies in it is no part of what it holds itself.
    """
    names: dict[str, None] = {}
    folders = {bundle.path for bundle in bundles if not bundle.is_file}
    for place in places:
        start = "" if place == "." else f"{place}/"
        below = [bundle.path for bundle in bundles if bundle.path.startswith(start)]
        has_own = any("/" not in path.removeprefix(start) for path in below if path not in folders)
        is_itself = place in folders or has_own or not below
        is_both = place in folders and not is_stamped_folder(place)
        names |= dict.fromkeys(([place] if is_itself else []) + (below if is_both or not is_itself else []))
    return tuple(names)


def _stored(project: Project, named: tuple[Path, ...], out: Path | None) -> Project:
    if project.repository.work_tree is None:
        return _of_head(project, named)
    gone = tuple(path for path in named if _is_gone(project.place_of(path)))
    if not gone:
        return _of_work_tree(project, named, out)
    present = tuple(path for path in named if path not in gone)
    if present:
        project = _of_work_tree(project, present, out)
    else:
        project = evolve(project, others=discover(project.top, project.settings.evidence))
    return evolve(
        project, bundles=(*project.bundles, *(bundle for path in gone for bundle in _past(project, path)))
    )


def _is_gone(path: Path) -> bool:
    """Whether nothing is there but empty folders, which git does not keep, and may leave behind."""
    is_folder = path.is_dir() and not path.is_symlink()
    return not os.path.lexists(path) or (is_folder and not any(files for _, _, files in os.walk(path)))


def _of_head(project: Project, named: tuple[Path, ...]) -> Project:
    """The bundles that HEAD of a bare repository holds.

    Raises:
        EvidenceError: it is not bare, or its HEAD names no commit.
    """
    from bisect_parity.provenance.past import files_of_commit  # noqa: PLC0415 - slow to import, seldom needed

    repository = project.repository
    head = repository.try_resolve("HEAD") if repository.is_bare() else None
    if head is None and repository.is_bare() and repository.git("for-each-ref", "--count=1", "refs/heads/"):
        raise EvidenceError(
            f"HEAD of {repository.directory} names no commit: there is no evidence to read",
            f"Name a branch: git -C {repository.directory} symbolic-ref HEAD refs/heads/BRANCH",
        )
    if head is None:
        raise no_work_tree(repository)
    files, settings = files_of_commit(repository, head), project.settings.evidence
    found = discover(files, settings)
    if not named:
        return _all(project, found)
    names = {posixpath.normpath(path.as_posix()): path for path in named}
    present = _paths_meant(filter(files.has, names), found)
    project = _only(project, discover(files, settings, present) if present else (), found)
    past = (bundle for name, path in names.items() if not files.has(name) for bundle in _past(project, path))
    return evolve(project, bundles=(*project.bundles, *past))


def _past(project: Project, path: Path) -> tuple[Bundle, ...]:
    """As `deleted_bundles`.

    Raises:
        EvidenceError: no commit had it.
    """
    bundles = deleted_bundles(project, path)
    if not bundles:
        remedy = nearest_path(project.top / path, "Name the folder of a run.")
        raise EvidenceError(f"{path} does not exist, and no commit had it", remedy)
    return bundles


def deleted_bundles(project: Project, path: Path) -> tuple[Bundle, ...]:
    """What a commit had of a bundle that is not there any more, or of a folder of them; perhaps nothing."""
    from bisect_parity.provenance.past import past_bundles  # noqa: PLC0415 - slow to import, seldom needed

    here = () if project.repository.work_tree is None else (path.absolute(),)
    tops = (str(project.top), str(project.top.resolve()))
    for place in map(os.path.normpath, (*here, project.top / path)):
        inside = [os.path.relpath(place, top) for top in tops if place.startswith(top + os.sep)]
        bundles = past_bundles(project.repository, inside[0], project.settings.evidence) if inside else ()
        if bundles:
            return bundles
    return ()


def of_one_run(project: Project, named: Path) -> Project:
    """The project of the run that a folder is, even if it holds further ones; else as it is."""
    if len(project.bundles) < 2:
        return project
    path = WorkTree(project.top).named(str(project.place_of(named)))
    own = tuple(bundle for bundle in project.bundles if bundle.path == path)
    return _only(project, own, project.everything) if own else project


def _only(project: Project, asked: tuple[Bundle, ...], bundles: tuple[Bundle, ...]) -> Project:
    elsewhere = tuple(bundle for bundle in asked if bundle.path.startswith("/"))
    bundles = (
        with_twins((*bundles, *elsewhere)) if elsewhere else bundles
    )  # copies that the tree holds, perhaps
    known = {bundle.path: bundle for bundle in bundles}
    asked = tuple(known.get(bundle.path, bundle) for bundle in asked)
    copies = _copies(asked, known)
    paths = {bundle.path for bundle in (*asked, *copies)}
    rest = tuple(bundle for bundle in bundles if bundle.path not in paths)
    return evolve(project, bundles=asked, copies=copies, others=rest)


def _all(project: Project, bundles: tuple[Bundle, ...]) -> Project:
    if not bundles:
        raise no_evidence(project)
    return evolve(project, bundles=bundles)


def _place_of_output(out: Path | None, project: Project) -> str | None:
    """Where an output lies in the working tree; None elsewhere."""
    try:
        return None if out is None else out.resolve().relative_to(project.top.resolve()).as_posix()
    except (OSError, RuntimeError, ValueError):  # a loop of links, which cannot be written; or another place
        return None


def _keep_out_of(bundles: tuple[Bundle, ...], out: Path | None, project: Project) -> None:
    """Evidence is never changed, not even by an output that is put among it."""
    place = _place_of_output(out, project)
    if place is None:
        return
    owner = bundle_of(f"{place}/commands.txt", project.settings.evidence)
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
