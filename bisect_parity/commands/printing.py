"""How commands print a document and a path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bisect_parity.files import json_text

__all__ = ["shown_path", "write_json"]


def shown_path(path: Path | str) -> str:
    """A path as a user of the working directory would type it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (OSError, ValueError):  # it lies elsewhere, or the directory is gone
        return str(path)


def write_json(document: dict[str, Any]) -> None:
    """Print `document` as the one JSON document of a command."""
    click.echo(json_text(document), nl=False)
