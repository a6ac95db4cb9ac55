"""What DVC's lock says of the runs of a file that was overwritten: both are committed together."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.formats.documents import DocumentError, load_yaml
from bisect_parity.evidence.formats.dvc import find_lock
from bisect_parity.evidence.formats.place import items, read_document, table
from bisect_parity.evidence.model import Findings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.runs import RunOfFile

    _Lock: TypeAlias = tuple[set[tuple[str, str]], Findings]

FOLDER, LOCK = ".dvc", "dvc.lock"


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
    read: dict[tuple[str, str], _Lock] = {}
    for at, run, folder in wanted:
        blob, lock = next(answers, None), next(answers, None)
        if blob is None or lock is None:
            continue
        digest = hashlib.md5(blob[2], usedforsecurity=False).hexdigest()
        if digest.encode() not in lock[2]:  # to parse it would take a hundred times longer
            continue
        key = lock[0], str(folder / LOCK)
        if key not in read:
            read[key] = _read(folder, lock[2])
        outputs, findings = read[key]
        if (run.bundle.artifacts[0].path, digest) in outputs:
            found[at] = evolve(run, bundle=evolve(run.bundle, findings=(*run.bundle.findings, findings)))
    return found


def _folders(run: RunOfFile) -> list[PurePosixPath]:
    """Where the lock of a file may lie; nowhere if the file was never committed."""
    return [] if run.change is None else list(PurePosixPath(run.change.path).parents)


def _read(folder: PurePosixPath, lock: bytes) -> _Lock:
    """The paths and digests of the outputs of all stages of a lock, and what else it states."""
    path = str(folder / LOCK)
    try:
        document = load_yaml(lock)
    except DocumentError:
        return set(), Findings(path)
    stages = table(table(document).get("stages")).values()
    outputs = [table(item) for stage in stages for item in items(table(stage).get("outs"))]
    findings = evolve(read_document(path, lock, lambda _: document, find_lock), path=path)
    return {(str(folder / str(item.get("path"))), str(item.get("md5"))) for item in outputs}, findings
