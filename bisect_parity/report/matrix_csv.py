"""The artifact matrix as CSV (RFC 4180), one line a bundle. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from bisect_parity.files import printable_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["matrix_csv"]

BEFORE = ("path", "run", "in_series", "verdict", "reason", "size")
AFTER = ("class", "commit", "probability", "code_state", "dirty", "note")
LISTS = ("unrecorded", "same_run_as", "missing", "unreadable")
NOT_FINITE = ("nan", "inf", "-inf")  # as JSON's strings, since it has no such numbers
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def matrix_csv(document: Mapping[str, Any]) -> str:
    """The CSV of a document of `matrix_document`.

    Every metric and every parameter of the context has a column. Lists are joined by "; ". What a spreadsheet
    would take for a formula begins with an apostrophe; numbers stay as they are, negative ones, too.
    """
    bundles = document["bundles"]
    metrics = _names(bundle["metrics"] for bundle in bundles)
    context = _names(bundle["context"] for bundle in bundles)
    text = io.StringIO()
    writer = csv.writer(text)  # its lines end in CRLF, and fields are quoted where they must be
    writer.writerow([_field(name) for name in (*BEFORE, *metrics, *AFTER, *context, "recorded_ids", *LISTS)])
    for bundle in bundles:
        values = [bundle[name] for name in BEFORE]
        values += [bundle["metrics"].get(name) for name in metrics]
        values += [bundle[name] for name in AFTER]
        values += [bundle["context"].get(name, {}).get("value") for name in context]
        values.append(list(dict.fromkeys(record["text"] for record in bundle["records"])))
        values += [bundle[name] for name in LISTS]
        writer.writerow([_field(value) for value in values])
    return text.getvalue()


def _names(tables: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for table in tables for name in table))


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return repr(value)
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    shown = printable_line(text)
    is_formula = text.startswith(FORMULA_STARTS) and text not in NOT_FINITE
    return f"'{shown}" if is_formula else shown
