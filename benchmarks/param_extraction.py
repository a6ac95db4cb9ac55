"""Speed of parameter extraction over a history: 1000 commits, 20 files, every version parsed once.

    python benchmarks/param_extraction.py [--commits 1000] [--versions 1] [--json]

The history is made in a temporary folder: 12 Python modules, 3 C files, 2 YAML files, and TOML, JSON and INI,
of 60 to 150 lines each. Every commit gives --versions of its files a new parameter value. The parts are timed
one after the other: what git tells (trees and objects), and the whole.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.params.code import defaults_at
from fixtures.builder import FastImport
from fixtures.git import GitRunner

GOAL_SECONDS = 3.0
PYTHON = '''"""Module {name}."""

import argparse
from dataclasses import dataclass, field

OVERSAMPLE = {value}
CELL = {{"a": 100.0, "b": 100.0, "alpha": 90.0, "steps": {value}}}


@dataclass
class Detector:
    """A flat detector."""

    distance_mm: float = 100.0
    pixel_size_mm: float = 0.1
    pixels: tuple[int, int] = field(default_factory=lambda: (1024, {value}))


def simulate(crystal, beam, *, oversample=OVERSAMPLE, thickness=0.0, phi_steps=1):
    """Sum the intensity of all sources."""
    total = 0.0
    for source in beam.sources:
        for step in range(phi_steps):
            total += crystal.intensity(source, step * thickness / max(oversample, 1))
    return total


def build_parser():
    parser = argparse.ArgumentParser()
    parser.add_argument("--detector-size", type=int, default={value})
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--profile", action="store_true")
    return parser
'''
PLAIN_PYTHON = '''

def step_{index}(values, weights):
    """One of the steps that make a module as long as real ones are."""
    total = 0.0
    for value, weight in zip(values, weights):
        if weight > 0:
            total += value * weight
        else:
            total -= abs(value)
    return total / max(len(values), 1)
'''
C = """#define MODULE_{name} {value}
#define STEPS (2 * MODULE_{name})
static const double lambda_{name} = 6.2e-10;
int steps_{name}(int n) {{
  double distance = 100.0e-3;
  int pixels = {value};
  for (int i = 0; i < n; i++) distance += i * pixels;
  return (int)distance;
}}
"""


def content(number: int, value: int) -> tuple[str, str]:
    """The path and the text of one of the 20 files."""
    if number < 12:
        body = PYTHON.format(name=number, value=value)
        return f"src/module_{number}.py", body + "".join(PLAIN_PYTHON.format(index=i) for i in range(number))
    if number < 15:
        body = C.format(name=number, value=value)
        return f"src/part_{number}.c", body + "".join(
            C.format(name=f"{number}_{i}", value=i) for i in range(8)
        )
    names = [f"key_{index}" for index in range(60)]
    if number < 17:
        return f"conf/run_{number}.yaml", f"steps: {value}\nmodel:\n" + "".join(
            f"  {n}: 1.5\n" for n in names
        )
    if number == 17:
        return "conf/run.toml", f"steps = {value}\n[model]\n" + "".join(f"{n} = 1.5\n" for n in names)
    if number == 18:
        return "conf/run.json", json.dumps({"steps": value, "model": dict.fromkeys(names, 1.5)}, indent=1)
    return "conf/run.ini", f"[model]\nsteps = {value}\n" + "".join(f"{n} = 1.5\n" for n in names)


def history(top: Path, commits: int, versions: int) -> list[str]:
    """Make the repository, and return the ids of its commits."""
    GitRunner(top)
    made: list[str] = []
    with FastImport(top) as objects:
        for number in range(commits):
            chosen = range(20) if not made else ((number * versions + i) % 20 for i in range(versions))
            changed = {path: text.encode() for path, text in (content(item, number) for item in chosen)}
            made.append(objects.commit("main", 1_757_347_200 + number, "A step", tuple(made[-1:]), changed))
    return made


def measure(top: Path, commits: list[str]) -> dict[str, Any]:
    """Seconds of the parts."""
    repository = Repository.open(top, Journal(None, ["benchmark"]))
    begin = time.perf_counter()
    listed = CodeStates(repository, (), lists_files=True).files(commits)
    blobs = sorted({blob for files in listed.values() for _, blob in files})
    read = sum(len(answer[2]) for answer in repository.objects(blobs) if answer is not None)
    middle, used = time.perf_counter(), time.process_time()
    told = defaults_at(repository, commits)
    end = time.perf_counter()
    values = sum(len(file.values) for item in told for file in item.files.values())
    return {
        "commits": len(commits),
        "file versions": len(blobs),
        "MB": round(read / 1e6, 2),
        "values told": values,
        "git alone, s": round(middle - begin, 2),
        "whole extraction, s": round(end - middle, 2),
        "whole extraction, s of processor": round(time.process_time() - used, 2),
        "goal, s": GOAL_SECONDS,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--commits", type=int, default=1000)
    parser.add_argument("--versions", type=int, default=1, help="files that each commit changes")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "repository"
        figures = measure(top, history(top, arguments.commits, arguments.versions))
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, figure in figures.items():
            print(f"{name:<34} {figure}")


if __name__ == "__main__":
    main()
