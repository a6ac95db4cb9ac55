"""A small part of what `benchmarks.releases` does, with archives of its own."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

from benchmarks.releases import asked_of_git, asked_of_us, build, said_by_each

if TYPE_CHECKING:
    from pathlib import Path

TEST = "python3 -c 'from p import VALUE; assert VALUE == 1, VALUE'"
GONE = "from gone_package import VALUE"
SOURCES = ["VALUE = 1", GONE, GONE, "VALUE = 1", "VALUE = 2.0"]


def test_a_release_that_cannot_be_imported_is_not_the_answer(tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    for number, source in enumerate(SOURCES):
        with tarfile.open(folder / f"p-0.{number}.tar.gz", "w:gz") as archive:
            entry = tarfile.TarInfo(f"p-0.{number}/p.py")
            entry.size, entry.mtime = len(source), 1_600_000_000 + 86_400 * number
            archive.addfile(entry, io.BytesIO(source.encode()))
    with zipfile.ZipFile(folder / "p-0.5.zip", "w") as zipped:
        zipped.writestr("p-0.5/p.py", "VALUE = 2.0")
    (folder / "p-0.6.zip").write_bytes(b"cut")
    (folder / "q-0.7.zip").write_bytes(b"another package")
    commits = build("p", folder.iterdir(), tmp_path / "r")
    assert list(commits) == ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]
    shell = ["sh", "-c", TEST]
    said = said_by_each(tmp_path / "r", commits.values(), shell)
    assert [status for status, _ in said] == [0, 1, 1, 0, 1, 1]
    assert said[4][1] == "AssertionError: 2.0"
    assert asked_of_git(tmp_path / "r", "0.0", "0.5", shell)[0] == commits["0.1"]
    named, told = asked_of_us(tmp_path / "r", "0.0", "0.5", TEST)
    assert named == [commits["0.4"]]
    assert told.startswith("outcome: confirmed, checks: ")
