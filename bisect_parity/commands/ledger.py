"""`bisect-parity ledger`: appends one Attempt to an entry of a ledger, and changes no other byte."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bisect_parity.commands.options import PathName, common_options, path_option
from bisect_parity.commands.printing import answer
from bisect_parity.errors import EvidenceError, RepositoryError, UsageError
from bisect_parity.files import OUTPUT_FOLDER
from bisect_parity.history.repository import Repository
from bisect_parity.report.attempt import attempt_lines, is_blocked
from bisect_parity.report.ledger import insertion
from bisect_parity.report.ledger_file import insert_into
from bisect_parity.report.output import read_output

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.report.output import EvidenceOutput

DOCUMENTS = (
    "artifact_matrix*.json",
    "diagnosis*.json",
    "bisect.json",
    "sweep.json",
    "isolate.json",
    "verdict.json",
)


@click.command("ledger")
@click.argument("file", type=PathName(), metavar="FILE")
@click.option("--entry", required=True, metavar="ID", help="The entry, as its heading names it.")
@path_option(
    "--from",
    "folder",
    metavar="DIR",
    described="The evidence output to record; default: the latest one below reports/bisect-parity.",
)
@common_options
def command(call: Invocation, file: Path, entry: str, folder: Path | None) -> int:
    """Append one attempt to an entry of a ledger such as docs/fix_plan.md.

    The attempt has the date, the result, the figures of each run, the paths, and every gap. It follows the
    attempts that the entry lists; no other byte of FILE changes. Where expected artifacts are missing, and no
    search came to an answer without them, the attempt says BLOCKED and lists them.

    The same evidence is recorded only once. An entry that is missing or ambiguous is refused.

    Exit status: 0 done, or recorded before; 2 usage, no such file or entry; 3 FILE or DIR cannot be read or
    written, or FILE was changed by another program meanwhile.
    """
    if not entry.strip() or not entry.isprintable():
        raise UsageError(
            "--entry is empty, or is no line of text", "Name an entry, such as VECTOR-PARITY-001."
        )
    top = _top(call)
    place = folder if folder is not None else _latest(top)
    output = read_output(place)
    digest = _digest(output)
    lines = attempt_lines(output, _name(place, top), f"{datetime.now(UTC):%Y-%m-%d}", digest)
    made = insert_into(file, lambda content: insertion(content, entry.strip(), lines, digest))
    blocked = is_blocked(output)
    document = {
        "schema": "bisect-parity/ledger",
        "version": 1,
        "ledger": str(file),
        "entry": entry.strip(),
        "evidence": str(place),
        "sha256": digest,
        "is_new": made is not None,
        "attempt": made.number if made is not None else None,
        "blocked": blocked,
    }
    kind = "a blocked Attempt" if blocked else "Attempt"
    if made is None:
        told = f"{entry.strip()} already records {place}; nothing was changed"
    else:
        told = f"{kind} #{made.number} was added to {entry.strip()}, from {place}"
    answer(call, document, [f"{file}: {told}"])
    return 0


def _top(call: Invocation) -> Path:
    """The top of the working tree; the working directory where there is none."""
    try:
        repository = Repository.open(call.directory, call.journal)
    except RepositoryError:
        return call.directory
    call.log_to(repository.state_directory())
    return repository.work_tree or call.directory


def _latest(top: Path) -> Path:
    """The evidence output that was written last.

    Raises:
        EvidenceError: there is none.
    """
    outputs = top / OUTPUT_FOLDER
    found = (path for name in DOCUMENTS for path in outputs.glob(f"*/{name}"))
    written = max(found, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)
    if written is None:
        raise EvidenceError(f"there is no evidence output below {outputs}", "Name one with --from.")
    return written.parent


def _name(place: Path, top: Path) -> str:
    """A folder as a ledger names it: relative to the top of the working tree, where it lies in it."""
    real, above = place.resolve(), top.resolve()
    return real.relative_to(above).as_posix() if real.is_relative_to(above) else place.as_posix()


def _digest(output: EvidenceOutput) -> str:
    """By what the documents say, not by where they lie: a copy is the same evidence."""
    whole = hashlib.sha256()
    for name in output.sources():
        whole.update(hashlib.sha256((output.folder / name).read_bytes()).digest())
    return whole.hexdigest()
