"""One parity check of one commit: prepare, make both images, compare, and tell the verdict."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from attrs import Factory, define, frozen

from bisect_parity.config import Thresholds
from bisect_parity.errors import BisectParityError, CheckError, OutputError
from bisect_parity.parity.background import Background, import_torch
from bisect_parity.parity.environment import describe_environment, environment_digest
from bisect_parity.parity.failures import (
    Failure,
    candidate_failure,
    prepare_failure,
    reference_failure,
)
from bisect_parity.parity.forked_python import open_zygote
from bisect_parity.parity.images import open_image
from bisect_parity.parity.layout import Fault, ImageError
from bisect_parity.parity.pair import compare_images
from bisect_parity.parity.reference import file_digest, pinned_reference
from bisect_parity.parity.result import SCHEMA_VERSION, CheckResult, utc_now, write_result
from bisect_parity.parity.runner import Runner
from bisect_parity.parity.scratch import scratch_folder
from bisect_parity.parity.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bisect_parity.journal import Journal
    from bisect_parity.parity.cache import Memory
    from bisect_parity.parity.case import Case
    from bisect_parity.parity.images import Image
    from bisect_parity.parity.layout import ImageSpec

__all__ = ["Subject", "check"]


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
    export: Callable[[str, Path], object]
    is_own_module: Callable[[str], bool]


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
    notes: list[str] = Factory(list)

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
    memory: Memory,
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
        memory: of earlier verdicts.
        keep_images: whether both images are kept below `folder`.

    Raises:
        OutputError: the verdict cannot be written.
    """
    begin, started = time.monotonic(), utc_now()
    findings = _Findings()
    ended = Failure("abort", "internal error", "", is_repeatable=False)
    known: dict[str, Any] | None = None
    try:
        findings.environment = describe_environment(case, journal, caller)
        findings.digests = _digests(case, subject, findings.environment)
        known = memory.recall(findings.digests)
        if known is None:
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
            notes=tuple(findings.notes),
        )
        if known is not None:
            result = result.as_known(known, memory.to_json())
        else:
            memory.keep(result.to_json(), ended.is_repeatable)
            result = attrs.evolve(result, cache=memory.to_json())
        write_result(result, folder)
    return result


def _digests(case: Case, subject: Subject, environment: Mapping[str, Any]) -> dict[str, str]:
    """Identities of all that the verdict depends on."""
    return {
        "code_state": subject.code_state,
        "case": case.digest(),
        "reference_commit": subject.reference_commit or "",
        "environment": environment_digest(environment),
        "verdict_version": str(SCHEMA_VERSION),
    }


def _run(
    case: Case,
    subject: Subject,
    journal: Journal,
    folder: Path,
    findings: _Findings,
    caller: Mapping[str, str],
    keep_images: bool,
) -> Failure:
    with _folders() as (scratch, reference_folder, candidate_folder):
        runner = Runner(
            case=case,
            journal=journal,
            worktree=subject.worktree,
            scratch=scratch,
            repository=subject.repository,
            folder=folder,
            caller=caller,
            notes=findings.notes,
            zygote=open_zygote(caller),
        )
        with findings.timed("prepare"):
            for number, command in enumerate(case.prepare, 1):
                result = runner.run(f"prepare-{number}", command, case.prepare_timeout, None)
                if not result.succeeded:
                    raise _Ended(prepare_failure(result, case))
        with findings.timed("reference"):
            reference = _reference(runner, subject, findings, reference_folder)
        candidate = candidate_folder / f"candidate{case.suffix}"
        torch = import_torch()
        reference_digest = Background(lambda: file_digest(reference))
        with findings.timed("candidate"):
            _make_candidate(runner, subject, candidate)
        try:
            with findings.timed("compare"):
                images = _opened_pair(case, reference, candidate)
                candidate_digest = Background(lambda: file_digest(candidate))
                torch.result()
                failure = _judged(case, *images, findings)
                findings.digests["reference_image"] = reference_digest.result()
                findings.digests["candidate_image"] = candidate_digest.result()
                return failure
        finally:
            if keep_images:
                _keep((reference, candidate), folder)


@contextlib.contextmanager
def _folders() -> Iterator[tuple[Path, Path, Path]]:
    """Three empty folders, gone afterwards: each image has one of its own, so that none reads the other."""
    with scratch_folder() as top:
        places = (top / "scratch", top / "reference", top / "candidate")
        for place in places:
            place.mkdir()
        yield places


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
    result = runner.run_candidate(image)
    if not result.succeeded:
        raise _Ended(candidate_failure(result, case))


def _opened_pair(case: Case, reference: Path, candidate: Path) -> tuple[Image, Image]:
    """Both images; what cannot be opened is decided by the case's rules."""
    spec = case.image_spec()
    rules = {Fault.MISSING: case.on_missing_output, Fault.UNREADABLE: "abort"}
    return (
        _opened(reference, spec, lambda _fault: case.on_reference_failure, "reference"),
        _opened(candidate, spec, lambda fault: rules.get(fault, case.on_wrong_image), "candidate"),
    )


def _judged(case: Case, reference: Image, candidate: Image, findings: _Findings) -> Failure:
    """The verdict on two images; what no threshold can judge is decided by the case's rules."""
    try:
        moments = compare_images(reference, candidate)
    except ImageError as error:
        raise CheckError(f"the images cannot be compared: {error.message}", error.remedy) from error
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
