"""TensorBoard's event files: their name tells when the run began to write; nothing names a commit.

`EventFileWriter` of TensorFlow, PyTorch and tensorboardX names them `events.out.tfevents.<seconds>.<host>`,
with a process id and a counter behind; the seconds are POSIX. The folder's stamp (`Nov26_15-50-33_host`) has
no year. What is logged is not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.model import Findings, Source, TimeKind, TimeStatement

if TYPE_CHECKING:
    from pathlib import PurePosixPath

__all__ = ["READER"]

_NAME = re.compile(r"events\.out\.tfevents\.(\d{10})\..+")


class _TensorboardReader:
    """Reads the name of an event file."""

    name = "tensorboard"
    suffixes = ("",)  # the kind of file stands in front

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return _NAME.fullmatch(path.name) is not None

    def read(self, path: str, data: bytes) -> Findings:
        name = path.rpartition("/")[2]
        found = _NAME.fullmatch(name)
        if found is None:
            return Findings()
        begun = TimeStatement(
            float(found[1]), TimeKind.UTC, 1.0, "field", Source(path, 0, name[:200]), "start"
        )
        return Findings(times=(begun,))


READER = _TensorboardReader()
