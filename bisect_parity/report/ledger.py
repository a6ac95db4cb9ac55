"""Where an Attempt goes in a ledger: under the named entry, after the attempts that are there. Pure.

A ledger is Markdown that people and programs keep by hand. Nothing of it is rewritten: the answer is a
place in its bytes, and the bytes that are put in there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen
from markdown_it import MarkdownIt

from bisect_parity.errors import UsageError
from bisect_parity.wording import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_LABEL = re.compile(r"\W*attempts?(?:\s+(?:history|log))?\W*", re.IGNORECASE)
_ATTEMPT = re.compile(r"\battempt\s*#?\s*(\d+)", re.IGNORECASE)
_TOLD = re.compile(r"\W*(?:\d{4}-\d\d-\d\d\W*)?attempt\s*#?\s*\d", re.IGNORECASE)
_MARKER = re.compile(r"(?P<indent>[ \t]*)(?P<marker>[-*+]|\d+[.)])(?P<gap>[ \t]+)")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
LABELS = ("heading_open", "list_item_open", "paragraph_open")
_MARKUP = "[](){}*_`#:-. \t"


@frozen
class LedgerEntry:
    """The lines of an entry: from `first`, which holds its heading, to before `last`; counted from 0.

    `is_item` says that it is an item of a list.
    """

    first: int
    last: int
    is_item: bool = False


@frozen
class Insertion:
    """The bytes to put in at an offset; `number` is that of the new Attempt."""

    offset: int
    content: bytes
    number: int


class _Ledger:
    """A ledger as lines of bytes, with the blocks that a Markdown parser sees in them."""

    def __init__(self, content: bytes) -> None:
        # Latin-1 keeps a byte a character, so that lines and columns are those of the file in any encoding.
        self.text = content.decode("latin-1")
        self.lines = _LINE.findall(content)
        self.tokens = MarkdownIt("commonmark").parse(self.text.removeprefix("\xef\xbb\xbf"))

    def offset(self, line: int) -> int:
        """The offset of a line in the file."""
        return sum(map(len, self.lines[:line]))

    def is_blank(self, line: int) -> bool:
        return not self.lines[line].strip()

    def trimmed(self, first: int, last: int) -> int:
        """`last` without the blank lines before it."""
        while last > first + 1 and self.is_blank(last - 1):
            last -= 1
        return last

    def marker(self, line: int) -> re.Match[str] | None:
        """What a list item begins with."""
        return _MARKER.match(self.lines[line].decode("latin-1"))

    def content_of(self, at: int) -> str:
        """The text of the first line within the block that token `at` opens."""
        for token in self.tokens[at + 1 : at + 3]:
            if token.type == "inline":
                return token.content.partition("\n")[0]
        return ""


def _find_entry(ledger: _Ledger, name: str) -> LedgerEntry:
    """The one entry of a ledger that is called `name`: a heading, or an item of a list at the margin.

    A heading that begins with the name is preferred to one that only mentions it. Code does not count.
    """
    levels = {"heading_open": 0, "list_item_open": 1}  # at the margin, and in no quotation
    blocks = [
        (at, token, ledger.content_of(at + levels[token.type]))
        for at, token in enumerate(ledger.tokens)
        if token.map is not None and token.level == levels.get(token.type)
    ]
    encoded = re.escape(name.encode("utf-8").decode("latin-1"))
    word = re.compile(rf"(?<![\w-]){encoded}(?![\w-])")
    for kind, match in (
        ("heading_open", lambda text: word.match(text.lstrip(_MARKUP))),
        ("heading_open", word.search),
        ("list_item_open", lambda text: word.match(text.lstrip(_MARKUP + "xX"))),
    ):
        found = [(at, token) for at, token, text in blocks if token.type == kind and match(text)]
        if len(found) > 1:
            places = ", ".join(str(_first(token) + 1) for _, token in found)
            raise UsageError(f"{name} names {len(found)} entries, at lines {places}", "Make its name unique.")
        if found:
            return _extent(ledger, *found[0])
    headings = (text.lstrip(_MARKUP).split() for _, token, text in blocks if token.type == "heading_open")
    known = dict.fromkeys(words[0].rstrip(_MARKUP) for words in headings if words)
    near = did_you_mean(name, known, "entries")
    raise UsageError(f"no entry is called {name}", f"{near} A heading must hold it as a word of its own.")


def _first(token: Token) -> int:
    return token.map[0] if token.map else 0


def _extent(ledger: _Ledger, at: int, opening: Token) -> LedgerEntry:
    """From the block that names an entry to the next one of its level, or a higher one."""
    if opening.type == "list_item_open":
        first, last = opening.map or (0, 0)
        return LedgerEntry(first, ledger.trimmed(first, last), is_item=True)
    last = len(ledger.lines)
    for token in ledger.tokens[at + 1 :]:
        if token.type == "heading_open" and token.level == 0 and token.tag <= opening.tag:
            last = _first(token)
            break
    return LedgerEntry(_first(opening), last)


def insertion(content: bytes, name: str, attempt: Sequence[str], known_by: str) -> Insertion | None:
    """Where an Attempt goes, and as which bytes; None where the entry has it already.

    It follows the attempts that the entry lists, with their indent, their marker and their line ends; where
    there are none, it follows the label ("Attempts History:"), or else the entry. A file without a final
    newline ends without one afterwards, too.

    Args:
        content: of the ledger.
        name: of the entry.
        attempt: the lines of the Attempt; "{number}" in the first one becomes its number.
        known_by: what only this Attempt says.

    Raises:
        UsageError: there is no such entry, or there are several.
    """
    ledger = _Ledger(content)
    entry = _find_entry(ledger, name)
    attempts = b"".join(ledger.lines[entry.first : entry.last]).decode("latin-1")
    if known_by in attempts:
        return None
    number = max((int(found[1]) for found in _ATTEMPT.finditer(attempts)), default=0) + 1
    after, prefix, needs_gap = _place(ledger, entry)
    before = ledger.lines[after - 1]
    end = re.search(rb"(?:\r\n|\r|\n)$", before)
    newline = end[0] if end else _newline(ledger)
    hanging = " " * len(prefix.expandtabs(4))
    first = attempt[0].replace("{number}", str(number), 1)  # what follows is quoted, and not ours
    lines = [prefix + first, *(hanging + line for line in attempt[1:])]
    encoded = [line.rstrip().encode("ascii", "backslashreplace") for line in lines]
    text = (newline if needs_gap else b"") + newline.join(encoded)
    inserted = text + newline if end else newline + text
    return Insertion(ledger.offset(after), inserted, number)


def _newline(ledger: _Ledger) -> bytes:
    """The line end of a ledger, where the last line has none."""
    found = re.search(rb"\r\n|\r|\n", b"".join(ledger.lines))
    return found[0] if found else b"\n"


def _place(ledger: _Ledger, entry: LedgerEntry) -> tuple[int, str, bool]:
    """The line before which an Attempt goes, how it begins, and whether a blank line goes before it."""
    label = _label(ledger, entry)
    items = _items_below(ledger, entry, label) if label is not None else []
    items = items or _told_attempts(ledger, entry)
    if items:
        first, last = items[-1]
        marker = ledger.marker(first)
        prefix = marker[0] if marker else "- "
        if marker and marker["marker"][0].isdigit():
            prefix = (
                f"{marker['indent']}{int(marker['marker'][:-1]) + 1}{marker['marker'][-1]}{marker['gap']}"
            )
        is_loose = len(items) > 1 and ledger.is_blank(first - 1)
        return ledger.trimmed(first, last), prefix, is_loose
    if label is not None:
        first, last = label.map or (0, 0)
        marker = ledger.marker(first)
        prefix = " " * len(marker[0].expandtabs(4)) + "* " if marker else "- "
        return ledger.trimmed(first, last), prefix, marker is None
    last = ledger.trimmed(entry.first, entry.last)
    if entry.is_item:
        return last, _below_item(ledger, entry), False
    return last, "- ", ledger.marker(last - 1) is None


def _below_item(ledger: _Ledger, entry: LedgerEntry) -> str:
    """How an item below the item of an entry begins: as those there, or below its text."""
    lines = (line for line in range(entry.first + 1, entry.last) if not ledger.is_blank(line))
    beginnings = [found for found in map(ledger.marker, lines) if found is not None]
    if beginnings:
        least = min(beginnings, key=lambda found: len(found["indent"].expandtabs(4)))
        return f"{least['indent']}{least['marker'] if least['marker'] in '-*+' else '-'} "
    marker = ledger.marker(entry.first)
    return " " * len(marker[0].expandtabs(4) if marker else "") + "- "


def _label(ledger: _Ledger, entry: LedgerEntry) -> Token | None:
    """The heading, item or paragraph of an entry that says "Attempts"."""
    for at, token in enumerate(ledger.tokens):
        if token.type in LABELS and token.map and entry.first <= token.map[0] < entry.last:
            text = ledger.content_of(at + (token.type == "list_item_open"))
            if _LABEL.fullmatch(text):
                return token
    return None


def _items_below(ledger: _Ledger, entry: LedgerEntry, label: Token) -> list[tuple[int, int]]:
    """The items of the first list in, or below, a label."""
    first, last = label.map or (0, 0)
    if label.type != "list_item_open":
        headings = [_first(token) for token in ledger.tokens if token.type == "heading_open"]
        last = min([line for line in headings if line > first] + [entry.last])
    inside = [
        token
        for token in ledger.tokens
        if token.type == "list_item_open"
        and token is not label
        and token.map
        and first <= token.map[0] < last
    ]
    level = min((token.level for token in inside), default=0)
    return [(token.map[0], token.map[1]) for token in inside if token.level == level and token.map]


def _told_attempts(ledger: _Ledger, entry: LedgerEntry) -> list[tuple[int, int]]:
    """The items of an entry that say that they are attempts."""
    return [
        (token.map[0], token.map[1])
        for at, token in enumerate(ledger.tokens)
        if token.type == "list_item_open"
        and token.map
        and entry.first <= token.map[0] < entry.last
        and _TOLD.match(ledger.content_of(at + 1))
    ]
