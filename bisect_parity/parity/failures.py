"""What a failed step means: which of the case's rules decides, and the reason in one line. Pure."""

from __future__ import annotations

import errno
import itertools
import re
import signal
from pathlib import PurePath
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.files import printable
from bisect_parity.parity.failure_kinds import FAILED, NEEDS_OTHER
from bisect_parity.parity.tracebacks import lacks_attribute, unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.parity.case import Case
    from bisect_parity.parity.steps import StepResult

__all__ = [
    "RULES_VERSION",
    "StepFailure",
    "candidate_failure",
    "prepare_failure",
    "reference_failure",
    "verdict_of_test",
]

RULES_VERSION = 3  # raised with each change by which a failure has another verdict: cached ones are not used
LAST_LINES = 20
REASON_LENGTH = 300
SHELL_SIGNAL_BASE = 128
REPEATABLE = ("crash", "import")
CANNOT_TELL = 125
NOTHING_TESTED = (2, 3, 4, 5)  # of pytest: errors of collection, internal ones, of usage, no tests

_OUT_OF_MEMORY = re.compile(
    r"MemoryError|bad_alloc|OutOfMemory|[Oo]ut of memory|[Cc]annot allocate memory|can't allocate memory"
    r"|virtual memory exhausted|memory exhausted"
)
_DISK_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_IMPORT_ERROR = re.compile(
    r"(?:ModuleNotFoundError|ImportError|SyntaxError|IndentationError|TabError)\b"
    r"|\S*python\S*: (?:No module named |Error while finding module specification|can't open file )"
    r"|(?:\S*/)?(?:ba|da|k|z)?sh: (?:0: cannot open .*: No such file"  # the script itself is not there
    r"|(?:\d+: |line \d+: )?\S*/\S*: not found$|\S+: No such file or directory$)"
    r"|Can't open perl script |Fatal error: cannot open file "
)
_NOT_INSTALLED = re.compile(  # make and shells: a program that is not on PATH
    r"(?:g?make(?:\[\d+\])?: [^/\s]+: (?:No such file or directory|Command not found)$)"
    r"|(?:\S*sh: (?:line )?(?:\d+: )?[^/\s:]+: (?:command )?not found$)"
    r"|error: command '[^/']+' failed: No such file or directory"
)
# what build tools say last, below the line that says why
_NOT_LOADED = re.compile(r"(?m)^ImportError: Failed to import test module")  # by unittest
_NOT_BUILT = re.compile(  # a test that builds first, as `make && ./t` does; mypy writes as compilers do
    r"(?!\S+\.pyi?:)\S+?(?::\d+(?::\d+)?|\(\d+\)): (?:fatal )?error: |.*undefined reference to "
    r"|\S+\.(?:pyx|pxd|pxi):\d+:\d+: |(?:Cython|distutils|setuptools)\.[\w.]*(?:Compile|Link|Exec)\w*Error\b"
    r"|error: command '[^']*' failed with exit |scons: \*\*\* |nvcc fatal |\S+\.i:\d+: Error: "
    r"|collect2: error: |\S+\.[fF](?:or|tn|\d\d)?:\d+:\d+:$|CMake Error\b|\S*meson\.build:\d+:\d+: ERROR: "
    r"|g?make(?:\[\d+\])?: \*\*\* No (?:rule to make target|targets) |ninja: error: "
    r"|error: (?:could not compile |subprocess-exited-with-error|metadata-generation-failed)"
    r"|ERROR: Failed (?:building wheel|to build)"
)
_NOT_FETCHED = re.compile(  # pip and uv: what an index or the machine lacks, and not the commit
    r"ERROR: (?:Could not find a version that satisfies|No matching distribution found|Cannot install )"
    r"|ERROR: Could not install packages|error: (?:externally-managed-environment|Failed to fetch)"
    r"|\W*No solution found when resolving dependencies"
)
_NO_NETWORK = re.compile(  # says nothing about the code, and is another time otherwise
    r"Could not resolve host|Temporary failure in name resolution|Name or service not known"
    r"|nodename nor servname provided|getaddrinfo failed|Network is unreachable|No route to host"
)
_CONNECTION = re.compile(
    r"FAILED .* - [\w.]*(?:URLError|gaierror|Connect\w*Error|MaxRetryError)\b"
)  # of pytest
_PYTEST = re.compile(r"\b(?:pytest|py\.test)\b")
_EXCEPTION = re.compile(r"[\w.]*(?:Error|Exception)\b(?! \w+ at )")  # not "CMake Error at ..."
_OF_A_TEST = re.compile(rf"FAILED |ERROR |E   |FAIL: |not ok |{_EXCEPTION.pattern}")
_NO_MESSAGE = re.compile(r"[\w.]*(?:Error|Exception):")
_NOT_COLLECTED = re.compile(r"ERROR \S+$")  # by pytest, which says why further up
_SUMMARY = re.compile(
    r"g?make(?:\[\d+\])?: (?:\*\*\*|Target .* not remade)|ninja: build stopped|FAILED: "
    r"|collect2: error: ld returned|compilation terminated|\d+ errors? generated"
    r"|\S+:\d+(?::\d+)?: (?:note|warning): |cc1(?:plus)?: (?:some|all) warnings being treated|\d* *\|"
    r"|\[notice\] "
)


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
    said = _said(result)
    if re.search(case.failure, f"{whole.stdout_tail}\n{whole.stderr_tail}", re.MULTILINE):
        return StepFailure("bad", f"{FAILED}: {said} (status {result.status})", "test")
    if usual.verdict == "bad":
        return StepFailure("skip", f"{FAILED} otherwise: {said} (status {result.status})", "test")
    return usual


