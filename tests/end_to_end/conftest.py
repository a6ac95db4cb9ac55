"""What tests of whole commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import load_settings
from bisect_parity.journal import Journal
from bisect_parity.parity.case import find_case
from bisect_parity.parity.worker import warm_worker
from bisect_parity.warm_client import WORKER_VARIABLE
from tests.parity.small_case import SmallCase

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def _warm_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = SmallCase(tmp_path_factory.mktemp("warm") / "r")
    case = find_case(load_settings(place.write_case()), None)
    with warm_worker(Journal(None, ["tests"]), case, place.repo.top, place.environment()) as environment:
        yield environment[WORKER_VARIABLE]


@pytest.fixture
def warm_checks(_warm_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a warm worker do the checks: what they come to is the point, not how they start."""
    monkeypatch.setattr(SmallCase, "worker", _warm_folder)
