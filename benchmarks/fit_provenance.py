"""Fit the parameters of `provenance` to histories whose truth is known, in a time that is set.

    python -m benchmarks.provenance_accuracy --seeds 40 --step 2 --cache DIR     makes histories: even seeds
    python -m benchmarks.fit_provenance DIR/seed-*-{kept,lost} --minutes 30 --out F --only 'lines.*' 'delay.*'

A REPOSITORY may have a file REPOSITORY.truth.jsonl beside it with lines {"path": bundle, "commit": full id};
"sha" is accepted for "commit". Without it, the ids that programs recorded are the truth. Each repository is
surveyed once, and inferred as it is and with the times of each run moved by normal errors of 120 s and 600 s:
the model shall learn what can be known of clocks, and not one size of error. The loss is the mean of
-ln P(true commit) with every written id hidden; what is kept for commits elsewhere goes to a true commit that
is gone, and shared by all commits to one that is there but on no line.

The search is a pattern search in logarithms or log-odds, one parameter at a time in random order, each step
judged on a few repositories drawn anew, with a normal prior of standard deviation PRIOR_SPREAD around the
values it starts from: simulated habits are not everybody's. Every third repository, or every third run of one
or two, is held out: the parameters that are written are those of the least loss there, which are the first
ones if nothing helps. `[provenance] parameters = "F"` in the settings of a repository uses them there. Other
repositories should be kept back for `benchmarks/provenance_accuracy.py`.
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
from attrs import evolve, frozen

from bisect_parity.config import find_settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.background import Background, History
from bisect_parity.provenance.fingerprint import Match, apply, read_matches
from bisect_parity.provenance.infer import infer
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.parameters import Parameters
from bisect_parity.provenance.recorded import recorded_truth
from bisect_parity.provenance.survey import SurveyedRun, survey

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST = 1e-6
PRIOR_SPREAD = 1.0
FIRST_STEP = 0.7
LEAST_GAIN = 1e-4
JITTERS = (0.0, 120.0, 600.0)
HELD_OUT = 3  # one repository in so many, or one run
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
    "elsewhere.untimed",
    "elsewhere.landed",
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
    "modes.stated",
    "machine_zone.*",
    "clock.finest",
    "clock.doublings",
    "lines.named_branch",
    "records.*",
    "stale_ids.*",
    "series.*",
    "sweeps.*",
    "fingerprint.*",
    "adaptation.*",
    "classes.*",
)
LEAST_SHARE = {"tail": 0.05, "negative": 0.003, "other_zone": 0.005, "plain": 0.005}


@frozen(eq=False)
class Known:
    """One repository with the truth of its runs: `matches[k]` and `commits[k]` are of `runs[k]`."""

    history: History
    runs: list[SurveyedRun]
    matches: list[dict[str, Match]]
    commits: list[str]

    def losses(self, parameters: Parameters) -> list[float]:
        """-ln P(true commit) of each run."""
        found = infer(self.history, self.runs, parameters)
        losses = []
        for (_, before), match, commit in zip(found, self.matches, self.commits, strict=True):
            after = apply(before, match, parameters.fingerprint)
            is_there = self.history.table.index(commit) is not None
            away = after.elsewhere / (len(self.history.table) if is_there else 1)
            losses.append(-math.log(max(after.probability(commit) + away, SMALLEST)))
        return losses

    def part(self, places: Sequence[int]) -> Known:
        """Some of the runs."""
        return evolve(
            self,
            runs=[self.runs[place] for place in places],
            matches=[self.matches[place] for place in places],
            commits=[self.commits[place] for place in places],
        )


def main() -> None:
    """Fit, report, and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30.0, help="when to end (default 30)")
    parser.add_argument("--only", nargs="+", default=["*"], metavar="PATTERN", help="such as 'lines.*'")
    parser.add_argument("--runs", type=int, default=14, help="at most so many of a repository (default 14)")
    parser.add_argument("--batch", type=int, default=12, help="repositories a step is judged on (default 12)")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    parameters = load_parameters()
    read = [_read(repository, options.runs, parameters) for repository in options.repositories]
    rest, held_out = (_with_jitters(part) for part in _split([each for each in read if each.runs]))
    search = _Search(rest, cattrs.unstructure(parameters), options.batch)
    names = [name for name in _names(search.table) if _is_any(name, options.only)]
    first = best = _loss(held_out, search.table)
    kept, steps = copy.deepcopy(search.table), 0
    print(f"{len(rest)} readings to fit, {len(held_out)} held out: loss {first:.4f}", flush=True)
    while time.monotonic() < end:
        for name in random.Random(steps).sample(names, len(names)):
            search.improve(name)
            steps += 1
            if time.monotonic() > end:
                break
        loss = _loss(held_out, search.table)
        if loss < best:
            best, kept = loss, copy.deepcopy(search.table)
        print(f"{steps} steps: held-out loss {loss:.4f}, {end - time.monotonic():.0f} s left", flush=True)
    origin = (
        f"fitted by benchmarks/fit_provenance.py, {steps} steps of {len(names)} parameters on {len(rest)} "
        f"readings; mean -ln P(true commit) of {len(held_out)} held out: {first:.4f} before, {best:.4f} after"
    )
    options.out.write_text(json.dumps(_rounded(kept | {"origin": origin}), indent=2) + "\n")


