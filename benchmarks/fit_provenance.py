"""Fit the parameters of `provenance` to histories whose truth is known.

    python -m benchmarks.provenance_accuracy --seeds 40 --step 2 --cache DIR     makes histories: even seeds
    python -m benchmarks.fit_provenance DIR/seed-*-{kept,lost} --out F --only 'lines.*' 'elsewhere.*'

Each REPOSITORY has a file REPOSITORY.truth.jsonl beside it with lines {"path": bundle, "commit": full id};
"sha" is accepted for "commit". Some are read twice: as they are, and with the times of each run moved by a
normal error, whose standard deviation is drawn for the repository, log-uniformly from JITTERS; so that the
model learns what can be known of clocks, and not one size of error. The loss is the mean of
-ln P(true commit) with every written id hidden; what is kept for commits elsewhere goes to a true commit that
is gone, and shared by all commits to one that is there but on none of the lines.

The search is a pattern search, one parameter at a time, in logarithms or log-odds, with a normal prior of
standard deviation PRIOR_SPREAD around the values it starts from: simulated habits are not everybody's. (How
soon after a checkout simulated people run, and how soon they commit, made answers elsewhere worse.) What
does not depend on a parameter is kept while it is tried: the habits of a repository are learned anew only for
the parameters of habits, the grids are laid out anew only for the others; both are once a round. Half of the
evidence should be kept back for `benchmarks/provenance_accuracy.py`.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import random
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cattrs
from attrs import define, evolve, field

from bisect_parity.config import find_settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.fingerprint import Match, apply, read_matches
from bisect_parity.provenance.habits import Habits, learn
from bisect_parity.provenance.infer import infer
from bisect_parity.provenance.layout import Layout
from bisect_parity.provenance.parameters import Parameters, load_parameters
from bisect_parity.provenance.posterior import posterior
from bisect_parity.provenance.sheet import Sheet
from bisect_parity.provenance.survey import Case, History, survey

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST = 1e-6
PRIOR_SPREAD = 1.0
FIRST_STEP = 0.7
JITTERS = (10.0, 1000.0)
JITTERED = 4  # one repository in so many is read with jitter as well
SHARES = (
    "*.reliability",
    "zones.*",
    "*.tail",
    "clock.exact",
    "delay.negative",
    "delay.rewritten",
    "lines.*here_*",
    "lines.not_an_ancestor",
    "elsewhere.plain",
    "elsewhere.rewritten",
    "elsewhere.replaced",
    "recency.at_any_time",
)
FIXED = (
    "origin",
    "*.longest",
    "*.degrees",
    "sources.*.start",  # what the odds of the other modes are relative to
    "sources.*.wide",  # clocks that are far off have an error of their own: not for jitter to raise
    "sources.prose.*",
    "sources.header.*",
    "sources.trace.*",
    "sources.mtime.*",
    "delay.odds.at once",
    "delay.negative_scale",
    "clock.finest",
    "clock.doublings",
    "lines.named_branch",
    "records.*",
    "fingerprint.*",
    "adaptation.*",
    "classes.*",
)
OF_HABITS = (
    "sources.*.near",
    "sources.*.end",
    "clock.*",
    "zones.*",
    "delay.odds.*",
    "recency.at_any_time",
)
LEAST_SHARE = {"tail": 0.05, "negative": 0.003, "other_zone": 0.005, "plain": 0.005}


@define
class Known:
    """One repository with the truth of its runs.

    Attributes:
        history, cases, matches, commits: `matches[k]` and `commits[k]` are of `cases[k]`.
        sheets, habits: of the runs, as they were last kept.
        tried: the same, as they were last tried.
    """

    history: History
    cases: list[Case]
    matches: list[dict[str, Match]]
    commits: list[str]
    sheets: list[Sheet] = field(factory=list)
    habits: list[Habits] = field(factory=list)
    tried: tuple[list[Sheet], list[Habits]] = ([], [])

    def keep(self) -> None:
        """Keep what was tried last."""
        self.sheets, self.habits = self.tried

    def losses(self, parameters: Parameters, *, lay_out: bool, learn_habits: bool) -> list[float]:
        """-ln P(true commit) of each run.

        Args:
            parameters: of the model.
            lay_out: lay out the grids anew.
            learn_habits: learn the habits anew.
        """
        sheets, habits = self.sheets, self.habits
        if lay_out:
            layout = Layout(self.history, self.cases, parameters)
            sheets = [layout.of(case)[1] for case in self.cases if layout.is_known(case)]
        if learn_habits:
            habits = learn(sheets, [None] * len(sheets), parameters)
        self.tried = sheets, habits
        losses = []
        for sheet, habit, match, commit in zip(sheets, habits, self.matches, self.commits, strict=True):
            before = posterior(sheet, habit, self.history.names.commits)
            found_ = apply(before, match, parameters.fingerprint)
            is_there = self.history.table.index(commit) is not None
            away = found_.elsewhere / (len(self.history.table) if is_there else 1)
            losses.append(-math.log(max(found_.probability(commit) + away, SMALLEST)))
        return losses


def main() -> None:
    """Fit, report, and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=["*"], metavar="PATTERN", help="such as 'lines.*'")
    parser.add_argument("--runs", type=int, default=14, help="at most so many of a repository (default 14)")
    options = parser.parse_args()
    begin = time.monotonic()
    parameters = load_parameters()
    read = [_read(repository, options.runs, parameters) for repository in options.repositories]
    known = [each for each in read if each.cases]
    known += [_jittered(each, place) for place, each in enumerate(known) if place % JITTERED == 0]
    count = sum(len(each.cases) for each in known)
    search = _Search(known, cattrs.unstructure(parameters))
    print(f"{count} runs of {len(known)} repositories; loss {search.best:.4f} at the start", flush=True)
    names = [name for name in _names(search.table) if _is_any(name, options.only)]
    for number in range(options.rounds):
        for name in names:
            search.improve(name)
        search.renew()
        print(f"round {number + 1}: loss {search.best:.4f}, {time.monotonic() - begin:.0f} s", flush=True)
        origin = (
            f"fitted by benchmarks/fit_provenance.py on {count} runs of {len(options.repositories)} "
            f"repositories, some with jitter as well; mean -ln P(true commit) {search.best:.4f}"
        )
        options.out.write_text(json.dumps(_rounded(search.table | {"origin": origin}), indent=2) + "\n")


