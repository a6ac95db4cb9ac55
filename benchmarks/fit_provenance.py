"""Fit the parameters of `provenance` to histories whose truth is known.

    python -m benchmarks.fit_provenance --out parameters.json REPOSITORY ...

Each REPOSITORY has a file REPOSITORY.truth.jsonl beside it with lines {"path": bundle, "commit": full id};
"sha" is accepted for "commit". Each is read twice: as it is, and with the times of each run moved by a normal
error, whose standard deviation is drawn for the repository, log-uniformly from JITTERS; so that the model
learns what can be known of clocks, and not one size of error. The loss is the mean of -ln P(true commit) with
every written id hidden; a true commit that is gone is scored by the probability that is kept for commits
elsewhere. The search is a pattern search, one parameter at a time, in logarithms or log-odds, with a normal
prior of standard deviation PRIOR_SPREAD around the values it starts from: simulated habits are not
everybody's. Half of the evidence should be kept back for `benchmarks/provenance_accuracy.py`.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import random
import time
from pathlib import Path
from typing import Any

import cattrs
from attrs import evolve, frozen

from bisect_parity.config import find_settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.fingerprint import Match, apply, read_matches
from bisect_parity.provenance.infer import infer
from bisect_parity.provenance.parameters import Parameters, load_parameters
from bisect_parity.provenance.survey import Case, History, survey

SMALLEST = 1e-6
PRIOR_SPREAD = 1.0
JITTERS = (10.0, 1000.0)
SHARES = {
    "reliability",
    "local_labelled_utc",
    "utc_labelled_local",
    "other_zone",
    "tail",
    "exact",
    "negative",
    "here_if_created",
    "here_if_untracked",
    "here_otherwise",
    "named_branch",
    "not_an_ancestor",
    "plain",
    "rewritten",
}
FIXED = {
    "longest",
    "degrees",
    "prose",
    "header",
    "origin",
    "classes",
    "records",
    "fingerprint",
    "adaptation",
    "finest",
    "doublings",
}
LEAST_SHARE = {"tail": 0.05, "negative": 0.003, "other_zone": 0.005, "plain": 0.005}


@frozen
class Known:
    """One repository with the truth of its runs; `commits[k]` is that of `cases[k]`."""

    history: History
    cases: list[Case]
    matches: list[dict[str, Match]]
    commits: list[str]


def main() -> None:
    """Fit, report, and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="such as lines or modes.start")
    parser.add_argument("--runs", type=int, default=16, help="at most so many of a repository (default 16)")
    options = parser.parse_args()
    begin = time.monotonic()
    read = [_read(repository, options.runs) for repository in options.repositories]
    known = [each for each in read if each.cases]
    known += [_jittered(each, place) for place, each in enumerate(known)]
    table = cattrs.unstructure(load_parameters())
    best = _loss(known, table)
    begun = copy.deepcopy(table)
    count = sum(len(each.cases) for each in known)
    print(f"{count} runs of {len(known)} repositories; loss {best:.4f} at the start")
    names = [name for name in _names(table) if _is_chosen(name, options.only)]
    steps = dict.fromkeys(names, 0.7)
    for number in range(options.rounds):
        for name in names:
            best = _improve(known, table, name, steps, best, begun)
        print(f"round {number + 1}: loss {best:.4f}, {time.monotonic() - begin:.0f} s", flush=True)
        table["origin"] = (
            f"fitted by benchmarks/fit_provenance.py on {count} runs of {len(options.repositories)} "
            f"repositories, with and without jitter; mean -ln P(true commit) {best:.4f}"
        )
        options.out.write_text(json.dumps(_rounded(table), indent=2) + "\n")


def _read(top: Path, most: int) -> Known:
    repository = Repository.open(top, Journal(None, ["fit"]))
    settings = find_settings(None, (repository.state_directory(),), top)
    bundles = discover(repository.directory, settings.evidence)
    truth = {}
    for line in Path(f"{top}.truth.jsonl").read_text().splitlines():
        item = json.loads(line)
        truth[item["path"]] = item.get("commit") or item["sha"]
    parameters = load_parameters()
    history, cases = survey(repository, bundles, parameters)
    told = [(case, named[0]) for case in cases if (named := _named(case, truth))]
    told = told[:: max(1, len(told) // most)]
    chosen = [case for case, _ in told]
    posteriors = [posterior for _, posterior in infer(history, chosen, parameters)]
    matches = read_matches(repository, [case.subject for case in chosen], posteriors)
    return Known(history, chosen, matches, [commit for _, commit in told])


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


def _loss(known: list[Known], table: dict[str, Any]) -> float:
    parameters = cattrs.structure(table, Parameters)
    losses = []
    for each in known:
        found = infer(each.history, each.cases, parameters)
        for (_, before), match, commit in zip(found, each.matches, each.commits, strict=True):
            posterior = apply(before, match, parameters.fingerprint)
            probability = posterior.probability(commit)
            if each.history.table.index(commit) is None:
                probability = max(probability, posterior.elsewhere)
            losses.append(-math.log(max(probability, SMALLEST)))
    return math.fsum(losses) / len(losses)


def _is_chosen(name: tuple[Any, ...], only: list[str]) -> bool:
    full = ".".join(str(part) for part in name)
    return not only or any(f"{full}.".startswith(f"{prefix}.") for prefix in only)


def _names(table: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    names = []
    items = table.items() if isinstance(table, dict) else enumerate(table)
    for key, value in items:
        if key in FIXED:
            continue
        if isinstance(value, (dict, list, tuple)):
            names += _names(value, (*before, key))
        else:
            names.append((*before, key))
    return names


def _improve(
    known: list[Known],
    table: dict[str, Any],
    name: tuple[Any, ...],
    steps: dict[tuple[Any, ...], float],
    best: float,
    begun: dict[str, Any],
) -> float:
    """Try a step up and a step down; halve the step where neither helps."""
    holder, first = table, begun
    for key in name[:-1]:
        holder, first = holder[key], first[key]
    old, origin = holder[name[-1]], first[name[-1]]
    before = _distance(name[-1], old, origin)
    for direction in (1, -1):
        holder[name[-1]] = _moved(name[-1], old, direction * steps[name])
        after = _distance(name[-1], holder[name[-1]], origin)
        loss = _loss(known, table)
        penalty = 0.5 * (after**2 - before**2) / PRIOR_SPREAD**2 / sum(len(each.cases) for each in known)
        if loss + penalty < best - 1e-5:
            steps[name] *= 1.4
            return loss
    holder[name[-1]] = old
    steps[name] /= 2
    return best


def _moved(key: str, value: float, step: float) -> float:
    if key in SHARES:
        odds = value / (1 - value) * math.exp(step)
        return min(max(odds / (1 + odds), LEAST_SHARE.get(key, 0.001)), 0.999)
    return value * math.exp(step / 2)


def _distance(key: str, value: float, origin: float) -> float:
    """How far a parameter was moved, in logarithms or log-odds."""
    if key in SHARES:
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
