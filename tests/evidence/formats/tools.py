"""Files that the real tools wrote, as data, and what every reader must keep to whatever it is given."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.registry import find_reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.formats.reader import FormatReader
    from bisect_parity.evidence.model import Findings, Source

__all__ = [
    "DATA",
    "FIRST",
    "FOURTH",
    "MADE_UP",
    "SECOND",
    "THIRD",
    "assert_quoted",
    "assert_sound",
    "find",
    "flat",
    "real_files",
]

DATA = Path(__file__).parent / "data"

# Commits of the scratch repository that the tools were run in (see data/README.md).
FIRST = "d9870bd7d170f9bd96a4b056a70fcf6a56e53259"
SECOND = "0fea7536808f7f9804d6ec46fa9372995ed94406"
THIRD = "0b353dac3a53a2e6804e338ba6e78a59b81d5926"
FOURTH = "6b5a89bf1bd80c6c49b3adb99209bce9b68fb2c4"
MADE_UP = "made-up-for-the-test"


def find(path: str, tool: str) -> Findings:
    """What the registry's reader finds in a file below `data/`; it must be that of `tool`."""
    data = (DATA / path).read_bytes()
    reader = find_reader(PurePosixPath(path), data[:4096])
    assert reader is not None
    assert reader.name == tool
    found = reader.read(path, data)
    assert_sound(found, path)
    return found


def real_files(folder: str, reader: FormatReader) -> list[tuple[str, bytes]]:
    """The files of one tool that its reader claims."""
    files = sorted(path for path in (DATA / folder).rglob("*") if path.is_file() and path.name != "README.md")
    named = [(path.relative_to(DATA).as_posix(), path.read_bytes()) for path in files]
    return [(path, data) for path, data in named if reader.claims(PurePosixPath(path), data[:4096])]


def flat(findings: Findings) -> Iterator[Findings]:
    """Findings of a file and of the runs in it."""
    yield findings
    for run in findings.runs:
        yield from flat(run)


def assert_sound(findings: Findings, path: str) -> None:
    """What holds for every reader and every input."""
    for item in flat(findings):
        assert all(problem.path == path and problem.message for problem in item.problems)
        assert all(not record.is_id or _is_id(record.text) for record in item.records)
        assert all(metric.value is None or isinstance(metric.value, float) for metric in item.metrics)
        assert all(0 < time.seconds < 5e9 for time in item.times)
        kept = (item.records, item.times, item.metrics, item.parameters, item.environment, item.digests)
        for source in (value.source for values in kept for value in values):
            assert_quoted(source, path)
    assert MADE_UP not in repr(findings)


def assert_quoted(source: Source, path: str) -> None:
    """A source names its file, and quotes one printable line."""
    assert source.path == path
    assert len(source.text) <= 200
    assert source.text.isprintable()


def _is_id(text: str) -> bool:
    return 7 <= len(text) <= 64 and set(text) <= set("0123456789abcdef")