def _read(top: Path, most: int, parameters: Parameters) -> Known:
    repository = Repository.open(top, Journal(None, ["fit"]))
    settings = find_settings(None, (repository.state_directory(),), top)
    bundles = discover(repository.directory, settings.evidence)
    truth = {}
    for line in Path(f"{top}.truth.jsonl").read_text().splitlines():
        item = json.loads(line)
        truth[item["path"]] = item.get("commit") or item["sha"]
    history, cases = survey(repository, bundles, parameters)
    found = infer(history, cases, parameters)
    told = [
        (case, posterior, named[0])
        for case, (lines, posterior) in zip(cases, found, strict=True)
        if lines and (named := _named(case, truth))
    ]
    told = told[:: -(-len(told) // most)] if told else []
    chosen = [case for case, _, _ in told]
    matches = read_matches(
        repository, [case.subject for case in chosen], [posterior for _, posterior, _ in told]
    )
    return Known(history, chosen, matches, [commit for _, _, commit in told])


def _named(case: Case, truth: dict[str, str]) -> list[str]:
    return [truth[bundle.path] for bundle in case.subject.bundles if bundle.path in truth]


def _jittered(known: Known, seed: int) -> Known:
    """The same runs, as clocks would have told them that are off by an unknown scale."""
    rng = random.Random(seed)
    scale = math.exp(rng.uniform(*(math.log(bound) for bound in JITTERS)))
    return evolve(known, cases=[_shifted(case, rng.gauss(0, scale)) for case in known.cases])


def _shifted(case: Case, shift: float) -> Case:
    statements = tuple(evolve(each, seconds=each.seconds + shift) for each in case.subject.statements)
    return evolve(case, subject=evolve(case.subject, statements=statements))


class _Search:
    """A pattern search for parameters of less loss.

    Attributes:
        table: the parameters, as JSON values.
        best: their loss.
    """

    def __init__(self, known: list[Known], table: dict[str, Any]) -> None:
        self.table = table
        self._known = known
        self._begun = copy.deepcopy(table)
        self._steps: dict[str, float] = {}
        self._runs = sum(len(each.cases) for each in known)
        self.best = math.inf
        self.renew()

    def renew(self) -> None:
        """Lay out every run and learn every habit anew."""
        self.best = self._loss(lay_out=True, learn_habits=True)
        self._keep()

    def improve(self, name: str) -> None:
        """Try a step up and a step down; halve the step where neither helps."""
        *path, key = _parts(name)
        holder, first = self.table, self._begun
        for part in path:
            holder, first = holder[part], first[part]
        old, step = holder[key], self._steps.get(name, FIRST_STEP)
        is_habit = _is_any(name, OF_HABITS)
        before = _distance(name, old, first[key])
        for direction in (1, -1):
            holder[key] = _moved(name, old, direction * step)
            after = _distance(name, holder[key], first[key])
            loss = self._loss(lay_out=not is_habit, learn_habits=is_habit)
            if loss + 0.5 * (after**2 - before**2) / PRIOR_SPREAD**2 / self._runs < self.best - 1e-5:
                self._steps[name] = step * 1.4
                self.best = loss
                self._keep()
                return
        holder[key] = old
        self._steps[name] = step / 2

    def _keep(self) -> None:
        for each in self._known:
            each.keep()

    def _loss(self, *, lay_out: bool, learn_habits: bool) -> float:
        parameters = cattrs.structure(self.table, Parameters)
        losses = [
            loss
            for each in self._known
            for loss in each.losses(parameters, lay_out=lay_out, learn_habits=learn_habits)
        ]
        return math.fsum(losses) / len(losses)


def _parts(name: str) -> list[str]:
    return name.split(".")


def _is_any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _names(table: dict[str, Any], before: str = "") -> list[str]:
    """The full names of all parameters that may be moved."""
    names = []
    for key, value in table.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            names += _names(value, f"{name}.")
        elif not _is_any(name, FIXED):
            names.append(name)
    return names


def _moved(name: str, value: float, step: float) -> float:
    if _is_any(name, SHARES):
        odds = value / (1 - value) * math.exp(step)
        return min(max(odds / (1 + odds), LEAST_SHARE.get(_parts(name)[-1], 0.001)), 0.999)
    return value * math.exp(step / 2)


def _distance(name: str, value: float, origin: float) -> float:
    """How far a parameter was moved, in logarithms or log-odds."""
    if _is_any(name, SHARES):
        return math.log(value / (1 - value)) - math.log(origin / (1 - origin))
    return math.log(value / origin)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
