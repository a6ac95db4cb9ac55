"""Speed, memory and error of the metric pass, beside what people use today, in one run.

    python benchmarks/kernel.py [--size 4096] [--rounds 15] [--json]

All times are ratios to the floor: reading both float32 images once, that is `torch.sum` of each, on one
thread. They are processor times, which other work on the machine blurs less than it does wall times. The
contenders take turns in every round, and the least time of each is kept. Memory is what a process
needs beyond the two images. Errors are against extended precision, on five pairs of images.
"""

from __future__ import annotations

import argparse
import ctypes
import functools
import json
import math
import multiprocessing
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.stats
import torch

from bisect_parity.parity.model import Scope
from bisect_parity.parity.moments import compare_tensors

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]
GOALS = {
    "verdict pass": ("x floor", 5.0),
    "full pass with extremes and tiles": ("x floor", 10.0),
    "memory, verdict pass": ("MiB", 16.0),
    "memory, full pass with extremes and tiles": ("MiB", 16.0),
    "error of r": ("", 1e-14),
    "relative error of 1 - r": ("", 1e-6),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=4096, help="pixels each way")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    figures: dict[str, Any] = {"size": arguments.size, "threads": 1}
    figures |= speeds(arguments.size, arguments.rounds)
    figures["memory in MiB beyond both images"] = memories(arguments.size)
    figures["error of r"] = errors_of_r(min(arguments.size, 2048))
    figures["relative error of 1 - r"] = errors_of_one_minus_r(min(arguments.size, 2048))
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        print_figures(figures)


def ours(x: torch.Tensor, y: torch.Tensor) -> float:
    """The verdict pass."""
    return compare_tensors(x, y).correlation or 0.0


def ours_in_full(x: torch.Tensor, y: torch.Tensor) -> float:
    """The full pass."""
    return compare_tensors(x, y, scope=Scope(extremes=True, tiles=True)).correlation or 0.0


def ours_with_digits(x: torch.Tensor, y: torch.Tensor) -> float:
    """The full pass, with matching digits."""
    return compare_tensors(x, y, scope=Scope(extremes=True, tiles=True, digits=True)).correlation or 0.0


def naive_torch(x: torch.Tensor, y: torch.Tensor) -> float:
    """Two passes over float64 copies, and both sums."""
    a, b = x.double().flatten(), y.double().flatten()
    float(a.sum()), float(b.sum())
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / ((a * a).sum() * (b * b).sum()).sqrt())


def torch_corrcoef(x: torch.Tensor, y: torch.Tensor) -> float:
    """torch.corrcoef in float64."""
    return float(torch.corrcoef(torch.stack((x.flatten(), y.flatten())).double())[0, 1])


def torch_corrcoef_float32(x: torch.Tensor, y: torch.Tensor) -> float:
    """torch.corrcoef as it comes."""
    return float(torch.corrcoef(torch.stack((x.flatten(), y.flatten())))[0, 1])


def numpy_corrcoef(x: torch.Tensor, y: torch.Tensor) -> float:
    """np.corrcoef, which computes in float64."""
    return float(np.corrcoef(x.numpy().ravel().astype("f8"), y.numpy().ravel().astype("f8"))[0, 1])


def scipy_pearsonr(x: torch.Tensor, y: torch.Tensor) -> float:
    """scipy.stats.pearsonr in float64."""
    return float(scipy.stats.pearsonr(x.numpy().ravel().astype("f8"), y.numpy().ravel().astype("f8"))[0])


def scipy_pearsonr_float32(x: torch.Tensor, y: torch.Tensor) -> float:
    """scipy.stats.pearsonr as it comes."""
    return float(scipy.stats.pearsonr(x.numpy().ravel(), y.numpy().ravel())[0])


CONTENDERS: dict[str, Callable[[torch.Tensor, torch.Tensor], float]] = {
    "verdict pass": ours,
    "full pass with extremes and tiles": ours_in_full,
    "the same with matching digits": ours_with_digits,
    "torch, two passes in float64": naive_torch,
    "torch.corrcoef float64": torch_corrcoef,
    "torch.corrcoef float32": torch_corrcoef_float32,
    "np.corrcoef float64": numpy_corrcoef,
    "scipy.stats.pearsonr float64": scipy_pearsonr,
    "scipy.stats.pearsonr float32": scipy_pearsonr_float32,
}


