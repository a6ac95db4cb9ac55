"""`bisect-parity verify`: hold statements against what is there, and say what changed."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import asdict

from bisect_parity.attest.attach import statement_name
from bisect_parity.attest.find import find_statements
from bisect_parity.attest.verify import Verified, verify_statement
from bisect_parity.commands.options import PathName, common_options, path_option
from bisect_parity.commands.printing import answer, shown_path
from bisect_parity.commands.project import open_project
from bisect_parity.errors import UsageError
from bisect_parity.evidence.grouping import STATEMENT_SUFFIX
from bisect_parity.wording import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.attest.verify_files import Failure
    from bisect_parity.commands.invocation import Invocation

UNSIGNED = "unsigned: whoever can write such a statement could have forged it, and the files with it"
MOST_TOLD = 20  # failures of a kind, for each statement
MOST_COMMITS = 3  # of which the same is said
OF_COMMITS = ("commit", "history rewritten")
SIGNATURES = {
    "unsigned": "unsigned",
    "good": "the signature is good",
    "bad": "the signature is bad",
    "not checked": "the signature was not checked",
}


@click.command("verify")
@click.argument("paths", nargs=-1, type=PathName(), metavar="PATH ...")
@path_option("--key", described="Public key (PEM) of the required signer.")
@common_options
def command(call: Invocation, paths: tuple[Path, ...], key: Path | None) -> int:
    """Check statements: every digest, every commit, the statement's own text, and its signature.

    PATH is a statement, a bundle (its statements are found beside it and in the outputs of `attach`), or a
    folder of either. Every failure says what changed.

    Exit status: 0 everything is as stated, 1 something changed, 2 usage, 3 there is no statement, or the
    repository cannot be read.
    """
    if not paths:
        raise UsageError("no path is given", "Name a statement, a bundle, or a folder of them.")
    project = open_project(call)
    call.log_to(project.repository.state_directory())
    found = {place: None for path in paths for place in find_statements(project.top, project.place_of(path))}
    results = [verify_statement(project.repository, project.top, place, key) for place in found]
    statements = [asdict(item) | {"ok": not item.failures} for item in results]
    document = {"schema": "bisect-parity/verified", "version": 1, "statements": statements}
    lines = [line for item in results for line in _lines(item)]
    is_unsigned = any(item.signature == "unsigned" and not item.failures for item in results)
    meaning = [UNSIGNED] if is_unsigned else []
    answer(call, document, lines + meaning)
    return 1 if any(item.failures for item in results) else 0


def _lines(item: Verified) -> Iterator[str]:
    place = shown_path(item.statement)
    if not item.failures:
        about = "" if _tells_its_bundle(item) else f"about {item.bundle}, "
        counts = f"{about}all as stated (files: {item.files}, commits: {item.commits})"
        yield f"ok      {place}: {counts}; {SIGNATURES[item.signature]}"
        return
    yield f"FAILED  {place}"
    yield from failure_lines(item.failures)


def failure_lines(failures: Sequence[Failure]) -> Iterator[str]:
    """What failed, a line each: the first ones of a kind, and once what is the same of several commits."""
    same: dict[tuple[str, str], list[str]] = {}
    told: collections.Counter[str] = collections.Counter()
    for failure in failures:
        if failure.kind in OF_COMMITS:
            same.setdefault((failure.kind, failure.says), []).append(failure.subject)
            continue
        told[failure.kind] += 1
        if told[failure.kind] <= MOST_TOLD:
            yield f"  {failure.kind}: {failure.subject}: {failure.says}"
    for kind, count in told.items():
        if count > MOST_TOLD:
            yield f"  {kind}: {count - MOST_TOLD} more; --json lists all"
    for (kind, says), commits in same.items():
        yield f"  {kind}: {first_of(commits, MOST_COMMITS)}: {says}"


def _tells_its_bundle(item: Verified) -> bool:
    """Whether the name of a statement is that of its bundle, as `attach` names it."""
    name = Path(item.statement).name
    stems = (statement_name(item.bundle), statement_name(item.bundle.rpartition("/")[2]))
    return name.startswith(tuple(stem.removesuffix(STATEMENT_SUFFIX) for stem in stems))
