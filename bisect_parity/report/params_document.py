"""The documented JSON form of the parameter diff of `params`. Pure."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from bisect_parity import __version__
from bisect_parity.params.cells import Cell, Presence, Row
from bisect_parity.params.model import Expression, Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.params.compare import Tolerance, ValueChange
    from bisect_parity.params.model import Scalar, Value
    from bisect_parity.params.renames import Rename


@frozen
class Shown:
    """What is compared: a bundle, or a commit.

    Attributes:
        label: as the user named it.
        kind: "bundle", "revision" or "work tree".
        commit: full id of the code; empty where it is not known.
        how: how the commit of a bundle is known; empty for a revision.
        problems: what could not be read, one sentence each.
    """

    label: str
    kind: str
    commit: str = ""
    how: str = ""
    problems: tuple[str, ...] = ()


def params_document(
    columns: Sequence[Shown], rows: Sequence[Row], renames: Sequence[Rename], tolerance: Tolerance
) -> dict[str, Any]:
    """The documented JSON form of a parameter diff.

    Args:
        columns: what is compared.
        rows: all of them, in their order.
        renames: that are suggested.
        tolerance: that was allowed for.
    """
    ignored = [row for row in rows if row.differs and row.noise]
    return {
        "schema": "bisect-parity/params",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "tolerance": {"relative": tolerance.relative, "absolute": tolerance.absolute},
        "columns": [
            {
                "label": item.label,
                "kind": item.kind,
                "commit": item.commit or None,
                "class": item.how or None,
                "problems": list(item.problems),
            }
            for item in columns
        ],
        "changed": [row_document(row) for row in rows if row.differs and not row.noise],
        "renames": [asdict(item) for item in renames],
        "ignored": [{**row_document(row), "reason": row.noise} for row in ignored],
        "unchanged": [row_document(row) for row in rows if not row.differs],
    }


def row_document(row: Row) -> dict[str, Any]:
    """One row in JSON: its cells with values, types and places, and the changes against the first value."""
    return {
        "name": row.name,
        "cells": [_cell(cell) for cell in row.cells],
        "changes": [_change(item) for item in row.changes],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    if cell.presence is not Presence.RECORDED:
        return {"state": str(cell.presence)}
    values = [_value(value) for value in cell.values]
    notes = dict.fromkeys(value.note for value in cell.values if value.note)
    found: dict[str, Any] = {
        "state": str(cell.presence),
        "text": cell.text,
        **values[0],
        "note": "; ".join(notes),
    }
    if len(values) > 1:
        found["also"] = values[1:]
    if cell.name:
        found["name"] = cell.name
    if cell.unit is not None:
        found["unit"] = cell.unit.name
    return found


def _value(value: Value) -> dict[str, Any]:
    plain, kind = _typed(value.value, is_typed=value.is_typed)
    return {
        "value": plain,
        "type": kind,
        "origin": str(value.origin),
        "source": {
            "path": value.source.path,
            "line": value.source.line,
            "commit": value.commit or None,
        },
    }


def _typed(value: Scalar, *, is_typed: bool) -> tuple[Any, str]:
    """A value as JSON can hold it, and its type."""
    kinds = {type(None): "null", bool: "bool", int: "int", float: "float", Decimal: "number"}
    if isinstance(value, Expression):
        return value.text, "expression"
    if isinstance(value, Unreadable):
        return value.reason, "unknown"
    if isinstance(value, str):
        return value, "string" if is_typed else "text"
    is_odd = isinstance(value, Decimal) or (isinstance(value, float) and not math.isfinite(value))
    return str(value) if is_odd else value, kinds[type(value)]


def _change(item: ValueChange | None) -> dict[str, Any] | None:
    if item is None:
        return None
    is_plain = isinstance(item.absolute, int | float) and math.isfinite(item.absolute)
    absolute = item.absolute if item.absolute is None or is_plain else str(item.absolute)
    relative = item.relative if item.relative is not None and math.isfinite(item.relative) else None
    return {
        "kind": str(item.kind),
        "absolute": absolute,
        "relative": relative,
        "ulps": item.ulps,
        "unit": item.unit,
    }
