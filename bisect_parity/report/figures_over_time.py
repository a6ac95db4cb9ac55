"""Figures over time as values, as a report reads them, and in words. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from attrs import Factory, frozen

from bisect_parity.evidence.numbers import is_rounding
from bisect_parity.report.markdown import code, escape, folded, section, table
from bisect_parity.wording import SHORT, counted, probability_text

MOST_TOLD = 40
EXACT = "exact: without noise"
ROUNDING = "no larger than rounding errors"


@frozen
class FigureRun:
    """A run that recorded a figure."""

    bundle: str
    verdict: str = "unknown"
    resolution_class: str = "unresolved"
    commit: str | None = None
    probability: float = 0.0

    @property
    def made_at(self) -> str:
        """Its commit, and how that is known."""
        if self.commit is None:
            return "an unknown commit"
        return f"{self.commit[:SHORT]} ({self.resolution_class}, p {probability_text(self.probability)})"


@frozen
class Between:
    """What lies between two commits."""

    commits: int = 0
    code_states: int = 0
    same_code: bool = False

    @property
    def text(self) -> str:
        """It in words."""
        if self.same_code:
            return f"equal code at both ends of {counted(self.commits, 'commit')}: no commit made this step"
        return f"{counted(self.commits, 'commit')} with {counted(self.code_states, 'code state')} between"


@frozen
class FigureStep:
    """A step: numbers of the runs before and after it in the list of all, levels, and p; None: no noise."""

    before: int
    after: int
    level_before: float
    level_after: float
    p: float | None = None
    between: Between | None = None
    command: str = ""
    why: str = ""

    @property
    def levels(self) -> tuple[str, str]:
        """Both levels in six digits; in all, where these do not tell them apart."""
        one, other = f"{self.level_before:.6g}", f"{self.level_after:.6g}"
        return (one, other) if one != other else (repr(self.level_before), repr(self.level_after))

    @property
    def is_rounding(self) -> bool:
        """Whether the levels differ as sums in another order do."""
        return is_rounding(self.level_before, self.level_after)

    def between_known(self, places: Mapping[int, int]) -> bool:
        """Whether the two runs have places, and in this order."""
        return places.get(self.before, math.inf) < places.get(self.after, -math.inf)


@frozen
class FigureTrend:
    """A figure with its runs in the order of history: numbers in the list of all, and a value each."""

    name: str
    file: str = ""
    place: str = ""
    size: int | None = None
    alike: dict[str, str] = Factory(dict)
    runs: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    steps: tuple[FigureStep, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            ValueError: there is not one finite value a run, or a step lies beside other runs.
        """
        places = {at: place for place, at in enumerate(self.runs)}
        if len(self.runs) != len(self.values) or not self.runs:
            raise ValueError(f"{self.name} has {len(self.values)} values of {counted(len(self.runs), 'run')}")
        levels = (level for step in self.steps for level in (step.level_before, step.level_after))
        if not all(map(math.isfinite, (*self.values, *levels))):
            raise ValueError(f"{self.name} has values that are not finite")
        if not all(step.between_known(places) for step in self.steps):
            raise ValueError(f"a step of {self.name} does not lie between two of its runs")

    @property
    def where(self) -> str:
        """What tells it from other figures of the name."""
        size = [] if self.size is None else [f"size {self.size}"]
        alike = [f"{name} {value}" for name, value in self.alike.items()]
        return ", ".join([" ".join(filter(None, (self.file, self.place))), *size, *alike])


@frozen
class FiguresOverTime:
    """The figures of runs over time; `left_out` were not looked at, being too many."""

    tested: int = 0
    left_out: int = 0
    level: float = 0.0
    runs: tuple[FigureRun, ...] = ()
    series: tuple[FigureTrend, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse numbers of no run.

        Raises:
            ValueError: there is one.
        """
        if any(not 0 <= at < len(self.runs) for trend in self.series for at in trend.runs):
            raise ValueError("a figure names a run that is not listed")

    @property
    def steps(self) -> list[tuple[FigureTrend, FigureStep]]:
        """All steps, the figures with the clearest ones first, and rounding last."""
        every = [(trend, step) for trend in self.series for step in trend.steps]
        return sorted(every, key=lambda pair: pair[1].is_rounding)

    @property
    def intro(self) -> str:
        """What was looked at, and how."""
        from bisect_parity.diagnosis.figure_series import MOST_RUNS  # noqa: PLC0415 - numpy is slow to import
        from bisect_parity.diagnosis.steps import FEWEST_RUNS  # noqa: PLC0415

        left = f" {counted(self.left_out, 'further figure')} were not looked at." if self.left_out else ""
        return (
            f"{counted(self.tested, 'figure')} that at least {FEWEST_RUNS} comparable runs recorded, in the"
            f" order of their commits (the last {MOST_RUNS} at most).{left} A step is a change of level that"
            f" holds for two runs or more; the chance that noise shows any is at most {self.level:g}. It lies"
            " between the runs that are named with a probability of 0.95. Not every step is the work of a"
            " commit."
        )


def _strength_text(step: FigureStep) -> str:
    """How sure a step is."""
    strength = EXACT if step.p is None else f"p {step.p:.2g}"
    return f"{strength}; {ROUNDING}" if step.is_rounding else strength


def step_text(step: FigureStep, runs: tuple[FigureRun, ...]) -> str:
    """A step in words."""
    before, after = runs[step.before], runs[step.after]
    between = f"; {step.between.text}" if step.between is not None else ""
    return (
        f"from {step.levels[0]} to {step.levels[1]} ({_strength_text(step)})"
        f" between {before.bundle} at {before.made_at} and {after.bundle} at {after.made_at}{between}"
    )


def figure_lines(figures: FiguresOverTime) -> Iterator[str]:
    """The section of a Markdown file."""
    yield from section("Figures over time")
    yield figures.intro
    yield ""
    steps = figures.steps
    if not steps:
        yield "No figure has a step."
    else:
        yield from table(
            ("figure", "runs", "from", "to", "strength", "last run before", "first run after", "between"),
            [_row(trend, step, figures.runs) for trend, step in steps[:MOST_TOLD]],
        )
        yield from _commands(steps[:MOST_TOLD])
    calm = [trend for trend in figures.series if not trend.steps]
    if calm:
        lines = [
            f"- {code(trend.name)} ({code(trend.where)}): {counted(len(trend.runs), 'run')}" for trend in calm
        ]
        yield from ("", *folded(f"{counted(len(calm), 'figure')} without a step", lines))


def _row(trend: FigureTrend, step: FigureStep, runs: tuple[FigureRun, ...]) -> tuple[str, ...]:
    ends = [runs[step.before], runs[step.after]]
    return (
        f"{code(trend.name)} ({code(trend.where)})",
        str(len(trend.runs)),
        *step.levels,
        _strength_text(step),
        *(f"{code(run.bundle)} at {escape(run.made_at)}" for run in ends),
        "" if step.between is None else escape(step.between.text),
    )


def _commands(steps: list[tuple[FigureTrend, FigureStep]]) -> Iterator[str]:
    reasons: dict[str, str] = {}
    for _, step in steps:
        if step.command:
            reasons.setdefault(step.command, step.why)  # several figures may have a step at one place
    for command, why in reasons.items():
        yield from ("", f"Next: {code(command)}, which {escape(why)}.")
