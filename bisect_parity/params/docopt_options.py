"""The options that docopt reads from the text of a program's help. Pure; nothing is executed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bisect_parity.params.literals import number
from bisect_parity.params.model import Default, Option

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["docopt_options"]

_IMPORTED = re.compile(rb"(?m)^[ \t]*(?:import|from)[ \t]+docopt\b")
_TEXT = re.compile(r"(?s)(\"\"\"|\'\'\')(.*?)\1")
_OPTION = re.compile(r"(?m)^[ \t]+(-[^\n]*?)(?:[ \t]{2,}([^\n]*(?:\n(?![ \t]*-|[ \t]*\n)[ \t]+[^\n]*)*))?$")
_FLAG = re.compile(r"(--?[A-Za-z0-9][\w-]*)(?:[ =](<[^<>]+>|[A-Z][A-Z0-9_-]*))?")
_DEFAULT = re.compile(r"(?i)\[default:\s*([^\]]*?)\s*\]")


def docopt_options(source: bytes) -> Iterator[Default]:
    """The options in the text that a program gives to docopt; none for other programs."""
    if not _IMPORTED.search(source):
        return
    text = source.decode("utf-8", "replace")
    for quoted in _TEXT.finditer(text):
        if "usage:" not in quoted[2].lower():
            continue
        for found in _OPTION.finditer(quoted[2]):
            stated = _FLAG.findall(found[1])
            flags = tuple(flag for flag, _ in stated)
            if not flags or {"-h", "--help", "--version"} & set(flags):
                continue
            has_word = any(word for _, word in stated)
            given = _DEFAULT.search(found[2] or "")
            default = given[1] if given is not None else None
            value = (number(default) or default) if default is not None else None if has_word else False
            longest = max(flags, key=len)
            option = Option(flags, longest.lstrip("-").replace("-", "_"), 1 if has_word else 0)
            yield Default(
                option.name, value, text.count("\n", 0, quoted.start(2) + found.start(1)) + 1, option
            )
