"""What a failed step printed: the line that says why, and what kind of failure that is. Pure."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import attrs

from bisect_parity.files import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bisect_parity.parity.steps import StepResult

LAST_LINES = 20
REASON_LENGTH = 300
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
    r"|Error(?: \[ERR_\w+\])?: Cannot find (?:module|package) |Can't locate \S+ in @INC "
)
_IMPORTS_LAST = re.compile(
    r"code: '(?:ERR_)?MODULE_NOT_FOUND'|BEGIN failed--compilation aborted"
)  # node, perl
_NOT_INSTALLED = re.compile(  # make, shells and rustup: a program that is not on PATH, or its version
    r"(?:g?make(?:\[\d+\])?: [^/\s]+: (?:No such file or directory|Command not found)$)"
    r"|(?:\S*sh: (?:line )?(?:\d+: )?[^/\s:]+: (?:command )?not found$)"
    r"|error: command '[^/']+' failed: No such file or directory"
    r"|error: (?:toolchain )?'[^']+' is not installed"
    r"|error: the '[^']+' component which provides the command "
)
_COMPILER = (  # also the parts that it starts, with the machine that it is for, and its version
    r"(?:<command-line>|(?:\S*/)?(?:\w+-){0,5}(?:cc1\w*|[cg]?cc|[cg]\+\+|clang(?:\+\+)?|cpp|nvcc|g?fortran|flang"
    r"|f951|i[cf]p?x|ld|collect2|lto1)(?:[-.]\w+){0,3}): "
)
_NOT_BUILT = re.compile(  # a test that builds first, as `make && ./t` does; mypy writes as compilers do
    r'(?!\S+\.pyi?:)\S+?(?::\d+(?::\d+)?|\(\d+\)): (?:fatal )?error: (?!in ")'  # which is of Boost.Test
    r"|.*undefined reference to "
    r"|\S+\.(?:pyx|pxd|pxi):\d+:\d+: |(?:Cython|distutils|setuptools)\.[\w.]*(?:Compile|Link|Exec)\w*Error\b"
    r"|error: command '[^']*' failed with exit |error in \S+ setup command: |scons: \*\*\* |nvcc fatal "
    r"|\S+\.i:\d+: Error: "
    rf"|{_COMPILER}(?:(?:[fF]atal )?[eE]rror: |cannot find )|\S+\.[fF](?:or|tn|\d\d)?:\d+:\d+:$"
    r"|CMake Error\b|\S*meson\.build:\d+:\d+: ERROR: |error\[E\d+\]: "
    r"|(?:g?make(?:\[\d+\])?|\S+:\d+): \*\*\* (?:No rule to make target |(?!\[).*  Stop\.$)|ninja: error: "
    r"|error: (?:could not compile |aborting due to |could not find `Cargo|subprocess-exited-with-error"
    r"|metadata-generation-failed)"
    r"|ERROR: Failed (?:building wheel|to build)"
)
_OF_SETUP = re.compile(r'  File "(?:[^"]*/)?setup\.py", line \d+, in <module>\n')
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
_EXCEPTION = re.compile(r"[\w.]*(?:Error|Exception)\b(?! \w+ at )")  # not "CMake Error at ..."
_OF_A_TEST = re.compile(rf"FAILED |ERROR |E   |FAIL: |not ok |{_EXCEPTION.pattern}")
_TESTED = re.compile(  # unittest, cargo, go, mocha, jest, node and perl: tests ran, and said the rest
    r"FAILED \(failures=\d+(?!.*errors=)|error: test failed, to rerun |--- FAIL: |\d+ failing$"
    r"|Tests: +\d+ failed|(?:#|\u2139) fail [1-9]|# +Failed test\b"
)
_NO_MESSAGE = re.compile(r"[\w.]*(?:Error|Exception):")
_NOT_COLLECTED = re.compile(r"ERROR \S+$")  # by pytest, which says why further up
_SUMMARY = re.compile(  # what build tools say last, below the line that says why
    r"g?make(?:\[\d+\])?: (?:\*\*\*|Target .* not remade)|ninja: build stopped|FAILED: "
    r"|collect2: error: ld returned|compilation terminated|\d+ errors? generated"
    r"|\S+:\d+(?::\d+)?: (?:note|warning): |cc1(?:plus)?: (?:some|all) warnings being treated|\d* *\|"
    r"|\[notice\] |help: |To install, run `rustup "
)
_BACKTRACE, _FRAME = re.compile(r"[Ss]tack backtrace:$"), re.compile(r"\d+: +[\w<{]|at \S+:\d+:\d+$")  # Rust
# What the line that says why is looked for in turn, the kind of failure, and what to say before the line.
_BY_LINE: tuple[tuple[Callable[[str], object], str, str], ...] = (
    (_NOT_INSTALLED.match, "missing", "needs a program that is not installed"),
    (_NOT_FETCHED.match, "missing", "needs a package that cannot be installed"),
    (_NO_NETWORK.search, "missing", "needs the network"),
    (_IMPORT_ERROR.match, "import", "cannot be imported"),
)
_HEAD = "Traceback (most recent call last):"
_WRAPPER = re.compile(  # what subprocess raises where a command that it ran failed
    r"(?:subprocess\.)?CalledProcessError: Command .* (?:returned non-zero exit status (?P<status>\d+)"
    r"|died with <Signals\.(?P<signal>\w+): )"
)
_ERROR_OF_PYTEST = re.compile(r"E   (?P<said>[\w.]+(?:Error|Exception|Warning)\b.*)")
_LACKS = re.compile(
    r"AttributeError: (?:partially initialized )?module '(?P<module>\w+)[\w.]*' has no attribute "
    r"|AttributeError: `(?P<alias>np)\.\w+` was removed in the NumPy "
)
_PACKAGES = {"np": "numpy"}
_SIGNAL_BASE = 128


def kind_by_output(result: StepResult) -> tuple[str, str, str]:
    """The kind of a failure as far as its standard error tells, the reason, and the line that says why.

    Kind and reason are empty where it does not tell.
    """
    telling = _telling(list(_without_frames(_lines(result.stderr_tail))), is_tested=_is_tested(result))
    last = shortened(telling) if telling else "it printed no reason"
    lines = _lines(result.stderr_tail)[-LAST_LINES:]
    memory = next((line for line in reversed(lines) if _OUT_OF_MEMORY.search(line)), None)
    if memory is not None:
        return "memory", f"ran out of memory: {shortened(memory)}", last
    if any(_DISK_FULL.search(line) for line in lines):
        return "disk", f"could not write its file: {last}", last
    for finds, kind, what in _BY_LINE:
        if finds(telling):
            return kind, f"{what}: {last}", last
    return "", "", last


def needs_network(result: StepResult) -> bool:
    """Whether a test failed for want of a network alone; pytest cuts what it says of each short."""
    if _NO_NETWORK.search(said(result)):
        return True
    lines = _lines(result.stdout_tail)
    failed = [line for line in lines if line.startswith("FAILED ")]
    is_all = bool(failed) and all(_CONNECTION.match(line) for line in failed)
    return is_all and any(line.startswith("E   ") and _NO_NETWORK.search(line) for line in lines)


def said(result: StepResult) -> str:
    """The most informative line of what a test said."""
    lines = [*_lines(result.stdout_tail), *_lines(result.stderr_tail)]
    place = next((at for at in reversed(range(len(lines))) if _OF_A_TEST.match(lines[at])), len(lines) - 1)
    telling = lines[place] if lines else ""
    if _NO_MESSAGE.fullmatch(telling):  # numpy.testing begins its message on the next line
        telling = f"{telling} {''.join(lines[place + 1 : place + 2])}".strip()
    if _NOT_COLLECTED.match(telling):
        why = next((line[1:].strip() for line in reversed(lines) if line.startswith("E   ")), "")
        telling = f"{telling}: {why}" if why else telling
    return shortened(telling) or "it printed nothing"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _first(pattern: re.Pattern[str], lines: list[str]) -> str | None:
    """The first line that matches, and is no summary: the first error brings the others about."""
    found = [line for line in lines if pattern.match(line)]
    telling = [line for line in found if not _SUMMARY.match(line)] or found
    return shortened(telling[0]) if telling else None


def build_error(result: StepResult) -> str | None:
    """Why a test was not built; ninja writes what compilers say to standard output."""
    if _is_tested(result):
        return None
    said = _lines(result.stdout_tail)
    is_of_tests = any(line.startswith("FAILED ") for line in said)
    found = _first(_NOT_BUILT, [*_lines(result.stderr_tail), *([] if is_of_tests else said)])
    return found or _failed_setup(result.stderr_tail)


def _failed_setup(text: str) -> str | None:
    """What the last traceback of a standard error says where setup.py is the script that failed."""
    is_setup = _OF_SETUP.match(text.rpartition(f"{_HEAD}\n")[2]) is not None
    return shortened(raised[-1]) if is_setup and (raised := _raised(text)) else None


def _is_tested(result: StepResult) -> bool:
    """Whether a runner says that tests ran and failed: what looks like an error of a build is of theirs."""
    return any(map(_TESTED.match, [*_lines(result.stdout_tail), *_lines(result.stderr_tail)]))


def _without_frames(lines: list[str]) -> Iterator[str]:
    """The lines but those of backtraces: elsewhere "12: 5 differs" is what a test says."""
    is_frame = False
    for line in lines:
        is_frame = bool(_BACKTRACE.match(line) or (is_frame and _FRAME.match(line)))
        if not is_frame:
            yield line


def _telling(lines: list[str], *, is_tested: bool) -> str:
    """The line of a standard error that says why: the last that is no summary, or the error behind it."""
    telling = [line for line in lines if not _SUMMARY.match(line)] or lines[-1:]
    last = telling[-1] if telling else ""
    is_whole = any(pattern.match(last) for pattern in (_NOT_INSTALLED, _EXCEPTION, _IMPORT_ERROR))
    if is_whole and not _NOT_BUILT.match(last):  # Cython says last only which file it was
        return last
    if is_tested:
        return last
    ends = [place for place, line in enumerate(telling) if _IMPORTS_LAST.match(line)]
    went_on = not ends or any(map(_EXCEPTION.match, telling[ends[-1] :]))  # and failed otherwise
    if not went_on and (found := _first(_IMPORT_ERROR, telling)):
        return found
    return _first(_NOT_FETCHED, telling) or _first(_NOT_BUILT, telling) or last


def shortened(line: str) -> str:
    """A printable line, cut with "..." where it is too long for a reason."""
    text = printable(line)
    return text if len(text) <= REASON_LENGTH else text[:REASON_LENGTH] + "..."


def unwrapped(result: StepResult) -> StepResult:
    """A failed step with the failure of the command that its own Python program ran, where it told that one.

    A script that ends since `subprocess.check_call` failed says last only that; why, its child said before.
    """
    before, found = _before_wrapper(result.stderr_tail)
    if found is None:
        return result
    status = result.status
    if found["signal"]:
        status = -getattr(signal.Signals, found["signal"], 0) or status
    elif int(found["status"]) > _SIGNAL_BASE:
        status = int(found["status"])
    if not before.strip() and status == result.status:
        return result
    return attrs.evolve(result, stderr_tail=before if before.strip() else result.stderr_tail, status=status)


def _before_wrapper(text: str) -> tuple[str, re.Match[str] | None]:
    """What was printed before the traceback of the innermost wrapper, and its last line."""
    inner = None
    while True:
        before, head, block = text.rpartition(_HEAD)
        last = next((line for line in reversed(block.splitlines()) if line.strip()), "")
        found = _WRAPPER.match(last) if head else None
        if found is None:
            return text, inner
        text, inner = before, found


def lacks_attribute(result: StepResult, is_foreign: Callable[[str], bool]) -> str | None:
    """That a step failed only since a package, which is not of the tree, lacks a name that the code uses.

    So an old commit fails with newer packages than it was written for. It is not so where any of the errors
    that were raised is another one.

    Args:
        result: of a step that failed.
        is_foreign: whether the tree under test has no module of a name.

    Returns:
        the first such error, in one line; None where it is not so.
    """
    said = [match["said"] for match in map(_ERROR_OF_PYTEST.match, result.stdout_tail.splitlines()) if match]
    raised = said or _raised(result.stderr_tail)
    found = [_LACKS.match(line) for line in raised]
    if not found or not all(match and is_foreign(_module(match)) for match in found):
        return None
    return raised[0]


def _module(match: re.Match[str]) -> str:
    return match["module"] or _PACKAGES[match["alias"]]


def _raised(text: str) -> list[str]:
    """The line of each traceback that names its exception."""
    blocks = text.split(f"{_HEAD}\n")[1:]
    lines = (next((line for line in block.splitlines() if line[:1].strip()), "") for block in blocks)
    return [line for line in lines if line]
