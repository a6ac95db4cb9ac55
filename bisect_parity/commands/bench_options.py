"""The options that `diagnose --run` and `isolate` share; `bench`, which does the work, is slow to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from bisect_parity.commands.options import revision_option
from bisect_parity.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])

UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def bench_options(when: str = "") -> Callable[[Command], Command]:
    """Add `--at`, `--size` and `--most`; `when` begins their help, and says when they count."""

    def words(text: str) -> str:
        return f"{when}{text[0].lower()}{text[1:]}" if when else text

    described = words("The commit to check.")
    at = revision_option("--at", "revision", default="HEAD", show_default=True, described=described)
    size = click.option(
        "--size", type=click.IntRange(min=1), metavar="N", help=words("Width of the images in pixels.")
    )
    most = click.option(
        "--most",
        default="2G",
        show_default=True,
        metavar="SIZE",
        help=words("Copy no more than this at once; the largest folders are left out, and named."),
    )
    return lambda command: at(size(most(command)))


def size_of(text: str) -> int:
    """Bytes of a size such as 500M or 2G.

    Raises:
        UsageError: it is none.
    """
    digits, unit = (text[:-1], text[-1:].upper()) if text[-1:].upper() in UNITS else (text, "")
    try:
        size = round(float(digits) * UNITS.get(unit, 1))
    except (ValueError, OverflowError):
        size = -1
    if size < 0:
        raise UsageError(f"--most {text!r} is not a size", "Write it as 500M or 2G.")
    return size


def bytes_text(size: int) -> str:
    """A number of bytes as people write it."""
    for unit, factor in reversed(UNITS.items()):
        if size >= factor:
            return f"{size / factor:.1f} {unit}iB"
    return f"{size} bytes"
