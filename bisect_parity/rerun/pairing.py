"""Which file of a new run stands for which file of the old one. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from bisect_parity.params.noise import without_stamps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.rerun.recorded_run import WrittenFile

_Key = TypeVar("_Key")


def paired(
    then: Sequence[WrittenFile], now: Sequence[WrittenFile]
) -> tuple[list[tuple[WrittenFile, WrittenFile | None]], list[WrittenFile]]:
    """Each file then with the one of now: of the same place, else the only one whose path ends as much alike.

    Returns:
        the pairs, and what of now is in none.
    """
    left = {(file.is_in_bundle, file.name): file for file in now}
    found = [left.pop((file.is_in_bundle, file.name), None) for file in then]
    names = [_names(file.name) for file in then]
    for length in range(max(map(len, names), default=0), 0, -1):
        here = _by_end([(at, own) for at, own in enumerate(names) if found[at] is None], length)
        there = _by_end([(key, _names(key[1])) for key in left], length)
        for end in here.keys() & there.keys():
            if len(here[end]) == len(there[end]) == 1:
                found[here[end][0]] = left.pop(there[end][0])
    return list(zip(then, found, strict=True)), list(left.values())


def _names(path: str) -> tuple[str, ...]:
    return PurePosixPath(without_stamps(path)).parts


def _by_end(paths: Iterable[tuple[_Key, tuple[str, ...]]], length: int) -> dict[tuple[str, ...], list[_Key]]:
    """What ends in each sequence of so many names."""
    found: dict[tuple[str, ...], list[_Key]] = {}
    for key, names in paths:
        if len(names) >= length:
            found.setdefault(names[-length:], []).append(key)
    return found
