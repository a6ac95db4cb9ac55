"""What tests of whole commands share."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.check_call import CHECK_COMMAND, CheckCall
from bisect_parity.config import load_settings
from bisect_parity.journal import Journal
from bisect_parity.parity.case import find_case
from bisect_parity.parity.worker import warm_worker
from bisect_parity.warm_client import WORKER_VARIABLE
from tests.end_to_end.world import copy_of, small_history
from tests.parity.small_case import SmallCase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from bisect_parity.history.worktree import Worktree
    from bisect_parity.parity.case import Case
    from fixtures.git import GitRunner

OWN_ENVIRONMENT = CheckCall.environment


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> GitRunner:
    """A small history, made once and only copied."""
    return small_history(tmp_path_factory.mktemp("small") / "r")


@pytest.fixture
def repo(template: GitRunner, tmp_path: Path) -> GitRunner:
    """A copy of the small history, to be spoiled."""
    return copy_of(template, tmp_path / "r")


@pytest.fixture(scope="session")
def _workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bool], dict[str, str]]]:
    """Two workers, each started when first asked for: for tests, which need no torch, and for images."""
    with contextlib.ExitStack() as stack:
        started: dict[bool, dict[str, str]] = {}

        def worker(is_test: bool) -> dict[str, str]:
            if is_test not in started:
                place = SmallCase(tmp_path_factory.mktemp("warm") / "r")
                text = '[case.unit]\ntest = ["true"]\n' if is_test else None
                case = find_case(load_settings(place.write_case(text=text)), None)
                warm = warm_worker(Journal(None, ["tests"]), case, place.repo.top, place.environment())
                started[is_test] = stack.enter_context(warm)
            return started[is_test]

        yield worker


@pytest.fixture(autouse=True)
def _shared_workers(_workers: Callable[[bool], dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions and proofs use them, not new processes, except where a case has modules to preload."""

    def warmed(call: CheckCall, worktree: Worktree) -> dict[str, str]:
        is_own = call.plan.case.preload or call.plan.check_command != CHECK_COMMAND
        return OWN_ENVIRONMENT(call, worktree) | ({} if is_own else _workers(bool(call.plan.case.test)))

    monkeypatch.setattr(CheckCall, "environment", warmed)

    def shared(
        journal: Journal, case: Case, worktree: Path, caller: Mapping[str, str]
    ) -> contextlib.AbstractContextManager[dict[str, str]]:
        if case.preload:
            return warm_worker(journal, case, worktree, caller)
        return contextlib.nullcontext(_workers(bool(case.test)))

    monkeypatch.setattr("bisect_parity.bisection.workplace.warm_worker", shared)


@pytest.fixture
def own_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each session start its own worker all the same: how it does is the point."""
    monkeypatch.setattr("bisect_parity.bisection.workplace.warm_worker", warm_worker)
    monkeypatch.setattr(CheckCall, "environment", OWN_ENVIRONMENT)


@pytest.fixture
def warm_checks(_workers: Callable[[bool], dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a warm worker do the checks: what they come to is the point, not how they start."""
    monkeypatch.setattr(SmallCase, "worker", _workers(False)[WORKER_VARIABLE])
