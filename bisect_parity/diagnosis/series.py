"""Which bundles are the runs of one series, what each lacks, and which two to contrast. Pure."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.evidence.bundle_verdicts import judge_bundles
from bisect_parity.evidence.grouping import part_of_run
from bisect_parity.evidence.model import Bundle, Metric, TimeKind
from bisect_parity.evidence.verdict import (
    RESULT_FILE,
    Figures,
    RecordedVerdict,
    Verdict,
    judged_size,
    leaf,
    run_verdict,
)
from bisect_parity.params.command_values import is_run
from bisect_parity.provenance.model import Resolution
from bisect_parity.provenance.subject import group_twins
from bisect_parity.recording.bundle_folder import RECORD_NAME
from bisect_parity.wording import natural_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bisect_parity.config import Settings

COMPANIONS = ("env.json", "commands.txt", "summary.md")
NUMBER, ANY = "#", "*"
PLAIN_FOLDERS = frozenset({"benchmarks", ".benchmarks"})
_NUMBERS = re.compile(r"(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{7,}(?![0-9a-z])|\d+")
LEFT_BY_A_RUN = frozenset({"env.json", "trace.json", "run.log"})


@frozen
class MeasuredBundle:
    """One bundle with its figures.

    Attributes:
        bundle: what was read.
        resolution: which commit made it.
        figures: of its result file; None where it has none that can be read.
        verdict: of these figures.
        missing: expected files that are not there, relative to the top.
        unreadable: result files that are there and cannot be read.
    """

    bundle: Bundle
    resolution: Resolution
    figures: Figures | None
    verdict: RecordedVerdict
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@frozen
class Run:
    """One run: the bundles that hold copies of it, the one with the best known commit first."""

    entries: tuple[MeasuredBundle, ...]
    verdict: RecordedVerdict

    @property
    def name(self) -> str:
        """The path of the bundle that comes first by name."""
        return min(entry.bundle.path for entry in self.entries)

    @property
    def resolution(self) -> Resolution:
        """The most probable of its bundles' resolutions."""
        return max(
            (entry.resolution for entry in self.entries), key=lambda r: (r.commit is not None, r.probability)
        )

    @property
    def figures(self) -> Figures | None:
        """The figures of the first of its bundles that has any."""
        return next((entry.figures for entry in self.entries if entry.figures is not None), None)

    @property
    def judged(self) -> tuple[Metric, ...]:
        """The metrics that its verdict rests on."""
        figures = self.figures
        return tuple(m for m in figures.metrics if m.name in figures.judged) if figures is not None else ()

    @property
    def time(self) -> float:
        """POSIX seconds of the run as well as known, for sorting: stated in UTC, inferred, or by its name."""
        stated = [
            statement.seconds
            for entry in self.entries
            for findings in entry.bundle.findings
            for statement in findings.times
            if statement.origin in ("trace", "field") and statement.kind is TimeKind.UTC
        ]
        inferred = [e.resolution.run_time for e in self.entries if e.resolution.run_time is not None]
        named = (stamp for entry in self.entries for stamp in entry.bundle.stamps[:1])
        stamps = [stamp.seconds for stamp in named if not stamp.lacks_year]
        return min(stated or inferred or stamps or [0.0])


@frozen
class Selection:
    """The bundles sorted out.

    Attributes:
        runs: of the series, by time.
        others: bundles with parity metrics that are no runs of the series.
        outside: all other bundles, without figures that are judged.
        size: detector width in pixels at which they are judged.
    """

    runs: tuple[Run, ...]
    others: tuple[MeasuredBundle, ...]
    outside: tuple[MeasuredBundle, ...]
    size: int


def select(
    bundles: Sequence[Bundle],
    resolutions: Sequence[Resolution],
    settings: Settings,
    also: Collection[str] = (),
) -> Selection:
    """Find the series: the runs with the same result file and the same parity metrics, most runs first.

    A bundle without such a file belongs to it where it lies beside its runs and holds what only a run leaves
    behind: a trace, a log, env.json, or commands that run the same program; it is judged by what its logs
    state. A write-up does not. What notes state counts only where nothing else does.

    Args:
        bundles: with their twins named.
        resolutions: one a bundle, in the same order.
        settings: thresholds and the size that is judged.
        also: paths of bundles that belong to the series whatever they hold.
    """
    size = judged_size(bundles, settings.evidence.size)
    entries = _entries(bundles, resolutions, settings)
    groups = group_twins(bundles)
    key = _series_key([tuple(entries[bundle.path] for bundle in group) for group in groups])
    result_name = key[0] if key else RESULT_FILE
    members = _members(
        list(entries.values()), key, result_name, any_file=settings.evidence.criterion is not None
    )
    members |= frozenset(also)
    runs = []
    for group in groups:
        own = tuple(_with_gaps(entries[b.path], result_name) for b in group if b.path in members)
        if own:
            runs.append(Run(own, run_verdict([entry.verdict for entry in own])))
    rest = [entry for path, entry in entries.items() if path not in members]
    others, outside = (
        tuple(one for one in rest if (one.figures is None) == is_none) for is_none in (False, True)
    )
    ordered = sorted(runs, key=lambda run: (run.time, natural_order(run.name)))
    return Selection(tuple(ordered), others, outside, size)


