"""One parity check of one commit: prepare, make both images, compare, and tell the verdict."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from attrs import Factory, define, frozen

from bisect_parity.config import Thresholds
from bisect_parity.errors import BisectParityError, CheckError, OutputError
from bisect_parity.files import replace_file
from bisect_parity.parity.environment import describe_environment, environment_digest
from bisect_parity.parity.failures import (
    Failure,
    candidate_failure,
    prepare_failure,
    reference_failure,
)
from bisect_parity.parity.images import open_image
from bisect_parity.parity.layout import Fault, ImageError
from bisect_parity.parity.pair import compare_images
from bisect_parity.parity.reference import file_digest, pinned_reference
from bisect_parity.parity.runner import Runner
from bisect_parity.parity.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bisect_parity.journal import Journal
    from bisect_parity.parity.case import Case
    from bisect_parity.parity.images import Image
    from bisect_parity.parity.layout import ImageSpec
    from bisect_parity.parity.model import Moments

__all__ = ["EXIT_STATUS", "CheckResult", "Subject", "check", "refused", "write_verdict"]

SCHEMA = "bisect-parity/verdict"
SCHEMA_VERSION = 1
VERDICT_NAME = "verdict.json"
EXIT_STATUS = {"good": 0, "bad": 1, "skip": 125, "abort": 200}


@frozen
class Subject:
    """What is checked, and where things lie; git was asked for all of it before.

    Attributes:
        commit: full id of what is checked out.
        worktree: top of the tree under test.
        repository: top of the user's repository.
        store: where pinned references are kept.
        code_state: digest of the code paths at the commit.
        reference_commit: full id of the case's `reference_at`; None without one.
        export: writes the files of a commit into an empty folder.
        is_own_module: whether other commits of the repository have a Python module of this name.
    """

    commit: str
    worktree: Path
    repository: Path
    store: Path
    code_state: str
    reference_commit: str | None
    export: Callable[[str, Path], None]
    is_own_module: Callable[[str], bool]


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
        step: where it was decided: "prepare", "reference", "candidate", "compare"; None before the first.
        comparison: the parity metrics as JSON, or None where the images were not compared.
        thresholds: that were applied.
        timings: seconds of each step, and "total".
        digests: of code state, case, environment, images and the pinned reference.
        environment: see `describe_environment`.
        started: UTC, ISO 8601.
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
    thresholds: dict[str, float] | None = None
    timings: dict[str, float] = Factory(dict)
    digests: dict[str, str] = Factory(dict)
    environment: dict[str, Any] = Factory(dict)

    @property
    def exit_status(self) -> int:
        """The status that tells `git bisect run`."""
        return EXIT_STATUS[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """The document of verdict.json."""
        return {"schema": SCHEMA, "version": SCHEMA_VERSION, **attrs.asdict(self)}

    def headline(self) -> str:
        """The verdict with both metrics and their margins, in one line."""
        metrics = _metrics_text(self.comparison, self.thresholds)
        return f"{self.verdict}: {metrics or self.reason}"

    def details(self) -> list[str]:
        """What else a person wants to know: the commit, the size, the reason, the time of each step."""
        size = "" if self.size is None else f", size {self.size}"
        if self.size != self.case_size and self.case_size is not None:
            size += f" (not the case's size, {self.case_size})"
        lines = [f"commit {self.commit[:12]}, case {self.case or '-'}{size}"]
        if self.comparison is not None:
            lines.append(self.reason)
        if self.timings:
            lines.append(", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.timings.items()))
        return lines


def _metrics_text(comparison: Mapping[str, Any] | None, thresholds: Mapping[str, float] | None) -> str:
    if comparison is None or thresholds is None:
        return ""
    correlation, ratio = comparison["correlation"], comparison["sum_ratio"]
    if correlation is None or ratio is None:
        return ""
    least, tolerance = thresholds["correlation_min"], thresholds["sum_ratio_tolerance"]
    return (
        f"correlation {correlation:.10g} (at least {least:g}, margin {correlation - least:+.3g}),"
        f" sum ratio {ratio:.10g} (1 within {tolerance:g}, margin {tolerance - abs(ratio - 1):+.3g})"
    )


class _Ended(Exception):  # noqa: N818 - it ends the check, and is no error
    """The verdict is known before the images could be compared."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@define
