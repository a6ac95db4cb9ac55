"""The model's parameters: fitted, stored with their origin, never numbers in code."""

from __future__ import annotations

from attrs import frozen

from bisect_parity.provenance.parameters_of_several import (
    Adaptation,
    MachineZone,
    Rewriting,
    SeriesParameters,
    StaleIds,
    Sweeps,
)


@frozen
class TimeSource:
    """What one kind of time statement is about: odds of `clock.MODES`.

    Attributes:
        start: the very start of the run.
        near: about its start, by hand.
        end: its end.
        wide: a clock that is far off.
        reliability: probability that the statement is about this run at all.
    """

    start: float
    near: float
    end: float
    wide: float
    reliability: float


@frozen
class Sides:
    """Scales in seconds of the run's start lying before or after a stated time."""

    before: float
    after: float


@frozen
class Durations:
    """A positive duration: log-normal, with a log-uniform tail.

    Attributes:
        median: seconds; sigma: standard deviation of the natural logarithm.
        tail: share of the tail, which ends at `longest` seconds.
    """

    median: float
    sigma: float
    tail: float
    longest: float


@frozen
class Modes:
    """How a stated time relates to the start of the run.

    Attributes:
        start, near, wide: two-piece Student's t, with `degrees` of freedom.
        end: how long runs take.
        stated: how probable it is that a stated duration is that of the whole run.
    """

    start: Sides
    near: Sides
    wide: Sides
    end: Durations
    stated: float
    degrees: float


@frozen
class Clock:
    """The error that all times of one run share, as its standard deviation in one repository.

    Attributes:
        finest: the least scale but 0, seconds; each further one is twice the last.
        doublings: how many scales there are but 0.
        exact: prior probability of the scale 0; the others share the rest equally.
    """

    finest: float
    doublings: int
    exact: float

    @property
    def scales(self) -> tuple[float, ...]:
        """All scales in seconds, ascending."""
        return (0.0, *(self.finest * 2.0**power for power in range(self.doublings)))


@frozen
class Zones:
    """Probabilities that a time is not in the zone that its notation says.

    Attributes:
        local_labelled_utc: a local time that ends in Z.
        utc_labelled_local: a time without zone that is UTC.
        other_zone: a local time of a zone that is not the author's.
    """

    local_labelled_utc: float
    utc_labelled_local: float
    other_zone: float


@frozen
class Delay:
    """From the run's start to the commit that added its bundle, in seconds.

    Attributes:
        soon, slow, late: how long it takes: minutes, half an hour or so (long benchmarks), or days.
        odds: of `clock.DELAYS`.
        rewritten: share of bundles that came in when the adding commit was amended, if it was.
        negative: share of runs later than the commit, by clock errors of scale `negative_scale`.
    """

    soon: Durations
    slow: Durations
    late: Durations
    odds: dict[str, float]
    rewritten: float
    negative: float
    negative_scale: float


@frozen
class Recency:
    """Runs cluster after a checkout: their rate at an age of a seconds is 1 + boost / (1 + a / scale)^2.

    Attributes:
        at_any_time: share of the runs that do not, but begin at any time.
        boost: how much higher the rate is right after a checkout.
        scale: seconds over which it falls.
    """

    at_any_time: float
    boost: float
    scale: float


@frozen
class Places:
    """Where runs were made that were committed soon, or late.

    Attributes:
        here_if_created: the run was in this worktree, if the adding commit was made in it.
        other_worktree: it was in another worktree of this repository, if there is one.
        here_otherwise: it was in this repository, if the adding commit was made elsewhere.
        origins: odds of each line that is no reflog; "history" is 1.
    """

    here_if_created: float
    other_worktree: float
    here_otherwise: float
    origins: dict[str, float]


