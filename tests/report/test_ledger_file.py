"""A ledger on disk is replaced as a whole, or not at all."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import OutputError, UsageError
from bisect_parity.report.ledger import Insertion
from bisect_parity.report.ledger_file import insert_into

if TYPE_CHECKING:
    from pathlib import Path


def at_the_end(content: bytes) -> Insertion:
    return Insertion(len(content), b"new\n", 1)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "plan.md"
    path.write_bytes(b"old\n")
    return path


def test_the_mode_is_kept_and_nothing_is_left_beside_it(ledger: Path) -> None:
    ledger.chmod(0o640)
    insert_into(ledger, at_the_end)
    assert ledger.read_bytes() == b"old\nnew\n"
    assert ledger.stat().st_mode & 0o777 == 0o640
    assert list(ledger.parent.iterdir()) == [ledger]


def test_a_link_stays_a_link(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(ledger)
    insert_into(tmp_path / "link", at_the_end)
    assert (tmp_path / "link").is_symlink()
    assert ledger.read_bytes() == b"old\nnew\n"


def test_a_file_that_needs_no_change_is_not_touched(ledger: Path) -> None:
    before = ledger.stat()
    assert insert_into(ledger, lambda _content: None) is None
    assert ledger.stat() == before


def test_an_edit_in_between_is_noticed_and_kept(ledger: Path) -> None:
    def edited_meanwhile(content: bytes) -> Insertion:
        ledger.write_bytes(b"OLD\n")
        os.utime(ledger, ns=(0, 0))
        return at_the_end(content)

    with pytest.raises(OutputError, match="was changed meanwhile"):
        insert_into(ledger, edited_meanwhile)
    assert ledger.read_bytes() == b"OLD\n"
    assert list(ledger.parent.iterdir()) == [ledger]


def test_two_calls_at_once_both_get_in(ledger: Path) -> None:
    threads = [threading.Thread(target=insert_into, args=(ledger, at_the_end)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.read_bytes() == b"old\n" + 4 * b"new\n"


def test_what_is_no_plain_file_is_refused(ledger: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    os.link(ledger, tmp_path / "other")
    for path, message in (
        (tmp_path / "gone", "there is no ledger"),
        (tmp_path / "fifo", "not a regular file"),
        (tmp_path, "not a regular file"),
        (ledger, "2 hard links"),
    ):
        with pytest.raises(UsageError, match=message):
            insert_into(path, at_the_end)
    assert ledger.read_bytes() == b"old\n"
