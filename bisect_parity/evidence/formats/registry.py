"""Which reader reads which file: readers that packages add, then ours, the narrow ones first."""

from __future__ import annotations

import functools
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats import (
    asv,
    attributes,
    dvc,
    file_dates,
    fits,
    github_action_benchmark,
    google_benchmark,
    hydra,
    id_file,
    json_file,
    junit,
    language_models,
    mlflow,
    namelist,
    notebook,
    packages,
    patch,
    profiler_trace,
    pyperf,
    pytest_benchmark,
    record,
    run_lists,
    sacred,
    simulation_logs,
    slurm,
    structured_file,
    tables,
    tensorboard,
    text_file,
    timing_reports,
    variables,
    wandb,
    wandb_log,
)
from bisect_parity.evidence.formats.gzipped import MAGIC, SUFFIX, gzipped, unpacked
from bisect_parity.evidence.formats.plugins import plugin_readers
from bisect_parity.evidence.formats.reader import HEAD_BYTES, FormatReader

if TYPE_CHECKING:
    import re

# Formats that one tool writes: a folder with such a file is evidence, whatever its name. One line a tool.
TOOLS: tuple[FormatReader, ...] = (
    record.READER,
    profiler_trace.READER,
    pytest_benchmark.READER,
    asv.READER,
    sacred.READER,
    mlflow.READER,
    mlflow.DATABASE,
    wandb.READER,
    wandb_log.READER,
    hydra.READER,
    dvc.READER,
    junit.READER,
    junit.CTEST,
    google_benchmark.READER,
    github_action_benchmark.READER,
    tensorboard.READER,
    notebook.PAPERMILL,
    slurm.READER,
    *timing_reports.READERS,
    pyperf.READER,
    *language_models.READERS,
    patch.READER,
    *simulation_logs.READERS,
)

# Formats that anything may be written in; the ones that claim most come last.
GENERAL: tuple[FormatReader, ...] = (
    id_file.READER,
    packages.READER,
    variables.READER,
    json_file.LOG,
    *run_lists.READERS,
    *tables.READERS,
    json_file.READER,
    *structured_file.READERS,
    structured_file.INI,
    namelist.READER,
    notebook.READER,
    *attributes.READERS,
    fits.READER,
    *file_dates.READERS,
    text_file.READER,
)

# Files of which no more is read than when they were written: they may have been added long after the results.
DATED = frozenset(reader.name for reader in file_dates.READERS)


class _Named(PurePosixPath):
    """A path whose name is taken apart once: every reader asks for it, and there may be 100,000 files."""

    @functools.cached_property
    def name(self) -> str:
        return super().name

    @functools.cached_property
    def suffix(self) -> str:
        return super().suffix


def find_reader(path: str | PurePosixPath, head: bytes) -> FormatReader | None:
    """The reader that claims a file, or None.

    Args:
        path: of the file, relative to the top of the repository.
        head: its first bytes; no more than `HEAD_BYTES` of them are looked at.
    """
    named, head = _Named(path), head[:HEAD_BYTES]
    if head.startswith(MAGIC) and named.name.lower().endswith(SUFFIX):
        inner = find_reader(str(named)[: -len(SUFFIX)], unpacked(head, HEAD_BYTES)[0])
        if inner is not None:
            return gzipped(inner)
    readers = (*plugin_readers(), *_offered(named.name))
    return next((reader for reader in readers if reader.claims(named, head)), None)


def _ending(name: str) -> str:
    """What follows the last point of a name, with it; all of a name without one."""
    return name[max(name.rfind("."), 0) :]


@functools.cache
def _by_ending() -> dict[str, tuple[tuple[FormatReader, re.Pattern[str] | None, bool], ...]]:
    """Those of our readers, in order, that names with an ending may be offered to; "" stands for all others.

    With each stand what its names must match, and whether the ending says enough: a name that ends with
    `.db` may, or may not, end with `mlflow.db`.
    """
    readers = (*TOOLS, *GENERAL)
    suffixes = {suffix for reader in readers for suffix in reader.suffixes}
    wide = {suffix for suffix in suffixes if "." not in suffix}
    return {
        ending: tuple(
            (reader, reader.names, ending.endswith(reader.suffixes))
            for reader in readers
            if not wide.isdisjoint(reader.suffixes) or ending in map(_ending, reader.suffixes)
        )
        for ending in {_ending(suffix) for suffix in suffixes - wide} | {""}
    }


@functools.lru_cache(maxsize=1024)  # a thousand runs write files of the same names
def _offered(name: str) -> tuple[FormatReader, ...]:
    """Those of our readers that a file of a name is offered to, in order."""
    small = name.lower()
    known = _by_ending()
    matches: dict[re.Pattern[str] | None, bool] = {None: True}  # six readers of logs share one pattern
    found = []
    for reader, names, says_enough in known.get(_ending(small), known[""]):
        if names not in matches:
            matches[names] = names is None or names.fullmatch(name) is not None
        if matches[names] and (says_enough or small.endswith(reader.suffixes)):
            found.append(reader)
    return tuple(found)