@frozen
class Lines:
    """Which line of history was checked out.

    Attributes:
        soon, late: for runs that were committed soon, and late.
        here_if_away: it was in this worktree, at most, if the last commit that the person had made before the
            run was made in none of this repository.
        here_if_guest: the same, if another person committed it, and who made it has committed nothing there.
        here_for_results, other_for_results: the run was in this worktree, or in another one, if nothing but
            results is committed in this one.
        here_if_untracked: the run was in this worktree, if the bundle was never committed.
        of_colleagues: probability that some of the late results in a worktree were made by those who commit
            code elsewhere, but never results.
        named_branch: share of the rest for the reflog of a branch that the run wrote down.
        off_branch: factor for a commit that is not on the branch that the run wrote down.
        not_an_ancestor: factor for a checkout that is no ancestor of the adding commit.
        follows_on: factor where a person's next commit follows on the last one.
        own_clone: probability that a machine other than the person's has a clone of its own.
        at_other_times: the same that it has none, but that its results come in at other times, too.
    """

    soon: Places
    late: Places
    here_if_away: float
    here_if_guest: float
    of_colleagues: float
    here_for_results: float
    other_for_results: float
    here_if_untracked: float
    named_branch: float
    off_branch: float
    not_an_ancestor: float
    follows_on: float
    own_clone: float
    at_other_times: float


@frozen
class Elsewhere:
    """Probability that the commit is none of the candidates.

    Attributes:
        plain: the adding commit is as it was made.
        rewritten: it was amended, rebased or cherry-picked.
        landed: somebody else made it of its author's work, as servers do that squash a branch, or its message
            says that it holds a branch.
        carried: it stands on others that were rebased with their dates kept.
        untimed: the run states no time at all, so that only its adding commit speaks.
        broken: factor on the odds where the person's next commit does not follow on the last one.
        replaced: the candidate was rewritten after that time: what it replaced was checked out.
        remote: the run was made in a clone on another machine, which may not have been updated.
        pace: rate of the runs at other commits, on the scale of `Recency`.
    """

    plain: float
    rewritten: float
    landed: float
    carried: float
    untimed: float
    broken: float
    replaced: float
    remote: float
    pace: float

    def is_told(self, share: float) -> bool:
        """Whether so little is left for other commits that a reflog must tell what was checked out."""
        return share < self.plain / 2


@frozen
class Records:
    """Probability that a written id is this run's, by who wrote it.

    Attributes:
        witness, machine, header, prose: as in `evidence.model.Trust`.
        alternatives: among how many commits a wrong id is spread.
        copied: that results without time or id are a copy, where earlier ones are the same byte by byte.
    """

    witness: float
    machine: float
    header: float
    prose: float
    alternatives: float
    copied: float


@frozen
class Fingerprint:
    """Likelihood of a candidate whose code, or version, does not fit what the run reported.

    Attributes:
        sharpness: the likelihood is the share of statements that fit to this power.
        least: but not less than this: a working tree may have been dirty.
        unknown: likelihood of a candidate that has none of the files.
        fits: from what likelihood on a candidate fits: then a commit elsewhere fits no better than these do.
        alternatives: among how many commits one elsewhere is spread.
        differs: and no more than this where a file differs, if all files are those of another candidate.
    """

    sharpness: float
    least: float
    unknown: float
    fits: float
    differs: float
    alternatives: float


@frozen
class Classes:
    """Where the classes part.

    Attributes:
        stands_out: least probability of an inferred commit or code state.
        gone: least probability that the commit is none of the candidates, where that is the answer.
        agrees: a record agrees that lies within this much of the other clues' probability.
        disagrees: a record whose probability by the other clues is lower than this is contradicted.
    """

    stands_out: float
    gone: float
    agrees: float
    disagrees: float


@frozen
class Parameters:
    """All parameters, with where they come from."""

    origin: str
    sources: dict[str, TimeSource]
    modes: Modes
    clock: Clock
    zones: Zones
    machine_zone: MachineZone
    delay: Delay
    recency: Recency
    lines: Lines
    elsewhere: Elsewhere
    records: Records
    rewriting: Rewriting
    stale_ids: StaleIds
    series: SeriesParameters
    sweeps: Sweeps
    fingerprint: Fingerprint
    version: Fingerprint
    adaptation: Adaptation
    classes: Classes
