"""The parameters of what only several runs show together."""

from __future__ import annotations

from attrs import frozen


@frozen
class MachineZone:
    """How far the zone of a machine must stand out from that of the person whose runs it made.

    Attributes:
        runs: fewer say nothing.
        utc, other: least deviation from 0 of the sum of all runs' gains, in standard deviations: of UTC, and
            of the likeliest of all zones.
        own: from what deviation on the person's own zone is not doubted.
        gain: least gain against the person's zone, nats.
        clock_gain: least gain, nats, of the offset of a clock.
        clock_share: least share of the runs that gain by it; of runs with errors at random about half do.
        clock: how probable an offset that stands out is.
        too_late: loss of a run after the commit that added its results, nats: clocks can be off.
    """

    runs: float
    utc: float
    other: float
    own: float
    gain: float
    clock_gain: float
    clock_share: float
    clock: float
    too_late: float


@frozen
class Rewriting:
    """Whether all history was rewritten since runs wrote their ids down, with its dates kept.

    Attributes:
        prior: how probable it is.
        whole: share of those where it begins with the very first commit.
        handed_over: share of those where it was done after the last run.
        gone, there: beta prior of the rate at which ids are gone one by one.
        clash: how probable it is that two runs in a row wrote one id down but are inferred at two commits, or
            the other way round.
    """

    prior: float
    whole: float
    handed_over: float
    gone: float
    there: float
    clash: float


@frozen
class SeriesParameters:
    """When runs in a row, brought in together, are taken for those of a script, and for a walk over commits.

    Attributes:
        least, least_named: fewer runs say nothing, where no words and where some speak of a walk.
        parts: a pause of so many times the median one parts two series.
        period, near: pauses near whole multiples of `period` seconds, to a share of `near`, are a timer's: it
            runs what is checked out.
        scripted, by_hand: standard deviations of the natural logarithm of the pauses.
        prior: how probable it is that so many runs are of a script.
        odds: that a script went over commits, against that it repeated one run, for each run of it.
        enough: more runs than that say no more.
        varied: factor on these where a parameter differs from run to run.
        equal: the same where all figures are equal.
        mixed: the same where some runs are good and others bad.
        reflog: the same where a reflog says that nothing else was checked out: it was another worktree.
        named: factors where names or the message of the adding commit speak of such a thing.
        other_code: for each further run, how probable it is that runs brought in together, which would
            be at one commit, were of other code.
        other_if_chosen: the same where they differ in a parameter or an option.
        other_if_compared: the same for what came first, if they are named after the sides of a comparison.
    """

    least: float
    least_named: float
    parts: float
    period: float
    near: float
    scripted: float
    by_hand: float
    prior: float
    odds: float
    enough: float
    varied: float
    equal: float
    mixed: float
    reflog: float
    named: dict[str, float]
    other_code: float
    other_if_chosen: float
    other_if_compared: float


@frozen
class Sweeps:
    """Which commits a script went over.

    Attributes:
        lists: odds of what it counted in: "code" (first parents, without those that added results), "first
            parents", "ancestors", "merges" and "tags".
        strides: odds of every commit, every second one, and so on, by their numbers.
        oldest_first: how probable that order is.
        at_tip: how probable it is that the newest of them was the newest that there was.
        exact: factor where there were as many of them as runs, or a tag or the root is at their end.
        round: factor where every commit was taken until a round number of them.
        bisection: share of bisections, where the number of runs can be one of their steps.
        listed: how probable it is that the commits are any of these.
    """

    lists: dict[str, float]
    strides: dict[str, float]
    oldest_first: float
    at_tip: float
    exact: float
    round: float
    bisection: float
    listed: float


@frozen
class StaleIds:
    """Ids that runs wrote on and on while the code moved on.

    They were not read anew, or are those of a clone on another machine: one that is updated before it is
    used, or one that is updated now and then.

    Attributes:
        stale: probability that they were not read anew, where nothing tells.
        stale_here: the same, where a reflog is among what speaks against them.
        updated: of the other clones, the share that is updated before it is used.
        right, updated_right, other_right: how probable it is, in each of the three, that the other clues
            agree with an id where it is first written.
        fetched: how probable it is that another clone has a commit that this one has pushed or fetched.
    """

    stale: float
    stale_here: float
    updated: float
    right: float
    updated_right: float
    other_right: float
    fetched: float


@frozen
class Adaptation:
    """How far one repository may differ from the usual: scales of natural logarithms.

    Attributes:
        odds: of a Cauchy distribution of the odds that a run's commit is on no known line.
        temperature: of a normal distribution of the temperature of the posterior.
        lines: how many runs the usual shares of the kinds of lines weigh as much as.
        runs: how many runs the usual habits weigh as much as.
    """

    odds: float
    temperature: float
    lines: float
    runs: float