class _Findings:
    """What is known so far; all of it is told, however the check ends."""

    step: str | None = None
    comparison: dict[str, Any] | None = None
    timings: dict[str, float] = Factory(dict)
    digests: dict[str, str] = Factory(dict)
    environment: dict[str, Any] = Factory(dict)

    @contextlib.contextmanager
    def timed(self, step: str) -> Iterator[None]:
        self.step = step
        begin = time.monotonic()
        try:
            yield
        finally:
            self.timings[step] = round(self.timings.get(step, 0.0) + time.monotonic() - begin, 4)


def check(
    case: Case,
    subject: Subject,
    journal: Journal,
    folder: Path,
    *,
    case_size: int,
    caller: Mapping[str, str],
    keep_images: bool = False,
) -> CheckResult:
    """Check the commit that is checked out, and write the verdict below `folder`, however it ends.

    Args:
        case: at the size that is wanted.
        subject: what is checked.
        journal: logs and starts the steps.
        folder: for verdict.json and the output of the steps.
        case_size: the case's own size.
        caller: the environment of this process.
        keep_images: whether both images are kept below `folder`.

    Raises:
        OutputError: the verdict cannot be written.
    """
    begin, started = time.monotonic(), _utc_now()
    findings = _Findings()
    ended = Failure("abort", "internal error", "")
    try:
        ended = _run(case, subject, journal, folder, findings, caller, keep_images)
    except _Ended as end:
        ended = end.failure
    except BisectParityError as error:
        ended = Failure("abort", str(error), findings.step or "")
    except KeyboardInterrupt:
        ended = Failure("abort", "interrupted", findings.step or "")
        raise
    except BaseException as error:
        ended = Failure("abort", f"internal error: {type(error).__name__}: {error}", findings.step or "")
        raise
    finally:
        findings.timings["total"] = round(time.monotonic() - begin, 4)
        result = CheckResult(
            commit=subject.commit,
            case=case.name,
            size=case.size,
            case_size=case_size,
            verdict=ended.verdict,
            reason=ended.reason,
            step=ended.step or None,
            started=started,
            comparison=findings.comparison,
            thresholds=None if case.thresholds is None else attrs.asdict(case.thresholds),
            timings=findings.timings,
            digests=findings.digests,
            environment=findings.environment,
        )
        write_verdict(result, folder)
    return result


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
        started=_utc_now(),
    )


