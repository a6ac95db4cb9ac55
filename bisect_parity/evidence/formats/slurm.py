"""SLURM's output files, `slurm-<job>.out`: a job each, read as text; SLURM itself writes no commit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.text_file import read_text

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Findings

_NAME = re.compile(r"slurm-(\d+(?:_\d+)?)\.(?:out|err)")  # with "_", one job of an array


def job_of(name: str) -> str | None:
    """The job of a file that has the name that `sbatch` gives to its output; None for other names."""
    found = _NAME.fullmatch(name)
    return None if found is None else found[1]


def _read(path: str, data: bytes) -> Findings:
    """Reads the output of a job; times are those of `date` and of loggers in it."""
    return read_text(path, decode(data), is_log=True)


READER = FormatReader(
    "slurm",
    (".out", ".err"),
    lambda path, head: job_of(path.name) is not None and "\0" not in decode(head),
    _read,
)
