"""Readers that other packages add, by an entry point each."""

from __future__ import annotations

import functools
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from pathlib import PurePosixPath

ENTRY_POINTS = "bisect_parity.formats"
METADATA = (".dist-info", ".egg-info")


@functools.cache
def plugin_readers() -> tuple[FormatReader, ...]:
    """The readers of all installed packages that name any.

    Raises:
        EvidenceError: one cannot be imported, or is not a reader.
    """
    if not any(map(_may_add, sys.path)):
        return ()
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and most have nothing to be found by it

    return tuple(_guarded(point.name, _load(point)) for point in entry_points(group=ENTRY_POINTS))


def plugins_state() -> int | None:
    """What tells the present readers of other packages from those of another time; None where there are none.

    Their code may change without a trace, so that no two times are alike.

    Raises:
        EvidenceError: as `plugin_readers`.
    """
    return time.time_ns() if plugin_readers() else None


def _may_add(place: str) -> bool:
    """Whether a package in a folder of the import path names a reader; of an archive, that it may."""
    try:
        with os.scandir(place or ".") as entries:
            names = [entry.name for entry in entries]
    except NotADirectoryError:
        return True
    except OSError:
        return False
    folders = (f"{place or '.'}/{name}" for name in names if name.endswith(METADATA))
    return any(map(_names_group, folders)) or any(name.endswith(".egg") for name in names)


def _names_group(metadata: str) -> bool:
    try:
        with open(f"{metadata}/entry_points.txt", "rb") as file:  # noqa: PTH123 - of a hundred packages
            return ENTRY_POINTS.encode() in file.read()
    except OSError:
        return False


def _guarded(name: str, reader: Any) -> FormatReader:
    """A reader of another package: what it raises becomes a `Problem`, and no bundle is lost."""

    def claims(path: PurePosixPath, head: bytes) -> bool:
        try:
            return bool(reader.claims(path, head))
        except Exception:  # noqa: BLE001 - code that is not ours
            return False

    def read(path: str, data: bytes) -> Findings:
        try:
            found = reader.read(path, data)
        except Exception as error:  # noqa: BLE001 - code that is not ours
            problem = f"failed: {one_line(f'{type(error).__name__}: {error}')}"
        else:
            if isinstance(found, Findings):
                return found
            problem = "returned no Findings"
        return Findings(problems=(Problem(path, f"the reader {name!r} {problem}"),))

    return FormatReader(name, ("",), claims, read)


def _load(point: EntryPoint) -> Any:
    """The reader that an entry point names.

    Raises:
        EvidenceError: it cannot be imported, or is not a reader.
    """
    where = f"the format {point.name!r} of another package ({point.value})"
    remedy = f"Repair or remove the package that names it in its entry points [{ENTRY_POINTS}]."
    try:
        reader = point.load()
    except Exception as error:
        said = one_line(f"{type(error).__name__}: {error}")
        raise EvidenceError(f"{where} cannot be loaded: {said}", remedy) from error
    if not (callable(getattr(reader, "claims", None)) and callable(getattr(reader, "read", None))):
        raise EvidenceError(f"{where} is not a reader: it lacks claims or read", remedy)
    return reader
