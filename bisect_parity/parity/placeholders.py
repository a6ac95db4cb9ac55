"""The placeholders of a case's commands, and what is put in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from bisect_parity.errors import UsageError

PLACEHOLDERS = ("worktree", "scratch", "out", "size", "python", "repository")

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}|(?<!\$)\{([A-Za-z_]+)\}")
_INTERPRETER = re.compile(
    r"(?:ba|da|z|k|fi|tc|c|pw)?sh|su|runuser|script|python[\d.]*|perl|ruby|php|lua|node|awk"
    r"|R|Rscript|julia|octave(?:-cli)?|matlab"
)
_SCRIPT_OPTION = re.compile(r"-[a-zA-Z]*[ceEpr]|-batch|--(?:command|eval|exec|execute|print|expr)")
_PLAIN_VALUE = re.compile(r"[\w./+:@%,=~-]*", re.ASCII)


def placeholders_in(words: Iterable[str]) -> set[str]:
    """Names of all placeholders in the words of a command, known or not."""
    return {found[2] for word in words for found in _PLACEHOLDER.finditer(word) if found[2]}


def literal(text: str) -> str:
    """A word that `fill` makes into `text`, whatever braces it holds."""
    return re.sub(r"\{(\w+)\}", r"{{\1}}", text)


def fill(command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Replace the placeholders in the words of a command.

    A word stays one word whatever a value holds, since no shell splits it. Where the word is itself a
    script (`sh -c '... {out} ...'`), a value could be read as code: such values are refused.

    Args:
        command: the words.
        values: what each placeholder stands for; `{{name}}` gives the text `{name}`.

    Raises:
        UsageError: a value that a script would read as more than a plain word.
    """
    words: list[str] = []
    before = ""  # the word before, which ends the options if it is --
    for word in command:
        is_script = _SCRIPT_OPTION.fullmatch(before) is not None
        is_script = is_script and any(_INTERPRETER.fullmatch(PurePosixPath(w).name) for w in words)
        words.append(_filled(word, values, is_script))
        before = before if word == "--" else word
    return words


def _filled(word: str, values: Mapping[str, str], is_script: bool) -> str:
    return _PLACEHOLDER.sub(lambda found: _replaced(found, values, is_script), word)


def _replaced(match: re.Match[str], values: Mapping[str, str], is_script: bool) -> str:
    if match[1] is not None:
        return f"{{{match[1]}}}"
    value = values[match[2]]
    if is_script and not _PLAIN_VALUE.fullmatch(value):
        raise UsageError(
            f"{{{match[2]}}} stands for {value!r}, which a script would read as code",
            f"Give it to the script as an argument: ['sh', '-c', '... \"$1\" ...', 'sh', '{{{match[2]}}}'].",
        )
    return value
