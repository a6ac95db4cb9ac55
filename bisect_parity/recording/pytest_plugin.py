"""A pytest fixture that records the test that uses it; other tests do not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from bisect_parity.recording import RecordedRun

_OUTCOME = pytest.StashKey[str]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how the test itself ended, for the fixture that is torn down after it."""
    report = yield
    if report.when == "call":
        item.stash[_OUTCOME] = report.outcome
    return report


@pytest.fixture
def recorded_run(request: pytest.FixtureRequest) -> Iterator[RecordedRun]:
    """The bundle of this test: the working tree before it, what it notes and writes, and how it ended."""
    from bisect_parity.recording import record_run  # noqa: PLC0415 - only where it is used

    with record_run(directory=request.path.parent) as run:
        run.note(test=request.node.nodeid)
        yield run
        run.note(outcome=request.node.stash.get(_OUTCOME, "error"))
