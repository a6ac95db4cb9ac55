"""The parameter diff of an audit: the effective parameters of all runs of the series side by side. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity import __version__
from bisect_parity.evidence.verdict import Verdict
from bisect_parity.params.columns import commit_column, run_column
from bisect_parity.params.context import deviations
from bisect_parity.params.diff import Presence, diff
from bisect_parity.provenance.model import settled_commit
from bisect_parity.report.markdown import code, escape, folded, table
from bisect_parity.report.matrix import git_sha_text
from bisect_parity.report.params import change_text, place_text, row_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.config import Settings
    from bisect_parity.diagnosis.series import Run, Selection
    from bisect_parity.params.code import CommitDefaults
    from bisect_parity.params.diff import Column, Row

__all__ = ["param_diff_document", "param_diff_lines"]

MOST_FOLDED = 400


def param_diff_document(
    selection: Selection,
    settings: Settings,
    pair: tuple[Run, Run] | None,
    defaults: Mapping[str, CommitDefaults],
) -> dict[str, Any]:
    """The documented JSON form of the parameter diff.

    Args:
        selection: the runs, which become columns in their order.
        settings: `context` says what is expected.
        pair: the good and the bad run whose code is compared; None where there is none.
        defaults: of the runs' commits, as far as these are known.
    """
    columns = [_column(run, defaults) for run in selection.runs]
    good = [at for at, run in enumerate(selection.runs) if run.verdict.verdict is Verdict.GOOD]
    bad = [at for at, run in enumerate(selection.runs) if run.verdict.verdict is Verdict.BAD]
    rows = diff(columns, (good, bad))
    return {
        "schema": "bisect-parity/param-diff",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "context": {name: str(value) for name, value in settings.context.items()},
        "runs": [_run(number, run) for number, run in enumerate(selection.runs, 1)],
        "rows": [_row(row) for row in rows],
        "deviations": _deviations(columns, settings),
        "defaults": _defaults_document(selection, settings, pair, defaults),
    }


def _column(run: Run, defaults: Mapping[str, CommitDefaults]) -> Column:
    figures = run.figures
    return run_column(
        [entry.bundle for entry in run.entries],
        figures.path if figures is not None else "",
        defaults.get(settled_commit(run.resolution) or ""),
    )


def _run(number: int, run: Run) -> dict[str, Any]:
    item = run.resolution
    return {
        "run": number,
        "bundles": [entry.bundle.path for entry in run.entries],
        "verdict": str(run.verdict.verdict),
        "class": str(item.resolution_class),
        "commit": item.commit,
        "probability": item.probability,
        "records": [
            {"text": record.text}
            for entry in run.entries
            for findings in entry.bundle.findings
            for record in findings.records
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    told = row_document(row)
    return {
        **told,
        "values": [cell.text if cell.presence is not Presence.UNRECORDED else None for cell in row.cells],
        "sources": [_source(cell) for cell in told["cells"]],
        "differs": row.differs,
        "separates": row.separates,
        "noise": row.noise,
    }


def _source(cell: Mapping[str, Any]) -> str | None:
    source = cell.get("source")
    if source is None:
        return None
    line = f":{source['line']}" if source["line"] else ""
    return f"{source['path']}{line}"


def _deviations(columns: Sequence[Column], settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "run": number,
            "name": deviation.name,
            "expected": deviation.expected,
            "value": deviation.value.text,
            "origin": str(deviation.value.origin),
            "source": {
                "path": deviation.value.source.path,
                "line": deviation.value.source.line,
                "commit": deviation.value.commit or None,
            },
        }
        for number, column in enumerate(columns, 1)
        for deviation in deviations(column.values, settings.context)
    ]


def _defaults_document(
    selection: Selection,
    settings: Settings,
    pair: tuple[Run, Run] | None,
    defaults: Mapping[str, CommitDefaults],
) -> dict[str, Any] | None:
    if pair is None:
        return None
    numbers = {id(run): number for number, run in enumerate(selection.runs, 1)}
    ends = [
        {"run": numbers[id(run)], "commit": run.resolution.commit, "code_state": run.resolution.code_state}
        for run in pair
    ]
    told: dict[str, Any] = {"good": ends[0], "bad": ends[1], "rows": None, "problems": []}
    known = [defaults.get(run.resolution.commit or "") for run in pair]
    both = [item for item in known if item is not None]
    if len(both) == len(known):
        columns = [commit_column(item) for item in both]
        told["rows"] = [
            {
                "name": row.name,
                "good": row.cells[0].recorded_text,
                "bad": row.cells[1].recorded_text,
                "change": change_text(row_document(row)),
                "differs": row.differs,
                "deviates": any(
                    deviations({row.name: cell.values}, settings.context) for cell in row.cells if cell.values
                ),
            }
            for row in diff(columns)
        ]
        told["problems"] = [
            {"end": end, "problem": problem}
            for end, item in zip(("good", "bad"), both, strict=True)
            for problem in item.problems
        ]
    return told


def param_diff_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The Markdown of a document of `param_diff_document`."""
    runs = document["runs"]
    yield "# Parameter diff"
    yield ""
    yield (
        f"The {len(runs)} runs of the series, by time. Each value is what the run used: given on the command"
        f" line, else by the environment, else the default of its commit's code;"
        f" `{Presence.UNRECORDED}` means that nobody wrote it down, `{Presence.NOT_GIVEN}` that the recorded"
        " command does not have it."
    )
    yield ""
    yield from table(
        ("run", "verdict", "commit", "bundles"),
        [
            (f"R{item['run']}", item["verdict"], git_sha_text(item), ", ".join(map(code, item["bundles"])))
            for item in runs
        ],
    )
    yield from _section("Deviations")
    for item in document["deviations"]:
        yield (
            f"- DEVIATION: R{item['run']}: {escape(item['name'])} is {code(item['value'])},"
            f" expected {code(item['expected'])} ({escape(place_text(item))})"
        )
    if not document["deviations"]:
        expected = ", ".join(f"{name} {value}" for name, value in document["context"].items())
        yield f"None known: nothing contradicts {escape(expected)}."
    yield from _run_rows(document)
    yield from _default_rows(document["defaults"])