def _usual_verdict(result: StepResult, case: Case, is_foreign: Callable[[str], bool]) -> StepFailure:
    """What a failure means where the case does not say which one it looks for."""
    kind, reason = _classified(result, is_foreign)
    status = result.status or 0
    is_own = kind == "crash" and 0 < status < SHELL_SIGNAL_BASE
    not_built = _build_error(result)
    if is_own and not_built is not None and status != CANNOT_TELL:
        return StepFailure(
            case.on_build_failure, f"the test was not built: {not_built} (status {status})", "test"
        )
    if is_own and (status == CANNOT_TELL or (_is_pytest(result) and status in NOTHING_TESTED)):
        said = not_built or _said(result)
        return StepFailure("skip", f"the test has no verdict: {said} (status {status})", "test")
    if is_own and _needs_network(result):
        reason = f"the test needs the network: {_said(result)} (status {status})"
        return StepFailure("skip", reason, "test", is_repeatable=False)
    if is_own and not _is_unimportable(result):
        return StepFailure("bad", f"{FAILED}: {_said(result)} (status {status})", "test")
    verdict = _rules(case).get(kind, case.on_candidate_crash) if not is_own else case.on_import_error
    return StepFailure(verdict, reason, "test", kind in REPEATABLE)


def _is_pytest(result: StepResult) -> bool:
    """Whether pytest gave the status: it is the program, or the module that Python runs."""
    program, *words = result.argv
    is_script = words[:1] == ["-c"] and _PYTEST.search(words[-1]) is not None
    is_module = ("-m", "pytest") in itertools.pairwise(words)
    return is_script or is_module or _PYTEST.fullmatch(PurePath(program).name) is not None


def _is_unimportable(result: StepResult) -> bool:
    return _NOT_LOADED.search(result.stderr_tail) is not None


def _needs_network(result: StepResult) -> bool:
    """Whether a test failed for want of a network alone; pytest cuts what it says of each short."""
    if _NO_NETWORK.search(_said(result)):
        return True
    lines = _lines(result.stdout_tail)
    failed = [line for line in lines if line.startswith("FAILED ")]
    is_all = bool(failed) and all(_CONNECTION.match(line) for line in failed)
    return is_all and any(line.startswith("E   ") and _NO_NETWORK.search(line) for line in lines)


