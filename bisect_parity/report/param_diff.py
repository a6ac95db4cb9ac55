"""The parameter diff: runs side by side, and the code's defaults at a good and a bad commit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity import __version__
from bisect_parity.evidence.verdict import Verdict
from bisect_parity.params.context import deviations
from bisect_parity.params.diff import diff
from bisect_parity.params.effective import run_values, texts
from bisect_parity.params.model import name_parts
from bisect_parity.provenance.model import settled_commit
from bisect_parity.report.markdown import code, escape, folded, table
from bisect_parity.report.matrix import git_sha_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.config import Settings
    from bisect_parity.diagnosis.series import Run, Selection
    from bisect_parity.params.code import CommitDefaults
    from bisect_parity.params.model import Value

__all__ = ["param_diff_document", "param_diff_lines"]

UNRECORDED = "unrecorded"
MOST_FOLDED = 400


def param_diff_document(
    selection: Selection,
    settings: Settings,
    pair: tuple[Run, Run] | None,
    code: Mapping[str, CommitDefaults],
) -> dict[str, Any]:
    """The documented JSON form of the parameter diff.

    Args:
        selection: the runs, which become columns in their order.
        settings: `context` says what is expected.
        pair: the good and the bad run whose code is compared; None where there is none.
        code: the defaults of the runs' commits, as far as these are known.
    """
    values = [_values(run, code) for run in selection.runs]
    good = [at for at, run in enumerate(selection.runs) if run.verdict.verdict is Verdict.GOOD]
    bad = [at for at, run in enumerate(selection.runs) if run.verdict.verdict is Verdict.BAD]
    rows = diff([texts(item) for item in values], (good, bad))
    flagged = [
        {
            "run": number,
            "name": deviation.name,
            "expected": deviation.expected,
            "value": deviation.value.text,
            "source": {"path": deviation.value.source.path, "line": deviation.value.source.line},
        }
        for number, item in enumerate(values, 1)
        for deviation in deviations(item, settings.context)
    ]
    return {
        "schema": "bisect-parity/param-diff",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "context": {name: str(value) for name, value in settings.context.items()},
        "runs": [_run(number, run) for number, run in enumerate(selection.runs, 1)],
        "rows": [
            {
                "name": row.name,
                "values": list(row.values),
                "differs": row.differs,
                "separates": row.separates,
                "sources": _sources(values, row.name),
            }
            for row in rows
        ],
        "deviations": flagged,
        "defaults": _defaults_document(selection, settings, pair, code),
    }


def _values(run: Run, code: Mapping[str, CommitDefaults]) -> dict[str, tuple[Value, ...]]:
    figures = run.figures
    return run_values(
        [entry.bundle for entry in run.entries],
        figures.path if figures is not None else "",
        code.get(settled_commit(run.resolution) or ""),
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


def _sources(values: Sequence[Mapping[str, tuple[Value, ...]]], name: str) -> list[str | None]:
    found = []
    for item in values:
        source = item[name][0].source if name in item else None
        line = f":{source.line}" if source is not None and source.line else ""
        found.append(None if source is None else f"{source.path}{line}")
    return found


def _defaults_document(
    selection: Selection,
    settings: Settings,
    pair: tuple[Run, Run] | None,
    code: Mapping[str, CommitDefaults],
) -> dict[str, Any] | None:
    if pair is None:
        return None
    numbers = {id(run): number for number, run in enumerate(selection.runs, 1)}
    ends = [
        {"run": numbers[id(run)], "commit": run.resolution.commit, "code_state": run.resolution.code_state}
        for run in pair
    ]
    told: dict[str, Any] = {"good": ends[0], "bad": ends[1], "rows": None, "problems": []}
    known = [code.get(run.resolution.commit or "") for run in pair]
    defaults = [item for item in known if item is not None]
    if len(defaults) == len(known):
        rows = diff([{name: value.text for name, value in item.values().items()} for item in defaults])
        told["rows"] = [
            {
                "name": row.name,
                "good": row.values[0],
                "bad": row.values[1],
                "differs": row.values[0] is None or row.values[1] is None or row.differs,
                "deviates": _deviating(row.name, row.values, settings),
            }
            for row in rows
        ]
        told["problems"] = [
            {"end": end, "problem": problem}
            for end, item in zip(("good", "bad"), defaults, strict=True)
            for problem in item.problems
        ]
    return told


def _deviating(name: str, values: Sequence[str | None], settings: Settings) -> bool:
    """Whether a default for an expected parameter is another one; strings lose their quotes."""
    last = name_parts(name)[1].rpartition(".")[2].lstrip("-").replace("-", "_").lower()
    for expected, wanted in settings.context.items():
        if last == expected.lower():
            known = [value.rpartition(".")[2] for value in values if value not in (None, "null")]
            return any(value.lower() != str(wanted).lower() for value in known)
    return False


def param_diff_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The Markdown of a document of `param_diff_document`."""
    runs = document["runs"]
    yield "# Parameter diff"
    yield ""
    yield f"The {len(runs)} runs of the series, by time; `{UNRECORDED}` means that nobody wrote it down."
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
        place = item["source"]["path"] + (f":{item['source']['line']}" if item["source"]["line"] else "")
        yield (
            f"- DEVIATION: R{item['run']}: {escape(item['name'])} is {code(item['value'])},"
            f" expected {code(item['expected'])} ({code(place)})"
        )
    if not document["deviations"]:
        expected = ", ".join(f"{name} {value}" for name, value in document["context"].items())
        yield f"None recorded: nothing contradicts {escape(expected)}."
    yield from _run_rows(document)
    yield from _default_rows(document["defaults"])


