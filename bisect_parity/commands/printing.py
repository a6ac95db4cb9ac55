"""How commands print a document and a path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bisect_parity.files import json_text, printable_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bisect_parity.commands.invocation import Invocation


def shown_path(path: Path | str) -> str:
    """A path as a user of the working directory would type it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (OSError, ValueError):  # it lies elsewhere, or the directory is gone
        return str(path)


def answer(call: Invocation, document: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Print what a command found: the document where it is asked for, else the lines that tell it."""
    if call.as_json:
        write_json(document)
        return
    for line in lines:
        click.echo(printable_line(line))


def write_json(document: Mapping[str, Any]) -> None:
    """Print `document` as the one JSON document of a command."""
    click.echo(json_text(document), nl=False)
