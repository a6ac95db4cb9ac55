"""The usual command lines of `record`, read without click, whose import is a third of what a run waits for.

Whatever is rare, wrong, or asks for help is left to click.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bisect_parity.commands.invocation import Invocation, status_of, working_directory
from bisect_parity.commands.recorded_call import run_recorded
from bisect_parity.journal import Journal
from bisect_parity.recording.bundle_folder import Wishes

FLAGS = frozenset({"--keep-diff", "--keep-untracked", "--strace", "--quiet", "--verbose"})
VALUES = frozenset({"--out", "--input", "--output", "--repo", "--config"})


class PlainLine(NamedTuple):
    """A command line of `record`.

    Attributes:
        command: the words after `--`.
        flags: options without a value that are there.
        values: the values of all others, in their order.
    """

    command: tuple[str, ...]
    flags: frozenset[str]
    values: dict[str, list[str]]

    def path(self, option: str) -> Path | None:
        """The value that an option has in the end; None where it is not given."""
        return Path(self.values[option][-1]) if option in self.values else None


def read_plain(words: Sequence[str]) -> PlainLine | None:
    """What the words after `record` say; None where click must read them."""
    flags: set[str] = set()
    values: dict[str, list[str]] = {}
    left = iter(words)
    for word in left:
        name, is_joined, value = word.partition("=")
        if word == "--":
            command = tuple(left)
            return PlainLine(command, frozenset(flags), values) if command else None
        if word in FLAGS:
            flags.add(word)
        elif name in VALUES:
            value = value if is_joined else next(left, "")
            if not value or value.startswith("-"):
                return None
            values.setdefault(name, []).append(value)
        else:
            return None
    return None


def run_plain(arguments: Sequence[str]) -> int | None:
    """Run `record`, and return its exit status; None where click must read the command line."""
    line = read_plain(arguments[1:]) if arguments[0] == "record" else None
    return None if line is None else status_of(lambda: _run(line))


def _run(line: PlainLine) -> int:
    call = Invocation(
        directory=line.path("--repo") or working_directory(),
        config=line.path("--config"),
        as_json=False,
        quiet="--quiet" in line.flags,
        verbose="--verbose" in line.flags,
        journal=Journal(None, ["bisect-parity", *sys.argv[1:]]),
    )
    wishes = Wishes(
        out=line.path("--out"),
        keep_diff="--keep-diff" in line.flags,
        keep_untracked="--keep-untracked" in line.flags,
        outputs=tuple(map(Path, line.values.get("--output", ()))),
        inputs=tuple(map(Path, line.values.get("--input", ()))),
    )
    return run_recorded(call, line.command, wishes, uses_strace="--strace" in line.flags).status
