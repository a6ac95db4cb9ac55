"""`bisect-parity attach`: a provenance statement for each bundle, as a new file."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bisect_parity.attest.attach import hash_bundle, statement_name, write_new
from bisect_parity.attest.statement import make_statement
from bisect_parity.commands.common import Invocation, common_options, write_json
from bisect_parity.commands.room import find_bundles
from bisect_parity.errors import UsageError
from bisect_parity.files import printable_line

__all__ = ["command"]

BISECTION_SCHEMA = "bisect-parity/bisection"
LARGEST_BISECTION_BYTES = 16 * 2**20


@click.command("attach")
@click.argument("bundles", nargs=-1, type=click.Path(path_type=Path), metavar="[BUNDLE ...]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the statements; default: reports/bisect-parity/<UTC time>-attach.",
)
@click.option("--beside", is_flag=True, help="Write each statement beside its bundle instead.")
@click.option(
    "--bisection",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A bisect.json whose result becomes part of the statements.",
)
@common_options()
def command(
    call: Invocation,
    bundles: tuple[Path, ...],
    out: Path | None,
    beside: bool,
    bisection: Path | None,
) -> int:
    """Write a provenance statement for each bundle (without BUNDLE: for all of them).

    A statement is an in-toto Statement v1 in plain JSON: the SHA-256 of every file, the resolved commit
    with its class, probability and clues, and the thresholds. It is not signed, and says so. Bundles are
    never changed: each statement is a new file, and an existing one is never replaced.

    Exit status: 0 done, 2 usage, 3 the repository or a bundle cannot be read.
    """
    if beside and out is not None:
        raise UsageError("--beside and --out cannot both be given", "Choose one place for the statements.")
    room = find_bundles(call, bundles, out)
    result = None if bisection is None else _read_bisection(bisection)
    moment = datetime.now(UTC)
    folder = out or room.top / "reports" / "bisect-parity" / f"{moment:%Y%m%dT%H%M%SZ}-attach"
    if beside:
        call.log_to(room.repository.state_directory())
    else:
        call.journal.move_to(folder / "commands.txt")
    resolutions = room.resolve()
    written = []
    for bundle, resolution in zip(room.bundles, resolutions, strict=True):
        subjects = hash_bundle(room.top, bundle)
        statement = make_statement(
            resolution, subjects, room.settings, f"{moment:%Y-%m-%dT%H:%M:%SZ}", result
        )
        parent, name = os.path.split(bundle.path)
        place = room.top / parent if beside else folder
        file_name = statement_name(name if beside else bundle.path)
        written.append((bundle.path, write_new(place, file_name, statement), resolution))
    if call.as_json:
        write_json(
            {
                "schema": "bisect-parity/attached",
                "version": 1,
                "statements": [
                    {"bundle": path, "statement": str(place), "class": str(item.resolution_class)}
                    for path, place, item in written
                ],
            }
        )
        return 0
    where = "beside the bundles" if beside else printable_line(str(folder))
    click.echo(f"{len(written)} statements written, unsigned, {where}")
    return 0


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _read_bisection(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_BISECTION_BYTES:
            raise UsageError(f"{path} is too large for a bisect.json")
        document = json.loads(path.read_bytes(), parse_constant=_refuse)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Name a bisect.json.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not valid JSON", "Name a bisect.json.") from error
    if not isinstance(document, dict) or document.get("schema") != BISECTION_SCHEMA:
        raise UsageError(f"{path} is not a result of `bisect-parity bisect`", "Name a bisect.json.")
    return document
