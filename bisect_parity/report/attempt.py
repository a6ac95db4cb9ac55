"""One Attempt of a ledger, from an evidence output: date, result, figures, paths and gaps. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.evidence.verdict import is_parity_metric, leaf
from bisect_parity.report.audit_documents import Matrix
from bisect_parity.report.headline import headline
from bisect_parity.report.markdown import code, escape
from bisect_parity.report.rows import run_ranges
from bisect_parity.report.search_documents import Bisection, Sweep
from bisect_parity.report.trial_documents import Isolation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bisect_parity.report.audit_documents import MatrixBundle
    from bisect_parity.report.output import EvidenceOutput

MOST_NAMED = 3  # runs of equal figures; more of them are only counted, as in the matrix
FINAL = ("confirmed", "likely", "nothing-to-bisect", "isolated")


def is_blocked(output: EvidenceOutput) -> bool:
    """Whether artifacts are missing, and nothing came to an answer without them."""
    matrix = output.latest(Matrix)
    if matrix is None or not (matrix.missing or matrix.unreadable):
        return False
    bisections, isolations = output.every(Bisection).values(), output.every(Isolation).values()
    outcomes = {*(item.outcome for item in bisections), *(item.outcome for item in isolations)}
    return outcomes.isdisjoint(FINAL) and not any(sweep.complete for sweep in output.every(Sweep).values())


def attempt_lines(output: EvidenceOutput, place: str, date: str, digest: str) -> list[str]:
    """The lines of an Attempt; "{number}" in the first one stands for its number.

    Args:
        output: what the Attempt is about.
        place: of the output, as the ledger names it.
        date: year, month and day.
        digest: of the documents; by it, the same evidence is known again.
    """
    matrix, said = output.latest(Matrix), headline(output)
    if is_blocked(output) and matrix is not None:
        gaps = len(matrix.missing) + len(matrix.unreadable)
        are = "artifact is" if gaps == 1 else "artifacts are"
        result = f"BLOCKED: {gaps} expected {are} missing or unreadable"
        lines = [f"[{date}] Attempt #{{number}} - Result: {result}"]
        lines += [f"Known so far: {escape(said.sentence)}"]
    else:
        lines = [f"[{date}] Attempt #{{number}} - Result: {escape(said.sentence)}"]
        if said.label != "open":  # else it says only that nothing was searched yet
            lines += map(escape, said.because)
    lines += [f"Metrics: {text}" for text in _metrics(matrix, output.every(Bisection).values())]
    paths = [code(f"{place}/{name}") for name in output.sources()]
    lines.append(f"Artifacts: {', '.join(paths)}")
    lines += _gaps(matrix)
    lines.append(f"Evidence: {code(place)}, sha256:{digest}")
    return lines


def _metrics(matrix: Matrix | None, bisections: Iterable[Bisection]) -> Iterator[str]:
    groups: dict[tuple[str, str], dict[int, str]] = {}
    for bundle in matrix.bundles if matrix is not None else ():
        if bundle.in_series and bundle.run is not None:
            figures = ", ".join(_figures(bundle)) or "no parity figures recorded"
            groups.setdefault((bundle.verdict, figures), {}).setdefault(bundle.run, bundle.path)
    for (verdict, figures), runs in groups.items():
        named = ", ".join(map(code, runs.values())) if len(runs) <= MOST_NAMED else run_ranges(runs)
        yield f"{escape(verdict)}, {named}: {figures}"
    for item in bisections:
        for check in item.tested:
            if check.commit in (item.answer, item.answer_parent) and check.correlation is not None:
                figures = f"correlation {check.correlation!r}, sum_ratio {check.sum_ratio!r}"
                yield f"{code(check.commit[:12])} {escape(check.verdict)} ({escape(check.role)}): {figures}"


def _figures(bundle: MatrixBundle) -> Iterator[str]:
    shown: Mapping[str, object] = {
        leaf(name): value for name, value in bundle.metrics.items() if is_parity_metric(name)
    }
    yield from (f"{escape(name)} {escape(str(value))}" for name, value in shown.items() if value is not None)
    if bundle.unrecorded:
        yield f"unrecorded: {escape(', '.join(bundle.unrecorded))}"


def _gaps(matrix: Matrix | None) -> Iterator[str]:
    if matrix is None:
        yield "Gaps: no artifact matrix was made"
        return
    yield from (f"Missing: {code(path)}" for path in matrix.missing)
    yield from (f"Unreadable: {code(path)}" for path in matrix.unreadable)
    if not matrix.missing and not matrix.unreadable:
        yield "Gaps: none; every expected file is there"
