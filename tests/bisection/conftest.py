from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field

from bisect_parity.bisection.ends import resolve_range
from bisect_parity.bisection.flaky_session import FlakySession
from bisect_parity.bisection.folder import LATEST, Request, create_folder, open_folder
from bisect_parity.bisection.model import Check, Find
from bisect_parity.bisection.odds import FlakyTerms
from bisect_parity.bisection.plan import Plan
from bisect_parity.bisection.remaining import Leading, Remaining
from bisect_parity.bisection.session import Session
from bisect_parity.bisection.span import LARGE
from bisect_parity.config import load_settings
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree_pool import kept_worktrees
from bisect_parity.journal import Journal
from bisect_parity.parity.case import find_case
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.folder import SessionFolder
    from bisect_parity.bisection.hints import Hint

STUB = ("sh", str(Path(__file__).with_name("stub_check.sh")), sys.executable)
CASE = """
[case.stub]
size = 64
reference = ["true", "{out}", "{size}"]
candidate = ["true", "{out}"]
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repository")


@define
class Lab:
    """A repository whose commits say what a check of them gives."""

    sandbox: Sandbox
    paths: tuple[str, ...] = ("verdict",)
    told: list[tuple[Check, Remaining | Leading | None]] = field(factory=list)
    settings: Path = field(init=False)
    tell: Callable[[Check, Remaining | Leading | None], None] = field(default=lambda *_: None)

    watch: Callable[[Sequence[str]], None] = field(default=lambda _commits: None)
    is_cache_warm: bool = False

    @property
    def stub(self) -> tuple[str, ...]:
        """The check: where the cache is warm, it knows all that it kept."""
        return (*STUB, "--warm") if self.is_cache_warm else STUB

    def __attrs_post_init__(self) -> None:
        self.settings = self.sandbox.top.parent / "bisect-parity.toml"
        self.settings.write_text(CASE)

    def history(self, verdicts: Sequence[str]) -> list[str]:
        """A commit for each verdict; an equal verdict is an equal code state, unless it ends in a number."""
        return self.sandbox.versions("verdict", [verdict + "\n" for verdict in verdicts])

    def session(
        self, good: str, bad: str, find: Find = Find.REGRESSION, size: int = 64, **more: Any
    ) -> Session:
        return Session(self._plan(good, bad, find, size, None, **more), self._told, self.watch)

    def flaky_session(
        self,
        good: str,
        bad: str,
        find: Find = Find.REGRESSION,
        most_checks: int = 300,
        *,
        bad_is_proof: bool = False,
        suspects: tuple[Hint, ...] = (),
        size: int = 64,
        **more: Any,
    ) -> FlakySession:
        terms = FlakyTerms(0.95, most_checks, 0.05, bad_is_proof, suspects)
        return FlakySession(self._plan(good, bad, find, size, terms, **more), terms, self._told, self.watch)

    def _plan(
        self, good: str, bad: str, find: Find, size: int, flaky: FlakyTerms | None, **more: Any
    ) -> Plan:
        repository = self._opened()
        settings = load_settings(self.settings)
        code_states = CodeStates(repository, self.paths)
        large = more.get("large", LARGE)
        limits = resolve_range(repository, good, bad, find, code_states, large)
        folder = create_folder(repository, settings)
        is_open = limits.is_open
        folder.write(Request(limits.good, limits.bad, find.value, "stub", size, is_open=is_open, flaky=flaky))
        return self._plan_in(folder, limits, size, repository, code_states, check_command=self.stub, **more)

    def _opened(self) -> Repository:
        journal = Journal(self.sandbox.top.parent / "commands.txt", ["test"])
        return Repository.open(self.sandbox.top, journal)

    @staticmethod
    def _plan_in(
        folder: SessionFolder,
        limits: SearchRange,
        size: int,
        repository: Repository,
        code_states: CodeStates,
        **more: Any,
    ) -> Plan:
        return Plan(
            limits=limits,
            size=size,
            repository=repository,
            code_states=code_states,
            case=find_case(load_settings(folder.settings), None),
            folder=folder,
            **more,
        )

    def resumed(self, jobs: int = 1) -> Session | FlakySession:
        """The last session, as a new process would take it up."""
        repository = self._opened()
        folder, request = open_folder(repository, LATEST, Request)
        code_states = CodeStates(repository, self.paths)
        limits = resolve_range(repository, request.good, request.bad, Find(request.find), code_states)
        plan = self._plan_in(
            folder, limits, request.size, repository, code_states, check_command=STUB, jobs=jobs
        )
        if request.flaky is not None:
            return FlakySession(plan, request.flaky, self._told)
        return Session(plan, self._told)

    def _told(self, check: Check, left: Remaining | Leading | None) -> None:
        self.told.append((check, left))
        self.tell(check, left)

    def search_flaky(
        self, good: str, bad: str, find: Find = Find.REGRESSION, most_checks: int = 300
    ) -> Bisection:
        return self._undisturbed(self.flaky_session(good, bad, find, most_checks))

    def bisect(
        self, good: str, bad: str, find: Find = Find.REGRESSION, size: int = 64, jobs: int = 1
    ) -> Bisection:
        return self._undisturbed(self.session(good, bad, find, size, jobs=jobs))

    def _undisturbed(self, session: Session | FlakySession) -> Bisection:
        before = self.sandbox.snapshot()
        result = session.run()
        assert self.sandbox.snapshot() == before
        assert all(not kept.is_used for kept in kept_worktrees(opened(self.sandbox.top)))
        return result


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(Sandbox(tmp_path / "repository"))
