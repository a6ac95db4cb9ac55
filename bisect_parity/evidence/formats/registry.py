"""Which reader reads which file: readers that packages add, then ours, the narrow ones first."""

from __future__ import annotations

import functools
from importlib.metadata import entry_points
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar

from attrs import define

from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.formats import (
    Reader,
    asv,
    dvc,
    github_action_benchmark,
    google_benchmark,
    hydra,
    id_file,
    json_file,
    mlflow,
    mlflow_database,
    packages,
    papermill,
    profiler_trace,
    pytest_benchmark,
    record,
    run_lists,
    sacred,
    slurm,
    tensorboard,
    text_file,
    timing_reports,
    variables,
    wandb,
)
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["ENTRY_POINTS", "GENERAL", "TOOLS", "find_reader"]

ENTRY_POINTS = "bisect_parity.formats"

# Formats that one tool writes: a folder with such a file is evidence, whatever its name. One line a tool.
TOOLS: tuple[Reader, ...] = (
    record.READER,
    profiler_trace.READER,
    pytest_benchmark.READER,
    asv.READER,
    sacred.READER,
    mlflow.READER,
    mlflow_database.READER,
    wandb.READER,
    hydra.READER,
    dvc.READER,
    google_benchmark.READER,
    github_action_benchmark.READER,
    tensorboard.READER,
    papermill.READER,
    slurm.READER,
    *timing_reports.READERS,
)

# Formats that anything may be written in; the ones that claim most come last.
GENERAL: tuple[Reader, ...] = (
    id_file.READER,
    packages.READER,
    variables.READER,
    run_lists.READER,
    json_file.READER,
    text_file.READER,
)


@define
class _Added:
    """A reader of another package: what it raises becomes a `Problem`, and no bundle is lost."""

    name: str
    reader: Reader
    suffixes: ClassVar[tuple[str, ...]] = ("",)

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        try:
            return self.reader.claims(path, head)
        except Exception:  # noqa: BLE001 - code that is not ours
            return False

    def read(self, path: str, data: bytes) -> Findings:
        try:
            found: object = self.reader.read(path, data)
        except Exception as error:  # noqa: BLE001 - code that is not ours
            said = one_line(f"{type(error).__name__}: {error}")
            return Findings(problems=(Problem(path, f"the reader {self.name!r} failed: {said}"),))
        if isinstance(found, Findings):
            return found
        return Findings(problems=(Problem(path, f"the reader {self.name!r} returned no Findings"),))


class _Named(PurePosixPath):
    """A path whose name is taken apart once: every reader asks for it, and there may be 100,000 files."""

    @functools.cached_property
    def name(self) -> str:
        return super().name

    @functools.cached_property
    def suffix(self) -> str:
        return super().suffix


def find_reader(path: str | PurePosixPath, head: bytes) -> Reader | None:
    """The reader that claims a file, or None.

    Args:
        path: of the file, relative to the top of the repository.
        head: its first 4096 bytes.
    """
    named = _Named(path)
    return next((reader for reader in (*_added(), *_offered(named.name)) if reader.claims(named, head)), None)


@functools.lru_cache(maxsize=1024)  # a thousand runs write files of the same names
def _offered(name: str) -> tuple[Reader, ...]:
    """Those of our readers that a file of a name is offered to, in order."""
    return tuple(reader for reader in (*TOOLS, *GENERAL) if name.lower().endswith(reader.suffixes))


@functools.cache
def _added() -> tuple[Reader, ...]:
    return tuple(_Added(point.name, _load(point)) for point in entry_points(group=ENTRY_POINTS))


def _load(point: EntryPoint) -> Reader:
    """The reader that an entry point names.

    Raises:
        EvidenceError: it cannot be imported, or is no reader.
    """
    where = f"the format {point.name!r} of another package ({point.value})"
    remedy = f"Repair or remove the package that names it in its entry points [{ENTRY_POINTS}]."
    try:
        reader: Reader = point.load()
    except Exception as error:
        said = one_line(f"{type(error).__name__}: {error}")
        raise EvidenceError(f"{where} cannot be loaded: {said}", remedy) from error
    if not (callable(getattr(reader, "claims", None)) and callable(getattr(reader, "read", None))):
        raise EvidenceError(f"{where} is no reader: it lacks claims or read", remedy)
    return reader
