"""One round of a check at one size: both images are made, compared and judged; or a test is run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import Factory, define, frozen

from bisect_parity.config import Thresholds
from bisect_parity.digest import content_digest
from bisect_parity.errors import CheckError, EvidenceError
from bisect_parity.parity.background import BackgroundTask, import_torch
from bisect_parity.parity.brought import brought_path
from bisect_parity.parity.failures import StepFailure, candidate_failure, reference_failure, verdict_of_test
from bisect_parity.parity.figure import by_figure, figure_of, figures_printed
from bisect_parity.parity.images import open_image
from bisect_parity.parity.kept_images import keep_images, keep_preview
from bisect_parity.parity.layout import Fault, ImageError, ImageSpec
from bisect_parity.parity.model import Scope
from bisect_parity.parity.pair import compare_images, open_as
from bisect_parity.parity.reference import pinned_reference
from bisect_parity.parity.scratch import no_image
from bisect_parity.parity.verdict import CheckVerdict, Comparison, judge

if TYPE_CHECKING:
    from bisect_parity.parity.case import Case
    from bisect_parity.parity.images import Image
    from bisect_parity.parity.runner import Runner

NOISE_SHARE = 0.01  # of the tolerances, that a reference may differ from itself by


@frozen
class CheckedTree:
    """What is checked, and where things lie; git was asked for all of it before.

    Attributes:
        commit: full id of what is checked out.
        worktree: top of the tree under test.
        is_own_tree: whether that tree is one of ours, which may be written.
        repository: top of the user's repository.
        store: where pinned references are kept.
        code_state: digest of the code paths at the commit.
        reference_commit: full id of the case's `reference_at`; None without one.
        export: writes the files of a commit into an empty folder.
        is_own_module: whether other commits of the repository have a Python module of this name.
        conversions: digest of the settings by which git wrote the tree; empty in the user's own.
    """

    commit: str
    worktree: Path
    is_own_tree: bool
    repository: Path
    store: Path
    code_state: str
    reference_commit: str | None
    export: Callable[[str, Path], object]
    is_own_module: Callable[[str], bool]
    conversions: str = ""


@frozen
class Options:
    """What a person wants beside the verdict.

    Attributes:
        keep_images: both images are kept beside it.
        reference_twice: a reference that is not pinned is run a second time, as if the case said so.
        keep_preview: small pictures of both and of their difference are kept; see `parity.preview`.
        relate: it is told how a bad candidate is related to its reference; see `parity.relation`.
    """

    keep_images: bool = False
    reference_twice: bool = False
    keep_preview: bool = False
    relate: bool = False


class Ended(Exception):  # noqa: N818 - it ends the check, and is no error
    """The verdict is known before the images could be compared."""

    def __init__(self, failure: StepFailure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@define
class CheckProgress:
    """What is known so far; all of it is reported, however the check ends."""

    step: str | None = None
    comparison: dict[str, Any] | None = None
    figure: float | None = None
    timings: dict[str, float] = Factory(dict)
    digests: dict[str, str] = Factory(dict)
    environment: dict[str, Any] = Factory(dict)
    notes: list[str] = Factory(list)
    relations: list[str] = Factory(list)
    sizes: list[dict[str, Any]] = Factory(list)

    @contextlib.contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time of a block to that of a step."""
        self.step = step
        begin = time.monotonic()
        try:
            yield
        finally:
            self.timings[step] = round(self.timings.get(step, 0.0) + time.monotonic() - begin, 4)


def run_round(runner: Runner, subject: CheckedTree, progress: CheckProgress, options: Options) -> StepFailure:
    """Make both images at the size of the runner's case, and judge them; or run its test.

    Args:
        runner: of the check, in its tree.
        subject: what is checked.
        progress: takes all that is found.
        options: what else is wanted.

    Raises:
        Ended: an image could not be made or opened; the case's rules decided.
        CheckError: the images cannot be compared, or the reference differs from itself.
        OutputError: something cannot be written.
    """
    case = runner.case
    progress.figure = None  # that of another size is not this one's
    if case.test:
        with progress.timed("test"):
            result = runner.run("test", case.test, None, None)
            ended = verdict_of_test(result, case, _is_foreign(runner, subject))
            if not case.figure or ended.verdict != "good":
                return ended
            progress.figure = figure_of(result, case)
            return by_figure(
                progress.figure, case, figures_printed(result) if progress.figure is None else ()
            )
    with runner.image_folders() as (reference_folder, candidate_folder):
        with progress.timed("reference"):
            reference = _reference(runner, subject, progress, reference_folder)
            twice = options.reference_twice or case.reference_twice
            if twice and subject.reference_commit is None:
                _insist_on_repetition(runner, reference, reference_folder / "again")
        candidate = candidate_folder / f"candidate{case.suffix}"
        torch = import_torch()
        reference_digest = BackgroundTask(lambda: content_digest(reference))
        with progress.timed("candidate"):
            _make_candidate(runner, subject, candidate)
        try:
            with progress.timed("compare"):
                images = _opened_pair(case, reference, candidate)
                candidate_digest = BackgroundTask(lambda: content_digest(candidate))
                torch.result()
                failure = _judged(runner, *images, progress, options)
                if options.keep_preview:
                    keep_preview(*images, runner)
                progress.digests["reference_image"] = reference_digest.result()
                progress.digests["candidate_image"] = candidate_digest.result()
                return failure
        finally:
            if options.keep_images:
                keep_images((reference, candidate), runner)


