"""Versions of libraries, inferred from the lines of their functions in profiler traces. Pure.

Two runs that report one function of a library at different lines had different versions of it. Where a
version is recorded beside such lines, it is known for every run that reports the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from bisect_parity.evidence.model import Frame, flat
from bisect_parity.provenance.model import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.provenance.subject import Subject

LEAST_FUNCTIONS = 2  # that two runs must have in common
_INSTALLED = re.compile(r".*(?:^|/)(?:site|dist)-packages/(?P<file>(?P<library>[^/]+)/.+)")
_RELATIVE = re.compile(r"(?P<file>(?P<library>[A-Za-z_]\w*)/.+)")
_VERSION_KEY = re.compile(
    r"(?i)(?:.*\.)?(?:packages?[._]|versions?[._]|libraries[._])?(?P<name>[a-z][\w-]*?)(?:[._]version)?"
)
_VERSION = re.compile(r"\d+\.\d+[\w.+-]*")
_OTHER_NAMES = {"pytorch": "torch"}


@frozen
class _Positions:
    """Where the functions of one library stand in a run.

    Attributes:
        lines: file and function -> line.
        example: one of the frames.
    """

    lines: Mapping[tuple[str, str], int] = field(eq=False)
    example: Frame

    def compare(self, other: _Positions) -> tuple[int, int]:
        """How many functions both runs report, and how many of them at the same line."""
        common = self.lines.keys() & other.lines.keys()
        return len(common), sum(self.lines[key] == other.lines[key] for key in common)


@frozen
class _Known:
    """The positions of a library's functions where a version of it is recorded."""

    version: str
    path: str
    positions: _Positions


def library_clues(subjects: Sequence[Subject]) -> list[tuple[Clue, ...]]:
    """For each run, what the lines of library functions say of versions, by what the other runs recorded."""
    versions = [_versions(subject) for subject in subjects]
    names = {name for some in versions for name in some}
    positions = [_positions(subject, names) for subject in subjects]
    known: dict[str, dict[tuple[str, frozenset[object]], _Known]] = {}
    for subject, recorded, reported in zip(subjects, versions, positions, strict=True):
        for library in recorded.keys() & reported.keys():
            key = (recorded[library], frozenset(reported[library].lines.items()))
            found = _Known(recorded[library], subject.bundles[0].path, reported[library])
            known.setdefault(library, {}).setdefault(key, found)
    return [
        tuple(_clues(subject.bundles[0].path, recorded, reported, known))
        for subject, recorded, reported in zip(subjects, versions, positions, strict=True)
    ]


def _clues(
    path: str,
    recorded: Mapping[str, str],
    reported: Mapping[str, _Positions],
    known: Mapping[str, Mapping[tuple[str, frozenset[object]], _Known]],
) -> Iterator[Clue]:
    for library, own in sorted(reported.items()):
        said = recorded.get(library)
        others = [other for other in known.get(library, {}).values() if other.path != path]
        compared = [(other, *own.compare(other.positions)) for other in others]
        enough = [item for item in compared if item[1] >= LEAST_FUNCTIONS]
        equal = next(((other, count) for other, count, same in enough if same == count), None)
        moved = next(
            (
                (other, count - same)
                for other, count, same in enough
                if same < count and (said is None or _release(said) == _release(other.version))
            ),
            None,
        )
        if equal is not None and (said is None or _release(said) != _release(equal[0].version)):
            yield Clue("library", own.example.source, _as_in(library, *equal, said))
        elif equal is None and moved is not None:
            yield Clue("library", own.example.source, _not_as_in(library, *moved, said))


def _release(version: str) -> str:
    """A version without the build: 2.7.1 of 2.7.1+cu126."""
    return version.partition("+")[0]


def _as_in(library: str, other: _Known, count: int, recorded: str | None) -> str:
    says = f"{count} functions of {library} stand at the lines that they have in {other.path}, "
    says += f"where {other.version} is recorded"
    return f"{says}; here {recorded} is recorded" if recorded is not None else says


def _not_as_in(library: str, other: _Known, count: int, recorded: str | None) -> str:
    says = f"{count} functions of {library} do not stand at the lines that they have in {other.path}, "
    says += f"where {other.version} is recorded: this was another version"
    return f"{says}, although {recorded} is recorded here, too" if recorded is not None else says


def _versions(subject: Subject) -> dict[str, str]:
    """The versions that a run recorded, by the name that is imported."""
    found: dict[str, str] = {}
    for bundle in subject.bundles:
        for findings in flat(bundle.findings):
            for parameter in findings.environment:
                key = _VERSION_KEY.fullmatch(parameter.name)
                if key and isinstance(parameter.value, str) and _VERSION.fullmatch(parameter.value):
                    name = key["name"].lower().replace("-", "_")
                    found.setdefault(_OTHER_NAMES.get(name, name), parameter.value)
    return found


def _positions(subject: Subject, libraries: set[str]) -> dict[str, _Positions]:
    """Where functions of some libraries stand; names that a file has several times are left out."""
    lines: dict[str, dict[tuple[str, str], set[int]]] = {}
    examples: dict[str, Frame] = {}
    for bundle in subject.bundles:
        for findings in flat(bundle.findings):
            for frame in findings.frames:
                place = _INSTALLED.fullmatch(frame.file) or _RELATIVE.fullmatch(frame.file)
                if place and frame.is_definition and place["library"] in libraries:
                    examples.setdefault(place["library"], frame)
                    own = lines.setdefault(place["library"], {})
                    own.setdefault((place["file"], frame.function), set()).add(frame.line)
    return {
        library: _Positions({k: min(some) for k, some in own.items() if len(some) == 1}, examples[library])
        for library, own in lines.items()
    }
