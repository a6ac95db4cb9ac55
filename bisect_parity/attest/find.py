"""Where the statements about a bundle are: in it, beside it, and in the outputs of `attach`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bisect_parity.annex import real_path
from bisect_parity.attest.attach import statement_name
from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.grouping import STATEMENT_SUFFIX
from bisect_parity.files import OUTPUT_FOLDER, nearest_path


def find_statements(top: Path, path: Path) -> list[Path]:
    """The statements that a path means: the file itself, or all those of a folder, each once.

    Args:
        top: of the working tree.
        path: a statement, a bundle, or a folder that holds either.

    Raises:
        EvidenceError: there is no such path, or no statement about it.
    """
    if path.is_file():
        about = [] if path.name.endswith(STATEMENT_SUFFIX) else _about(top, path)
        return about or [path]  # a file that is a bundle, or a statement of whatever name
    if not path.exists() and (about := _about(top, path)):
        return about  # of a bundle that is gone
    if not path.is_dir():
        what = "is neither a file nor a folder" if os.path.lexists(path) else "does not exist"
        remedy = nearest_path(path, "Name a statement, a bundle, or a folder of them.")
        raise EvidenceError(f"{path} {what}", remedy)
    found = sorted(_below(path))
    if path.resolve() != top.resolve():
        found += _about(top, path)
    if not found:
        raise EvidenceError(f"there is no statement about {path}", "Write one: bisect-parity attach")
    return list({os.path.realpath(one): one for one in found}.values())


def _below(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in names if name.endswith(STATEMENT_SUFFIX))


def _about(top: Path, path: Path) -> list[Path]:
    """The statements about a bundle, and about those below it, that lie outside it, found by their names."""
    beside = _numbered(path.absolute().parent, statement_name(path.absolute().name))
    try:
        inside = real_path(path).relative_to(top.resolve()).as_posix()
    except ValueError:
        return beside
    name = statement_name(inside)
    below = f"{name.removesuffix(STATEMENT_SUFFIX)}__"
    for place in sorted(place for place in (top / OUTPUT_FOLDER).glob("*") if place.is_dir()):
        beside += _numbered(place, name)
        beside += sorted(one for one in place.glob(f"*{STATEMENT_SUFFIX}") if one.name.startswith(below))
    return beside


def _numbered(folder: Path, name: str) -> list[Path]:
    """The files of a name in a folder: NAME, then NAME.2, NAME.3 and so on."""
    stem = name.removesuffix(STATEMENT_SUFFIX)
    names = (name, *(f"{stem}.{number}{STATEMENT_SUFFIX}" for number in range(2, 1000)))
    found = []
    for one in names:
        if not (folder / one).is_file():
            break
        found.append(folder / one)
    return found


def neighbours(statement: Path) -> list[Path]:
    """What is there of what a statement lies beside by its name: X, and for X.2 also X."""
    if not statement.name.endswith(STATEMENT_SUFFIX):
        return []
    stem = statement.name.removesuffix(STATEMENT_SUFFIX)
    first, _, number = stem.rpartition(".")
    names = [stem, first] if first and number.isdecimal() else [stem]
    return [statement.absolute().parent / name for name in names if os.path.lexists(statement.parent / name)]
