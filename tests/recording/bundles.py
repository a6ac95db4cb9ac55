"""Record a command as a process of its own, and read the one bundle that it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity.schemas import complaint

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TOOL", "Answer", "read_bundle", "record"]

TOOL = [sys.executable, "-P", "-m", "bisect_parity", "record"]


@frozen
class Answer:
    """How a recording ended."""

    status: int
    out: bytes
    err: bytes
    folder: Path
    document: dict[str, Any]


def record(
    top: Path,
    *words: str,
    options: tuple[str, ...] = (),
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Answer:
    """Record `words`, run in `cwd` (the top), with further variables."""
    before = _bundles(top)
    done = subprocess.run(
        [*TOOL, *options, "--", *words],
        cwd=cwd or top,
        env=dict(os.environ) | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    new = _bundles(top) - before
    assert len(new) == 1, done
    folder = new.pop()
    return Answer(done.returncode, done.stdout, done.stderr, folder, read_bundle(folder))


def read_bundle(folder: Path) -> dict[str, Any]:
    """The record of a bundle."""
    document: dict[str, Any] = json.loads((folder / "record.json").read_text(encoding="ascii"))
    told = complaint(document, "record")
    assert told is None, told
    return document


def _bundles(top: Path) -> set[Path]:
    return {path.parent for path in top.rglob("record.json")}
