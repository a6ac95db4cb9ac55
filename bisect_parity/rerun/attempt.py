"""One run again, at one commit, recorded as any run is, and held against what it gave then."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import Factory, evolve, frozen

from bisect_parity.annex import content_path
from bisect_parity.digest import has_digest
from bisect_parity.errors import EvidenceError, writing
from bisect_parity.files import is_path_inside
from bisect_parity.history.worktree_pool import own_worktree
from bisect_parity.recording.bundle_folder import RECORD_NAME, Wishes, evidence_root, recorded_bundles
from bisect_parity.recording.run import record_command
from bisect_parity.rerun.likeness import (
    FileLikeness,
    Likeness,
    Tolerances,
    content_likeness,
    noted_likeness,
    overall,
    printed_likeness,
    told_numbers,
)
from bisect_parity.rerun.pairing import paired
from bisect_parity.rerun.recorded_run import OriginalRun, WrittenFile, run_of_record
from bisect_parity.rerun.stage import (
    command_line,
    file_states,
    lay_out,
    make_folders,
    variables,
    working_directory,
)
from bisect_parity.wording import counted, first_of

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository
    from bisect_parity.redaction import Redactor

NOTES = "notes of record.json"
OUTPUTS = "outputs"  # folder of a new bundle: what the run wrote elsewhere
VARIABLES_TOLD = 5
KINDS = ("python", "package", "machine", "variable")
NO_CIRCUMSTANCE = frozenset({"variable PYTHONPATH", "variable PWD", "variable OLDPWD", "variable SHLVL"})


@frozen
class RerunPlan:
    """What is run again.

    Attributes:
        run: as its bundle describes it.
        argv: the command line.
        brought: files and folders of the user's working tree to copy, relative to its top.
        tolerances: what counts as the same.
        own_out: our own descriptor that the command's standard output is passed on to.
        supplied: files that an earlier run wrote again, by the path at which this one reads them, and the
            digests of what it read then.
        passed_on: what it writes into the working tree, and a later run reads: it is kept in any case.
    """

    run: OriginalRun
    argv: tuple[str, ...]
    brought: tuple[str, ...]
    tolerances: Tolerances
    own_out: int
    supplied: Mapping[str, tuple[Path, str | None]] = Factory(dict)
    passed_on: frozenset[str] = frozenset()


@frozen
class Attempt:
    """How it went.

    Attributes:
        commit: full id.
        folder: the new bundle.
        argv: the command line as it was started, without secrets.
        status: as in a shell.
        seconds: that it took.
        has_failed: it ended otherwise than then.
        likeness: of all outputs; None where there was nothing to compare.
        files: each output.
        differences: of interpreter, packages, machine and variables: name, then, now.
        says: what a reader must know besides.
    """

    commit: str
    folder: Path
    argv: tuple[str, ...]
    status: int
    seconds: float
    has_failed: bool
    likeness: Likeness | None
    files: tuple[FileLikeness, ...]
    differences: tuple[tuple[str, str, str], ...]
    says: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """In one word: "failed", "nothing-to-compare", or the likeness."""
        return "failed" if self.has_failed else self.likeness or "nothing-to-compare"

    @property
    def is_reproduced(self) -> bool:
        """Whether it gave what it gave then."""
        return self.is_exact or (not self.has_failed and self.likeness is Likeness.EQUIVALENT)

    @property
    def is_exact(self) -> bool:
        """Whether it gave the same to the last digit."""
        return not self.has_failed and self.likeness in (Likeness.IDENTICAL, Likeness.EQUAL)

    def to_json(self) -> dict[str, Any]:
        """This attempt as it stands in rerun.json."""
        return {
            "commit": self.commit,
            "outcome": str(self.outcome),
            "bundle": str(self.folder),
            "argv": list(self.argv),
            "exit_status": self.status,
            "seconds": self.seconds,
            "outputs": [
                {"name": file.name, "likeness": str(file.likeness), "says": file.says} for file in self.files
            ],
            "differences": [{"name": name, "then": then, "now": now} for name, then, now in self.differences],
            "says": list(self.says),
        }


def rerun_at(
    plan: RerunPlan, commit: str, repository: Repository, redactor: Redactor, folder: Path
) -> Attempt:
    """Run a command again in a worktree of our own, and compare what it writes.

    What it wrote there, and is not what it was, is moved to `outputs/` of the new bundle.

    Args:
        plan: what is run.
        commit: full id.
        repository: the user's, with a journal that nothing else uses.
        redactor: of the run.
        folder: of the new bundle; new or empty.

    Raises:
        BisectParityError: nothing was run: the commit cannot be checked out, or the bundle cannot be made.
    """
    run, here = plan.run, Path(repository.work_tree or repository.home)
    refuse_outside(run, plan.argv)
    with own_worktree(repository, commit) as worktree:
        says = lay_out(run, worktree, here, plan.brought, plan.supplied)
        argv = command_line(run, plan.argv, worktree.path, here)
        place, notes = working_directory(run, worktree.path)
        make_folders(argv, run.prefix, worktree.path, here)
        root = evidence_root(worktree.repository)
        earlier = recorded_bundles(worktree.path, root)
        laid = file_states(worktree.path, (*plan.brought, *plan.supplied, *run.needed, *run.changes))
        with contextlib.chdir(place):
            recorded = record_command(
                argv,
                worktree.repository,
                Wishes(folder),
                redactor,
                own_out=plan.own_out,
                variables=variables(argv, worktree.path, here, dict(os.environ)),
                streams=run.streams,
            )
        again = run_of_record(recorded.folder)
        inner = [run_of_record(place) for place in sorted(recorded_bundles(worktree.path, root) - earlier)]
        again = evolve(again, written=(*again.written, *_inner_files(inner, worktree.path)))
        untouched = dict(laid.items() & file_states(worktree.path, laid).items())
        found = [
            (likeness, file)
            for likeness, file in _compared(run, again, here, worktree.path, plan.tolerances)
            if likeness.likeness is not Likeness.NEW or likeness.name not in untouched
        ]
        if run.notes:
            noted = noted_likeness(run.notes, _noted(again, inner, worktree.path), plan.tolerances)
            found.append((FileLikeness(NOTES, *noted), None))
        _keep(found, again, worktree.path, plan.passed_on)
    files = tuple(likeness for likeness, _ in found)
    attempt = Attempt(
        commit,
        recorded.folder,
        tuple(redactor.words(argv)),
        recorded.status,
        again.seconds or 0.0,
        recorded.status != (run.status or 0),
        overall((file.likeness for file in files), is_recorded=run.is_recorded),
        files,
        _differences(run.circumstances, again.circumstances),
        (*says, *notes, *recorded.says),
    )
    return attempt if attempt.is_reproduced else evolve(attempt, says=(*attempt.says, *_unknown(run, again)))


def _inner_files(runs: Iterable[OriginalRun], worktree: Path) -> Iterator[WrittenFile]:
    """What lies in bundles that the program itself recorded (`record_run`), as files of the worktree."""
    for run in runs:
        for file in run.written:
            if file.is_in_bundle:
                name = run.path_of(file, worktree).relative_to(worktree)
                yield WrittenFile(str(name), False, file.sha256)


def _noted(again: OriginalRun, inner: Sequence[OriginalRun], worktree: Path) -> dict[str, Any]:
    """What the program itself noted, in bundles among the evidence and elsewhere."""
    places = [again.path_of(file, worktree) for file in again.written]
    notes = [run.notes for run in inner]
    for folder in sorted(place.parent for place in places if place.name == RECORD_NAME):
        with contextlib.suppress(EvidenceError):  # a file of that name that is none of ours
            notes.append(run_of_record(folder).notes)
    return {name: fact for one in notes for name, fact in one.items()}


def refuse_outside(run: OriginalRun, argv: Sequence[str]) -> None:
    """Refuse to run what would write over the files of the first run.

    Raises:
        EvidenceError: it is the same command, and it wrote outside of the working tree.
    """
    outside = next((file.name for file in run.written if Path(file.name).is_absolute()), None)
    if outside is not None and tuple(argv) == run.argv:
        raise EvidenceError(
            f"the run wrote {outside}, outside of the working tree: run again, it would write over that",
            "Name the command with another place: bisect-parity rerun BUNDLE -- COMMAND ...",
        )


def _compared(
    then: OriginalRun, now: OriginalRun, here: Path, worktree: Path, tolerances: Tolerances
) -> Iterator[tuple[FileLikeness, WrittenFile | None]]:
    pairs, new = paired(then.written, now.written)
    streams = [] if then.is_recorded else [now.path_of(file, worktree) for file in new if file.is_in_bundle]
    are_needed = any(after is None for _, after in pairs)
    printed = [told_numbers(stream) for stream in streams if are_needed]  # once for all files
    for before, after in pairs:
        is_kept = after is None and printed
        of_figures = printed_likeness(then.path_of(before, here), printed, tolerances) if is_kept else None
        if of_figures is not None:
            yield FileLikeness(before.name, *of_figures), None
            continue
        if after is None:  # a tracked file that was written as the commit has it is no change there
            is_there = not before.is_in_bundle and has_digest(worktree / before.name, before.sha256)
            yield FileLikeness(before.name, Likeness.IDENTICAL if is_there else Likeness.MISSING), None
        elif before.sha256 is not None and before.sha256 == after.sha256:
            yield FileLikeness(before.name, Likeness.IDENTICAL), after
        elif not has_digest(old := content_path(then.path_of(before, here)), before.sha256):
            says = "other bytes; the old file is gone or was changed"
            yield FileLikeness(before.name, Likeness.CHANGED, says), after
        else:
            young = now.path_of(after, worktree)
            yield FileLikeness(before.name, *content_likeness(old, young, tolerances)), after
    for file in new:
        yield FileLikeness(file.name, Likeness.NEW), file


def _keep(
    compared: Sequence[tuple[FileLikeness, WrittenFile | None]],
    again: OriginalRun,
    worktree: Path,
    passed_on: frozenset[str],
) -> None:
    """Move what is not as it was, or is read by a later run, out of the worktree, which is cleaned."""
    names = dict.fromkeys(sorted(passed_on))
    for likeness, file in compared:
        if file is not None and not file.is_in_bundle and likeness.likeness is not Likeness.IDENTICAL:
            names[file.name] = None
    for name in names:
        source, target = worktree / name, again.folder / OUTPUTS / name
        if is_path_inside(worktree, name) and source.is_file():
            with writing(target, "Make room there."):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(source, target)


def _unknown(run: OriginalRun, again: OriginalRun) -> Iterator[str]:
    """What may be otherwise than then, and was not recorded."""
    if not run.is_recorded:
        return
    if not run.is_traced:
        yield (
            "which ignored files it read is not known, since only `record --strace` follows that: --bring"
            " PATH takes one of your directory along"
        )
    then, now = run.other_variables, again.other_variables
    only = (
        f"{first_of(sorted(names), VARIABLES_TOLD)} only {when}"
        for names, when in ((then - now, "then"), (now - then, "now"))
        if names
    )
    unknown = f"of {counted(len(then), 'further variable')} the values are not recorded"
    yield "; set: ".join(filter(None, (f"{unknown}, so they are not compared", "; ".join(only))))


def _differences(then: dict[str, str], now: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """What the run had otherwise, the interpreter first; empty where nothing of then is known."""
    names = (then.keys() | now.keys()) - NO_CIRCUMSTANCE if then else ()
    ranked = sorted(names, key=lambda name: (KINDS.index(name.partition(" ")[0]), name))
    pairs = ((name, then.get(name, ""), now.get(name, "")) for name in ranked)
    return tuple((name, before, after) for name, before, after in pairs if before != after)
