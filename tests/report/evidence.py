"""Bundles and resolutions as values, for reports about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.model import (
    Artifact,
    Bundle,
    Findings,
    Metric,
    Parameter,
    Problem,
    Record,
    Source,
    Trust,
)
from bisect_parity.provenance.model import Candidate, Dirty, Resolution, ResolutionClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias, Unpack

Figure: TypeAlias = "tuple[str, float | None, int | None]"
ID = "0123456789abcdef0123456789abcdef01234567"


class ResolutionParts(TypedDict, total=False):
    """What `resolution` takes besides."""

    dirty: Dirty
    code_state: str
    candidates: tuple[Candidate, ...]


class BundleParts(TypedDict, total=False):
    """What `bundle` takes by name."""

    files: Iterable[str]
    commands: str
    prose: Iterable[tuple[str, float]]
    records: Iterable[str]
    problems: Iterable[str]
    twins: Iterable[str]
    folder: str
    environment: Mapping[str, str]


def resolution(
    path: str,
    kind: str = "inferred",
    commit: str | None = ID,
    probability: float = 0.9,
    run_time: float | None = 0.0,
    **more: Unpack[ResolutionParts],
) -> Resolution:
    more = {"dirty": Dirty.NO, "code_state": "s", "candidates": (), **more}
    return Resolution(
        path=path,
        resolution_class=ResolutionClass(kind),
        commit=commit,
        probability=probability,
        code_state_probability=probability,
        clues=(),
        run_time=run_time,
        **more,
    )


def results(path: str, metrics: Iterable[Figure], label: str = "") -> Findings:
    made = tuple(Metric(name, value, Source(path), Trust.MACHINE, size) for name, value, size in metrics)
    return Findings(path, label, metrics=made)


def bundle(
    path: str,
    metrics: Sequence[Figure] = (),
    *,
    files: Iterable[str] = (),
    commands: str = "",
    prose: Iterable[tuple[str, float]] = (),
    records: Iterable[str] = (),
    problems: Iterable[str] = (),
    twins: Iterable[str] = (),
    folder: str = "",
    environment: Mapping[str, str] | None = None,
    numbers: Mapping[str, float] | None = None,
) -> Bundle:
    """A bundle whose result file holds `metrics` (name, value, size), and whose texts hold the rest."""
    inside = f"{path}/" if path else ""
    found = []
    names = list(files)
    if metrics:
        names.append(f"{folder}benchmark_results.json")
        sizes = list(dict.fromkeys(size for _, _, size in metrics))
        name = f"{inside}{names[-1]}"
        runs = tuple(results(name, [m for m in metrics if m[2] == size], f"[{size}]") for size in sizes)
        found.append(runs[0] if len(runs) == 1 else Findings(name, runs=runs))
    if commands:
        names.append("commands.txt")
        name = f"{inside}commands.txt"
        found.append(Findings(name, commands=parse_commands(commands, name)))
    told = tuple(Metric(n, v, Source(f"{inside}summary.md", 3), Trust.PROSE) for n, v in prose)
    written = tuple(
        Record(t, "git_sha", Trust.MACHINE, t != "TBD", Source(f"{inside}env.json")) for t in records
    )
    found.append(
        Findings(
            f"{inside}summary.md",
            metrics=told,
            records=written,
            problems=tuple(Problem(path, p) for p in problems),
            environment=tuple(
                Parameter(name, value, Source(f"{inside}env.json"))
                for name, value in (environment or {}).items()
            ),
            parameters=tuple(
                Parameter(name, value, Source(f"{inside}summary.md"))
                for name, value in (numbers or {}).items()
            ),
        )
    )
    artifacts = tuple(Artifact(f"{inside}{name}", 1, "") for name in sorted(set(names)))
    return Bundle(path, (), artifacts, tuple(found), twins=tuple(twins))