def _reference(runner: Runner, subject: CheckedTree, progress: CheckProgress, folder: Path) -> Path:
    case = runner.case
    if subject.reference_commit is not None:
        environment = progress.digests["environment"]
        pinned = pinned_reference(
            runner, subject.reference_commit, environment, subject.export, subject.store
        )
        progress.digests |= {f"reference_{name}": value for name, value in pinned.digests.items()}
        return pinned.image
    image = folder / f"reference{case.for_reference().suffix}"
    result = runner.run("reference", case.reference, case.reference_timeout, image)
    if not result.succeeded:
        raise Ended(reference_failure(result, case))
    return image


def _insist_on_repetition(runner: Runner, first: Path, folder: Path) -> None:
    """Run the reference again: it may differ from itself by a hundredth of what the thresholds allow."""
    case = runner.case
    folder.mkdir()
    second = folder / first.name
    result = runner.run("reference-again", case.reference, case.reference_timeout, second)
    if not result.succeeded:
        raise Ended(reference_failure(result, case))
    with contextlib.suppress(OSError):  # what is not there is reported where it is opened
        if content_digest(first) == content_digest(second):
            return
    try:
        images = [open_as("reference", path, case.for_reference().image_spec()) for path in (first, second)]
        moments = compare_images(images[0], images[1])
    except EvidenceError:
        return  # a reference that cannot be used is reported where it is used
    comparison = judge(moments, _strict(case.thresholds or Thresholds()))
    if comparison.verdict is not CheckVerdict.GOOD:
        raise CheckError(
            f"the reference differs from itself, run twice: {comparison.reason}",
            "Make it deterministic (one thread, a fixed seed); until then it cannot judge anything. "
            "Where that cannot be done, `bisect-parity bisect --flaky` weighs many checks of each commit.",
        )
    runner.notes.append(
        "the reference differs from itself from run to run, by less than a hundredth of the tolerances: "
        f"1 - correlation {moments.one_minus_correlation:.3g}, sum ratio {moments.sum_ratio:.12g}"
    )


def _strict(thresholds: Thresholds) -> Thresholds:
    """What a reference must agree with itself by, so that its noise cannot decide."""
    return Thresholds(
        correlation_min=1 - NOISE_SHARE * (1 - thresholds.correlation_min),
        sum_ratio_tolerance=NOISE_SHARE * thresholds.sum_ratio_tolerance,
    )


def _is_foreign(runner: Runner, subject: CheckedTree) -> Callable[[str], bool]:
    """Whether neither the tree under test nor the repository has a Python module of a name."""
    return lambda name: not (runner.has_module(name) or subject.is_own_module(name))


def _make_candidate(runner: Runner, subject: CheckedTree, image: Path) -> None:
    case = runner.case
    module = runner.missing_module()
    if module is not None and subject.is_own_module(module.partition(".")[0]):
        reason = f"candidate cannot be imported: this commit has no {module}"
        raise Ended(
            StepFailure(case.on_import_error, f"{reason}, and an installed one is not judged", "candidate")
        )
    result = runner.run_candidate(image)
    if not result.succeeded:
        raise Ended(candidate_failure(result, case, _is_foreign(runner, subject)))


def _opened_pair(case: Case, reference: Path, candidate: Path) -> tuple[Image, Image]:
    """Both images; what cannot be opened is decided by the case's rules."""
    spec, reference_spec = case.image_spec(), case.for_reference().image_spec()
    rules = {Fault.MISSING: case.on_missing_output, Fault.UNREADABLE: "abort"}
    return (
        _opened(reference, reference_spec, lambda _fault: case.on_reference_failure, "reference"),
        _opened(candidate, spec, lambda fault: rules.get(fault, case.on_wrong_image), "candidate"),
    )


def _judged(
    runner: Runner, reference: Image, candidate: Image, progress: CheckProgress, options: Options
) -> StepFailure:
    """The verdict on two images; what no threshold can judge is decided by the case's rules."""
    case = runner.case
    try:
        mask = None
        if case.mask is not None:
            mask = open_as("mask", brought_path(case.mask, runner.repository), ImageSpec(case.image_shape()))
        roi = tuple((top, bottom, left, right) for top, bottom, left, right in case.roi)
        moments = compare_images(reference, candidate, mask=mask, scope=Scope(roi))
    except ImageError as error:
        raise CheckError(f"the images cannot be compared: {error.message}", error.remedy) from error
    limits = case.thresholds or Thresholds()
    comparison = judge(moments, limits)
    progress.comparison = comparison.to_json()
    if options.relate and comparison.verdict is CheckVerdict.BAD and mask is None and not roi:
        from bisect_parity.parity.relation import relation_lines  # noqa: PLC0415 - seldom needed

        progress.relations = relation_lines(comparison, limits, reference, candidate)
    return StepFailure(_verdict(case, comparison), comparison.reason, "compare")


def _verdict(case: Case, comparison: Comparison) -> str:
    moments = comparison.moments
    if moments is None:
        return comparison.verdict.value
    if moments.reference.non_finite or moments.reference.is_constant or moments.reference.sum_is_zero:
        return case.on_reference_failure
    if moments.candidate.non_finite:
        return case.on_non_finite
    if moments.candidate.is_constant or moments.candidate.sum_is_zero:
        return case.on_degenerate
    return comparison.verdict.value


def _opened(path: Path, spec: ImageSpec, rule: Callable[[Fault], str], role: str) -> Image:
    try:
        return open_image(path, spec)
    except ImageError as error:
        # its folder is gone when this is read
        what = f"made an image that cannot be used: {str(error).replace(str(path), path.name)}"
        if error.fault is Fault.MISSING and not path.exists():
            what = no_image(path)
        elif role == "reference" and error.fault in (Fault.SHAPE, Fault.DTYPE):
            what += ". If the reference is right, correct shape or dtype (reference_dtype) of the case"
        raise Ended(StepFailure(rule(error.fault), f"{role} {what}", "compare")) from error
