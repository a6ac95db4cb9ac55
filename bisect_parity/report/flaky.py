"""What a search by a flaky check knows of each commit, in plain text and Markdown, from bisect.json. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.provenance.model import probability_text
from bisect_parity.report.markdown import code, escape, table
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    Document = dict[str, Any]

COLUMNS = ("commit", "date", "subject", "bad", "good", "skip", "probability")
LEAST_TOLD = 0.005  # probability of a commit that is worth a line


def flaky_lines(document: Document) -> Iterator[str]:
    """The commits that are suspected, most probable first."""
    odds = document.get("flaky")
    if odds is None:
        return
    subjects = {facts["commit"]: facts["subject"] for facts in document["commit_facts"]}
    suspected = [one for one in odds["commits"] if (one["probability"] or 0) >= LEAST_TOLD]
    for one in sorted(suspected, key=lambda one: -float(one["probability"])):
        skipped = f", {one['skip']} skipped" if one["skip"] else ""
        yield (
            f"  {probability_text(one['probability'])} {one['commit'][:SHORT]} "
            f"({one['bad']} bad, {one['good']} good{skipped}) {subjects.get(one['commit'], '')}"
        )


def flaky_section(document: Document) -> list[str]:
    """The section of bisect.md with the rates and what is known of each commit."""
    odds = document.get("flaky")
    if odds is None:
        return []
    lines = ["", "## Rates and probabilities", ""]
    for side, rate in (odds["bad_rate"] or {}).items():
        lines.append(
            f"- bad {side} it: {rate['mean']:.3f} of all checks, 95 % credible interval {rate['low']:.3f} to "
            f"{rate['high']:.3f}"
        )
    if odds["apart"] is not None:
        lines.append(f"- it differs from its parents, by their own checks alone: {odds['apart']:.3f}")
    lines += [
        f"- no commit changes the rate: {odds['same_rate']:.3f}",
        f"- the ends are swapped: {odds['swapped_ends']:.3f}",
        (
            f"- asked: until a probability of {odds['until']:g}, at most {odds['most_checks']} checks; rates "
            f"that differ by less than 0 and {odds['least_rate']:g} do count as one"
        ),
        "- each check: matrix.csv",
        "",
        *flaky_table(document),
    ]
    return lines


def flaky_table(document: Document) -> list[str]:
    """The commits that were checked or are suspected, as the lines of a Markdown table, ancestors first."""
    facts = {known["commit"]: known for known in document["commit_facts"]}
    rows = []
    for one in document["flaky"]["commits"]:
        known, chance = facts.get(one["commit"], {}), one["probability"]
        rows.append(
            (
                code(one["commit"][:SHORT]),
                escape(known.get("date", "")),
                escape(known.get("subject", "")),
                *(str(one[verdict]) for verdict in ("bad", "good", "skip")),
                "" if chance is None else probability_text(chance),
            )
        )
    return table(COLUMNS, rows)


def flaky_options_text(document: Document) -> str:
    """The options that such a search is asked for with; empty for any other."""
    odds = document.get("flaky")
    if odds is None:
        return ""
    return f" --flaky --until {odds['until']:g}" + (" --bad-is-proof" if odds["bad_is_proof"] else "")
