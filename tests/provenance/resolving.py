"""The answers of a repository, as the tests of this folder ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.resolve import resolve_bundles

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

__all__ = ["resolutions"]


def resolutions(top: Path, *, blind: bool = False) -> dict[str, Resolution]:
    """The resolution of every bundle and run of a repository, by its path."""
    repository = Repository.open(top, Journal(None, ["x"]))
    bundles = discover(top, Settings().evidence)
    found = resolve_bundles(repository, bundles, Settings(), blind=blind, of_files=True)
    return {item.path: item for item in found}
