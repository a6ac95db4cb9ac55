"""What `git diff` says of the working tree, without a trace in the index."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bisect_parity.history.working_diff import working_diff
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_files_that_were_only_touched_differ_in_nothing_and_the_index_stays(tmp_path: Path) -> None:
    made = Sandbox(tmp_path / "r")
    made.commit({"a": "1\n", "b": "1\n"})
    os.utime(made.top / "a", (10**9, 10**9))
    (made.top / "b").write_text("2\n")  # of the same size, and perhaps within the same tick
    index = made.top / ".git" / "index"
    before = index.read_bytes()
    assert working_diff(opened(made.top), "-z", "--name-only", "HEAD", "--") == b"b\0"
    assert index.read_bytes() == before
    index.unlink()
    assert working_diff(opened(made.top), "-z", "--name-only", "HEAD", "--") == b"a\0b\0"
    assert not index.exists()
