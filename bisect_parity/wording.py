"""Wording that all messages and reports share. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

SHORT = 12  # hex digits of a commit id, wherever people read one
UNRECORDED = "unrecorded"  # what nobody wrote down
TOP = "."  # the bundle that is the whole working tree, whose path is empty
TEST_OPTION = "--test"
MOST_NAMED = 8
HALF_PERCENT = 0.005
CHANGES = {"files": "the file", "env": "the variable", "params": "the parameter", "code": "the change of"}
DIGITS = 18  # more than any float64 needs
MANY = 10  # from which on times are given instead of a percentage


def counted(number: int, noun: str) -> str:
    """`number` and its noun, in the plural where there is not one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def probability_text(value: float) -> str:
    """A probability that never claims certainty: above 0.999 it says so."""
    return ">0.999" if value > 0.999 else f"{value:.3f}" if value >= 0.001 else "<0.001"


def natural_order(text: str) -> list[tuple[int, str]]:
    """A sorting key by which "line 10" comes after "line 2"."""
    return [(int(word), "") if word.isdecimal() else (0, word) for word in re.split(r"(\d+)", text)]


def first_of(names: Sequence[str], most: int) -> str:
    """The first `most` of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def did_you_mean(word: str, known: Iterable[str], what: str) -> str:
    """A remedy for an unknown word: the nearest known ones, else all that there are.

    Args:
        word: as typed.
        known: words, most important first.
        what: what the words are, in the plural.
    """
    names = list(known)
    return nearest(word, names) or f"Known {what}: {first_of(names, MOST_NAMED) or 'none'}."


def nearest(word: str, known: Iterable[str]) -> str:
    """Which of some known words may have been meant, in a sentence; nothing where none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a mistake

    names = {name.casefold(): name for name in reversed(list(known))}
    near = [names[name] for name in get_close_matches(word.casefold(), names)]
    return f"Did you mean {' or '.join(map(repr, near))}?" if near else ""


def case_option(name: str) -> str:
    """The option that names a case; one that was made of `--test` is called by it."""
    return name if is_line_test(name) else f"--case {shlex.quote(name)}"


def is_line_test(name: str) -> bool:
    """Whether a case of this name was made of `--test` on a command line."""
    return name.startswith(f"{TEST_OPTION} ")


def search_command(old: str, new: str, *options: str, is_fix: bool = False, is_flaky: bool = False) -> str:
    """The search for the commit that broke what was good at `old`, or that fixed (`is_fix`) what was bad."""
    command = "bisect-parity bisect --flaky" if is_flaky else "bisect-parity bisect"
    ends = f"--find fix --bad {old} --good {new}" if is_fix else f"--good {old} --bad {new}"
    return " ".join([command, ends, *filter(None, options)])


def jobs_words(jobs: int) -> str:
    """The option that lets so many checks run at once, to follow other words; empty for one."""
    return "" if jobs == 1 else f" --jobs {jobs}"


def threshold_words(correlation_min: float | None, sum_ratio_tolerance: float | None) -> list[str]:
    """The options that name thresholds; None leaves one out."""
    named = {"--correlation-min": correlation_min, "--sum-ratio-tolerance": sum_ratio_tolerance}
    return [word for name, value in named.items() if value is not None for word in (name, repr(value))]


def move_text(figure: str, old: float, new: float, share: float) -> str:
    """That a figure moved, and how far: in shares of what its threshold allows, or by which share it rose."""
    if figure == "figure":
        digits = digits_apart(old, new, least=6)
        return f"figure moved from {old:.{digits}g} to {new:.{digits}g}, by {_percent(share, '+')}"
    way = "farther from" if share > 0 else "nearer to"
    far = f"{_percent(abs(share))} of" if abs(share) < MANY else f"{abs(share):.3g} times"
    return f"{figure} moved from {old!r} to {new!r}, {far} its tolerance {way} 1"


def _percent(share: float, sign: str = "") -> str:
    return f"{share:{sign}.0%}" if abs(share) >= HALF_PERCENT else f"{100 * share:{sign}.2g}%"


def digits_apart(*figures: float, least: int = 4) -> int:
    """With how many significant digits different figures look different; `least` at least."""
    distinct = set(figures)
    enough = (
        n for n in range(least, DIGITS) if len({f"{value:.{n}g}" for value in distinct}) == len(distinct)
    )
    return next(enough, DIGITS)


def figure_text(figure: float | None) -> str:
    """A figure to the last digit; empty where there is none."""
    return "" if figure is None else repr(figure)
