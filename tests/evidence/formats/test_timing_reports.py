"""hyperfine: seconds and parameters; nothing of when or at which commit."""

from __future__ import annotations

from tests.evidence.formats.samples import figures
from tests.evidence.formats.tools import find

SMALL, LARGE = "python3 run.py --size 8", "python3 run.py --size 16"


def test_hyperfine_tells_seconds_a_command_and_what_was_scanned_and_neither_commit_nor_time() -> None:
    found = find("hyperfine/result.json", "hyperfine")
    assert [name for name in figures(found) if name.endswith(".mean")] == [
        f"{SMALL}.mean",
        f"{LARGE}.mean",
    ]
    assert 0.001 < (figures(found)[f"{LARGE}.mean"] or 0.0) < 1.0
    assert [command.options for command in found.commands] == [{"--size": "8"}, {"--size": "16"}]
    assert [(item.name, item.value) for item in found.parameters] == [
        (f"{SMALL}.size", "8"),
        (f"{LARGE}.size", "16"),
    ]
    assert (found.records, found.times) == ((), ())