def _run_rows(document: Mapping[str, Any]) -> Iterator[str]:
    runs, rows = document["runs"], document["rows"]
    differing = [row for row in rows if row["separates"] or (row["differs"] and not row["noise"])]
    ignored = [row for row in rows if row["differs"] and row["noise"] and not row["separates"]]
    equal = [row for row in rows if not (row["differs"] or row["separates"])]
    yield from _section("Commands, defaults and environment: what differs")
    if differing:
        headers = ("name", "separates", *(f"R{item['run']} {item['verdict']}" for item in runs))
        yield from table(
            headers,
            [
                (code(row["name"]), "yes" if row["separates"] else "", *map(_cell, row["cells"]))
                for row in differing
            ],
        )
        yield ""
        yield "`separates`: no good run has a value that a bad run has. That is a correlation, not a cause."
    else:
        yield "Nothing that two runs used is known to differ."
    yield ""
    if ignored:
        lines = [f"- {code(row['name'])}: {row['noise']}" for row in ignored]
        yield from folded(f"{len(ignored)} differences ignored as noise", lines[:MOST_FOLDED])
        yield ""
    yield from folded(
        f"{len(equal)} names with equal values, where known", map(_equal_line, equal[:MOST_FOLDED])
    )


def _equal_line(row: Mapping[str, Any]) -> str:
    known = next(cell for cell in row["cells"] if cell["state"] == str(Presence.RECORDED))
    lacking = [
        f"R{number}"
        for number, cell in enumerate(row["cells"], 1)
        if cell["state"] == str(Presence.UNRECORDED)
    ]
    tail = f" ({Presence.UNRECORDED} in {', '.join(lacking)})" if lacking else ""
    return f"- {code(row['name'])}: {code(known['text'])}, {escape(place_text(known))}{tail}"


def _default_rows(defaults: Mapping[str, Any] | None) -> Iterator[str]:
    yield from _section("Defaults in the code: good and bad commit")
    if defaults is None:
        yield "There is no pair of a good and a bad run to compare."
        return
    good, bad = defaults["good"], defaults["bad"]
    names = [f"R{end['run']} at {code(end['commit'] or Presence.UNRECORDED)}" for end in (good, bad)]
    yield f"Good: {names[0]}. Bad, the nearest in time: {names[1]}."
    yield ""
    if defaults["rows"] is None:
        yield f"A commit is {Presence.UNRECORDED} and could not be inferred: the code cannot be compared."
        return
    if good["code_state"] and good["code_state"] == bad["code_state"]:
        yield "Both commits hold the same code (equal code states): no default can differ."
        yield ""
    differing = [row for row in defaults["rows"] if row["differs"]]
    equal = [row for row in defaults["rows"] if not row["differs"]]
    if differing:
        yield from table(
            ("default", "good", "bad", "change", "note"),
            [
                (code(row["name"]), _default(row["good"]), _default(row["bad"]), row["change"], _flag(row))
                for row in differing
            ],
        )
    elif equal:
        yield f"None of {len(equal)} defaults differs."
    else:
        yield "No defaults were found in the code of either commit."
    yield ""
    for row in equal:
        if row["deviates"]:
            yield f"- DEVIATION: {code(row['name'])} is {_default(row['good'])} at both commits"
    lines = [f"- {code(row['name'])}: {_default(row['good'])}" for row in equal[:MOST_FOLDED]]
    if len(equal) > MOST_FOLDED:
        lines.append(f"- and {len(equal) - MOST_FOLDED} more, in the JSON beside this file")
    if lines:
        yield from folded(f"{len(equal)} equal defaults", lines)
    if defaults["problems"]:
        yield ""
        yield "Not read:"
        yield ""
        yield from (f"- {item['end']}: {escape(item['problem'])}" for item in defaults["problems"])


def _section(title: str) -> tuple[str, ...]:
    return ("", f"## {title}", "")


def _cell(cell: Mapping[str, Any]) -> str:
    return code(cell["text"]) if cell["state"] == str(Presence.RECORDED) else str(cell["state"])


def _default(value: str | None) -> str:
    return str(Presence.NOT_THERE) if value is None else code(value)


def _flag(row: Mapping[str, Any]) -> str:
    return "**DEVIATION**" if row["deviates"] else ""
