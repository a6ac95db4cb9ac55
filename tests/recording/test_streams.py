"""What is kept of a stream is bounded, whole lines, and without secrets wherever the stream is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.recording.streams import HEAD_BYTES, LONGEST_LINE, TAIL_BYTES, KeptStream
from bisect_parity.redaction import REDACTED, Redactor
from tests.planted import PLANTED

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = PLANTED["GitHub token"][0].encode()


def kept(path: Path, *parts: bytes) -> tuple[bytes, dict[str, object]]:
    stream = KeptStream(path / "stdout.txt", Redactor({}, []).text)
    for part in parts:
        stream.take(part)
    told = stream.close()
    return (path / "stdout.txt").read_bytes() if told["file"] else b"", told


def test_every_byte_of_a_short_stream_is_kept(tmp_path: Path) -> None:
    content, told = kept(tmp_path, b"a\nb\xff\0", b"\r\nc", b"")
    assert content == b"a\nb\xff\0\r\nc"
    assert told == {"file": "stdout.txt", "bytes": 8, "left_out_bytes": 0, "says": ""}


def test_nothing_is_written_for_a_silent_stream(tmp_path: Path) -> None:
    assert kept(tmp_path) == (b"", {"file": None, "bytes": 0, "left_out_bytes": 0, "says": ""})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_secret_is_found_however_the_stream_is_cut(tmp_path: Path, size: int) -> None:
    text = b"x" * 100 + b"\npush " + TOKEN + b" now\nend"
    content, _ = kept(tmp_path, *(text[at : at + size] for at in range(0, len(text), size)))
    assert content == b"x" * 100 + f"\npush {REDACTED} now\nend".encode()


def test_a_private_key_is_left_out_over_many_lines(tmp_path: Path) -> None:
    lines = [
        b"-----BEGIN PRIVATE KEY-----\n",
        b"MIIEvQIBADANBg\n",
        b"kqhkiG9w0\n",
        b"-----END PRIVATE KEY-----\n",
    ]
    content, _ = kept(tmp_path, b"before\n", *lines, b"after\n")
    assert content.startswith(b"before\n")
    assert content.endswith(b"after\n")
    assert b"MIIE" not in content
    assert b"kqhk" not in content


def test_the_beginning_and_the_end_of_a_long_stream_are_kept(tmp_path: Path) -> None:
    line = b"0123456789 abcde" * 100 + b"\n"
    count = 2 * (HEAD_BYTES + TAIL_BYTES) // len(line)
    content, told = kept(tmp_path, *(b"%d " % n + line for n in range(count)))
    assert content.startswith(b"0 " + line)
    assert content.endswith(b"%d " % (count - 1) + line)
    left_out = told["left_out_bytes"]
    assert isinstance(left_out, int)
    assert f"[bisect-parity left out {left_out} bytes here]".encode() in content
    assert HEAD_BYTES + TAIL_BYTES / 2 < len(content) < HEAD_BYTES + TAIL_BYTES + 4096


def test_a_line_without_an_end_is_kept_in_bounded_memory(tmp_path: Path) -> None:
    parts = [b"y" * 1000] * (3 * LONGEST_LINE // 1000)
    content, _ = kept(tmp_path, *parts)
    assert content == b"y" * 1000 * len(parts)
