"""Bundles that hold several runs, taken apart into one bundle a run. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.criterion import criterion_figures
from bisect_parity.evidence.model import Bundle, Findings
from bisect_parity.provenance.runs import is_run, without_copies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bisect_parity.config import Criterion
    from bisect_parity.provenance.model import Resolution


def take_apart(bundle: Bundle, criterion: Criterion | None) -> tuple[Bundle, ...]:
    """The bundle itself; or, where its files hold several runs, a bundle for each.

    A part of a file is a run where it says something of its own commit or time, or records the figure that
    `criterion` asks for. Its name is that of the file, with "#label" where the file holds several.
    """
    found = list(_runs(bundle, criterion))
    return tuple(found) if len(found) > 1 else (bundle,)


def single_runs(
    bundles: Sequence[Bundle],
    resolutions: Sequence[Resolution],
    of_files: Iterable[tuple[Bundle, Resolution]],
    criterion: Criterion | None = None,
) -> list[tuple[Bundle, Resolution]]:
    """Each run once, with its resolution.

    Args:
        bundles: as found.
        resolutions: of them, in the same order.
        of_files: the runs of files that hold, or held, several, with what is known of each by itself.
        criterion: what runs are judged by, if not by parity.
    """
    known: dict[str, list[tuple[Bundle, Resolution]]] = {}
    for run, resolution in of_files:
        known.setdefault(run.artifacts[0].path, []).append((run, resolution))
    found: list[tuple[Bundle, Resolution]] = []
    for bundle, resolution in zip(bundles, resolutions, strict=True):
        parts = take_apart(bundle, criterion)
        files = dict.fromkeys(artifact.path for artifact in bundle.artifacts)
        own = [pair for path in files for pair in known.get(path, ())]
        was_overwritten = len(parts) == 1 and not bundle.stamps and len(own) > 1
        if was_overwritten or 1 < len(parts) <= len(own):
            found += own
            if (
                bundle.path in files and len(parts) == 1
            ):  # a bundle that is one file holds its newest run itself
                found.append((bundle, resolution))
        else:
            by_name = {run.path: one for run, one in own}
            found += [(part, by_name.get(part.path, resolution)) for part in parts]
    return found


def by_files(bundle: Bundle, criterion: Criterion | None) -> tuple[Bundle, ...]:
    """The bundle itself; or, where several files hold one run each (numbered files), a bundle for each."""
    parts = take_apart(bundle, criterion)
    files = {part.artifacts[0].path for part in parts if part.artifacts}
    return parts if len(parts) == len(files) else (bundle,)


def _runs(bundle: Bundle, criterion: Criterion | None) -> Iterator[Bundle]:
    artifacts = {artifact.path: artifact for artifact in bundle.artifacts}
    for findings in bundle.findings:
        runs = without_copies(run for run in findings.runs if is_run(run) or _is_judged(run, criterion))
        for run in runs:
            name = findings.path + (f"#{run.label}" if len(runs) > 1 and run.label else "")
            whole = evolve(
                run,
                path=findings.path,
                environment=(*findings.environment, *run.environment),
                parameters=(*findings.parameters, *run.parameters),
                branches=run.branches or findings.branches,
            )
            yield Bundle(name, (), (artifacts[findings.path],), (whole,))


def _is_judged(run: Findings, criterion: Criterion | None) -> bool:
    return criterion is not None and criterion_figures(Bundle("", (), (), (run,)), criterion) is not None
