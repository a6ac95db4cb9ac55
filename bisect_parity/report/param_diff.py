"""The parameter diff of an audit in Markdown, from its document. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bisect_parity.params.cells import Presence
from bisect_parity.report.audit_documents import ParamRun
from bisect_parity.report.documents import read_as
from bisect_parity.report.markdown import code, cut, escape, folded, section, table
from bisect_parity.report.matrix import git_sha_text
from bisect_parity.report.params import place_text
from bisect_parity.wording import counted


def param_diff_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The Markdown of a document of `param_diff_document`."""
    runs = document["runs"]
    yield "# Parameter diff"
    yield ""
    yield (
        f"{counted(len(runs), 'run')} of the series, by time. Each value is what the run used: given on the"
        f" command line, else by the environment, else the default of its commit's code;"
        f" `{Presence.UNRECORDED}` means that no value was recorded, `{Presence.NOT_GIVEN}` that the recorded"
        f" command does not have it, `{Presence.NOT_LISTED}` that a file of settings, or a list of variables,"
        " does not."
    )
    yield ""
    yield from table(
        ("run", "verdict", "commit", "bundles"),
        [
            (f"R{item.run}", item.verdict, git_sha_text(item), ", ".join(map(code, item.bundles)))
            for item in (read_as(ParamRun, run) for run in runs)
        ],
    )
    yield from section("Deviations")
    for item in document["deviations"]:
        yield (
            f"- DEVIATION: R{item['run']}: {escape(item['name'])} is {code(item['value'])},"
            f" expected {code(item['expected'])} ({escape(place_text(item))})"
        )
    if not document["context"]:
        yield "None: no parameter is expected ([context] in the settings)."
    elif not document["deviations"]:
        expected = ", ".join(f"{name} {value}" for name, value in document["context"].items())
        yield f"None known: nothing contradicts {escape(expected)}."
    yield from _run_rows(document)
    yield from _default_rows(document["defaults"])


def _run_rows(document: Mapping[str, Any]) -> Iterator[str]:
    runs, rows = document["runs"], document["rows"]
    differing = [row for row in rows if row["separates"] or (row["differs"] and not row["noise"])]
    ignored = [row for row in rows if row["differs"] and row["noise"] and not row["separates"]]
    equal = [row for row in rows if not (row["differs"] or row["separates"])]
    yield from section("Commands, defaults and environment: what differs")
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
        yield from folded(f"{counted(len(ignored), 'difference')} ignored as noise", cut(lines))
        yield ""
    lines = [_equal_line(row) for row in equal]
    yield from folded(f"{counted(len(equal), 'name')} with equal values, where known", cut(lines))


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
    yield from section("Defaults in the code: good and bad commit")
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
        yield f"None of {counted(len(equal), 'default')} differs."
    else:
        yield "No defaults were found in the code of either commit."
    yield ""
    for row in equal:
        if row["deviates"]:
            yield f"- DEVIATION: {code(row['name'])} is {_default(row['good'])} at both commits"
    if equal:
        lines = [f"- {code(row['name'])}: {_default(row['good'])}" for row in equal]
        yield from folded(f"{counted(len(equal), 'equal default')}", cut(lines))
    if defaults["problems"]:
        yield ""
        yield "Not read:"
        yield ""
        yield from (f"- {item['end']}: {escape(item['problem'])}" for item in defaults["problems"])


def _cell(cell: Mapping[str, Any]) -> str:
    return code(cell["text"]) if cell["state"] == str(Presence.RECORDED) else str(cell["state"])


def _default(value: str | None) -> str:
    return str(Presence.NOT_THERE) if value is None else code(value)


def _flag(row: Mapping[str, Any]) -> str:
    return "**DEVIATION**" if row["deviates"] else ""
