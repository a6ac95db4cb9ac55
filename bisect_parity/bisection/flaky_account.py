"""What a search by a flaky check says, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.bisection.model import Find
from bisect_parity.wording import SHORT, counted, probability_text, search_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.odds import CredibleInterval, FlakyTerms
    from bisect_parity.bisection.suspicion import Strange, Suspicion
    from bisect_parity.bisection.tallies import Tally

DECIMAL_BELOW = 10  # percent
LESS = 5  # times less, in that many times more checks


def by_flaky_check(limits: SearchRange, options: str) -> str:
    """The search that weighs verdicts, for where one and the same code may get two; empty if it cannot.

    Args:
        limits: the range.
        options: of a further command on the case.
    """
    if limits.span.graph is None:
        return ""
    search = _search(limits.find, limits.old, limits.new, options)
    return f"If the same code is sometimes good and sometimes bad: {search}"


def guilty(commit: str, probability: float, rates: tuple[CredibleInterval, CredibleInterval] | None) -> str:
    """Which commit changed the rate, and how sure that is."""
    chance = f"The probability that it was this commit is {probability_text(probability)}."
    if rates is None:
        return chance
    before, after = map(_rate, rates)
    return f"From {commit[:SHORT]} on the check is bad in {after}; before it, in {before}. {chance}"


def seldom_checked(
    find: Find, commit: str, parents: Sequence[str], tallies: Mapping[str, Tally]
) -> list[str]:
    """What the proof lacks: verdicts of the commit itself, or of a parent."""
    lacking = [one for one in (commit, *parents) if one not in tallies or not tallies[one].decided]
    says = [f"{one[:SHORT]} itself could not be tested." for one in lacking]
    if commit not in lacking and not tallies[commit].of(find.new):
        says.append(f"{commit[:SHORT]} itself was never found {find.new}.")
    if not parents:
        says.append(f"{commit[:SHORT]} has no parent to compare it with.")
    return says


def not_apart(commit: str, apart: float) -> str:
    """The commit and its parents do not differ by their own checks."""
    return (
        f"The proof fails: by their own checks, {commit[:SHORT]} and its parents differ with a probability "
        f"of {probability_text(apart)} only. The rate changes more than once, or not because of a commit."
    )


def strange(misfits: Sequence[Strange], tallies: Mapping[str, Tally], options: str) -> str:
    """The counts of some commits do not fit two rates; empty where there are none."""
    if not misfits:
        return ""
    named = ", ".join(
        f"{one.commit[:SHORT]} ({tallies[one.commit].bad} bad of {tallies[one.commit].decided})"
        for one in misfits
    )
    first = misfits[0]
    return (
        f"These counts do not fit the rate of their side: {named}. So the rate may change more than "
        f"once: {_search(first.find, first.start, first.commit, options)}"
    )


def same_rate(limits: SearchRange, suspicion: Suspicion, terms: FlakyTerms, options: str) -> list[str]:
    """No commit changes the rate of bad verdicts; `options` are those of a further command on the case."""
    tallies = suspicion.tallies
    ends = "; ".join(
        f"the {name} end {commit[:SHORT]} was bad in {_counts(suspicion.of_code(commit))}"
        for name, commit in (("good", limits.good), ("bad", limits.bad))
    )
    whole, bad = sum(t.decided for t in tallies.values()), sum(t.bad for t in tallies.values())
    search = _search(limits.find, limits.old, limits.new, options)
    return [
        f"No commit changes how often the check is bad: {bad} of {counted(whole, 'check')} were; {ends}.",
        (
            f"With probability {probability_text(suspicion.posterior.same)} the rates differ by less "
            f"than 0 and {terms.least_rate:g} do. To look for less: {search} "
            f"--least-rate {terms.least_rate / LESS:g} --max-checks {terms.most_checks * LESS}"
        ),
    ]


def swapped(limits: SearchRange, suspicion: Suspicion, options: str) -> list[str]:
    """The check is bad more often at the good end."""
    good, bad = limits.good, limits.bad
    did = "fixed" if limits.find is Find.REGRESSION else "broke"
    return [
        (
            f"The ends are swapped: {good[:SHORT]}, named as good, "
            f"was bad in {_counts(suspicion.of_code(good))}; "
            f"{bad[:SHORT]}, named as bad, in {_counts(suspicion.of_code(bad))}."
        ),
        f"To find the commit that {did} it: {_search(limits.find.opposite, limits.old, limits.new, options)}",
    ]


def out_of_checks(terms: FlakyTerms, again: str, held: Sequence[str], mass: float) -> list[str]:
    """The checks were used up before an answer could be named; `again` is the command that goes on."""
    return [
        (
            f"After {counted(terms.most_checks, 'check')} no commit reaches the probability "
            f"{terms.until:g}. {_held(held, mass)}"
        ),
        f"To resume: {again} --max-checks {2 * terms.most_checks}",
    ]


def nothing_tells_more(held: Sequence[str], mass: float, hidden: Sequence[str]) -> list[str]:
    """No informative check is left: commits that could not be tested hide the answer."""
    says = [f"No further check would help. {_held(held, mass)}"]
    if hidden:
        named = ", ".join(commit[:SHORT] for commit in hidden)
        says.append(f"Of these, some cannot be tested: {named}. Fix what keeps them from being tested.")
    return says


def of_size(size: int, case_size: int) -> str:
    """All checks were made at another size than the case's own; empty where they were not."""
    if size == case_size:
        return ""
    return f"All checks were made at size {size}, not at the case's own, {case_size}."


def _search(find: Find, start: str, end: str, options: str) -> str:
    """The command of a search by a flaky check from one commit to another."""
    return search_command(start[:SHORT], end[:SHORT], options, is_fix=find is Find.FIX, is_flaky=True)


def _held(held: Sequence[str], mass: float) -> str:
    if len(held) == 1:
        return f"The most suspect is {held[0][:SHORT]}, with {probability_text(mass)}."
    return f"{len(held)} commits hold a probability of {probability_text(mass)} together."


def _counts(tally: Tally) -> str:
    return f"{tally.bad} of {counted(tally.decided, 'check')}"


def _rate(rate: CredibleInterval) -> str:
    return f"{_percent(rate.mean)} % of checks ({_percent(rate.low)} to {_percent(rate.high)} %)"


def _percent(share: float) -> str:
    value = 100 * share
    return f"{value:.1f}" if 0 < value < DECIMAL_BELOW else f"{value:.0f}"
