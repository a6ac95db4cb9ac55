"""Fit the parameters of `provenance` to histories whose truth is known.

    python benchmarks/fit_provenance.py --out parameters.json REPOSITORY ...

Each REPOSITORY has a file REPOSITORY.truth.jsonl beside it with lines {"path": bundle, "commit": full id};
"sha" is accepted for "commit". The loss is the mean of -ln P(true commit) with every written id hidden; a
true commit that is gone is scored by the probability that is kept for commits elsewhere. The search is a
pattern search, one parameter at a time, in logarithms or log-odds, with a normal prior of standard deviation
PRIOR_SPREAD around the values it starts from: simulated habits are not everybody's. Half of the evidence
should be kept back for `benchmarks/provenance_accuracy.py`.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from pathlib import Path
from typing import Any

import cattrs

from bisect_parity.config import find_settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.infer import infer
from bisect_parity.provenance.parameters import Parameters, load_parameters
from bisect_parity.provenance.survey import Case, History, survey

SMALLEST = 1e-6
PRIOR_SPREAD = 0.6
SHARES = {
    "reliability",
    "wide_weight",
    "local_labelled_utc",
    "utc_labelled_local",
    "other_zone",
    "tail",
    "negative",
    "here_if_created",
    "here_if_untracked",
    "here_otherwise",
    "side_branch",
    "any_branch",
    "named_branch",
    "author_time",
    "not_an_ancestor",
    "plain",
    "rewritten",
}
FIXED = {"longest", "origin", "classes", "records", "fingerprint", "adaptation"}
LEAST_SHARE = {"wide_weight": 0.02, "tail": 0.05, "negative": 0.003, "other_zone": 0.005, "plain": 0.01}


def main() -> None:
    """Fit, report, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    begin = time.monotonic()
    runs = [run for repository in options.repositories for run in _runs(repository)]
    table = cattrs.unstructure(load_parameters())
    best = _loss(runs, table)
    begun = copy.deepcopy(table)
    print(f"{len(runs)} runs of {len(options.repositories)} repositories; loss {best:.4f} at the start")
    names = _names(table)
    steps = dict.fromkeys(names, 0.7)
    for number in range(options.rounds):
        for name in names:
            best = _improve(runs, table, name, steps, best, begun)
        print(f"round {number + 1}: loss {best:.4f}, {time.monotonic() - begin:.0f} s", flush=True)
        table["origin"] = (
            f"fitted by benchmarks/fit_provenance.py on {len(runs)} runs of {len(options.repositories)} "
            f"repositories; mean -ln P(true commit) {best:.4f}"
        )
        options.out.write_text(json.dumps(_rounded(table), indent=2) + "\n")


def _runs(top: Path) -> list[tuple[History, Case, str]]:
    repository = Repository.open(top, Journal(None, ["fit"]))
    settings = find_settings(None, (repository.state_directory(),), top)
    bundles = discover(repository.directory, settings.evidence)
    truth = {}
    for line in Path(f"{top}.truth.jsonl").read_text().splitlines():
        item = json.loads(line)
        truth[item["path"]] = item.get("commit") or item["sha"]
    history, cases = survey(repository, bundles, load_parameters())
    found = []
    for case in cases:
        known = [truth[bundle.path] for bundle in case.subject.bundles if bundle.path in truth]
        if known:
            found.append((history, case, known[0]))
    return found


def _loss(runs: list[tuple[History, Case, str]], table: dict[str, Any]) -> float:
    parameters = cattrs.structure(table, Parameters)
    total = 0.0
    for history, case, commit in runs:
        _, posterior = infer(history, case, parameters)
        probability = posterior.probability(commit)
        if history.table.index(commit) is None:
            probability = max(probability, posterior.elsewhere)
        total -= math.log(max(probability, SMALLEST))
    return total / len(runs)


def _names(table: dict[str, Any], before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    names = []
    for key, value in table.items():
        if key in FIXED:
            continue
        if isinstance(value, dict):
            names += _names(value, (*before, key))
        else:
            names.append((*before, key))
    return names


def _improve(
    runs: list[tuple[History, Case, str]],
    table: dict[str, Any],
    name: tuple[str, ...],
    steps: dict[tuple[str, ...], float],
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
        loss = _loss(runs, table)
        penalty = 0.5 * (after**2 - before**2) / PRIOR_SPREAD**2 / len(runs)
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
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
