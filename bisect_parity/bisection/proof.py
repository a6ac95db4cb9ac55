"""The proof of an answer: it and its parents are checked again in new worktrees, and taken back at the end.

Nothing of the search is believed for it: each check is a new process in a worktree of its own, and no earlier
verdict is used. A proof is recorded by content, so that another session with the same code, case and
environment can show it, with its date.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from bisect_parity.bisection.answer_parts import Proof, Revert
from bisect_parity.bisection.check_pool import checked_afresh
from bisect_parity.bisection.checker import Checker
from bisect_parity.bisection.confirm import classify
from bisect_parity.bisection.graph import steps_of
from bisect_parity.bisection.model import Check, Find, Outcome, Role
from bisect_parity.bisection.verdict_files import read_document
from bisect_parity.digest import json_digest
from bisect_parity.errors import OutputError
from bisect_parity.files import cache_directory, copy_whole, replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.made_objects import OWN_ADDRESS
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree import Worktree
from bisect_parity.history.worktree_pool import fresh_worktree, own_worktree
from bisect_parity.wording import SHORT

SCHEMA = "bisect-parity/proof"
IDENTITY = ("-c", "user.name=bisect-parity", "-c", f"user.email={OWN_ADDRESS}")
CONFLICTS_LISTED = 5
PREVIEWS = "preview*.npz"
END_CHECKS, PROOF_CHECKS = 2, 2


@frozen
class Undone:
    """The end of a range without a commit.

    Attributes:
        worktree: where it was taken back.
        end: full id of the end.
        commit: full id of what comes of it, which no branch has; of the end where nothing does.
        says: why there is nothing to test; empty where there is.
    """

    worktree: Worktree
    end: str
    commit: str
    says: str = ""


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

    def prove(
        self, first: str, parents: Sequence[str], *, is_new: bool, beside: Undone | None = None
    ) -> tuple[Outcome, list[str], Proof]:
        """Class an answer by a recorded proof of the same content, or by a new one.

        Args:
            first: full id of the commit that git named.
            parents: full ids, first parent first.
            is_new: whether a recorded proof does not count.
            beside: what will probably be tested after a new proof, and may be meanwhile.

        Raises:
            CheckError, BisectParityError: as `Checker.run`.
        """
        known = {check.code_state: check for check in self.checker.checks if check.size == self.checker.size}
        place = self._place(first, parents)
        recorded = None if is_new or place is None else self._read(place, first, parents)
        if recorded is not None:
            proof = recorded
        else:
            has_room = self.jobs > 1 + len(parents)
            with self._meanwhile(beside if has_room else None):
                proof = self._new_proof((first, *parents))
        outcome, says = classify(self.find, proof.checks[0], proof.checks[1:], known)
        if recorded is not None:
            says.append(f"This proof was made at {proof.date}, with the same code, case and environment.")
        elif place is not None and outcome in (Outcome.CONFIRMED, Outcome.LIKELY):
            self._write(place, proof)
        return outcome, says, proof

    @contextlib.contextmanager
    def taken_back(self, first: str, end: str) -> Iterator[Undone]:
        """Take a commit back at the end of the range, in a worktree that is held meanwhile.

        Args:
            first: full id of the commit.
            end: full id of the end that is as the commit is.

        Raises:
            BisectParityError: as `own_worktree`.
        """
        with own_worktree(self.repository, end, self.code_states.holds) as worktree:
            try:
                yield self._undone(worktree, first, end)
            finally:
                worktree.restore(end)  # no HEAD of ours may keep a commit that is nobody's

    def revert(self, undone: Undone, *, is_asked: bool) -> Revert:
        """Test the end of the range without a commit.

        Args:
            undone: the end without it.
            is_asked: whether to spend a check; an answer that needs none is given anyway.

        Raises:
            CheckError, BisectParityError: as `Checker.run`.
        """
        if undone.says:
            return Revert(None, undone.says)
        end, commit = undone.end[:SHORT], undone.commit
        is_costless = self.checker.state_of(commit) in self.checker.costless_states()
        if not (is_asked or is_costless):
            return Revert(None, f"Whether {end} is fixed without it was not tested (--revert).")
        check = self.checker.verdict(undone.worktree, commit, Role.REVERT)
        sentences = {
            self.find.old: f"Without it, {end} is {self.find.old}.",
            self.find.new: f"Without it, {end} is {self.find.new}, too: there is another cause.",
        }
        return Revert(
            check.verdict,
            sentences.get(check.verdict, f"Without it, {end} cannot be tested: {check.reason}."),
        )

    def _undone(self, worktree: Worktree, first: str, end: str) -> Undone:
        main = ("-m", "1") if len(self.repository.parents(first)) > 1 else ()
        done = worktree.git_result(*IDENTITY, "revert", "--no-commit", *main, first)
        if done.status != 0:
            listed = worktree.git("diff", "--name-only", "-z", "--diff-filter=U").decode(errors="replace")
            names = listed.split("\0")[:-1][:CONFLICTS_LISTED]
            where = f": {', '.join(names)}" if names else ""
            says = f"It cannot be reverted at {end[:SHORT]} without conflicts{where}."
            return Undone(worktree, end, end, says)
        tree = worktree.git("write-tree").decode().strip()
        words = ("commit-tree", "-p", end, "-m", f"Revert {first}", tree)
        commit = worktree.git(*IDENTITY, *words).decode().strip()
        if self.checker.state_of(commit) == self.checker.state_of(end):
            says = f"Reverting it at {end[:SHORT]} changes nothing: it was undone since."
            return Undone(worktree, end, end, says)
        return Undone(worktree, end, commit)

    @contextlib.contextmanager
    def _meanwhile(self, undone: Undone | None) -> Iterator[None]:
        """Test the end without the answer while something else is done."""
        if undone is None or undone.says or not self.checker.needs_check(undone.commit, Role.REVERT):
            yield
            return
        begun = self.checker.begin(undone.worktree, undone.commit, Role.REVERT)
        try:
            yield
            self.checker.take_in(begun)
        finally:
            begun.abandon()

    def _new_proof(self, commits: Sequence[str]) -> Proof:
        """New checks of commits, as many at once as may run."""
        opened = functools.partial(fresh_worktree, self.repository, is_needed=self.code_states.holds)
        checks: list[Check] = []
        while len(checks) < len(commits):
            batch = commits[len(checks) : len(checks) + self.jobs]
            checks += checked_afresh(self.checker, batch, Role.PROOF, opened)
        return Proof(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", tuple(checks))

    def _place(self, first: str, parents: Sequence[str]) -> Path | None:
        """The file of the proof; None where the verdict on the answer is one that no cache may keep."""
        states = self.code_states.of([first, *parents])
        parts = self.checker.content_of(states[first])
        if not parts:
            return None
        case = self.checker.call.plan.case
        parts |= {"limit": f"{case.limit} {case.better}", "find": self.find.value}
        content = {**parts, "code_state": [states[c] for c in (first, *parents)]}
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
        except OutputError:
            return  # the next session makes one of its own

    def _read(self, place: Path, first: str, parents: Sequence[str]) -> Proof | None:
        """A recorded proof of the same content, as that of the commits that hold it here."""
        record = read_document(place)
        try:
            if (record["schema"], record["version"]) != (SCHEMA, 1):
                return None
            date = str(record["date"])
            pairs = zip((first, *parents), record["checks"], strict=True)
            found = [self.checker.recorded(commit, check, f"proof of {date}") for commit, check in pairs]
        except (KeyError, TypeError, ValueError):
            return None
        checks = tuple(map(self.checker.add, found))
        for number, check in enumerate(checks):
            with contextlib.suppress(OutputError):  # a chart less
                _copy_pictures(_pictures(place, number), self.checker.folder_of(check))
        return Proof(date, checks, is_recorded=True)


def is_within_bound(checks: Sequence[Check], states: int | None, further: int) -> bool:
    """Whether a search can spend one check more: there is no bound where commits cannot be tested.

    Args:
        checks: so far.
        states: code states of the range; None where they were not counted.
        further: checks that will be run before that one.
    """
    if states is None or any(check.verdict == "skip" for check in checks):
        return True
    run = sum(check.known_from is None for check in checks) + further
    return run < steps_of(states) + END_CHECKS + PROOF_CHECKS


def _pictures(place: Path, number: int) -> Path:
    """Where the small pictures of a check of a recorded proof lie."""
    return place.with_suffix("") / str(number)


def _copy_pictures(source: Path, target: Path) -> None:
    for picture in source.glob(PREVIEWS):
        copy_whole(picture, target / picture.name)  # another session may be reading it
