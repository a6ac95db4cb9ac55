"""The commented settings file that `init` writes, from what a repository holds. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import Factory, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.config import Thresholds

__all__ = ["Found", "settings_text"]

SIZE_IN_EXAMPLES = 256
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]")


@frozen
class Found:
    """What a repository holds.

    Attributes:
        roots: folders in which evidence was found.
        is_loose: whether files at the top are evidence, too: the next run writes another one there.
        code: folders and files at the top that hold code.
        earlier: those of `code` that only earlier commits have.
        left_out: those at the top of which no run, and no other code, is known to use anything.
        programs: those of `code` that hold programs, headers and configuration files.
        size: width of the images in pixels that most runs recorded; None where none did.
        context: what all runs that recorded it have in common, such as the device.
        builds: folders of tracked makefiles, "" for the top.
        runs: Python programs that recorded commands ran, relative to the top.
        preload: the slow package that the code imports, if it does.
    """

    roots: Sequence[str] = ()
    is_loose: bool = False
    code: Sequence[str] = ()
    earlier: Sequence[str] = ()
    left_out: Sequence[str] = ()
    programs: Sequence[str] = ()
    size: int | None = None
    context: Mapping[str, str] = Factory(dict)
    builds: Sequence[str] = ()
    runs: Sequence[str] = ()
    preload: str = ""


def settings_text(found: Found, thresholds: Thresholds) -> str:
    """The text of a bisect-parity.toml."""
    return f"""\
# Settings of bisect-parity. Every value below is what was found or is the default; change what is wrong.

[evidence]
{_roots(found)}
# Width of the images in pixels at which runs are judged, where they record it.
{f"size = {found.size}" if found.size is not None else f"# size = {SIZE_IN_EXAMPLES}"}

[code]
# Paths whose content can change results. Two commits that agree here have one code state,
# and only one of them is ever tested.
paths = {_list(found.code)}
{_earlier(found.earlier)}{_left_out(found.left_out)}
[params]
# Programs, headers and configuration files whose parameters `params` and `audit` compare: folders or files.
paths = {_list(found.programs)}

[context]
# Expected parameters of every run, such as device = "cpu"; another value is flagged as a deviation.
{_table(found.context)}
[thresholds]
# Both are inclusive, and both must hold.
correlation_min = {thresholds.correlation_min}
sum_ratio_tolerance = {thresholds.sum_ratio_tolerance}

# How one commit is checked. Remove the comment signs, and put in your own commands. A command is a list
# of words; no shell is involved. {{worktree}} is the tree under test and the working directory of every
# command, {{scratch}} an empty folder, {{out}} the image file to write, {{size}} the size, and
# {{python}} the Python that runs bisect-parity.
#
# [case.parity]
{"".join(f"# {line}".rstrip() + chr(10) for line in _case(found))}#
# `check` and `bisect` never read this file from the tree under test. Keep a copy for them in the git
# directory with `bisect-parity init --freeze`, or name the file with --config.
"""


def _case(found: Found) -> Iterator[str]:
    yield f"size = {found.size or SIZE_IN_EXAMPLES}"
    yield 'dtype = "float32"'
    yield 'suffix = ".npy"  # of {out}; it tells the format: ".raw" for plain pixels, ".txt" for a table'
    if found.builds:
        place = ["-C", found.builds[0]] if found.builds[0] else []
        yield f"prepare = [{_list(['make', *place])}]"
    yield 'reference = ["{worktree}/reference", "--size", "{size}", "--out", "{out}"]'
    program = f"{{worktree}}/{found.runs[0] if found.runs else 'candidate.py'}"
    yield f'candidate = ["{{python}}", {_string(program)}, "--size", "{{size}}", "--out", "{{out}}"]'
    if len(found.runs) > 1:
        yield f"# other programs that recorded commands ran: {', '.join(map(ascii, found.runs[1:]))}"
    yield "timeout = 600.0"
    if found.preload:
        yield f"preload = [{_string(found.preload)}]  # slow to import: a bisection imports it once"


def _roots(found: Found) -> str:
    line = f"roots = {_list(found.roots)}"
    if found.is_loose:
        return f"# Folders to search for evidence, instead of the usual ones and the top.\n# {line}"
    return f"# Folders that are searched for evidence bundles.\n{line}"


def _earlier(names: Sequence[str]) -> str:
    """A comment on what is listed and not there any more; empty where there is nothing."""
    if not names:
        return ""
    return (
        f"# In earlier commits only: {', '.join(map(ascii, names))}; without them, those would look alike.\n"
    )


def _left_out(names: Sequence[str]) -> str:
    """A comment on what is not listed; empty where there is nothing."""
    if not names:
        return ""
    return f"# Left out: {', '.join(map(ascii, names))}; no run and no other code is known to use them.\n"


def _list(names: Sequence[str]) -> str:
    """A TOML list in ASCII; a name that is not UTF-8 cannot stand in TOML, and is told in a comment."""
    named = [name for name in names if not _LONE_SURROGATE.search(name)]
    left_out = [name for name in names if _LONE_SURROGATE.search(name)]
    told = f"  # Not listed, since TOML cannot name it: {', '.join(map(ascii, left_out))}" if left_out else ""
    return f"[{', '.join(_string(name) for name in named)}]{told}"


def _string(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_PLAIN.sub(lambda found: f"\\U{ord(found[0]):08x}", quoted)


def _table(values: Mapping[str, str]) -> str:
    return "".join(f"{_string(key)} = {_string(value)}\n" for key, value in values.items())
