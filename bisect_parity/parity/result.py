"""The result of one check: verdict.json, and the same in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from attrs import Factory, frozen

from bisect_parity.files import json_text, replace_file
from bisect_parity.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bisect_parity.errors import BisectParityError

SCHEMA = "bisect-parity/verdict"
SCHEMA_VERSION = 1
VERDICT_NAME = "verdict.json"
EXIT_STATUS = {"good": 0, "bad": 1, "skip": 125, "abort": 200}


@frozen
class CheckResult:
    """What one check found; `verdict.json` holds all of it.

    Attributes:
        commit: full id of what was checked.
        case: its name; "" where none was found.
        size: that the images were made at.
        case_size: the case's own.
        verdict: "good", "bad", "skip" or "abort".
        reason: in one line.
        step: where it was decided: "prepare", "reference", "candidate", "compare", "test"; None before all.
        comparison: the parity metrics as JSON, or None where the images were not compared.
        figure: of a test whose case reads one; None otherwise.
        sizes: verdict and metrics at each size, where the case has several; `comparison` is that of the last.
        thresholds: that were applied.
        timings: seconds of each step, and "total".
        digests: of code state, case, environment, images and the pinned reference.
        environment: see `describe_environment`.
        started: UTC, ISO 8601.
        notes: what a person should know of how the steps were run.
        relations: how a bad candidate is related to its reference, in sentences, where that was asked for.
        cache: whether the verdict was known already, and whether it was kept; see `parity.check`.
    """

    commit: str
    case: str
    size: int | None
    case_size: int | None
    verdict: str
    reason: str
    step: str | None
    started: str
    comparison: dict[str, Any] | None = None
    figure: float | None = None
    sizes: tuple[dict[str, Any], ...] = ()
    thresholds: dict[str, float] | None = None
    timings: dict[str, float] = Factory(dict)
    digests: dict[str, str] = Factory(dict)
    environment: dict[str, Any] = Factory(dict)
    notes: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    cache: dict[str, Any] = Factory(dict)

    @property
    def exit_status(self) -> int:
        """The exit status for `git bisect run`."""
        return EXIT_STATUS[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """The document of verdict.json."""
        return {"schema": SCHEMA, "version": SCHEMA_VERSION, **attrs.asdict(self)}

    def as_known(self, document: Mapping[str, Any], cache: Mapping[str, Any]) -> CheckResult:
        """This check with the findings of an earlier one of the same content, which need not be run again."""
        names = ("verdict", "reason", "step", "comparison", "figure", "sizes", "digests", "relations")
        origin = {
            "commit": document["commit"],
            "started": document["started"],
            "timings": document["timings"],
        }
        found = {"figure": None, "relations": (), **document}  # older ones have none
        return attrs.evolve(self, **{name: found[name] for name in names}, cache=dict(cache) | origin)

    def headline(self) -> str:
        """The verdict with both metrics and their margins, in one line."""
        metrics = _metrics_text(self.comparison, self.thresholds)
        return f"{self.verdict}: {metrics or self.reason}"

    def details(self) -> list[str]:
        """What else a person wants to know: the commit, the size, the reason, the time of each step."""
        size = f", size {self.size}" if self._is_sized() else ""
        if self.size != self.case_size and self.case_size is not None:
            size += f" (not the case's size, {self.case_size}{_doubt(self.size, self.case_size)})"
        lines = [f"commit {self.commit[:12]}, case {self.case or '-'}{size}"]
        if self.verdict != "good" and self.reason not in self.headline():
            lines.append(self.reason)
        lines += self.relations
        lines += self.notes
        if self.cache.get("state") == "known":
            lines.append(f"not run: {self.cache['reason']}, at commit {self.cache['commit'][:12]}")
        if self.timings:
            lines.append(", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.timings.items()))
        return lines

    def _is_sized(self) -> bool:
        """Whether the size is worth a word: it was asked for, or it is a side of the images."""
        if self.size is None or self.size != self.case_size:
            return self.size is not None
        shape = (self.comparison or {}).get("shape")
        return self.step != "test" and (shape is None or self.size in shape)


def _doubt(size: int | None, case_size: int) -> str:
    """A regression may pass at 256 pixels and fail from 512 up."""
    return ": a smaller one proves nothing about it" if size is not None and size < case_size else ""


def _metrics_text(comparison: Mapping[str, Any] | None, thresholds: Mapping[str, float] | None) -> str:
    if comparison is None or thresholds is None:
        return ""
    correlation, ratio = comparison["correlation"], comparison["sum_ratio"]
    if correlation is None or ratio is None:
        return ""
    least, tolerance = thresholds["correlation_min"], thresholds["sum_ratio_tolerance"]
    return (
        f"correlation {correlation:.10g} (at least {least:.10g}, margin {correlation - least:+.3g}),"
        f" sum ratio {ratio:.10g} (1 within {tolerance:.10g}, margin {tolerance - abs(ratio - 1):+.3g})"
    )


def refused(commit: str, case: str, size: int | None, error: BisectParityError) -> CheckResult:
    """The verdict where the check could not even begin."""
    return CheckResult(
        commit=commit,
        case=case,
        size=size,
        case_size=None,
        verdict="abort",
        reason=str(error),
        step=None,
        started=utc_text(),
    )


def write_result(result: CheckResult, folder: Path) -> None:
    """Write verdict.json below `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    replace_file(folder / VERDICT_NAME, json_text(result.to_json()))
