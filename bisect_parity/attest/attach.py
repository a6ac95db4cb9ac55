"""A statement as a new file, which never replaces an earlier one, and as a few lines for a git note."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from bisect_parity.attest.canonical import SEAL
from bisect_parity.attest.inventory import shown_name
from bisect_parity.errors import OutputError
from bisect_parity.evidence.grouping import STATEMENT_SUFFIX
from bisect_parity.files import part_path, printable_line
from bisect_parity.wording import probability_text

MOST_STATEMENTS = 1000


def statement_name(path: str) -> str:
    """A file name for a bundle's statement: its path with the slashes replaced."""
    return printable_line(shown_name(path)).replace("/", "__")[-200:] + STATEMENT_SUFFIX


def write_new(folder: Path, name: str, text: str) -> Path:
    """Write a statement under a name that is not taken yet; what is there stays as it is.

    Raises:
        OutputError: the folder cannot be written.
    """
    stem = name.removesuffix(STATEMENT_SUFFIX)
    beside = part_path(folder / name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with beside.open("x", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        for number in range(1, MOST_STATEMENTS):
            place = folder / (name if number == 1 else f"{stem}.{number}{STATEMENT_SUFFIX}")
            try:
                os.link(beside, place)  # unlike a rename, this never replaces a file
            except FileExistsError:
                continue
            return place
    except OSError as error:
        raise OutputError(
            f"cannot write {folder / name}: {error.strerror}",
            "Choose a folder that can be written with --out.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
    raise OutputError(f"{folder} holds {MOST_STATEMENTS} statements of this bundle", "Choose another --out.")


def note_entry(statement: dict[str, Any]) -> str:
    """What a reader of the log wants to know of a bundle; inferred and recorded do not look alike."""
    predicate = statement["predicate"]
    resolution = predicate["resolution"]
    recorded, shown = predicate["verdicts"]["recorded"], probability_text(resolution["probability"])
    lines = [
        f"  verdict: {recorded['verdict']} ({recorded['reason']})" if recorded else "  verdict: unknown",
        f"  commit: {predicate['commit_is'].upper()} ({resolution['class']}), probability {shown}",
    ]
    bisection = predicate["bisection"]
    if bisection:
        found = bisection.get("first_bad") or bisection.get("first_good") or "none"
        lines.append(f"  bisection: {bisection.get('outcome')}, found {found}")
    signed = "signed" if predicate["signed"] else "unsigned"
    lines.append(f"  statement: sha256:{predicate[SEAL]}, {signed}")
    return "\n".join(printable_line(line) for line in lines)
