"""One parity check of one commit: prepare, make both images, compare, and judge."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Any

import attrs

from bisect_parity.errors import BisectParityError
from bisect_parity.parity.brought import bring, lay_brought
from bisect_parity.parity.environment import describe_environment, installed_packages
from bisect_parity.parity.failures import StepFailure, prepare_failure
from bisect_parity.parity.figure import judged_again
from bisect_parity.parity.forked_python import open_zygote
from bisect_parity.parity.recall import verdict_parts
from bisect_parity.parity.result import CheckResult, write_result
from bisect_parity.parity.rounds import CheckedTree, CheckProgress, Ended, Options, run_round
from bisect_parity.parity.runner import Runner
from bisect_parity.parity.scratch import scratch_folder
from bisect_parity.parity.steps import THREADS_OF_STEPS, THREADS_VARIABLE
from bisect_parity.processes import ending_strangers
from bisect_parity.times import utc_text
from bisect_parity.warm_client import NO_WORKER_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bisect_parity.journal import Journal
    from bisect_parity.parity.cache import Memory
    from bisect_parity.parity.case import Case


def check(
    case: Case,
    subject: CheckedTree,
    journal: Journal,
    folder: Path,
    *,
    case_size: int,
    caller: Mapping[str, str],
    memory: Memory,
    options: Options,
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
        options: what else is wanted.

    Raises:
        OutputError: the verdict cannot be written.
    """
    begin, started = time.monotonic(), utc_text()
    folder = folder.absolute()  # the working directory is left for a while
    progress = CheckProgress()
    ended = StepFailure("abort", "internal error", "", is_repeatable=False)
    known: dict[str, Any] | None = None
    try:
        _identify(case, subject, journal, progress, caller)
        known = memory.recall(progress.digests)
        if known is None:
            ended = _run(case, subject, journal, folder, progress, caller, options)
    except Ended as end:
        ended = end.failure
    except BisectParityError as error:
        ended = StepFailure("abort", str(error), progress.step or "")
    except KeyboardInterrupt:
        ended = StepFailure("abort", "interrupted", progress.step or "")
        raise
    except BaseException as error:
        ended = StepFailure("abort", f"internal error: {type(error).__name__}: {error}", progress.step or "")
        raise
    finally:
        progress.timings["total"] = round(time.monotonic() - begin, 4)
        result = _result(case, subject, progress, ended, started, case_size)
        if known is not None:
            result = result.as_known(judged_again(known, case), memory.to_json())
        else:
            memory.keep(result.to_json(), ended.is_repeatable)
            if memory.cache is not None and memory.state == "kept":
                digest = str(result.environment["packages_sha256"])
                memory.cache.keep_packages(digest, installed_packages(case, caller))
            result = attrs.evolve(result, cache=memory.to_json())
        write_result(result, folder)
    return result


def _identify(
    case: Case, subject: CheckedTree, journal: Journal, progress: CheckProgress, caller: Mapping[str, str]
) -> None:
    """Note the environment of the check, and the digests of all that its verdict depends on."""
    if NO_WORKER_VARIABLE in caller:
        progress.notes.append(f"no warm worker could be started: {caller[NO_WORKER_VARIABLE]}")
    if THREADS_VARIABLE in caller:
        threads = f"{THREADS_OF_STEPS} is {caller[THREADS_VARIABLE]} unless the case sets it"
        progress.notes.append(f"several checks may have run at once: {threads}")
    progress.environment = describe_environment(case, journal, caller, subject.conversions)
    progress.digests = verdict_parts(
        case, subject.repository, subject.code_state, subject.reference_commit, progress.environment
    )


def _result(
    case: Case,
    subject: CheckedTree,
    progress: CheckProgress,
    ended: StepFailure,
    started: str,
    case_size: int,
) -> CheckResult:
    return CheckResult(
        commit=subject.commit,
        case=case.name,
        size=case.size,
        case_size=case_size,
        verdict=ended.verdict,
        reason=ended.reason,
        step=ended.step or None,
        started=started,
        comparison=progress.comparison,
        figure=progress.figure,
        sizes=tuple(progress.sizes),
        thresholds=None if case.thresholds is None else attrs.asdict(case.thresholds),
        timings=progress.timings,
        digests=progress.digests,
        environment=progress.environment,
        notes=tuple(progress.notes),
        relations=tuple(progress.relations),
    )


def _run(
    case: Case,
    subject: CheckedTree,
    journal: Journal,
    folder: Path,
    progress: CheckProgress,
    caller: Mapping[str, str],
    options: Options,
) -> StepFailure:
    with scratch_folder() as top, _standing_in(folder), ending_strangers():
        scratch = top / "scratch"
        scratch.mkdir()
        bring(case, subject.repository, scratch)
        lay_brought(case, subject.repository, subject.worktree, is_own=subject.is_own_tree)
        runner = Runner(
            case=case,
            journal=journal,
            worktree=subject.worktree,
            scratch=scratch,
            repository=subject.repository,
            folder=folder,
            caller=caller,
            notes=progress.notes,
            zygote=open_zygote(caller),
        )
        with progress.timed("prepare"):
            for number, command in enumerate(case.prepare, 1):
                result = runner.run(f"prepare-{number}", command, case.prepare_timeout, None)
                if not result.succeeded:
                    raise Ended(prepare_failure(result, case))
        if not case.sizes:
            return run_round(runner, subject, progress, options)
        for size in (*case.sizes, case.size):
            at_size = attrs.evolve(runner, case=case.at_size(size), suffix=f"-{size}")
            failure = run_round(at_size, subject, progress, options)
            figures = {name: (progress.comparison or {}).get(name) for name in ("correlation", "sum_ratio")}
            progress.sizes.append({"size": size, "verdict": failure.verdict} | figures)
            if failure.verdict != "good":
                return attrs.evolve(failure, reason=f"at size {size}: {failure.reason}")
        return failure


@contextlib.contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    """Have `folder` as working directory: a step may remove the old one, and libraries need one."""
    before = os.getcwd()  # noqa: PTH109 - it is only gone back to
    os.chdir(folder)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.chdir(before)
