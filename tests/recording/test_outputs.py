"""The outputs of a run by digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.recording import outputs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_large_file_gets_a_digest_where_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "LARGEST_BYTES", 3)
    (tmp_path / "a.bin").write_bytes(b"four")
    path = str(tmp_path / "a.bin")
    assert outputs.output_facts(tmp_path, path, "named")["sha256"] is not None
    found = outputs.output_facts(tmp_path, path, "new in the working tree")
    assert (found["sha256"], found["size"], "larger than" in found["says"]) == (None, 4, True)
