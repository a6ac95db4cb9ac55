"""The pinned reference: one commit's reference program, built and run in an empty folder, and kept."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from bisect_parity.digest import content_digest, json_digest
from bisect_parity.errors import CheckError, EvidenceError, writing
from bisect_parity.files import replace_file
from bisect_parity.locks import file_lock
from bisect_parity.parity.brought import bring, brought_digest, lay_brought
from bisect_parity.parity.failures import reference_failure
from bisect_parity.parity.placeholders import fill
from bisect_parity.parity.scratch import no_image, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.parity.runner import Runner
    from bisect_parity.parity.steps import StepResult

RECORD_NAME = "reference.json"
NAMED_FILES = 5
LAID_OUT = "as checked out"  # images from files as they are stored may be others
REMEDY = "Make room there."


@frozen
class PinnedReference:
    """A reference image that was made twice, and was the same twice.

    Attributes:
        image: the file.
        digests: sha256 of the image and of the program, where it is a file; the commit's id.
    """

    image: Path
    digests: dict[str, str]


def pinned_reference(
    runner: Runner,
    commit: str,
    environment: str,
    export: Callable[[str, Path], object],
    store: Path,
) -> PinnedReference:
    """The reference image of `commit`, made now or kept from an earlier check.

    Args:
        runner: of the check; its commands are run in another tree here.
        commit: full id of the case's `reference_at`.
        environment: digest of the environment.
        export: writes the files of a commit into an empty folder.
        store: where references are kept.

    Raises:
        CheckError: it cannot be built or run, or differs from itself.
        OutputError: the store cannot be written.
    """
    runner = attrs.evolve(runner, case=runner.case.for_reference())
    place = store / _key(runner, commit, environment)
    kept = _read_kept(place, runner.case.suffix)
    if kept is not None:
        return kept
    with file_lock(place.with_suffix(".lock"), REMEDY, wait=True):  # one of several checks at once makes it
        kept = _read_kept(place, runner.case.suffix)
        return _make_and_keep(runner, commit, export, place) if kept is None else kept


def _make_and_keep(
    runner: Runner, commit: str, export: Callable[[str, Path], object], place: Path
) -> PinnedReference:
    beside = _folder_beside(place)
    try:
        record = _make(runner, commit, export, beside)
        replace_file(beside / RECORD_NAME, json.dumps(record, indent=2, sort_keys=True) + "\n")
        with writing(place, REMEDY):
            if place.exists():  # damaged
                shutil.rmtree(place)
            beside.rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return PinnedReference(place / f"image{runner.case.suffix}", record["digests"])


def _key(runner: Runner, commit: str, environment: str) -> str:
    case = runner.case
    parts = (
        LAID_OUT,
        commit,
        environment,
        case.reference,
        case.reference_prepare or case.prepare,
        case.size,
        case.image_shape(),
        (case.dtype, case.byte_order, case.suffix, case.dataset),
        case.environment,
        brought_digest(case, runner.repository),
    )
    return json_digest(parts)[:32]


def _read_kept(place: Path, suffix: str) -> PinnedReference | None:
    """What an earlier check made, if every byte of it is still there."""
    image = place / f"image{suffix}"
    try:
        digests = json.loads((place / RECORD_NAME).read_text(encoding="ascii"))["digests"]
        if digests["image_sha256"] != content_digest(image):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return PinnedReference(image, dict(digests))


def _folder_beside(place: Path) -> Path:
    with writing(place, REMEDY):
        place.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=place.parent))


def _make(
    runner: Runner, commit: str, export: Callable[[str, Path], object], destination: Path
) -> dict[str, Any]:
    case = runner.case
    with scratch_folder() as top:
        tree, scratch, again = (top / name for name in ("tree", "scratch", "again"))
        for folder in (tree, scratch, again):
            folder.mkdir()
        export(commit, tree)
        bring(case, runner.repository, scratch)
        lay_brought(case, runner.repository, tree, is_own=True)
        there = attrs.evolve(runner, worktree=tree, scratch=scratch, zygote=None)
        for number, command in enumerate(case.reference_prepare or case.prepare, 1):
            _insist(
                there.run(f"reference-prepare-{number}", command, case.prepare_timeout, None), there, commit
            )
        image = destination / f"image{case.suffix}"
        before = _files(tree)
        _insist(there.run("reference", case.reference, case.reference_timeout, image), there, commit, image)
        left = sorted(_files(tree) - before)
        second = again / image.name
        _insist(
            there.run("reference-again", case.reference, case.reference_timeout, second),
            there,
            commit,
            second,
        )
        digests = {"commit": commit, "image_sha256": content_digest(image)}
        if digests["image_sha256"] != content_digest(second):
            _refuse_if_different(there, image, second, left)
        program = _program(there, fill(case.reference, there.values(image)))
        if program is not None:
            digests["program_sha256"] = content_digest(program)
        return {
            "schema": "bisect-parity/reference",
            "version": 1,
            "commit": commit,
            "size": case.size,
            "prepare": [list(command) for command in case.reference_prepare or case.prepare],
            "reference": list(case.reference),
            "digests": digests,
            "files_left": left,
        }


def _insist(result: StepResult, runner: Runner, commit: str, image: Path | None = None) -> None:
    """Go on only if a step of the reference ended well, and wrote its image."""
    if not result.succeeded:
        reason = reference_failure(result, runner.case).reason
    elif image is not None and not image.is_file():
        reason = f"{result.name} {no_image(image)}"
    else:
        return
    raise CheckError(f"the reference at {commit[:12]}: {reason}", f"See {runner.folder}.")


def _refuse_if_different(runner: Runner, first: Path, second: Path, left: Sequence[str]) -> None:
    """Refuse two images with other pixels; files may differ in a date alone."""
    from bisect_parity.parity.images import open_image  # noqa: PLC0415 - only where bytes differ
    from bisect_parity.parity.torch_import import torch  # noqa: PLC0415 - only where bytes differ

    spec = runner.case.image_spec()
    try:
        if torch.equal(open_image(first, spec).data, open_image(second, spec).data):
            return
    except EvidenceError as error:
        raise CheckError(f"the reference's image cannot be used: {error.message}", error.remedy) from error
    why = "it is not deterministic"
    if left:
        names = ", ".join(left[:NAMED_FILES]) + (", ..." if len(left) > NAMED_FILES else "")
        why = f"it is not deterministic, or reads what its first run left behind: {names}"
    raise CheckError(
        f"the reference differs from itself: run twice, it made two different images; {why}",
        "Make it deterministic (one thread, a fixed seed); until then it cannot judge anything.",
    )


def _program(runner: Runner, argv: Sequence[str]) -> Path | None:
    """The file that the reference command runs, if it lies in the tree or among what was built."""
    program = runner.worktree / argv[0]
    ours = any(program.is_relative_to(folder) for folder in (runner.worktree, runner.scratch))
    return program if ours and program.is_file() else None


def _files(top: Path) -> set[str]:
    found = set()
    for folder, _, names in os.walk(top):
        found |= {os.path.relpath(os.path.join(folder, name), top) for name in names}  # noqa: PTH118 - fast
    return found
