"""`isolate --over code`: the part of a commit that flips its verdict; and how an isolation is printed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from bisect_parity.bisection.changes import Difference
from bisect_parity.bisection.code_isolation import isolate_code
from bisect_parity.bisection.isolation import IsolationOutcome
from bisect_parity.bisection.local_items import LocalItems
from bisect_parity.commands.bench import open_bench
from bisect_parity.commands.printing import answer
from bisect_parity.errors import UsageError
from bisect_parity.files import json_text, replace_file
from bisect_parity.history.partial_commits import ChangePart, PartialCommits, changes_between, split
from bisect_parity.history.repository import Repository
from bisect_parity.logs import logger
from bisect_parity.report.documents import read_as
from bisect_parity.report.isolation import PATCH, isolation_lines, isolation_markdown
from bisect_parity.report.trial_documents import Isolation
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bisect_parity.bisection.code_isolation import Step
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.named_case import NamedCase

MOST_LINES = 60  # of a patch, and how wide, in the documents; the file holds all of it
WIDEST_LINE = 200
EXIT_STATUS = {
    IsolationOutcome.ISOLATED: 0,
    IsolationOutcome.LIKELY: 0,
    IsolationOutcome.NOTHING: 4,
    IsolationOutcome.INCONCLUSIVE: 3,
}


def isolated_code(
    call: Invocation, at: str, before: str | None, named: NamedCase, most_checks: int, out: Path | None
) -> int:
    """Find the part of a commit that flips its verdict, tell it, and return the exit status.

    Args:
        call: of the command.
        at: the commit whose changes are tried.
        before: the commit without them; None: its first parent.
        named: how they are checked.
        most_checks: that may be made.
        out: folder for the evidence; None: a new one.

    Raises:
        UsageError: the commit has no parent, or changes nothing.
        BisectParityError: see `open_bench` and `isolate_code`.
    """
    repository = Repository.open(call.directory, call.journal)
    commit = repository.resolve(at)
    before = _first_parent(repository, commit) if before is None else repository.resolve(before)
    files = changes_between(repository, before, commit)
    if not files:
        raise UsageError(
            f"{commit[:SHORT]} holds the same files as {before[:SHORT]}: there is nothing to try",
            "Name other commits with --from and --at.",
        )
    made = PartialCommits(repository, before, commit)
    with open_bench(call, repository, before, named, out) as bench:
        folder = bench.folder
        call.journal.move_to(folder / "commands.txt")
        logger().info(
            f"{counted(len(files), 'file')} {'differs' if len(files) == 1 else 'differ'} between"
            f" {before[:SHORT]} and {commit[:SHORT]}"
        )
        bench.with_parts = made.commit
        changes = [Difference.of_code(ChangePart(file)) for file in files]
        in_parts = functools.cache(
            lambda part: split(repository, part.file) if part.kind == "whole" else [part]
        )
        result, step = isolate_code(bench, changes, in_parts, most_checks)
    patch = None if step is None else _patch(folder, made, step)
    document = result.to_json(bench, changes, LocalItems(()), commit=commit, most=most_checks, patch=patch)
    return told_isolation(call, document, folder)


def _first_parent(repository: Repository, commit: str) -> str:
    parents = repository.parents(commit)
    if not parents:
        raise UsageError(f"{commit[:SHORT]} has no parent here to compare it with", "Name one with --from.")
    return parents[0]


def _patch(folder: Path, made: PartialCommits, step: Step) -> list[str]:
    """Write the patch of a step, and return its first lines."""
    beside, found = _parts(step.beside), _parts(step.found)
    patch = made.patch(beside, [*beside, *found])
    replace_file(folder / PATCH, patch)
    lines = patch.decode("utf-8", "replace").split("\n")
    return [line[:WIDEST_LINE] for line in lines[:MOST_LINES]]


def _parts(changes: Sequence[Difference]) -> list[ChangePart]:
    return [change.part for change in changes if change.part is not None]


def told_isolation(call: Invocation, document: dict[str, Any], folder: Path) -> int:
    """Write and print an isolation; returns the exit status."""
    told = read_as(Isolation, document)
    replace_file(folder / "isolate.md", "\n".join(isolation_markdown(told)) + "\n")
    replace_file(folder / "isolate.json", json_text(document))
    answer(call, document, (*isolation_lines(told), f"evidence: {folder}"))
    return EXIT_STATUS[IsolationOutcome(told.outcome)]
