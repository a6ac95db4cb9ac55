"""The parameters of the model as they are stored: the package's own, or a file that was fitted elsewhere."""

from __future__ import annotations

import functools
import json
import math
from importlib import resources
from typing import TYPE_CHECKING, Any

import cattrs

from bisect_parity.config import structure
from bisect_parity.errors import UsageError
from bisect_parity.provenance.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HINT = "benchmarks/fit_provenance.py writes such files; without [provenance] parameters the usual ones hold."


def load_parameters(top: Path | None = None, named: str = "") -> Parameters:
    """Read the parameters that come with the package, or those of a file of the same form.

    Args:
        top: of the repository.
        named: the file, relative to the top; empty for those of the package.

    Raises:
        UsageError: the file cannot be read, or lacks a parameter, or one is unknown, negative or no number.
    """
    if top is None or not named:
        return _own()
    path = top / named
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: the parameters cannot be read: {error}", HINT) from error
    if not isinstance(table, dict):
        raise UsageError(f"{path}: the parameters must be an object of JSON", HINT)
    found = structure(Parameters, table, str(path))
    wrong = [name for name, number in _numbers(table) if not 0 <= number < math.inf]
    if wrong:
        raise UsageError(f"{path}: {wrong[0]} must be a number of 0 or more", HINT)
    return found


@functools.cache
def _own() -> Parameters:
    text = resources.files(__package__).joinpath("parameters.json").read_text()
    # of our own file, no error needs a place; code that gives one takes twice as long to make
    return cattrs.Converter(detailed_validation=False).structure(json.loads(text), Parameters)


def _numbers(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """All numbers of a table, with their full names."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{before}{key}.")
        elif isinstance(value, (int, float)):
            yield f"{before}{key}", value