def _read(top: Path, most: int, parameters: Parameters) -> Known:
    repository = Repository.open(top, Journal(None, ["fit"]))
    settings = find_settings(None, (repository.state_directory(),), top)
    bundles = discover(repository.directory, settings.evidence)
    history, runs = survey(Background(repository), bundles, parameters)
    truth = _truth(Path(f"{top}.truth.jsonl"), runs)
    found = infer(history, runs, parameters)
    told = [
        (run, posterior, named[0])
        for run, (lines, posterior) in zip(runs, found, strict=True)
        if lines and (named := _named(run, truth))
    ]
    told = told[:: -(-len(told) // most)] if told else []
    chosen = [run for run, _, _ in told]
    matches = read_matches(
        repository, [run.subject for run in chosen], [posterior for _, posterior, _ in told]
    )
    return Known(history, chosen, matches, [commit for _, _, commit in told])


def _truth(path: Path, runs: Sequence[SurveyedRun]) -> dict[str, str]:
    """The commit of each bundle: as a file tells, else as a program wrote it down."""
    if not path.exists():
        recorded = [(run, recorded_truth(run.subject.records)) for run in runs]
        return {bundle.path: name for run, name in recorded if name for bundle in run.subject.bundles}
    items = map(json.loads, path.read_text().splitlines())
    return {item["path"]: item.get("commit") or item["sha"] for item in items}


def _named(run: SurveyedRun, truth: dict[str, str]) -> list[str]:
    return [truth[bundle.path] for bundle in run.subject.bundles if bundle.path in truth]


def _split(known: list[Known]) -> tuple[list[Known], list[Known]]:
    """What is fitted, and what is held out: repositories, or runs where there are too few of those.

    Raises:
        SystemExit: there are too few of both.
    """
    if len(known) >= HELD_OUT:
        held_out = known[HELD_OUT - 1 :: HELD_OUT]
        return [each for each in known if each not in held_out], held_out
    parts = [each.part(places) for each in known for places in _thirds(len(each.runs))]
    if not parts or not all(part.runs for part in parts):
        raise SystemExit(f"at least {HELD_OUT} runs whose commit is known are needed in each repository")
    return parts[::2], parts[1::2]


def _thirds(count: int) -> tuple[list[int], range]:
    held_out = range(HELD_OUT - 1, count, HELD_OUT)
    return [place for place in range(count) if place not in held_out], held_out


def _with_jitters(known: Sequence[Known]) -> list[Known]:
    """Each repository as clocks would have told it that are off by each of `JITTERS`."""
    return [_jittered(each, scale, place) for place, each in enumerate(known) for scale in JITTERS]


def _jittered(known: Known, scale: float, seed: int) -> Known:
    rng = random.Random(seed)
    return evolve(known, runs=[_shifted(run, rng.gauss(0, scale)) for run in known.runs])


def _shifted(run: SurveyedRun, shift: float) -> SurveyedRun:
    statements = tuple(evolve(each, seconds=each.seconds + shift) for each in run.subject.statements)
    return evolve(run, subject=evolve(run.subject, statements=statements))


def _loss(known: Sequence[Known], table: dict[str, Any]) -> float:
    """The mean loss of all runs under the parameters, given as JSON values."""
    parameters = cattrs.structure(table, Parameters)
    losses = [loss for each in known for loss in each.losses(parameters)]
    return math.fsum(losses) / len(losses)


class _Search:
    """A pattern search for parameters of less loss.

    Attributes:
        table: the parameters, as JSON values.
    """

    def __init__(self, known: list[Known], table: dict[str, Any], batch: int) -> None:
        self.table = table
        self._known = known
        self._batch = min(batch, len(known))
        self._begun = copy.deepcopy(table)
        self._steps: dict[str, float] = {}
        self._runs = sum(len(each.runs) for each in known)
        self._rng = random.Random(0)

    def improve(self, name: str) -> None:
        """Try a step up and a step down; halve the step where neither helps."""
        *path, key = _parts(name)
        holder, first = self.table, self._begun
        for part in path:
            holder, first = holder[part], first[part]
        old, step = holder[key], self._steps.get(name, FIRST_STEP)
        batch = self._rng.sample(self._known, self._batch)
        values = [old, *(_moved(name, old, direction * step) for direction in (1, -1))]
        costs = []
        for value in values:
            holder[key] = value
            distance = _distance(name, value, first[key])
            costs.append(_loss(batch, self.table) + 0.5 * (distance / PRIOR_SPREAD) ** 2 / self._runs)
        best = min(range(len(values)), key=costs.__getitem__)
        is_better = costs[best] < costs[0] - LEAST_GAIN
        holder[key] = values[best] if is_better else old
        self._steps[name] = step if is_better else step / 2


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
