"""The log of strace tells which files were opened, and whether they were written."""

from __future__ import annotations

from bisect_parity.recording.beside import OpenedFile, read_log

LOG = rb"""
12 openat(AT_FDCWD</w>, "a.bin", O_RDONLY|O_CLOEXEC) = 3</w/a.bin>
12 openat(AT_FDCWD</w>, "out", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</w/out>
12 openat(AT_FDCWD</w>, "a.bin", O_RDWR) = 4</w/a.bin>
13 openat(AT_FDCWD</w>, "O_RDWR", O_RDONLY <unfinished ...>
12 creat("/w/made", 0666) = 5</w/made>
13 <... openat resumed>) = 3</w/O_RDWR name>
14 openat(AT_FDCWD</w>, "gone", O_RDONLY) = 3</w/gone>(deleted)
14 openat(AT_FDCWD</w>, "odd", O_RDONLY) = 3</w/line\nbreak\"\303\251>
15 openat(AT_FDCWD</w>, "p", O_RDONLY) = 3<pipe:[77]>
15 +++ exited with 0 +++
no line of strace
"""


def test_files_are_told_once_with_whether_they_were_written() -> None:
    assert read_log(LOG.splitlines(keepends=True)) == [
        OpenedFile("/w/O_RDWR name", is_written=False),
        OpenedFile("/w/a.bin", is_written=True),
        OpenedFile("/w/gone", is_written=False),
        OpenedFile('/w/line\nbreak"\u00e9', is_written=False),
        OpenedFile("/w/made", is_written=True),
        OpenedFile("/w/out", is_written=True),
    ]
