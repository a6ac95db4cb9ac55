"""A shell script line by line: what was set and exported before decides what a command was given. Pure."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from attrs import define, field

from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Command, Source
from bisect_parity.evidence.modules import LOADED, loaded_after
from bisect_parity.evidence.programs import read_invocation
from bisect_parity.evidence.shell import (
    LONGEST_VALUE,
    SimpleCommand,
    Unclosed,
    split_commands,
    without_assignments,
)
from bisect_parity.evidence.wrappers import each_program, quoted_script
from bisect_parity.program_secrets import secret_words
from bisect_parity.redaction import REDACTED, is_secret_name, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    _Value: TypeAlias = str | bool | tuple[str, ...]

CONDAS = frozenset({"conda", "mamba", "micromamba"})
MOST_COMMANDS = 500
DEEPEST_SHELL = 3


@define
class Script:
    """A file of commands that is being read.

    Attributes:
        path: of the file, relative to the top.
        lines: of the file.
        variables: that were set so far.
        exported: those of them that commands see.
        commands: that were read so far; no more than `MOST_COMMANDS`.
    """

    path: str
    lines: list[str]
    variables: dict[str, str] = field(factory=dict)
    exported: dict[str, str] = field(factory=dict)
    commands: list[Command] = field(factory=list)

    def read(self, text: str, line: int, depth: int = 0, *, is_marked: bool = False) -> bool:
        """Read one logical line, which a prompt may mark as a command; False where a quote in it is open."""
        try:
            parts = split_commands(text, self.variables)
        except Unclosed:
            return False
        for at in range(len(parts)):
            self._take(parts[at], text, line, depth, is_marked=is_marked)
            if not parts[at].words and "$" in text:  # what follows in the same line knows the new variable
                parts = split_commands(text, self.variables)
        return True

    def read_roughly(self, text: str, line: int) -> None:
        """Read a line whose quotes do not match, split at blanks."""
        self._take(SimpleCommand(*without_assignments(text.split())), text, line, 0)

    def _take(
        self, part: SimpleCommand, text: str, line: int, depth: int, *, is_marked: bool = False
    ) -> None:
        if part.is_broken or len(self.commands) >= MOST_COMMANDS or self._sets_variables(part):
            return
        if depth < DEEPEST_SHELL and self._read_quoted(part, line, depth):
            return
        for words in each_program(part.words):
            invocation = read_invocation(
                part.assignments, words, reads_input=part.reads_input, is_marked=is_marked
            )
            if invocation is not None:
                self.commands.append(self._command(invocation, text, line))

    def _read_quoted(self, part: SimpleCommand, line: int, depth: int) -> bool:
        """Read shell text that is part of a command, and what is set for it; False if there is none."""
        quoted = quoted_script(part.words)
        if quoted is None:
            return False
        environment, text = quoted
        before = dict(self.variables), dict(self.exported)
        self._assign((*part.assignments, *environment), is_export=True)
        is_read = self.read(text, line, depth + 1)
        self.variables, self.exported = before
        return is_read

    def _sets_variables(self, part: SimpleCommand) -> bool:
        if not part.words:
            self._assign(part.assignments, is_export=False)
            return True
        if part.words[0] in {"export", "declare", "typeset"}:
            pairs = [word.partition("=") for word in part.words[1:] if not word.startswith("-")]
            for name, equals, value in pairs:
                known = value if equals else self.variables.get(name)
                if known is not None and name.isidentifier():
                    self._assign(((name, known),), is_export=True)
            return True
        if part.words[0] == "unset":
            for name in part.words[1:]:
                self.variables.pop(name, None)
                self.exported.pop(name, None)
            return True
        if part.words[0] in CONDAS and part.words[1:2] in (("activate",), ("deactivate",)):
            named = [word for word in part.words[2:] if not word.startswith("-")]
            self.exported.pop("CONDA_DEFAULT_ENV", None)
            self._assign(tuple(("CONDA_DEFAULT_ENV", word) for word in named[-1:]), is_export=True)
            return True
        if part.words[0] in {"module", "ml"}:
            loaded = loaded_after(self.exported.get(LOADED, "").split(":"), part.words)
            self._assign(((LOADED, ":".join(loaded)),), is_export=True)
            return True
        return False

    def _assign(self, pairs: tuple[tuple[str, str], ...], *, is_export: bool) -> None:
        for name, value in pairs:
            self.variables[name] = value[:LONGEST_VALUE]
            if is_export or name in self.exported:
                self.exported[name] = value[:LONGEST_VALUE]

    def _command(self, invocation: Command, text: str, line: int) -> Command:
        environment = self.exported | dict(invocation.environment)
        first = next((item for item in text.split("\n") if item.strip()), text)
        clean = _cleaner(environment, invocation.options, invocation.argv)
        return Command(
            argv=tuple(map(clean, invocation.argv)),
            program=clean(invocation.program),
            source=Source(self.path, line, clean(one_line(first))),
            environment=tuple((name, clean(value)) for name, value in environment.items()),
            options={clean(flag): _cleaned(value, clean) for flag, value in invocation.options.items()},
            positional=tuple(map(clean, invocation.positional)),
        )


def _cleaner(
    environment: Mapping[str, str], options: Mapping[str, _Value], argv: Sequence[str]
) -> Callable[[str], str]:
    """What replaces the values of a command's secret names, and credentials in URLs, wherever they stand."""
    named = [value for name, value in environment.items() if is_secret_name(name)]
    named += [secret for _, _, secret in secret_words(argv)]
    for flag, value in options.items():
        if is_secret_name(flag) and not isinstance(value, bool):
            named += [value] if isinstance(value, str) else value
    secrets = sorted({value for value in named if value}, key=len, reverse=True)

    @functools.cache  # a word is one of all words, and of the options or of the others
    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, REDACTED)
        return redact(text)

    return clean


def _cleaned(value: _Value, clean: Callable[[str], str]) -> _Value:
    if isinstance(value, tuple):
        return tuple(map(clean, value))
    return clean(value) if isinstance(value, str) else value
