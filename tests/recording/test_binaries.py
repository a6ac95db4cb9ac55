"""Programs by digest and build id; what was hashed once is not read again until it changes."""

from __future__ import annotations

import hashlib
import os
import struct
import sys
from typing import TYPE_CHECKING

import pytest

from bisect_parity.journal import Journal
from bisect_parity.recording.binaries import DigestMemory, build_id, loader_of, needed_libraries, programs_of

if TYPE_CHECKING:
    from pathlib import Path

ID = bytes(range(20))


def elf(order: str, *, is_wide: bool) -> bytes:
    """The least file that has a loader and a build id."""
    note = (
        struct.pack(order + "III", 4, 4, 1)
        + b"XYZ\0"
        + b"none"
        + struct.pack(order + "III", 4, 20, 3)
        + b"GNU\0"
        + ID
    )
    loader = b"/lib/ld.so\0"
    head, entry = (64, 56) if is_wide else (64, 32)
    places = [head + 2 * entry, head + 2 * entry + len(note)]
    segments = b""
    for kind, place, content in ((4, places[0], note), (3, places[1], loader)):
        if is_wide:
            segments += struct.pack(order + "IIQQQQQQ", kind, 4, place, 0, 0, len(content), len(content), 4)
        else:
            segments += struct.pack(order + "IIIIIIII", kind, place, 0, 0, len(content), len(content), 4, 4)
    start = b"\x7fELF" + bytes([2 if is_wide else 1, 1 if order == "<" else 2]) + bytes(58)
    made = bytearray(start)
    struct.pack_into(order + ("Q" if is_wide else "I"), made, 32 if is_wide else 28, head)
    struct.pack_into(order + "HH", made, 54 if is_wide else 42, entry, 2)
    return bytes(made) + segments + note + loader


@pytest.mark.parametrize("is_wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_build_id_and_loader_are_read_whatever_the_width_and_byte_order(
    tmp_path: Path, order: str, is_wide: bool
) -> None:
    (tmp_path / "x").write_bytes(elf(order, is_wide=is_wide))
    assert build_id(str(tmp_path / "x")) == ID.hex()
    assert loader_of(str(tmp_path / "x")) == "/lib/ld.so"


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\2\1" + b"\xff" * 200])
def test_what_is_no_program_has_no_build_id(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert build_id(str(tmp_path / "x")) is None
    assert build_id(str(tmp_path / "none")) is None


def test_a_digest_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "lib.so"
    file.write_bytes(b"one")
    memory = DigestMemory(tmp_path / "cache" / "digests.json")
    first = memory.facts(str(file))
    assert first["sha256"] == hashlib.sha256(b"one").hexdigest()
    memory.save()
    before = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert DigestMemory(tmp_path / "cache" / "digests.json").facts(str(file)) == first  # nothing was read
    os.utime(file)
    assert memory.facts(str(file))["sha256"] == hashlib.sha256(b"two").hexdigest()


def test_a_damaged_memory_is_only_slower(tmp_path: Path) -> None:
    (tmp_path / "digests.json").write_text('{"a": 1, "b": [')
    (tmp_path / "x").write_bytes(b"x")
    assert DigestMemory(tmp_path / "digests.json").facts(str(tmp_path / "x"))["sha256"]
    assert DigestMemory(tmp_path / "digests.json").facts(str(tmp_path / "none"))["says"]


def test_a_script_leads_to_its_interpreters(tmp_path: Path) -> None:
    script = tmp_path / "run"
    script.write_text(f"#!/usr/bin/env {os.path.basename(sys.executable)}\n")  # noqa: PTH119
    script.chmod(0o755)
    path = f"{tmp_path}:{os.path.dirname(sys.executable)}"  # noqa: PTH120
    assert programs_of(["run"], path) == [str(script), sys.executable]
    assert programs_of(["no-such-command"], path) == []


def test_the_loader_tells_libraries_of_a_program_that_is_not_run(tmp_path: Path) -> None:
    found = needed_libraries(Journal(None, ["test"]), "/bin/sh")
    assert any("libc" in path or "musl" in path for path in found)
    (tmp_path / "text").write_text("x")
    assert needed_libraries(Journal(None, ["test"]), str(tmp_path / "text")) == set()