def detector_pair(size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two float32 images: rings and peaks on a smooth background, and the same with noise."""
    axis = torch.linspace(-1, 1, size)
    radius = (axis[:, None].square() + axis[None, :].square()).sqrt()
    generator = torch.Generator().manual_seed(1)
    image = 10 * torch.exp(-3 * radius) * (1.5 + torch.cos(40 * radius))
    places = torch.randint(size * size, (size,), generator=generator)
    image.view(-1)[places] += 1e4 * torch.rand(size, generator=generator)
    return image, image + 0.05 * torch.randn(size, size, generator=generator)


def speeds(size: int, rounds: int) -> dict[str, Any]:
    """Milliseconds and ratios to the floor; every contender has its turn in every round."""
    x, y = detector_pair(size)
    jobs: dict[str, Callable[[], Any]] = {"floor": lambda: (x.sum(), y.sum())}
    jobs |= {name: functools.partial(job, x, y) for name, job in CONTENDERS.items()}
    best = dict.fromkeys(jobs, math.inf)
    for number in range(rounds):
        for name, job in jobs.items():
            if number >= 3 and best[name] > 20 * best["floor"]:
                continue  # what is far off needs no more rounds
            start = time.process_time()
            job()
            best[name] = min(best[name], time.process_time() - start)
    floor = best["floor"]
    return {
        "floor in ms": round(floor * 1e3, 2),
        "time, x floor": {name: round(seconds / floor, 2) for name, seconds in best.items()},
    }


def memories(size: int) -> dict[str, float]:
    """MiB beyond both images, each in a process of its own."""
    context = multiprocessing.get_context("fork")
    found = {}
    for name in CONTENDERS:
        mine, its = context.Pipe(duplex=False)
        child = context.Process(target=_measure_memory, args=(name, size, its))
        child.start()
        found[name] = round(mine.recv() / 2**20, 1)
        child.join()
    return found


def _measure_memory(name: str, size: int, answer: Any) -> None:
    small = detector_pair(256)
    CONTENDERS[name](*small)  # libraries set up what they need once
    x, y = detector_pair(size)
    ctypes.CDLL(None).malloc_trim(0)  # memory that was freed would be used again, and not be seen
    float(x.sum() + y.sum())  # the system may have moved them out
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
    before = _status_bytes("VmRSS")
    CONTENDERS[name](x, y)
    answer.send(_status_bytes("VmHWM") - before)


def _status_bytes(key: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))


def hard_pairs(size: int) -> dict[str, tuple[Array, Array]]:
    """The images that formulas fail on."""
    generator = np.random.default_rng(0)
    shape = (size, size)
    peaks = generator.poisson(10, shape).astype("f4")
    peaks.ravel()[generator.integers(0, peaks.size, size)] += generator.exponential(1e4, size).astype("f4")
    wide = (10.0 ** generator.uniform(-12, 8, shape)).astype("f4")
    raised = 1e6 + generator.uniform(-0.1, 0.1, shape)
    return {
        "peaks on a background": (peaks, (peaks + generator.normal(0, 10, shape)).astype("f4")),
        "range 1e-12 to 1e8": (wide, (wide * (1 + 0.1 * generator.normal(size=shape))).astype("f4")),
        "1e6 +- 0.1": (raised, raised + generator.uniform(-0.1, 0.1, shape)),
        "identical": (peaks, peaks.copy()),
        "unrelated": (peaks, generator.random(shape).astype("f4")),
    }


def extended(x: Array, y: Array) -> tuple[np.longdouble, np.longdouble]:
    """Correlation r and 1 - r in extended precision, means taken off twice."""
    a, b = x.ravel().astype(np.longdouble), y.ravel().astype(np.longdouble)
    for _ in range(2):
        a, b = a - a.mean(), b - b.mean()
    a, b = a / np.sqrt((a * a).sum()), b / np.sqrt((b * b).sum())
    return (a * b).sum(), ((a - b) ** 2).sum() / 2


def errors_of_r(size: int) -> dict[str, dict[str, float]]:
    """|r - exact| of every contender on every pair."""
    found: dict[str, dict[str, float]] = {}
    for pair, (x, y) in hard_pairs(size).items():
        exact = extended(x, y)[0]
        tensors = torch.from_numpy(x), torch.from_numpy(y)
        for name, job in CONTENDERS.items():
            found.setdefault(name, {})[pair] = float(abs(np.longdouble(job(*tensors)) - exact))
    return found


def errors_of_one_minus_r(size: int) -> dict[str, dict[str, float]]:
    """Relative errors of 1 - r near 1e-9, with equal sums and with sums 5e-3 apart."""
    x = hard_pairs(size)["peaks on a background"][0].astype("f8")
    noise = np.random.default_rng(1).normal(size=x.shape) * x.std() * math.sqrt(2e-9)
    found: dict[str, dict[str, float]] = {}
    for pair, y in {"equal sums": x + noise, "sums 5e-3 apart": (x + noise) * 1.005}.items():
        exact = extended(x, y)[1]
        tensors = torch.from_numpy(x), torch.from_numpy(y)
        measured = compare_tensors(*tensors).one_minus_correlation
        found.setdefault("verdict pass", {})[pair] = float(abs((measured or 0.0) - exact) / exact)
        for name in ("torch, two passes in float64", "np.corrcoef float64", "scipy.stats.pearsonr float64"):
            error = abs(1 - np.longdouble(CONTENDERS[name](*tensors)) - exact) / exact
            found.setdefault(name, {})[pair] = float(error)
    return found


def print_figures(figures: dict[str, Any]) -> None:
    """The figures as tables of plain text."""
    print(f"{figures['size']} x {figures['size']} float32, 1 thread; floor {figures['floor in ms']} ms\n")
    times, memory = figures["time, x floor"], figures["memory in MiB beyond both images"]
    print(f"{'':36} {'x floor':>9} {'MiB more':>9}")
    for name, ratio in times.items():
        more = f"{memory[name]:9.1f}" if name in memory else ""
        print(f"{name:36} {ratio:9.2f} {more}".rstrip())
    for title in ("error of r", "relative error of 1 - r"):
        table = figures[title]
        columns = list(next(iter(table.values())))
        print(f"\n{title:36} " + " ".join(f"{column:>21}" for column in columns))
        for name, row in table.items():
            print(f"{name:36} " + " ".join(f"{row[column]:21.1e}" for column in columns))
    print("\ngoals")
    for name, (unit, goal) in GOALS.items():
        value = _measured(figures, name)
        print(f"  {name:44} {value:9.3g} {unit:8} goal {goal:g}: {'met' if value <= goal else 'missed'}")


def _measured(figures: dict[str, Any], name: str) -> float:
    if name.startswith("memory, "):
        return float(figures["memory in MiB beyond both images"][name.removeprefix("memory, ")])
    if name in figures["time, x floor"]:
        return float(figures["time, x floor"][name])
    return float(max(figures[name]["verdict pass"].values()))


if __name__ == "__main__":
    main()
