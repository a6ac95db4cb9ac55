"""Files that hold an id and little else."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats.id_file import READER
from bisect_parity.evidence.model import Trust

ID = "855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"


@pytest.mark.parametrize(
    "name",
    [
        "git_sha.txt",
        "repo_sha.txt",
        "git_commit.txt",
        "git_info.txt",
        "git_context.txt",
        "git_head.txt",
        "commit.txt",
    ],
)
def test_the_usual_names_are_claimed(name: str) -> None:
    assert READER.claims(PurePosixPath("r/env") / name, b"")


@pytest.mark.parametrize(
    "name", ["sha256.txt", "git_diff.txt", "git_status.txt", "commands.txt", "commits.md"]
)
def test_other_names_are_not_claimed(name: str) -> None:
    assert not READER.claims(PurePosixPath("r") / name, b"")


@pytest.mark.parametrize(
    "text",
    [
        f"{ID}\n",
        ID,
        f"\n{ID}\n",
        f"{ID} A subject\n",
        f"{ID}\n2025-10-09 12:00:00 -0700\nA subject that names deadbeef1\n",
        f"commit {ID}\nAuthor: A <a@example.org>\nDate:   Thu Oct 9 12:00:00 2025 -0700\n",
        f"Git SHA: {ID}\nBranch: main\n",
        f"HEAD: {ID}\n",
        f"On branch main\n{ID}\n",
        f"main\n{ID}\n",
        f"\ufeff{ID}\r\n",
        f"{ID.upper()}\n",
    ],
)
def test_the_id_is_found_wherever_it_stands(text: str) -> None:
    (record,) = READER.read("r/git_info.txt", text.encode()).records
    assert (record.text, record.is_id) == (ID, True)


def test_the_whole_file_is_machine_written() -> None:
    (record,) = READER.read("r/git_sha.txt", f"{ID}\n".encode()).records
    assert (record.trust, record.source.line) == (Trust.MACHINE, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    (record,) = READER.read("r/git_sha.txt", f"{ID}\n".encode(encoding)).records
    assert record.text == ID


@pytest.mark.parametrize("text", ["unknown\n", "$(git rev-parse HEAD)\n", "TBD"])
def test_a_placeholder_is_shown_as_such(text: str) -> None:
    (record,) = READER.read("r/git_sha.txt", text.encode()).records
    assert not record.is_id


@pytest.mark.parametrize("data", [b"", b"\n\n", b"fatal: not a git repository\n", b"ab" * 2**19, b"\0" * 100])
def test_a_file_without_an_id_gives_none(data: bytes) -> None:
    assert [record for record in READER.read("r/git_sha.txt", data).records if record.is_id] == []


def test_the_dates_of_a_commit_are_no_times_of_a_run() -> None:
    text = f"{ID}\n2025-10-09 12:00:00 -0700\nA subject\n"
    found = READER.read("r/git_info.txt", text.encode())
    assert found.times == () or found.time_is_commit_time


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_complaint(data: bytes) -> None:
    for record in READER.read("r/git_sha.txt", data).records:
        assert not record.is_id or set(record.text) <= set("0123456789abcdef")
