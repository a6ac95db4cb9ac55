"""What Python's tracebacks say: the failure behind a wrapper's, and what an installed package lacks. Pure."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.parity.steps import StepResult

__all__ = ["lacks_attribute", "unwrapped"]

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
