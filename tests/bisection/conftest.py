from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field

from bisect_parity.bisection.ends import resolve_range
from bisect_parity.bisection.folder import LATEST, Request, create_folder, open_folder
from bisect_parity.bisection.model import Check, Find
from bisect_parity.bisection.plan import Plan
from bisect_parity.bisection.remaining import Remaining
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
    from collections.abc import Sequence

    from bisect_parity.bisection.answer import Bisection

STUB = (sys.executable, "-S", str(Path(__file__).with_name("stub_check.py")))
CASE = """
[case.stub]
size = 64
reference = ["true", "{out}", "{size}"]
candidate = ["true", "{out}"]
"""


@define
class Lab:
    """A repository whose commits say what a check of them gives."""

    sandbox: Sandbox
    paths: tuple[str, ...] = ("verdict",)
    told: list[tuple[Check, Remaining | None]] = field(factory=list)
    settings: Path = field(init=False)
    tell: Callable[[Check, Remaining | None], None] = field(default=lambda *_: None)

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
        repository = Repository.open(
            self.sandbox.top, Journal(self.sandbox.top.parent / "commands.txt", ["test"])
        )
        settings = load_settings(self.settings)
        code_states = CodeStates(repository, self.paths)
        large = more.get("large", LARGE)
        limits = resolve_range(repository, good, bad, find, code_states, large)
        folder = create_folder(repository, settings)
        folder.write(Request(limits.good, limits.bad, find.value, "stub", size))
        case = find_case(settings, None)
        plan = Plan(repository, limits, code_states, case, folder, size, self.stub, **more)
        return Session(plan, self._told)

    def resumed(self) -> Session:
        """The last session, as a new process would take it up."""
        repository = Repository.open(
            self.sandbox.top, Journal(self.sandbox.top.parent / "commands.txt", ["test"])
        )
        folder, request = open_folder(repository, LATEST, Request)
        code_states = CodeStates(repository, self.paths)
        limits = resolve_range(repository, request.good, request.bad, Find(request.find), code_states)
        case = find_case(load_settings(folder.settings), None)
        return Session(Plan(repository, limits, code_states, case, folder, request.size, STUB), self._told)

    def _told(self, check: Check, left: Remaining | None) -> None:
        self.told.append((check, left))
        self.tell(check, left)

    def bisect(self, good: str, bad: str, find: Find = Find.REGRESSION, size: int = 64) -> Bisection:
        before = self.sandbox.snapshot()
        result = self.session(good, bad, find, size).run()
        assert self.sandbox.snapshot() == before
        assert all(not kept.is_used for kept in kept_worktrees(opened(self.sandbox.top)))
        return result


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(Sandbox(tmp_path / "repository"))
