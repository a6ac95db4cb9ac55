"""What a search by a flaky check knows of each commit, in plain text and Markdown, from bisect.json. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.history.commit_summary import CommitSummary
from bisect_parity.report.markdown import code, escape, section, table
from bisect_parity.wording import SHORT, probability_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.report.search_documents import Bisection

COLUMNS = ("commit", "date", "subject", "bad", "good", "skip", "probability")
LEAST_TOLD = 0.005  # probability of a commit that is worth a line


def flaky_lines(document: Bisection) -> Iterator[str]:
    """The commits that are suspected, most probable first."""
    odds = document.flaky
    if odds is None:
        return
    subjects = document.subjects()
    chances = {one: one.probability for one in odds.commits if one.probability is not None}
    for one, chance in sorted(chances.items(), key=lambda item: -item[1]):
        if chance >= LEAST_TOLD:
            skipped = f", {one.skip} skipped" if one.skip else ""
            yield (
                f"  {probability_text(chance)} {one.commit[:SHORT]} "
                f"({one.bad} bad, {one.good} good{skipped}) {subjects[one.commit]}"
            )


def flaky_section(document: Bisection) -> list[str]:
    """The section of bisect.md with the rates and what is known of each commit."""
    odds = document.flaky
    if odds is None:
        return []
    lines = [*section("Rates and probabilities")]
    for side, rate in (odds.bad_rate or {}).items():
        lines.append(
            f"- bad {escape(side)} it: {rate.mean:.3f} of all checks, 95 % credible interval {rate.low:.3f} "
            f"to {rate.high:.3f}"
        )
    if odds.apart is not None:
        lines.append(f"- it differs from its parents, by their own checks alone: {odds.apart:.3f}")
    lines += [
        f"- no commit changes the rate: {odds.same_rate:.3f}",
        f"- the ends are swapped: {odds.swapped_ends:.3f}",
        (
            f"- asked: until a probability of {odds.until:g}, at most {odds.most_checks} checks; rates "
            f"that differ by less than 0 and {odds.least_rate:g} do count as one"
        ),
        "- each check: matrix.csv",
        "",
        *flaky_table(document),
    ]
    return lines


def flaky_table(document: Bisection) -> list[str]:
    """The commits that were checked or are suspected, as the lines of a Markdown table, ancestors first."""
    known, rows = document.by_commit(), []
    for one in document.flaky.commits if document.flaky else ():
        facts, chance = known.get(one.commit, CommitSummary(one.commit)), one.probability
        rows.append(
            (
                code(one.commit[:SHORT]),
                escape(facts.date),
                escape(facts.subject),
                *map(str, (one.bad, one.good, one.skip)),
                "" if chance is None else probability_text(chance),
            )
        )
    return table(COLUMNS, rows)


def flaky_options_text(document: Bisection) -> str:
    """The options that such a search is asked for with; empty for any other."""
    odds = document.flaky
    if odds is None:
        return ""
    return f"--flaky --until {odds.until:g}" + (" --bad-is-proof" if odds.bad_is_proof else "")
