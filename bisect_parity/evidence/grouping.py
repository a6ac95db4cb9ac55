"""Which files make one bundle, by the names of files and of the folders above them."""

from __future__ import annotations

import fnmatch
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.formats.slurm import job_of
from bisect_parity.evidence.recognition import MACHINE_SUFFIXES
from bisect_parity.evidence.stamps import is_stamped, is_stamped_folder
from bisect_parity.kept import FileState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.config import EvidenceSettings
    from bisect_parity.evidence.walk import Files

FileGroup: TypeAlias = tuple[str, list[FileState]]  # the path of what may be a bundle, and its files

OWN_FILES = ("artifact_matrix.json", "bisect.json", "provenance.json")
STATEMENT_SUFFIX = ".provenance.json"
# Folders of one run that have no stamp: MLflow's run ids, and DVCLive's output.
_TOOL_FOLDER = re.compile(
    r"(?:.*/)?(?:[0-9a-f]{32}(?=/(?:tags|params|metrics|artifacts)/)|dvclive[\w.-]*(?=/))"
)
_NUMBERED = re.compile(r"\d{4}_")  # the runs of one folder, as pytest-benchmark names them
# Folders within a bundle; without a stamp above them nothing else says that they are no runs of their own.
_INNER_FOLDER = re.compile(r"failed|profile|profile_\d+x\d+|env|logs")
# A part of what one run wrote, or what was wanted: `train.json`, `val.json` and `expected.json` are no runs.
_PART = re.compile(
    r"(?<![a-z])(?:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?|eval(?:uation)?|std(?:out|err))(?![a-z])"
    r"|(?<![a-z])(?:best|last|latest)$"
    r"|(?<![a-z])(?:expected|(?:target|goal|threshold|limit|tolerance)s?)(?![a-z])"
)
_JOB_FOLDER = ".hydra"  # each job of a sweep has one; what lies beside the jobs is of none of them
_SWEEP_FILE = "multirun.yaml"
# Files that are a run by themselves where a stamp stands in their own name, and in that of no folder above.
_RESULT_SUFFIXES = (*MACHINE_SUFFIXES, ".log", ".out", ".txt")


def files_named(files: Files, settings: EvidenceSettings, name: str) -> list[FileGroup]:
    """The files of what the user named, sorted as `grouped_by_bundle` does.

    A folder elsewhere that holds no result itself is one of runs: nobody has looked for bundles there.

    Raises:
        EvidenceError: it holds no file that can be evidence.
    """
    found = list(files.walk(name))
    is_of_runs = name.startswith("/") and not any(_is_result_in(name, file.path) for file in found)
    below = grouped_by_bundle(found, settings, name, is_of_runs=is_of_runs)
    if not below:
        raise EvidenceError(f"{name} holds no file that can be evidence", "Name the folder of a run.")
    return below


def _is_result_in(folder: str, path: str) -> bool:
    """Whether a file may be a result that lies in a folder itself; or is what was named as a folder."""
    above, _, name = path.rpartition("/")
    return path == folder or (
        above == folder and not name.startswith(".") and name.lower().endswith(_RESULT_SUFFIXES)
    )


def grouped_by_bundle(
    files: Iterable[FileState], settings: EvidenceSettings, named: str | None, *, is_of_runs: bool = False
) -> list[FileGroup]:
    """Sort files to the job or the innermost stamped folder above them, or to their own folder.

    Args:
        files: paths are relative to the top.
        settings: where evidence lies.
        named: the path that the user named; None where all files are sorted.
        is_of_runs: whether that is a folder of runs, and no run itself.
    """
    groups: dict[str, list[FileState]] = {}
    files = list(files)
    jobs = {file.path.partition(f"/{_JOB_FOLDER}/")[0] for file in files if f"/{_JOB_FOLDER}/" in file.path}
    sweeps = {job.rpartition("/")[0] for job in jobs}
    for file in files:
        above, _, name = file.path.rpartition("/")
        if file.path == named:
            groups[named] = [file]
        elif job := _job_above(above, jobs) if not settings.globs else None:
            groups.setdefault(job, []).append(file)
        elif name != _SWEEP_FILE or above not in sweeps:
            folder = bundle_of(file.path, settings, named, is_of_runs=is_of_runs)
            groups.setdefault(folder, []).append(file)
    _join_lone_jobs(groups)
    groups = {folder: _without_statements(found) for folder, found in groups.items()}
    own = {folder for folder, found in groups.items() if _is_own_output(found)}
    return [(folder, found) for folder, found in groups.items() if found and folder not in own]


def _job_above(folder: str, jobs: set[str]) -> str | None:
    """The innermost of the jobs that is a folder, or lies above it."""
    while jobs and folder:
        if folder in jobs:
            return folder
        folder = folder.rpartition("/")[0]
    return None


def _join_lone_jobs(groups: dict[str, list[FileState]]) -> None:
    """Put the output of a job to what else lies in its folder, where there is no other job in it."""
    jobs: dict[str, list[tuple[str, str]]] = {}
    for path in groups:
        folder, _, name = path.rpartition("/")
        job = job_of(name)
        if job is not None and folder in groups:
            jobs.setdefault(folder, []).append((job, path))
    for folder, outputs in jobs.items():
        if len({job for job, _ in outputs}) == 1:
            for _, path in outputs:
                groups[folder] += groups.pop(path)


def _without_statements(files: Sequence[FileState]) -> list[FileState]:
    """Statements of `attach` are ours: an answer must not become evidence for itself."""
    kept = [file for file in files if not file.path.endswith(STATEMENT_SUFFIX)]
    others = {file.path.rpartition("/")[2] for file in kept if "/commands.stdin/" not in file.path}
    return [] if others == {"commands.txt"} and len(kept) < len(files) else kept


def bundle_of(
    path: str, settings: EvidenceSettings, named: str | None = None, *, is_of_runs: bool = False
) -> str:
    """The bundle to which a file belongs, if it is evidence; paths are relative to the top."""
    *names, name = path.split("/")
    for depth in range(len(names), 0, -1):
        folder = "/".join(names[:depth])
        if settings.globs:
            if any(fnmatch.fnmatch(folder, glob) for glob in settings.globs):
                return folder
        elif is_stamped_folder(folder):
            return folder
        if folder == named and is_of_runs:
            break  # what stands above it says nothing of the runs in it
        if folder == named:
            return path if _is_run_by_name(name, settings) else folder
    run = _TOOL_FOLDER.match(path) if not settings.globs else None
    if run is not None:
        return run[0]
    is_loose = not names and named is None
    return path if is_loose or _is_run_by_name(name, settings) else _outer_folder(names)


def _outer_folder(names: list[str]) -> str:
    """The folder of some names, without those that are parts of a bundle."""
    while len(names) > 2 and _INNER_FOLDER.fullmatch(names[-1]):
        names = names[:-1]
    return "/".join(names)


def _is_run_by_name(name: str, settings: EvidenceSettings) -> bool:
    """Whether a file's own name says when its run was, or which job."""
    if settings.globs or not name.lower().endswith(_RESULT_SUFFIXES):
        return False
    return (is_stamped(name) and _NUMBERED.match(name) is None) or job_of(name) is not None


def _is_own_output(files: Sequence[FileState]) -> bool:
    names = {file.path.rpartition("/")[2] for file in files}
    return "commands.txt" in names and any(name in names for name in OWN_FILES)


def part_of_run(path: str) -> str:
    """What a file's name says that it holds of a run, or instead of one, such as "val"; "" if nothing."""
    return ".".join(_PART.findall(PurePosixPath(path).stem.lower()))