def write_verdict(result: CheckResult, folder: Path) -> None:
    """Write verdict.json below `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    replace_file(folder / VERDICT_NAME, json.dumps(result.to_json(), indent=2, allow_nan=False) + "\n")


def _run(
    case: Case,
    subject: Subject,
    journal: Journal,
    folder: Path,
    findings: _Findings,
    caller: Mapping[str, str],
    keep_images: bool,
) -> Failure:
    findings.environment = describe_environment(case, journal, caller)
    findings.digests |= {
        "code_state": subject.code_state,
        "case": case.digest(),
        "environment": environment_digest(findings.environment),
    }
    with _folders() as (scratch, reference_folder, candidate_folder):
        runner = Runner(
            case=case,
            journal=journal,
            worktree=subject.worktree,
            scratch=scratch,
            repository=subject.repository,
            folder=folder,
            caller=caller,
        )
        with findings.timed("prepare"):
            for number, command in enumerate(case.prepare, 1):
                result = runner.run(f"prepare-{number}", command, case.prepare_timeout, None)
                if not result.succeeded:
                    raise _Ended(prepare_failure(result, case))
        with findings.timed("reference"):
            reference = _reference(runner, subject, findings, reference_folder)
        candidate = candidate_folder / f"candidate{case.suffix}"
        with findings.timed("candidate"):
            _make_candidate(runner, subject, candidate)
        try:
            with findings.timed("compare"):
                return _compare(case, reference, candidate, findings)
        finally:
            if keep_images:
                _keep((reference, candidate), folder)


@contextlib.contextmanager
def _folders() -> Iterator[tuple[Path, Path, Path]]:
    """Three empty folders, gone afterwards: each image has one of its own, so that none reads the other."""
    try:
        top = Path(tempfile.mkdtemp(prefix="bisect-parity-"))
    except OSError as error:
        raise CheckError(
            f"no temporary folder can be made: {error.strerror}", "Make room, or set TMPDIR."
        ) from error
    try:
        places = (top / "scratch", top / "reference", top / "candidate")
        for place in places:
            place.mkdir()
        yield places
    finally:
        shutil.rmtree(top, ignore_errors=True)


def _reference(runner: Runner, subject: Subject, findings: _Findings, folder: Path) -> Path:
    case = runner.case
    if subject.reference_commit is not None:
        environment = findings.digests["environment"]
        pinned = pinned_reference(
            runner, subject.reference_commit, environment, subject.export, subject.store
        )
        findings.digests |= {f"reference_{name}": value for name, value in pinned.digests.items()}
        return pinned.image
    image = folder / f"reference{case.suffix}"
    result = runner.run("reference", case.reference, case.reference_timeout, image)
    if not result.succeeded:
        raise _Ended(reference_failure(result, case))
    return image


def _make_candidate(runner: Runner, subject: Subject, image: Path) -> None:
    case = runner.case
    module = runner.missing_module(case.candidate)
    if module is not None and subject.is_own_module(module):
        reason = f"candidate cannot be imported: this commit has no {module}"
        raise _Ended(
            Failure(case.on_import_error, f"{reason}, and an installed one is not judged", "candidate")
        )
    result = runner.run("candidate", case.candidate, case.candidate_timeout, image)
    if not result.succeeded:
        raise _Ended(candidate_failure(result, case))


def _compare(case: Case, reference: Path, candidate: Path, findings: _Findings) -> Failure:
    """Compare both images; what cannot be compared is decided by the case's rules."""
    spec = case.image_spec()
    trusted = _opened(reference, spec, lambda _fault: case.on_reference_failure, "reference")
    rules = {Fault.MISSING: case.on_missing_output, Fault.UNREADABLE: "abort"}
    tested = _opened(candidate, spec, lambda fault: rules.get(fault, case.on_wrong_image), "candidate")
    for name, path in (("reference_image", reference), ("candidate_image", candidate)):
        findings.digests[name] = file_digest(path)
    moments = _moments(trusted, tested)
    comparison = judge(moments, case.thresholds or Thresholds())
    findings.comparison = comparison.to_json()
    verdict = comparison.verdict.value
    if moments.reference.non_finite or moments.reference.is_constant or moments.reference.sum_is_zero:
        verdict = case.on_reference_failure
    elif moments.candidate.non_finite:
        verdict = case.on_non_finite
    elif moments.candidate.is_constant or moments.candidate.sum_is_zero:
        verdict = case.on_degenerate
    return Failure(verdict, comparison.reason, "compare")


def _opened(path: Path, spec: ImageSpec, rule: Callable[[Fault], str], role: str) -> Image:
    try:
        return open_image(path, spec)
    except ImageError as error:
        what = f"made an image that cannot be used: {error.message}"
        if error.fault is Fault.MISSING:
            what = "ended well but wrote no image"
        raise _Ended(Failure(rule(error.fault), f"{role} {what}", "compare")) from error


def _moments(reference: Image, candidate: Image) -> Moments:
    """The comparison proper, with torch; if torch is broken, that is not the commit's fault."""
    try:
        return compare_images(reference, candidate)
    except ImageError as error:
        raise CheckError(f"the images cannot be compared: {error.message}", error.remedy) from error
    except ImportError as error:
        raise CheckError(
            f"torch cannot be imported: {error}",
            "Repair the environment that bisect-parity is installed in.",
        ) from error


def _keep(images: tuple[Path, ...], folder: Path) -> None:
    for image in images:
        try:
            shutil.copyfile(image, folder / image.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutputError(
                f"cannot keep {image.name} in {folder}: {error.strerror}", "Make room there."
            ) from error


def _utc_now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