def every_run(bundles: Sequence[Bundle], resolutions: Sequence[Resolution], settings: Settings) -> list[Run]:
    """All runs, of whatever series; copies are one.

    Args:
        bundles, resolutions, settings: as of `select`.
    """
    entries = _entries(bundles, resolutions, settings)
    groups = [tuple(entries[bundle.path] for bundle in group) for group in group_twins(bundles)]
    return [Run(own, run_verdict([entry.verdict for entry in own])) for own in groups]


def _entries(
    bundles: Sequence[Bundle], resolutions: Sequence[Resolution], settings: Settings
) -> dict[str, MeasuredBundle]:
    judged = judge_bundles(bundles, settings)
    return {
        bundle.path: MeasuredBundle(
            bundle, resolution, judged[bundle.path].figures, judged[bundle.path].verdict
        )
        for bundle, resolution in zip(bundles, resolutions, strict=True)
    }


def contrast_pair(runs: Iterable[Run]) -> tuple[Run, Run] | None:
    """A good run and the bad run nearest to it in time, or None where there is no good or no bad one."""
    timed = [(run.time, run) for run in runs]  # of each once: every pair is looked at
    sides = {kind: [item for item in timed if item[1].verdict.verdict is kind] for kind in Verdict}
    pairs = itertools.product(sides[Verdict.GOOD], sides[Verdict.BAD])
    nearest = min(pairs, key=lambda pair: abs(pair[0][0] - pair[1][0]), default=None)
    return None if nearest is None else (nearest[0][1], nearest[1][1])


def _key(entry: MeasuredBundle) -> tuple[str, frozenset[str]] | None:
    if entry.figures is None:
        return None
    judged = () if entry.figures.is_text else entry.figures.judged  # no two texts are alike in them
    name = plain_name(entry.figures.path)
    if entry.bundle.path == entry.figures.path and NUMBER not in name:  # the file's name is that of the run
        name = f"{ANY}{part_of_run(name)}{PurePosixPath(name).suffix}"
    return name, frozenset(map(leaf, judged))


def plain_name(path: str, *, whole: bool = False) -> str:
    """The file's name without what numbers, ids and stamps make of it: files of one kind have the same.

    Args:
        path: of the file.
        whole: with the names of its folders.
    """
    return _NUMBERS.sub(NUMBER, path if whole else PurePosixPath(path).name)


def _series_key(groups: Sequence[tuple[MeasuredBundle, ...]]) -> tuple[str, frozenset[str]] | None:
    counts = Counter(key for group in groups for key in {_key(entry) for entry in group} if key is not None)
    ranked = sorted(  # a text's key names no metric
        counts, key=lambda key: (not key[1], -counts[key], key[0] != RESULT_FILE, key[0], sorted(key[1]))
    )
    return ranked[0] if ranked else None


def _members(
    entries: Sequence[MeasuredBundle],
    key: tuple[str, frozenset[str]] | None,
    result_name: str,
    *,
    any_file: bool,
) -> frozenset[str]:
    own = [entry for entry in entries if entry.figures is not None and (any_file or _key(entry) == key)]
    members = {entry.bundle.path for entry in own}
    folders = {path.rpartition("/")[0] for path in members}
    programs = {name for entry in entries if entry.bundle.path in members for name in _programs(entry)}
    for entry in entries:
        if (entry.figures is None or entry.figures.is_text) and entry.bundle.path not in members:
            is_beside = entry.bundle.path.rpartition("/")[0] in folders
            names = {plain_name(artifact.path) for artifact in entry.bundle.artifacts}
            ran = not names.isdisjoint(LEFT_BY_A_RUN) or not programs.isdisjoint(_programs(entry))
            has_result = result_name in names and result_name != RECORD_NAME  # which every recorded run has
            if has_result or (is_beside and ran):
                members.add(entry.bundle.path)
    return frozenset(members)


def _programs(entry: MeasuredBundle) -> set[str]:
    commands = (command for findings in entry.bundle.findings for command in findings.commands)
    return {PurePosixPath(command.program).name for command in commands if is_run(command)}


def _with_gaps(entry: MeasuredBundle, result_name: str) -> MeasuredBundle:
    path = entry.bundle.path
    inside = f"{path}/" if path else ""  # of the bundle that is the whole working tree
    names = {plain_name(artifact.path) for artifact in entry.bundle.artifacts}
    missing = list(entry.bundle.missing)
    is_promised = result_name == RESULT_FILE or (entry.figures is None and not result_name.startswith(ANY))
    if result_name not in names and is_promised:
        missing.append(f"{inside}{result_name}")
    if result_name == RESULT_FILE and path.rpartition("/")[0].rpartition("/")[2] not in PLAIN_FOLDERS:
        there = {artifact.path for artifact in entry.bundle.artifacts}
        missing += [f"{inside}{name}" for name in COMPANIONS if f"{inside}{name}" not in there]
    unreadable: tuple[str, ...] = ()
    if entry.figures is None:
        found = entry.bundle.artifacts
        broken = {problem.path for findings in entry.bundle.findings for problem in findings.problems}
        results = (a.path for a in found if plain_name(a.path) == result_name)
        unreadable = tuple(  # a record without figures is whole
            name for name in results if result_name != RECORD_NAME or name in broken
        )
    return MeasuredBundle(
        entry.bundle,
        entry.resolution,
        entry.figures,
        entry.verdict,
        tuple(dict.fromkeys(missing)),
        unreadable,
    )
