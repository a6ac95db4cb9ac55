"""The commented settings file that `init` writes. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.config import Settings

__all__ = ["settings_text"]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]")


def settings_text(
    settings: Settings, roots: Sequence[str], code: Sequence[str], programs: Sequence[str]
) -> str:
    """The text of a bisect-parity.toml.

    Args:
        settings: the defaults.
        roots: folders in which evidence was found.
        code: top folders and files that hold code.
        programs: those of them that hold programs, headers and configuration files.
    """
    return f"""\
# Settings of bisect-parity. Every value below is what was found or is the default; change what is wrong.

[evidence]
# Folders that are searched for evidence bundles.
roots = {_list(roots)}
# Detector width in pixels that is judged; default: 4096 where a run recorded it, else the usual size.
# size = 4096

[code]
# Paths whose content can change results. Two commits that agree here have one code state,
# and only one of them is ever tested.
paths = {_list(code)}

[params]
# Programs, headers and configuration files whose parameters `params` and `audit` compare: folders or files.
paths = {_list(programs)}

[context]
# Expected parameters of every run; another value is flagged as a deviation.
{_table(settings)}

[thresholds]
# Both are inclusive, and both must hold.
correlation_min = {settings.thresholds.correlation_min}
sum_ratio_tolerance = {settings.thresholds.sum_ratio_tolerance}

# How one commit is checked. Remove the comment signs, and put in your own commands. A command is a list
# of words; no shell is involved. {{worktree}} is the tree under test and the working directory of every
# command, {{scratch}} an empty folder, {{out}} the image file to write, {{size}} the size, and
# {{python}} the Python that runs bisect-parity.
#
# [case.parity]
# size = 4096
# dtype = "float32"
# suffix = ".raw"  # of the file {{out}}; it tells the format: ".npy" for what numpy.save writes
# prepare = [["make", "-C", "reference"]]
# reference = ["{{worktree}}/reference/program", "--size", "{{size}}", "--out", "{{out}}"]
# candidate = ["{{python}}", "-m", "package", "--size", "{{size}}", "--out", "{{out}}"]
# timeout = 600.0
# preload = ["torch"]  # what a candidate in Python is slow to import: a bisection imports it once
#
# `check` and `bisect` never read this file from the tree under test. Keep a copy for them in the git
# directory with `bisect-parity init --freeze`, or name the file with --config.
"""


def _list(names: Sequence[str]) -> str:
    """A TOML list in ASCII; a name that is not UTF-8 cannot stand in TOML, and is told in a comment."""
    named = [name for name in names if not _LONE_SURROGATE.search(name)]
    left_out = [name for name in names if _LONE_SURROGATE.search(name)]
    told = f"  # Not listed, since TOML cannot name it: {', '.join(map(ascii, left_out))}" if left_out else ""
    return f"[{', '.join(_string(name) for name in named)}]{told}"


def _string(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_PLAIN.sub(lambda found: f"\\U{ord(found[0]):08x}", quoted)


def _table(settings: Settings) -> str:
    return "\n".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in settings.context.items())
