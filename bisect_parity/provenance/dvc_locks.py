"""What DVC's lock says of the runs of a file that was overwritten: both are committed together."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.formats.documents import DocumentError, load_yaml
from bisect_parity.evidence.formats.place import items, table
from bisect_parity.evidence.formats.registry import find_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.runs import RunOfFile

FOLDER, LOCK = ".dvc", "dvc.lock"
HEAD_BYTES = 4096


def with_locks(repository: Repository, runs: Sequence[RunOfFile]) -> list[RunOfFile]:
    """The runs, each with the lock of the commit that brought it in, where that states its file's digest.

    The lock then states the parameters and the code that made the file; the commit before it does not.

    Raises:
        RepositoryError: git cannot read the objects.
    """
    top = repository.work_tree
    if top is None or not (top / FOLDER).is_dir():
        return list(runs)
    wanted = [(at, run, folder) for at, run in enumerate(runs) for folder in _folders(run)]
    names = [
        name
        for _, run, folder in wanted
        if run.change is not None
        for name in (run.change.blob, f"{run.change.commit}:{folder / LOCK}")
    ]
    answers = repository.objects(names)
    found = list(runs)
    for at, run, folder in wanted:
        blob, lock = next(answers, None), next(answers, None)
        path = str(folder / LOCK)
        if (
            blob is None
            or lock is None
            or not _states(lock[2], run.bundle.artifacts[0].path, folder, blob[2])
        ):
            continue
        reader = find_reader(path, lock[2][:HEAD_BYTES])
        if reader is not None:
            findings = evolve(reader.read(path, lock[2]), path=path)
            found[at] = evolve(run, bundle=evolve(run.bundle, findings=(*run.bundle.findings, findings)))
    return found


def _folders(run: RunOfFile) -> list[PurePosixPath]:
    """Where the lock of a file may lie; nowhere if the file was never committed."""
    return [] if run.change is None else list(PurePosixPath(run.change.path).parents)


def _states(lock: bytes, path: str, folder: PurePosixPath, content: bytes) -> bool:
    """Whether a lock names a file among the outputs of a stage, with the digest of this content."""
    try:
        document = table(load_yaml(lock))
    except DocumentError:
        return False
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    outputs = [
        item for stage in table(document.get("stages")).values() for item in items(table(stage).get("outs"))
    ]
    return any(
        str(folder / str(table(item).get("path"))) == path and table(item).get("md5") == digest
        for item in outputs
    )