def _run_rows(document: Mapping[str, Any]) -> Iterator[str]:
    runs = document["runs"]
    differing = [row for row in document["rows"] if row["differs"] or row["separates"]]
    equal = [row for row in document["rows"] if not (row["differs"] or row["separates"])]
    yield from _section("Commands and environment: what differs")
    if differing:
        headers = ("name", "separates", *(f"R{item['run']} {item['verdict']}" for item in runs))
        yield from table(
            headers,
            [
                (code(row["name"]), "yes" if row["separates"] else "", *map(_cell, row["values"]))
                for row in differing
            ],
        )
        yield ""
        yield "`separates`: no good run has a value that a bad run has. That is a correlation, not a cause."
    else:
        yield "Nothing that two runs recorded differs."
    yield ""
    lines = []
    for row in equal[:MOST_FOLDED]:
        value = next(value for value in row["values"] if value is not None)
        lacking = [f"R{n}" for n, text in enumerate(row["values"], 1) if text is None]
        tail = f" ({UNRECORDED} in {', '.join(lacking)})" if lacking else ""
        lines.append(f"- {code(row['name'])}: {code(value)}{tail}")
    yield from folded(f"{len(equal)} names with equal values, where recorded", lines)


def _default_rows(defaults: Mapping[str, Any] | None) -> Iterator[str]:
    yield from _section("Defaults in the code: good and bad commit")
    if defaults is None:
        yield "There is no pair of a good and a bad run to compare."
        return
    good, bad = defaults["good"], defaults["bad"]
    names = [f"R{end['run']} at {code(end['commit'] or UNRECORDED)}" for end in (good, bad)]
    yield f"Good: {names[0]}. Bad, the nearest in time: {names[1]}."
    yield ""
    if defaults["rows"] is None:
        yield f"A commit is {UNRECORDED} and could not be inferred: the code cannot be compared."
        return
    if good["code_state"] and good["code_state"] == bad["code_state"]:
        yield "Both commits hold the same code (equal code states): no default can differ."
        yield ""
    differing = [row for row in defaults["rows"] if row["differs"]]
    equal = [row for row in defaults["rows"] if not row["differs"]]
    if differing:
        yield from table(
            ("default", "good", "bad", "note"),
            [
                (code(row["name"]), _default(row["good"]), _default(row["bad"]), _flag(row))
                for row in differing
            ],
        )
    elif equal:
        yield f"None of {len(equal)} defaults differs."
    else:
        yield "No defaults were found in the code of either commit."
    for row in equal:
        if row["deviates"]:
            yield f"- DEVIATION: {code(row['name'])} is {_default(row['good'])} at both commits"
    yield ""
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


def _cell(value: str | None) -> str:
    return UNRECORDED if value is None else code(value)


def _default(value: str | None) -> str:
    return "not there" if value is None else code(value)


def _flag(row: Mapping[str, Any]) -> str:
    return "**DEVIATION**" if row["deviates"] else ""
