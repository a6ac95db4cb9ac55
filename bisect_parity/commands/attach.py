"""`bisect-parity attach`: a provenance statement for each bundle, as a new file."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve, frozen

from bisect_parity.attest.attach import note_entry, statement_name, write_new
from bisect_parity.attest.canonical import canonical_text
from bisect_parity.attest.envelope import sign
from bisect_parity.attest.inventory import take_inventory
from bisect_parity.attest.statement import Verdicts, make_statement
from bisect_parity.commands.finding import find_bundles
from bisect_parity.commands.options import PathName, common_options, out_option, path_option
from bisect_parity.commands.printing import answer, shown_path
from bisect_parity.errors import EvidenceError, UsageError
from bisect_parity.evidence.bundle_verdicts import judge_bundles
from bisect_parity.files import new_output_folder, printable_line
from bisect_parity.history.commit_objects import read_commit_objects
from bisect_parity.history.notes import NOTES_REF, write_entries
from bisect_parity.provenance.model import Resolution
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.project import Project
    from bisect_parity.evidence.model import Bundle

BISECTION_SCHEMA = "bisect-parity/bisection"
VERDICT_SCHEMA = "bisect-parity/verdict"
RERUN_SCHEMA = "bisect-parity/rerun"
MOST_TOLD = 8
LARGEST_DOCUMENT_BYTES = 16 * 2**20


@frozen
class _Written:
    """A statement that was written."""

    bundle: str
    place: Path
    resolution: Resolution
    statement: dict[str, Any]


@click.command("attach")
@click.argument("bundles", nargs=-1, type=PathName(), metavar="[BUNDLE ...]")
@out_option("Folder for the statements; default: reports/bisect-parity/<UTC time>-attach.")
@click.option("--beside", is_flag=True, help="Write each statement beside its bundle instead.")
@path_option("--bisection", described="A bisect.json whose result becomes part of the statements.")
@path_option(
    "--verdict",
    "verdicts",
    several=True,
    described="A verdict.json of `check` that becomes part of the statements.",
)
@path_option(
    "--rerun",
    "reruns",
    several=True,
    described="A rerun.json that becomes part of the statement about its bundle.",
)
@click.option("--notes", is_flag=True, help=f"Also write the verdicts as git notes: {NOTES_REF}.")
@path_option("--sign", "key", metavar="KEY", described="Sign each statement with this private key (PEM).")
@common_options
def command(
    call: Invocation,
    bundles: tuple[Path, ...],
    out: Path | None,
    beside: bool,
    bisection: Path | None,
    verdicts: tuple[Path, ...],
    reruns: tuple[Path, ...],
    notes: bool,
    key: Path | None,
) -> int:
    """Write a provenance statement for each bundle (without BUNDLE: for all of them).

    A statement is an in-toto Statement v1 in plain JSON: the SHA-256 of every file, the resolved commit
    with its class, probability and clues, and the thresholds. It says whether it is signed. Bundles are
    never changed: each statement is a new file, and an existing one is never replaced.

    Exit status: 0 done, 2 usage, 3 the repository or a bundle cannot be read; the other bundles have their
    statement then.
    """
    if beside and out is not None:
        raise UsageError("--beside and --out cannot both be given", "Choose one place for the statements.")
    project = find_bundles(call, bundles, out)
    _refuse_outside(project)
    findings = Verdicts(
        checks=[_read(path, VERDICT_SCHEMA, "check") for path in verdicts],
        bisection=None if bisection is None else _read(bisection, BISECTION_SCHEMA, "bisect"),
        reruns=[_read(path, RERUN_SCHEMA, "rerun") for path in reruns],
    )
    _refuse_other_reruns(project, findings, reruns)
    if key is not None:
        sign("", key)  # a key that cannot sign is refused before anything is written
    moment = datetime.now(UTC)
    folder = None if beside else out or new_output_folder(project.top, "attach")
    call.log_to(project.repository.state_directory(), folder)
    written, refused = _write_all(project, findings, moment, folder, key)
    if notes:
        _write_notes(project, written)
    _tell(
        call,
        written,
        "beside the bundles" if folder is None else shown_path(folder),
        key,
        notes=notes,
    )
    if refused:
        more = f" ({len(refused)} bundles in all)" if len(refused) > 1 else ""
        raise EvidenceError(f"{refused[0].message}{more}: no statement was written", refused[0].remedy)
    return 0


def _refuse_outside(project: Project) -> None:
    for bundle in project.bundles:
        if bundle.path.startswith("/"):
            raise EvidenceError(
                f"{bundle.path} lies outside {project.top}: `verify` could not check a statement against it",
                "Copy it into the repository.",
            )


def _write_all(
    project: Project, findings: Verdicts, moment: datetime, folder: Path | None, key: Path | None
) -> tuple[list[_Written], list[EvidenceError]]:
    """Write a statement about each bundle, into `folder` or beside it; one that changes gets none."""
    resolutions = project.resolve()
    wanted = dict.fromkeys(commit for item in resolutions for commit in _named_commits(item))
    facts = read_commit_objects(project.repository, list(wanted))
    judged = judge_bundles(project.everything, project.settings)
    written: list[_Written] = []
    refused: list[EvidenceError] = []
    for bundle, resolution in zip(project.bundles, resolutions, strict=True):
        try:
            inventory = take_inventory(project.top, bundle)
        except EvidenceError as error:
            refused.append(error)
            continue
        statement = make_statement(
            resolution,
            inventory,
            [facts[commit] for commit in _named_commits(resolution) if commit in facts],
            project.settings,
            evolve(
                findings,
                recorded=judged[bundle.path].verdict,
                reruns=[rerun for rerun in findings.reruns if rerun.get("bundle") == bundle.path],
            ),
            made=f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            signed=key is not None,
        )
        text = canonical_text(statement)
        place = write_new(*_place(project, bundle, folder), text if key is None else sign(text, key))
        written.append(_Written(bundle.path, place, resolution, statement))
    return written, refused


def _refuse_other_reruns(project: Project, findings: Verdicts, named: tuple[Path, ...]) -> None:
    names = {bundle.path for bundle in project.bundles}
    for path, rerun in zip(named, findings.reruns, strict=True):
        if rerun.get("bundle") not in names:
            raise UsageError(
                f"{path} is of {printable_line(str(rerun.get('bundle')))}, and no statement is about that",
                "Name that bundle, too.",
            )


def _place(project: Project, bundle: Bundle, folder: Path | None) -> tuple[Path, str]:
    if folder is not None:
        return folder, statement_name(bundle.path)
    parent, name = os.path.split(bundle.path)
    return project.top / parent, statement_name(name)


def _named_commits(resolution: Resolution) -> list[str]:
    named = [resolution.commit, *(candidate.commit for candidate in resolution.candidates)]
    return list(dict.fromkeys(commit for commit in named if commit is not None))


def _write_notes(project: Project, written: list[_Written]) -> None:
    entries: dict[str, dict[str, str]] = {}
    for item in written:
        if item.resolution.commit is not None:
            entry = note_entry(item.statement)
            entries.setdefault(item.resolution.commit, {})[printable_line(item.bundle)] = entry
    write_entries(project.repository, entries)


def _tell(call: Invocation, written: list[_Written], where: str, key: Path | None, *, notes: bool) -> None:
    document = {
        "schema": "bisect-parity/attached",
        "version": 1,
        "signed": key is not None,
        "notes": NOTES_REF if notes else None,
        "statements": [
            {
                "bundle": item.bundle,
                "statement": str(item.place),
                "class": str(item.resolution.resolution_class),
            }
            for item in written
        ],
    }
    lines = [
        f"{counted(len(written), 'statement')} written, {'unsigned' if key is None else 'signed'}, {where}"
    ]
    for item in written[:MOST_TOLD]:
        commit = (item.resolution.commit or "-")[:SHORT]
        lines.append(f"{item.resolution.resolution_class:<12} {commit:<{SHORT}}  {shown_path(item.place)}")
    if len(written) > MOST_TOLD:
        lines.append(f"and {len(written) - MOST_TOLD} more (--json names all)")
    if notes:
        lines.append(f"verdicts noted: git log --notes={NOTES_REF.rpartition('/')[2]}")
    answer(call, document, lines)


def _read(path: Path, schema: str, maker: str) -> dict[str, Any]:
    """A document of ours that the user named."""
    remedy = f"Name a {'verdict' if maker == 'check' else maker}.json."
    try:
        if path.stat().st_size > LARGEST_DOCUMENT_BYTES:
            raise UsageError(f"{path} is too large for a document of `{maker}`", remedy)
        document = json.loads(path.read_bytes())
        json.dumps(document, allow_nan=False)  # NaN is not JSON, nor is what 1e400 becomes
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", remedy) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not valid JSON", remedy) from error
    if not isinstance(document, dict) or document.get("schema") != schema:
        raise UsageError(f"{path} is not a result of `bisect-parity {maker}`", remedy)
    return document
