"""A diagnosis in Markdown and for a terminal, from its document. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bisect_parity.diagnosis.sentences import p_text
from bisect_parity.report.documents import read_as
from bisect_parity.report.figures_over_time import FiguresOverTime, figure_lines, step_text
from bisect_parity.report.markdown import code, cut, escape, folded, one_line, section, table
from bisect_parity.wording import SHORT, counted, figure_text, probability_text

LEAST_WEIGHT = 0.005  # of a cause whose evidence is shown; why code is ruled out always is
MOST_SHOWN = 6
MOST_RUNS = 30
MOST_STEPS = 3
LONGEST_COMMAND = 4000
ALL_OF_IT = "diagnose --out DIR writes all"


def brief_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The diagnosis as a part of another answer: its verdict, and what to type next."""
    yield f"verdict: {document['verdict']}"
    yield from document["says"]
    yield from next_lines(document)


def diagnosis_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The diagnosis in brief, for a terminal."""
    yield f"verdict: {document['verdict']}"
    yield from document["says"]
    likely = [c for c in document["causes"] if c["weight"] >= LEAST_WEIGHT or c["kind"] == "code"]
    for cause in likely:
        yield f"{cause['weight']:>6.0%}  {cause['kind']}"
        shown = cause["evidence"][:MOST_SHOWN]
        yield from (f"        - {line}" for line in shown)
        if len(cause["evidence"]) > len(shown):
            more = counted(len(cause["evidence"]) - len(shown), "more line")
            yield f"        - and {more} ({ALL_OF_IT})"
    if unlikely := [cause["kind"] for cause in document["causes"] if cause not in likely]:
        yield f"   <1%  {', '.join(unlikely)} ({ALL_OF_IT})"
    yield from _run_lines(document["runs"])
    if document["figures"] is not None:
        figures = read_as(FiguresOverTime, document["figures"])
        steps = figures.steps
        yield from (
            f"step: {trend.name} {step_text(step, figures.runs)}" for trend, step in steps[:MOST_STEPS]
        )
        if len(steps) > MOST_STEPS:
            yield f"      and {counted(len(steps) - MOST_STEPS, 'more step')} ({ALL_OF_IT})"
    yield from next_lines(document)


def _run_lines(runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in runs[:MOST_RUNS]:
        commit = (item["commit"] or "-")[:SHORT]
        number = f"R{item['run']}"
        yield f"{number:>5}  {item['verdict']:<7}  {commit:<{SHORT}}  {min(item['bundles'])}"
    if len(runs) > MOST_RUNS:
        yield f"       and {counted(len(runs) - MOST_RUNS, 'more run')} ({ALL_OF_IT})"


def next_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """What to type next, and why."""
    yield from (f"next: {step['command']}  ({step['why']})" for step in document["next"])


def diagnosis_markdown(document: Mapping[str, Any]) -> Iterator[str]:
    """The whole account, as diagnosis.md."""
    yield f"# Diagnosis: {document['verdict']}"
    yield ""
    for sentence in document["says"]:
        yield f"- {escape(sentence)}"
    yield from section("Causes")
    yield "Weights add up to 1; they rank causes by what is recorded, and prove nothing."
    for cause in document["causes"]:
        yield from ("", f"### {cause['kind']}: {cause['weight']:.2f}", "")
        yield from (f"- {escape(line)}" for line in cause["evidence"])
    yield from section("Next")
    for step in document["next"]:
        yield f"    {one_line(step['command'], LONGEST_COMMAND)}"  # in a code block nothing is escaped
        yield ""
        yield f"This {escape(step['why'])}."
        yield ""
    yield from ("## Runs", "")
    yield from table(
        ("run", "verdict", "commit", "p", "code state", "bundles"),
        [
            (
                f"R{item['run']}",
                escape(item["verdict"]),
                code((item["commit"] or "")[:SHORT]) or "none",
                escape(probability_text(item["probability"])),
                code(item["code_state"][:SHORT]),
                ", ".join(map(code, item["bundles"])),
            )
            for item in document["runs"]
        ],
    )
    if document["run"] is not None:
        yield from _run_section(document["run"])
    if document["figures"] is not None and document["figures"]["tested"]:
        yield from figure_lines(read_as(FiguresOverTime, document["figures"]))
    yield from _contrast_section(document["contrast"])


def _run_section(run: Mapping[str, Any]) -> Iterator[str]:
    yield from section("One commit in two places")
    yield from table(
        ("place", "verdict", "correlation", "sum of reference", "sum of candidate", "reason"),
        [
            (
                place,
                escape(run[key]["verdict"]),
                *(figure_text(run[key][name]) for name in ("correlation", "sum_reference", "sum_candidate")),
                escape(run[key]["reason"]),
            )
            for place, key in (
                ("clean worktree", "clean"),
                ("clean, again", "clean_again"),
                ("copy of the directory", "in_place"),
            )
        ],
    )
    yield ""
    opened = run["opened"]
    if opened is None:
        yield "Which files the case opened is not known: strace is not installed, or may not trace."
    else:
        yield f"Opened by the case: {', '.join(map(code, opened)) or 'none of the files below'}."
    for item in run["left_out"]:
        yield f"Left out for its size: {code(item)}."
    yield ""
    for kind, paths in run["only_in_place"].items():
        names = cut([f"- {code(path)}" for path in paths])
        if names:
            yield from folded(f"{counted(len(paths), 'path')} in the copy only: {kind}", names)


def _contrast_section(contrast: Mapping[str, Any]) -> Iterator[str]:
    yield from section("What differs between the runs")
    tried = contrast["attributes_tried"]
    least = p_text(contrast["least_p"])
    yield (
        f"Attributes that differ, and are recorded on both sides: {tried}. Those that sort the runs alike are"
        f" one hypothesis. With {contrast['good']} good and {contrast['bad']} bad no p can be below {least}."
        " The second p is that of the family: how often some attribute would sort the runs as well if the"
        " verdicts were dealt at random."
    )
    if not contrast["is_exact"]:
        yield "The family's p is from a sample of labelings."
    if contrast.get("pairs"):
        yield from ("", "### What separates only together", "")
        yield from (f"- {escape(item['says'])}" for item in contrast["pairs"])
    for title, items in (
        ("What runs were given, and where they ran", contrast["hypotheses"]),
        ("What came out of the runs (it may follow from the verdict)", contrast["measured"]),
    ):
        yield from ("", f"### {title}", "")
        if not items:
            yield "Nothing differs that both sides recorded."
            continue
        yield from table(
            ("separates", "attribute", "good", "bad", "p", "p of the family", "why not"),
            [row for item in items for row in _rows(item)],
        )
    yield ""
    for title, key in (
        ("recorded on one side only: not comparable", "one_sided"),
        ("different in every run: they carry no information", "differ_in_every_run"),
        ("equal in all runs that recorded them", "equal"),
    ):
        names = cut([f"- {code(item['name'])} ({item['kind']})" for item in contrast[key]])
        yield from folded(f"{counted(len(contrast[key]), 'attribute')} {title}", names)


def _rows(item: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for number, attribute in enumerate(item["attributes"]):
        first = number == 0
        yield (
            ("yes" if item["separates"] else "no") if first else "as above",
            f"{code(attribute['name'])} ({attribute['kind']})",
            code(attribute["good"]),
            code(attribute["bad"]),
            p_text(item["p"]) if first else "",
            p_text(item["p_family"]) if first else "",
            escape(item["why_not"]) if first else "",
        )
