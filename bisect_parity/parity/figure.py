"""The figure of a test, a number that it prints or its run time, held against a limit. Pure."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from bisect_parity.parity.failures import StepFailure
from bisect_parity.wording import digits_apart, first_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.parity.case import Case
    from bisect_parity.parity.steps import StepResult

SECONDS = "seconds"
MOST_NAMES = 6
DIGITS = 6
WITHOUT_LIMIT = 12  # digits of a figure that may differ from another one in its last ones
# rmse 0.16, rmse: 0.16, "rmse" = 0.16, rmse is 0.16, | rmse | 0.16 |, rmse,0.16
_EDGE = r"(?!(?<=\w)\w)"  # nowhere within a word
_FLAGS = re.compile(r"\A\(\?[aimsux]+\)")  # of the whole expression: only its beginning may have them
_BEHIND = (  # 0,16 is not 0, nor is 1,024 one: only in a row of a table does a comma end a number
    r"[\"'`*]{0,2}[ \t]*+(?:,[ \t]*[\"'`*]?|(?:is\b|[:=|])?[ \t]*[\"'`*]?(?![-+]?\d+,\d))"
    r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])"
)
_NAMED = re.compile(rf"(?<![\w.])([A-Za-z_]\w*+){_BEHIND}")


def figure_of(result: StepResult, case: Case) -> float | None:
    """The figure of a test that passed: its wall time in seconds, or the last number that `figure` matches.

    Args:
        result: of the test.
        case: whose `figure` it is.

    Returns:
        None where the end of what the test printed holds no finite number there.
    """
    if case.figure == SECONDS:
        return result.seconds
    pattern = expression_of(case.figure)
    for text in (result.stdout_tail, result.stderr_tail):
        found = [number for match in pattern.finditer(text) if (number := _number(match[1])) is not None]
        if found:
            return found[-1]
    return None


def expression_of(figure: str) -> re.Pattern[str]:
    """What finds a figure as its one group: the group of an expression, or the number behind what it matches.

    Without a group, words match as a whole: "loss" is not in "val_loss", nor is "R" the name of "R2".
    """
    pattern = re.compile(figure, re.MULTILINE)
    if pattern.groups:
        return pattern
    return re.compile(f"{_EDGE}(?:{_FLAGS.sub('', figure)}){_EDGE}{_BEHIND}", pattern.flags)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def judged_again(document: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """A known check with the verdict by the limit that the case has now; as it was if it has no figure.

    Args:
        document: of the check.
        case: with `figure`, `limit` and `better`; at several sizes each has a figure, and one is kept.
    """
    figure = document.get("figure")
    if case.sizes or not isinstance(figure, float | int):
        return dict(document)
    ended = by_figure(figure, case)
    return {**document, "verdict": ended.verdict, "reason": ended.reason}


def figures_printed(result: StepResult) -> list[str]:
    """The words that a test printed in front of numbers, each once."""
    texts = (result.stdout_tail, result.stderr_tail)
    return list(dict.fromkeys(match[1] for text in texts for match in _NAMED.finditer(text)))


def by_figure(figure: float | None, case: Case, printed: Sequence[str] = ()) -> StepFailure:
    """The verdict on a test that passed; without a limit, each figure is good.

    Args:
        figure: of the test.
        case: with `figure`, `limit` and `better`.
        printed: names of the figures that the test printed, in case it is none of them.
    """
    is_time = case.figure == SECONDS
    name = SECONDS if is_time else "figure"
    if figure is None:
        others = f", but numbers of {first_of(printed, MOST_NAMES)}" if printed else ""
        return StepFailure("skip", f"the test printed no number that {case.figure!r} matches{others}", "test")
    if case.limit is None:
        digits = DIGITS if is_time else WITHOUT_LIMIT
        return StepFailure("good", f"{name} {figure:.{digits}g}", "test", not is_time)
    digits = digits_apart(figure, case.limit, least=DIGITS)
    value = f"{name} {figure:.{digits}g}"
    is_higher = case.better == "higher"
    is_bad = figure < case.limit if is_higher else figure > case.limit
    bound = f"{'at least' if is_higher else 'at most'} {case.limit:.{digits}g}"
    return StepFailure("bad" if is_bad else "good", f"{value}, {bound} is good", "test", not is_time)
