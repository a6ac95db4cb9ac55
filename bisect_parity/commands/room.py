"""What the commands about evidence work on: repository, settings and bundles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.config import Settings
from bisect_parity.diagnosis.runs import by_files, single_runs
from bisect_parity.errors import EvidenceError, UsageError
from bisect_parity.evidence.discover import bundle_of, discover
from bisect_parity.evidence.model import Bundle
from bisect_parity.evidence.twins import with_twins
from bisect_parity.history.repository import Repository
from bisect_parity.provenance.resolve import resolve_bundles, resolve_runs

if TYPE_CHECKING:
    from bisect_parity.commands.common import Invocation
    from bisect_parity.provenance.model import Resolution

__all__ = ["Room", "find_bundles", "open_room"]


@frozen
class Room:
    """What the commands about evidence work on.

    Attributes:
        repository: the repository of the call.
        top: its work tree.
        settings: that apply.
        bundles: what was named, or all that were found.
        others: copies of the named ones' runs: what is known of them holds for these, too.
    """

    repository: Repository
    top: Path
    settings: Settings
    bundles: tuple[Bundle, ...] = ()
    others: tuple[Bundle, ...] = ()

    def resolve(self, *, blind: bool = False) -> list[Resolution]:
        """The resolutions of `bundles`, in their order."""
        return self.resolve_runs(blind=blind)[: len(self.bundles)]

    def resolve_runs(self, *, blind: bool = False, of_files: bool = False) -> list[Resolution]:
        """The resolutions of `bundles`, then those of the runs of files that hold several."""
        everything = (*self.bundles, *self.others)
        found = resolve_bundles(self.repository, everything, self.settings, blind=blind, of_files=of_files)
        return [*found[: len(self.bundles)], *found[len(everything) :]]

    def single_runs(self) -> list[tuple[Bundle, Resolution]]:
        """Each run by itself, with its resolution; files that hold, or held, several are taken apart."""
        criterion = self.settings.evidence.criterion
        everything = (*self.bundles, *self.others)
        apart = with_twins(tuple(part for bundle in everything for part in by_files(bundle, criterion)))
        resolutions, of_files = resolve_runs(self.repository, apart, self.settings)
        return single_runs(apart, resolutions, of_files, criterion)


def open_room(call: Invocation) -> Room:
    """Open the repository and read the settings; no bundles yet.

    Raises:
        RepositoryError, UsageError: there is no repository, or its settings are not valid.
        EvidenceError: the repository is bare, or no work tree is meant.
    """
    repository = Repository.open(call.directory, call.journal)
    top = repository.work_tree
    if top is None:
        is_bare = repository.git("rev-parse", "--is-bare-repository").strip() == b"true"
        what = "is bare" if is_bare else "is a git directory"
        raise EvidenceError(
            f"{repository.directory} {what}: there is no evidence to read",
            "Name a work tree of it with --repo.",
        )
    settings = call.settings((repository.git_dir / "bisect-parity", repository.state_directory()), top)
    return Room(repository, top, settings)


def find_bundles(call: Invocation, named: tuple[Path, ...], out: Path | None = None) -> Room:
    """Open the repository and read the named bundles, or all of them.

    Args:
        call: of the command.
        named: bundles; empty means all.
        out: where the command will write, if the user said so.

    Raises:
        BisectParityError: as `open_room`; also where no bundle is found.
        UsageError: `out` lies in a bundle.
    """
    room = open_room(call)
    found = discover(room.top, room.settings.evidence)
    if out is not None:
        _keep_out_of(found, out, room)
    if named:
        asked = discover(room.top, room.settings.evidence, tuple(str(path.absolute()) for path in named))
        known = {bundle.path: bundle for bundle in found}
        asked = tuple(known.get(bundle.path, bundle) for bundle in asked)
        return evolve(room, bundles=asked, others=_copies(asked, known))
    if not found:
        raise EvidenceError(
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
