"""The commented settings file that `init` writes, from what a repository holds. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import Factory, frozen

from bisect_parity.params.image_programs import ImageProgram

if TYPE_CHECKING:
    from bisect_parity.config import Thresholds

SIZE_IN_EXAMPLES = 256
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]")


@frozen
class RepositoryContents:
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
        builds: commands that may build what is run.
        test: a file that pytest would collect; empty where there is none.
        runs: Python programs that recorded commands ran, relative to the top.
        reference, candidate: programs that write an image, as far as their options say so.
        others: more of them.
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
    builds: Sequence[Sequence[str]] = ()
    test: str = ""
    runs: Sequence[str] = ()
    reference: ImageProgram | None = None
    candidate: ImageProgram | None = None
    others: Sequence[ImageProgram] = ()
    preload: str = ""


def settings_text(contents: RepositoryContents, thresholds: Thresholds) -> str:
    """The text of a bisect-parity.toml."""
    return f"""\
# Settings of bisect-parity. Every value below is what was found or is the default; change what is wrong.

[evidence]
{_roots(contents)}
# Width of the images in pixels at which runs are judged, where they record it.
{f"size = {contents.size}" if contents.size is not None else f"# size = {SIZE_IN_EXAMPLES}"}

[code]
# Paths whose content can change results. Two commits that agree here have one code state,
# and only one of them is ever tested: a path too many costs checks, a path too few makes wrong answers.
paths = {_list(contents.code)}
{_of_one_folder(contents)}{_earlier(contents.earlier)}{_left_out(contents.left_out)}
[params]
# Programs, headers and configuration files whose parameters `params` and `audit` compare: folders or files.
paths = {_list(contents.programs)}

[context]
# Expected parameters of every run, such as device = "cpu"; another value is flagged as a deviation.
{_table(contents.context)}
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
{_commented(_case(contents))}#
# Or judge by the exit status of a test, instead of two images (`bisect --test LINE` needs no settings):
#
# [case.unit]
{_commented(_test_case(contents))}#
# `check` and `bisect` never read this file from the tree under test. Keep a copy for them in the git
# directory with `bisect-parity init --freeze`, or name the file with --config.
"""


def _of_one_folder(contents: RepositoryContents) -> str:
    """In a repository of several projects, the one whose results all lie in its own folder."""
    tops = {root.partition("/")[0] for root in contents.roots}
    top = next(iter(tops), "")
    if (
        contents.is_loose
        or len(tops) != 1
        or top in contents.roots
        or top not in contents.code
        or len(contents.code) < 2
    ):
        return ""
    why = f"All results lie below {top}. If nothing outside of it can change them, this costs fewer checks:"
    return f"# {why}\n# paths = {_list([top])}\n"


def _commented(lines: Iterable[str]) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _test_case(contents: RepositoryContents) -> Iterator[str]:
    if contents.builds:
        yield f"prepare = [{', '.join(map(_list, contents.builds))}]"
    yield f"test = {_list(('{python}', '-m', 'pytest', '-q', contents.test or 'tests/test_it.py'))}"


def _case(contents: RepositoryContents) -> Iterator[str]:
    candidate = contents.candidate
    size = contents.size or (candidate.size if candidate is not None else None)
    yield f"size = {size or SIZE_IN_EXAMPLES}"
    yield 'dtype = "float32"'
    suffix = (candidate.suffix if candidate is not None else "") or ".npy"
    formats = '".npy", ".raw" for plain pixels, ".txt" for a table'
    yield f"suffix = {_string(suffix)}  # of {{out}}; it decides the format: {formats}"
    if contents.builds:
        yield f"prepare = [{', '.join(map(_list, contents.builds))}]"
    yield f"reference = {_words(contents.reference, '{worktree}/reference')}"
    yield '# if the reference writes another format: reference_suffix = ".raw", reference_dtype = "float64"'
    program = f"{{worktree}}/{contents.runs[0] if contents.runs else 'candidate.py'}"
    yield f"candidate = {_words(candidate, '{python}', program)}"
    if candidate is not None and candidate.root:
        path = _string(f"{{worktree}}/{candidate.root}")
        yield f"environment = {{ PYTHONPATH = {path} }}"
    for other in contents.others:
        yield f"# another program that writes a file: {_list(other.words)}"
    if len(contents.runs) > 1:
        yield f"# other programs that recorded commands ran: {', '.join(map(ascii, contents.runs[1:]))}"
    yield "timeout = 600.0"
    if contents.preload:
        yield f"preload = [{_string(contents.preload)}]  # slow to import: a bisection imports it once"


def _words(program: ImageProgram | None, *usual: str) -> str:
    """The command of a program; a usual one to be changed where none is known."""
    return _list(program.words if program is not None else (*usual, "--size", "{size}", "--out", "{out}"))


def _roots(contents: RepositoryContents) -> str:
    top = ", and the top" if contents.is_loose else ""
    which = "What was found without" if contents.roots else "Such as"
    return f"""\
# Folders to search for evidence, instead of the usual ones{top}. In a folder that is named here, every file
# that states a figure counts as a run. {which}:
# roots = {_list(contents.roots or ["runs"])}"""


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
    """A TOML list in ASCII; a name that is not UTF-8 cannot stand in TOML, and is named in a comment."""
    named = [name for name in names if not _LONE_SURROGATE.search(name)]
    left_out = [name for name in names if _LONE_SURROGATE.search(name)]
    comment = (
        f"  # Not listed, since TOML cannot name it: {', '.join(map(ascii, left_out))}" if left_out else ""
    )
    return f"[{', '.join(_string(name) for name in named)}]{comment}"


def _string(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_PLAIN.sub(lambda found: f"\\U{ord(found[0]):08x}", quoted)


def _table(values: Mapping[str, str]) -> str:
    return "".join(f"{_string(key)} = {_string(value)}\n" for key, value in values.items())