def _said(result: StepResult) -> str:
    """The most informative line of what a test said."""
    lines = [*_lines(result.stdout_tail), *_lines(result.stderr_tail)]
    place = next((at for at in reversed(range(len(lines))) if _OF_A_TEST.match(lines[at])), len(lines) - 1)
    telling = lines[place] if lines else ""
    if _NO_MESSAGE.fullmatch(telling):  # numpy.testing begins its message on the next line
        telling = f"{telling} {''.join(lines[place + 1 : place + 2])}".strip()
    if _NOT_COLLECTED.match(telling):
        why = next((line[1:].strip() for line in reversed(lines) if line.startswith("E   ")), "")
        telling = f"{telling}: {why}" if why else telling
    return _shortened(telling) or "it printed nothing"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _first(pattern: re.Pattern[str], lines: list[str]) -> str | None:
    """The first line that matches, and is no summary: the first error brings the others about."""
    found = [line for line in lines if pattern.match(line)]
    telling = [line for line in found if not _SUMMARY.match(line)] or found
    return _shortened(telling[0]) if telling else None


def _build_error(result: StepResult) -> str | None:
    """Why a test was not built; ninja writes what compilers say to standard output."""
    said = _lines(result.stdout_tail)
    is_of_tests = any(line.startswith("FAILED ") for line in said)
    return _first(_NOT_BUILT, [*_lines(result.stderr_tail), *([] if is_of_tests else said)])


def _telling(lines: list[str]) -> str:
    """The line of a standard error that says why: the last that is no summary, or the error behind it."""
    telling = [line for line in lines if not _SUMMARY.match(line)] or lines[-1:]
    last = telling[-1] if telling else ""
    is_whole = any(pattern.match(last) for pattern in (_NOT_INSTALLED, _EXCEPTION, _IMPORT_ERROR))
    if is_whole and not _NOT_BUILT.match(last):  # Cython says last only which file it was
        return last
    return _first(_NOT_FETCHED, telling) or _first(_NOT_BUILT, telling) or last


def _classified(result: StepResult, is_foreign: Callable[[str], bool] = lambda _: False) -> tuple[str, str]:
    """The kind of a failure (timeout, memory, import, disk, missing, case, crash), and the reason."""
    name = result.name
    if result.start_error is not None:
        return _not_started(result, result.start_error)
    if result.timed_out:
        return "timeout", f"{name} did not end within {result.limit:g} s"
    telling = _telling(_lines(result.stderr_tail))
    lines = _lines(result.stderr_tail)[-LAST_LINES:]
    last = _shortened(telling) if telling else "it printed no reason"
    status = result.status if result.status is not None else 0
    # a shell ends with 128 + N where signal N ended its command
    number = -status if status < 0 else status - SHELL_SIGNAL_BASE
    said = next((line for line in reversed(lines) if _OUT_OF_MEMORY.search(line)), None)
    if said is not None:
        kind, reason = "memory", f"ran out of memory: {_shortened(said)}"
    elif number == signal.SIGKILL:
        kind, reason = "memory", "was ended by SIGKILL, as the kernel does for lack of memory"
    elif number == signal.SIGXFSZ or any(_DISK_FULL.search(line) for line in lines):
        kind, reason = "disk", f"could not write its file: {last}"
    elif status < 0:
        kind, reason = "crash", f"was ended by {_signal_name(number)}: {last}"
    elif _NOT_INSTALLED.match(telling):
        kind, reason = "missing", f"needs a program that is not installed: {last}"
    elif _NOT_FETCHED.match(telling):
        kind, reason = "missing", f"needs a package that cannot be installed: {last}"
    elif _NO_NETWORK.search(telling):
        kind, reason = "missing", f"needs the network: {last}"
    elif _IMPORT_ERROR.match(telling):
        kind, reason = "import", f"cannot be imported: {last}"
    elif lacking := lacks_attribute(result, is_foreign):
        kind, reason = "import", f"{NEEDS_OTHER}: {_shortened(lacking)}"
    else:
        kind, reason = "crash", f"ended with status {status}: {last}"
    return kind, f"{name} {reason}"


def _not_started(result: StepResult, error: OSError) -> tuple[str, str]:
    program = _shortened(result.argv[0])
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


def _shortened(line: str) -> str:
    text = printable(line)
    return text if len(text) <= REASON_LENGTH else text[:REASON_LENGTH] + "..."
