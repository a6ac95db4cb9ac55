"""The proof of an answer: it and its parents are checked again in new worktrees, and taken back at the end.

Nothing of the search is believed for it: each check is a new process in a worktree of its own, and no earlier
verdict is used. A proof is recorded by content, so that another session with the same code, case and
environment can show it, with its date.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity.bisection.answer import Proof, Revert
from bisect_parity.bisection.check_pool import checked_afresh
from bisect_parity.bisection.checker import Checker
from bisect_parity.bisection.confirm import classify
from bisect_parity.bisection.model import Check, Find, Outcome, Role
from bisect_parity.bisection.verdict_files import read_document
from bisect_parity.digest import json_digest
from bisect_parity.errors import OutputError
from bisect_parity.files import cache_directory, replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree_pool import fresh_worktree, own_worktree
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bisect_parity.history.worktree import Worktree

__all__ = ["Prover"]

SCHEMA = "bisect-parity/proof"
IDENTITY = ("-c", "user.name=bisect-parity", "-c", "user.email=bisect-parity@localhost")
CONFLICTS_LISTED = 5
PREVIEWS = "preview*.npz"


@frozen
class Prover:
    """Makes proofs, and remembers them.

    Attributes:
        repository: the user's.
        code_states: with the code paths.
        checker: runs the checks.
        find: what was looked for.
        jobs: how many checks may run at once.
    """

    repository: Repository
    code_states: CodeStates
    checker: Checker
    find: Find
    jobs: int = 1

    def prove(self, first: str, parents: Sequence[str], *, is_new: bool) -> tuple[Outcome, list[str], Proof]:
        """Class an answer by a recorded proof of the same content, or by a new one.

        Args:
            first: full id of the commit that git named.
            parents: full ids, first parent first.
            is_new: whether a recorded proof does not count.

        Raises:
            CheckError, BisectParityError: as `Checker.run`.
        """
        known = {check.code_state: check for check in self.checker.checks if check.size == self.checker.size}
        place = self._place(first, parents)
        recorded = None if is_new or place is None else self._read(place, first, parents)
        if recorded is not None:
            proof = recorded
        else:
            opened = functools.partial(fresh_worktree, self.repository, is_needed=self.code_states.holds)
            commits = iter((first, *parents))
            checks: list[Check] = []
            while batch := tuple(itertools.islice(commits, self.jobs)):
                checks += checked_afresh(self.checker, batch, Role.PROOF, opened)
            proof = Proof(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", tuple(checks))
        outcome, says = classify(self.find, proof.checks[0], proof.checks[1:], known)
        if recorded is not None:
            says.append(f"This proof was made at {proof.date}, with the same code, case and environment.")
        elif place is not None and outcome in (Outcome.CONFIRMED, Outcome.LIKELY):
            self._write(place, proof)
        return outcome, says, proof

    def revert(self, first: str, end: str, *, is_asked: bool) -> Revert:
        """Take a commit back at the end of the range, and test what comes of it.

        Args:
            first: full id of the commit.
            end: full id of the end that is as the commit is.
            is_asked: whether to spend a check; an answer that needs none is given anyway.

        Raises:
            CheckError, BisectParityError: as `Checker.run`.
        """
        with own_worktree(self.repository, end, self.code_states.holds) as worktree:
            try:
                return self._reverted(worktree, first, end, is_asked=is_asked)
            finally:
                worktree.restore(end)  # no HEAD of ours may keep a commit that is nobody's

    def _reverted(self, worktree: Worktree, first: str, end: str, *, is_asked: bool) -> Revert:
        main = ("-m", "1") if len(self.repository.parents(first)) > 1 else ()
        done = worktree.git_result(*IDENTITY, "revert", "--no-commit", *main, first)
        if done.status != 0:
            listed = worktree.git("diff", "--name-only", "-z", "--diff-filter=U").decode(errors="replace")
            names = listed.split("\0")[:-1][:CONFLICTS_LISTED]
            where = f": {', '.join(names)}" if names else ""
            return Revert(None, f"It cannot be reverted at {end[:SHORT]} without conflicts{where}.")
        tree = worktree.git("write-tree").decode().strip()
        words = ("commit-tree", "-p", end, "-m", f"Revert {first}", tree)
        commit = worktree.git(*IDENTITY, *words).decode().strip()
        state = self.code_states.of([commit])[commit]
        if state == self.code_states.of([end])[end]:
            return Revert(None, f"Reverting it at {end[:SHORT]} changes nothing: it was undone since.")
        if not is_asked and state not in self.checker.costless_states():
            return Revert(None, f"Whether {end[:SHORT]} is fixed without it was not tested (--revert).")
        check = self.checker.verdict(worktree, commit, Role.REVERT)
        told = {
            self.find.old: f"Without it, {end[:SHORT]} is {self.find.old}.",
            self.find.new: f"Without it, {end[:SHORT]} is {self.find.new}, too: there is another cause.",
        }
        return Revert(
            check.verdict,
            told.get(check.verdict, f"Without it, {end[:SHORT]} cannot be tested: {check.reason}."),
        )

    def _place(self, first: str, parents: Sequence[str]) -> Path | None:
        """The file of the proof; None where the verdict on the answer is one that no cache may keep."""
        states = self.code_states.of([first, *parents])
        parts = self.checker.content_of(states[first])
        if not parts:
            return None
        content = {**parts, "find": self.find.value, "code_state": [states[c] for c in (first, *parents)]}
        key = json_digest(content)
        return cache_directory() / "proofs" / key[:2] / f"{key}.json"

    def _write(self, place: Path, proof: Proof) -> None:
        """Record a proof, the small pictures of its images first."""
        checks = [check.to_json() | {"document": check.document} for check in proof.checks]
        record: dict[str, Any] = {"schema": SCHEMA, "version": 1, "date": proof.date, "checks": checks}
        try:
            for number, check in enumerate(proof.checks):
                _copy_pictures(self.checker.folder_of(check), _pictures(place, number))
            replace_file(place, json.dumps(record, indent=1) + "\n")
        except (OSError, OutputError):
            return  # the next session makes one of its own

    def _read(self, place: Path, first: str, parents: Sequence[str]) -> Proof | None:
        """A recorded proof of the same content, as that of the commits that hold it here."""
        record = read_document(place)
        try:
            if (record["schema"], record["version"]) != (SCHEMA, 1):
                return None
            date = str(record["date"])
            told = zip((first, *parents), record["checks"], strict=True)
            found = [self.checker.recorded(commit, check, f"proof of {date}") for commit, check in told]
        except (KeyError, TypeError, ValueError):
            return None
        checks = tuple(map(self.checker.add, found))
        for number, check in enumerate(checks):
            with contextlib.suppress(OSError):  # a chart less
                _copy_pictures(_pictures(place, number), self.checker.folder_of(check))
        return Proof(date, checks, is_recorded=True)


def _pictures(place: Path, number: int) -> Path:
    """Where the small pictures of a check of a recorded proof lie."""
    return place.with_suffix("") / str(number)


def _copy_pictures(source: Path, target: Path) -> None:
    for picture in source.glob(PREVIEWS):
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, target / picture.name)
