"""Series of runs as values, to be diagnosed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.config import Settings
from bisect_parity.diagnosis.diagnose import Diagnosis, diagnose, neighbours
from bisect_parity.diagnosis.series import Run, select
from bisect_parity.history.interval import Interval
from bisect_parity.provenance.model import Candidate
from tests.report.evidence import bundle, resolution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GOOD, BAD = 0.9999984741695391, 0.7211752710777161


def series(*verdicts: float, **columns: Sequence[Any]) -> tuple[Run, ...]:
    """Runs in order of time with these correlations.

    `code` gives their code states (a mapping of states to chances where they are not known for sure),
    `options` the words of their commands, and other columns values of their environment; None leaves one out.
    """
    bundles, resolutions = [], []
    for at, correlation in enumerate(verdicts):
        code = columns.get("code", ["s"] * len(verdicts))[at]
        chances: Mapping[str, float] = code if isinstance(code, dict) else {code: 1.0} if code else {}
        path = f"reports/benchmarks/{at + 1:02d}"
        options = columns.get("options", [""] * len(verdicts))[at]
        environment = {
            name: str(column[at])
            for name, column in columns.items()
            if name not in ("code", "options") and column[at] is not None
        }
        commands = f"python scripts/bench.py {options}" if options else ""
        metrics = [("correlation_warm", correlation, 4096)]
        bundles.append(bundle(path, metrics, commands=commands, environment=environment))
        candidates = tuple(Candidate(state * 40, chance, state) for state, chance in chances.items())
        top = max(chances, key=lambda state: chances[state], default="")
        resolutions.append(
            resolution(
                path,
                commit=f"{at:040x}" if chances else None,
                probability=chances.get(top, 0.0),
                run_time=1000.0 * at + 1,
                code_state=top,
                candidates=candidates,
            )
        )
    return select(bundles, resolutions, Settings()).runs


def diagnosed(*verdicts: float, **columns: Sequence[Any]) -> Diagnosis:
    """The diagnosis of such a series; between its runs lie ten commits each."""
    runs = series(*verdicts, **columns)
    between = {
        pair: Interval(
            10, 1, 0 if _equal(runs, pair) else 3, 1 if _equal(runs, pair) else 4, _equal(runs, pair)
        )
        for pair in neighbours(runs)
    }
    return diagnose(runs, between)


def _equal(runs: Sequence[Run], pair: tuple[int, int]) -> bool:
    one, other = (runs[at].resolution.code_state for at in pair)
    return one == other


def evidence(found: Diagnosis, kind: str) -> str:
    """The evidence lines of a cause, as one text."""
    (cause,) = (cause for cause in found.causes if cause.kind == kind)
    return "\n".join(cause.evidence)


def weight(found: Diagnosis, kind: str) -> float:
    """The weight of a cause."""
    (cause,) = (cause for cause in found.causes if cause.kind == kind)
    return cause.weight
