"""How often `diagnose` names the right cause, and how often chance alone looks like one.

    python -m benchmarks.diagnosis [--series N] [--json]

Simulated runs have parameters of six kinds: two and four names, a continuous number, a small integer, the
host, and a number that grows with time. Verdicts come from a known cause, or from none. What is told first
has a p of at most 0.05, with all that was tried. It is *right* if it is made of what causes the verdicts, or
separates all runs as they do; *in part* if one of two or three causes is named; *silent* if nothing is told.
Where there is no cause, the shares are those of series with anything at or below the stated p.
"""

from __future__ import annotations

import argparse
import json
import random
from typing import TYPE_CHECKING, Any

from bisect_parity.diagnosis.attributes import Attribute, Kind
from bisect_parity.diagnosis.contrast import contrast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.diagnosis.contrast import Contrast

    Row = dict[str, Any]

LEVEL = 0.05
SHAPES = ((13, 12, 1), (13, 12, 6), (20, 18, 10), (30, 30, 15), (12, 40, 4))  # runs, attributes, good runs
RUNS = 24


def _run(chance: random.Random, at: int, count: int) -> Row:
    """The parameters of one run."""
    makers: tuple[Callable[[], Any], ...] = (
        lambda: chance.choice("ab"),
        lambda: chance.choice("abcd"),
        lambda: round(10 ** chance.uniform(-2, 0), 5),
        lambda: chance.randrange(1, 9),
        lambda: chance.choice(("n1", "n1", "n1", "n2", "n3")),
        lambda: round(at + 0.3 * chance.random(), 3),
    )
    return {f"p{number:02}": makers[number % len(makers)]() for number in range(count)}


def _contrast(
    rows: Sequence[Row], is_good: Sequence[bool], missing: float, chance: random.Random
) -> Contrast:
    attributes = []
    for name in rows[0]:
        values = tuple(None if chance.random() < missing else str(row[name]) for row in rows)
        attributes.append(Attribute(name, Kind.PARAMETERS, values, tuple(None for _ in rows)))
    sides = [[at for at, side in enumerate(is_good) if side is wanted] for wanted in (True, False)]
    return contrast(attributes, *sides)


# name -> what the verdict depends on, whether a run is bad, the share that is not recorded, attributes
CAUSES: dict[str, tuple[set[str], Callable[[Row], bool], float, int]] = {
    "one name": ({"p00"}, lambda run: run["p00"] == "b", 0.0, 18),
    "one of four names": ({"p01"}, lambda run: run["p01"] == "b", 0.0, 18),
    "a threshold": ({"p02"}, lambda run: run["p02"] > 0.2, 0.0, 18),
    "a drift with time": ({"p05"}, lambda run: run["p05"] > 15, 0.0, 18),
    "a name, 30 % unrecorded": ({"p00"}, lambda run: run["p00"] == "b", 0.3, 18),
    "a threshold, 60 attributes": ({"p02"}, lambda run: run["p02"] > 0.2, 0.0, 60),
    "two names": ({"p00", "p06"}, lambda run: run["p00"] == run["p06"] == "b", 0.0, 18),
    "a threshold for one name": ({"p00", "p02"}, lambda run: run["p00"] == "b" and run["p02"] > 0.1, 0.0, 18),
    "a quotient": ({"p02", "p08"}, lambda run: run["p02"] / run["p08"] ** 2 > 5, 0.0, 18),
    "three names": (
        {"p00", "p06", "p12"},
        lambda run: run["p00"] == run["p06"] == run["p12"] == "b",
        0.0,
        18,
    ),
}


def _causes(series: int) -> list[Row]:
    found = []
    for name, (causes, is_bad, missing, count) in CAUSES.items():
        chance = random.Random(name)
        counts = dict.fromkeys(("right", "in part", "wrong", "silent"), 0)
        for _ in range(series):
            rows = [_run(chance, at, count) for at in range(RUNS)]
            is_good = [not is_bad(row) for row in rows]
            if all(is_good) or not any(is_good):
                counts["silent"] += 1
                continue
            counts[_judged(_contrast(rows, is_good, missing, chance), causes)] += 1
        found.append({"cause": name, **{key: number / series for key, number in counts.items()}})
    return found


def _judged(result: Contrast, causes: set[str]) -> str:
    """What the first thing that is told is worth."""
    single = [h for h in result.hypotheses if h.separates and h.p_family <= LEVEL]
    first = [*single[:1], *result.pairs[:1], *result.leaning(Kind.PARAMETERS)[:1]][:1]
    if not first:
        return "silent"
    names = {attribute.name for attribute in first[0].attributes}
    if names == causes or (single and names & causes):  # one of two causes may separate them all by chance
        return "right"
    return "in part" if names & causes else "wrong"


def _null(series: int) -> list[Row]:
    found = []
    for runs, count, good in SHAPES:
        chance = random.Random(runs * 1000 + count + good)
        least, pairs = [], []
        for _ in range(series):
            rows = [_run(chance, at, count) for at in range(runs)]
            chosen = set(chance.sample(range(runs), good))
            result = _contrast(rows, [at in chosen for at in range(runs)], 0.0, chance)
            least.append(min((h.p_family for h in result.hypotheses), default=1.0))
            pairs.append(bool(result.pairs))
        shares = {f"p <= {p}": sum(value <= p + 1e-9 for value in least) / series for p in (0.2, 0.05, 0.01)}
        found.append({"runs": runs, "attributes": count, "good": good, **shares, "pair": sum(pairs) / series})
    return found


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--series", type=int, default=200, help="simulated series of each kind")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tables = {"causes": _causes(options.series), "no cause": _null(options.series)}
    if options.json:
        print(json.dumps(tables, indent=1))
        return
    for name, rows in tables.items():
        print(f"\n{name}")
        for row in rows:
            print(
                "  "
                + "  ".join(
                    f"{key} {value:.3f}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in row.items()
                )
            )


if __name__ == "__main__":
    main()
