"""Searches whose check takes no time: what the benchmarks of the search share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

import fixtures.stated_check
from bisect_parity.bisection.ends import resolve_range
from bisect_parity.bisection.folder import LATEST, Request, SweepRequest, create_folder, open_folder
from bisect_parity.bisection.model import Find
from bisect_parity.bisection.plan import Plan
from bisect_parity.bisection.session import Session
from bisect_parity.bisection.span import LARGE, read_span
from bisect_parity.bisection.sweep_session import SweepPlan, SweepSession
from bisect_parity.config import Settings, load_settings
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.parity.case import find_case

if TYPE_CHECKING:
    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.folder import SessionFolder
    from bisect_parity.bisection.sweep import Sweep

__all__ = ["Bench"]

SETTINGS = f"""
[code]
paths = ["{fixtures.stated_check.CODE}"]

[case.stated]
size = {fixtures.stated_check.SIZE}
reference = ["true", "{{out}}", "{{size}}"]
candidate = ["true", "{{out}}"]
"""


@define
class Bench:
    """A repository whose commits say what a check of them gives, and all that a search of it needs.

    Attributes:
        top: the repository.
        jobs: checks at once.
        state: folder of the check, beside it.
    """

    top: Path
    jobs: int = 1
    state: Path = field(init=False)
    _settings: Settings = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.state = self.top.with_name("state")
        self.state.mkdir(exist_ok=True)
        source = self.top.with_name("bisect-parity.toml")
        source.write_text(SETTINGS, encoding="ascii")
        self._settings = load_settings(source)

    @property
    def command(self) -> tuple[str, ...]:
        """The check, up to its options."""
        return (sys.executable, "-S", str(fixtures.stated_check.__file__), "--state", str(self.state))

    def session(self, good: str, bad: str, large: int = LARGE) -> Session:
        """A new session.

        Args:
            good, bad: full ids of the ends.
            large: commits from which on the main line is searched first.
        """
        repository, code_states = self._opened()
        limits = resolve_range(repository, good, bad, Find.REGRESSION, code_states, large)
        folder = create_folder(repository, self._settings)
        case = find_case(self._settings, None)
        folder.write(Request(good, bad, Find.REGRESSION.value, case.name, case.size))
        return self._session(repository, code_states, folder, limits, large)

    def resumed(self) -> Session:
        """The last session, as a new process takes it up."""
        repository, code_states = self._opened()
        folder, request = open_folder(repository, LATEST, Request)
        limits = resolve_range(repository, request.good, request.bad, Find(request.find), code_states)
        return self._session(repository, code_states, folder, limits)

    def bisect(self, good: str, bad: str) -> Bisection:
        """Run a new session to its end."""
        return self.session(good, bad).run()

    def sweep(self, start: str, end: str) -> Sweep:
        """Check every code state from one commit to another."""
        repository, code_states = self._opened()
        folder = create_folder(repository, self._settings)
        case = find_case(self._settings, None)
        folder.write(SweepRequest(start, end, case.name, case.size))
        span = read_span(repository, start, end, code_states)
        plan = SweepPlan(
            repository=repository,
            span=span,
            code_states=code_states,
            case=case,
            folder=folder,
            check_command=self.command,
            jobs=self.jobs,
        )
        return SweepSession(plan, lambda *_: None).run()

    def ended(self) -> list[tuple[str, str, str]]:
        """Each check that was run to its end: commit, "search" or "proof", tree of the code."""
        log = self.state / "log"
        lines = log.read_text(encoding="ascii").splitlines() if log.exists() else []
        return [(commit, kind, tree) for commit, kind, tree in map(str.split, lines)]

    def _session(
        self,
        repository: Repository,
        code_states: CodeStates,
        folder: SessionFolder,
        limits: SearchRange,
        large: int = LARGE,
    ) -> Session:
        case = find_case(load_settings(folder.settings), None)  # as frozen
        plan = Plan(
            repository=repository,
            limits=limits,
            code_states=code_states,
            case=case,
            folder=folder,
            size=case.size,
            check_command=self.command,
            large=large,
            jobs=self.jobs,
        )
        return Session(plan, lambda *_: None)

    def _opened(self) -> tuple[Repository, CodeStates]:
        repository = Repository.open(self.top, Journal(None, ["benchmark"]))
        return repository, CodeStates(repository, self._settings.code.paths or ())
