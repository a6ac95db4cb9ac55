"""What a failed step means: which of the case's rules decides, and the reason in one line. Pure."""

from __future__ import annotations

import errno
import itertools
import re
import signal
from pathlib import PurePath
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.parity.failure_kinds import FAILED, NEEDS_OTHER
from bisect_parity.parity.step_output import (
    build_error,
    kind_by_output,
    lacks_attribute,
    needs_network,
    said,
    shortened,
    unwrapped,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.parity.case import Case
    from bisect_parity.parity.steps import StepResult

RULES_VERSION = 9  # raised with each change that gives code another verdict: cached ones are not used
SHELL_SIGNAL_BASE = 128
REPEATABLE = ("crash", "import")
CANNOT_TELL = 125
NOTHING_TESTED = (2, 3, 4, 5)  # of pytest: errors of collection, internal ones, of usage, no tests

_PYTEST = re.compile(r"\b(?:pytest|py\.test)\b")
_NOT_LOADED = re.compile(r"(?m)^ImportError: Failed to import test module")  # by unittest


@frozen
class StepFailure:
    """Why there is no image to compare, or none that can be.

    Attributes:
        verdict: "bad", "skip" or "abort", as the case says.
        reason: what happened, in one line.
        step: "prepare", "reference", "candidate", "compare" or "test"; "" before the first.
        is_repeatable: whether another run would end the same; a full disk or a busy machine may not.
    """

    verdict: str
    reason: str
    step: str
    is_repeatable: bool = True


def prepare_failure(result: StepResult, case: Case) -> StepFailure:
    """What it means that a command of `prepare` failed."""
    kind, reason = _classified(unwrapped(result))
    rules = _rules(case) | {"import": case.on_build_failure}
    return StepFailure(rules.get(kind, case.on_build_failure), reason, "prepare", kind in REPEATABLE)


def reference_failure(result: StepResult, case: Case) -> StepFailure:
    """What it means that the reference program failed."""
    kind, reason = _classified(unwrapped(result))
    return StepFailure(case.on_reference_failure, reason, "reference", kind in REPEATABLE)


def candidate_failure(
    result: StepResult, case: Case, is_foreign: Callable[[str], bool] = lambda _: False
) -> StepFailure:
    """What it means that the candidate failed.

    Args:
        result: of the candidate.
        case: whose rules decide.
        is_foreign: whether the tree under test has no Python module of a name.
    """
    kind, reason = _classified(unwrapped(result), is_foreign)
    return StepFailure(
        _rules(case).get(kind, case.on_candidate_crash), reason, "candidate", kind in REPEATABLE
    )


def _rules(case: Case) -> dict[str, str]:
    """The verdict on each kind of failure but a crash."""
    return {
        "timeout": case.on_timeout,
        "memory": case.on_out_of_memory,
        "import": case.on_import_error,
        "disk": "skip",
        "missing": "skip",
        "case": "abort",
    }


def verdict_of_test(
    result: StepResult, case: Case, is_foreign: Callable[[str], bool] = lambda _: False
) -> StepFailure:
    """What the end of a test means.

    0 is good, 125 skip, and every other status up to 127 bad, as `git bisect run` has it; but what says
    nothing of the code is none of these: a test that cannot be imported, found or collected, that is ended by
    a signal or for its time, or a machine that lacks memory, room or a program. Where the case says which
    failure it looks for, that one is bad, whatever its kind, and no other is.

    Args:
        result: of the test.
        case: whose rules decide.
        is_foreign: whether the tree under test has no Python module of a name.
    """
    if result.succeeded:
        return StepFailure("good", "the test passed", "test")
    whole, result = result, unwrapped(result)
    usual = _usual_verdict(result, case, is_foreign)
    if not case.failure or usual.verdict == "abort" or result.start_error is not None:
        return usual
    telling = said(result)
    if re.search(case.failure, f"{whole.stdout_tail}\n{whole.stderr_tail}", re.MULTILINE):
        return StepFailure("bad", f"{FAILED}: {telling} (status {result.status})", "test")
    if usual.verdict == "bad":
        return StepFailure("skip", f"{FAILED} otherwise: {telling} (status {result.status})", "test")
    return usual


def _usual_verdict(result: StepResult, case: Case, is_foreign: Callable[[str], bool]) -> StepFailure:
    """What a failure means where the case does not say which one it looks for."""
    kind, reason = _classified(result, is_foreign)
    status = result.status or 0
    is_own = kind == "crash" and 0 < status < SHELL_SIGNAL_BASE
    not_built = build_error(result)
    if is_own and not_built is not None and status != CANNOT_TELL:
        return StepFailure(
            case.on_build_failure, f"the test was not built: {not_built} (status {status})", "test"
        )
    if is_own and (status == CANNOT_TELL or (_is_pytest(result) and status in NOTHING_TESTED)):
        why = not_built or said(result)
        return StepFailure("skip", f"the test has no verdict: {why} (status {status})", "test")
    if is_own and needs_network(result):
        reason = f"the test needs the network: {said(result)} (status {status})"
        return StepFailure("skip", reason, "test", is_repeatable=False)
    if is_own and not _NOT_LOADED.search(result.stderr_tail):
        return StepFailure("bad", f"{FAILED}: {said(result)} (status {status})", "test")
    verdict = _rules(case).get(kind, case.on_candidate_crash) if not is_own else case.on_import_error
    return StepFailure(verdict, reason, "test", kind in REPEATABLE)


def _is_pytest(result: StepResult) -> bool:
    """Whether pytest gave the status: it is the program, or the module that Python runs."""
    program, *words = result.argv
    is_script = words[:1] == ["-c"] and _PYTEST.search(words[-1]) is not None
    is_module = ("-m", "pytest") in itertools.pairwise(words)
    return is_script or is_module or _PYTEST.fullmatch(PurePath(program).name) is not None


def _classified(result: StepResult, is_foreign: Callable[[str], bool] = lambda _: False) -> tuple[str, str]:
    """The kind of a failure (timeout, memory, import, disk, missing, case, crash), and the reason."""
    name = result.name
    if result.start_error is not None:
        return _not_started(result, result.start_error)
    if result.timed_out:
        return "timeout", f"{name} did not end within {result.limit:g} s"
    kind, reason, last = kind_by_output(result)
    status = result.status if result.status is not None else 0
    # a shell ends with 128 + N where signal N ended its command
    number = -status if status < 0 else status - SHELL_SIGNAL_BASE
    if number == signal.SIGKILL and kind != "memory":
        kind, reason = "memory", "was ended by SIGKILL, as the kernel does for lack of memory"
    elif number == signal.SIGXFSZ and kind != "memory":
        kind, reason = "disk", f"could not write its file: {last}"
    elif status < 0 and kind not in ("memory", "disk"):
        kind, reason = "crash", f"was ended by {_signal_name(number)}: {last}"
    elif not kind and (lacking := lacks_attribute(result, is_foreign)):
        kind, reason = "import", f"{NEEDS_OTHER}: {shortened(lacking)}"
    elif not kind:
        kind, reason = "crash", f"ended with status {status}: {last}"
    return kind, f"{name} {reason}"


def _not_started(result: StepResult, error: OSError) -> tuple[str, str]:
    program = shortened(result.argv[0])
    why = f"{result.name} cannot be started: {program}: {error.strerror}"
    if error.errno in (errno.ENOMEM, errno.EAGAIN):
        return "memory", why
    if "/" not in result.argv[0] and error.errno == errno.ENOENT:
        return "case", f"{result.name} cannot be started: {program} is not on PATH"
    return ("import", why) if error.errno == errno.ENOENT else ("crash", why)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
