"""Parameters that may have been renamed or moved: one name goes where another comes, with its value. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.evidence.keys import name_words
from bisect_parity.params.cells import Presence
from bisect_parity.params.compare import change
from bisect_parity.params.model import Expression, name_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.params.cells import Cell, Row

LEAST_SIMILARITY = 0.6
LEAST_FOR_COMMON_VALUES = 0.75
ABBREVIATION = 0.8
MOST_ROWS = 400
COMMON_VALUES = frozenset({"0", "1", "-1", "2", "0.0", "1.0", "null", "true", "false", "", '""', "[]", "{}"})


@frozen
class Rename:
    """A name that may be another one's successor.

    Attributes:
        old, new: names of rows.
        similarity: of the names, from 0 to 1.
        value: that both have.
        count: names that moved together, where a whole file did.
    """

    old: str
    new: str
    similarity: float
    value: str
    count: int = 1


def renames(rows: Iterable[Row]) -> tuple[Rename, ...]:
    """Pairs of rows that complement each other, have equal values and similar names; best first.

    Nothing is joined: a rename is a suggestion. Names that moved from one file to another, and kept their own
    names and values, are reported as one move.
    """
    candidates = [row for row in rows if not row.noise and _is_partial(row)][:MOST_ROWS]
    scored = []
    for pair in itertools.combinations(candidates, 2):
        if _complement(*pair):
            old, new = sorted(pair, key=_first)
            score = _score(old, new)
            scored += [(score, old, new)] if score is not None else []
    scored.sort(key=lambda item: (-item[0], item[1].name, item[2].name))
    taken: set[str] = set()
    found = []
    for score, old, new in scored:
        if old.name not in taken and new.name not in taken:
            taken.update((old.name, new.name))
            found.append(Rename(old.name, new.name, round(score, 3), _value(old).text))
    return tuple(_moves(found))


def _moves(renames: Sequence[Rename]) -> list[Rename]:
    """Several names that kept their own name and moved between the same two files become one item."""
    owners = Counter((name_parts(item.old)[0], name_parts(item.new)[0]) for item in renames)
    moves: dict[tuple[str, str], Rename] = {}
    rest = []
    for item in renames:
        (old_owner, old), (new_owner, new) = name_parts(item.old), name_parts(item.new)
        pair = (old_owner, new_owner)
        if old == new and old_owner and owners[pair] > 1:
            count = moves[pair].count + 1 if pair in moves else 1
            moves[pair] = Rename(old_owner, new_owner, 1.0, "", count)
        else:
            rest.append(item)
    return [*moves.values(), *rest]


def _is_partial(row: Row) -> bool:
    """Whether some columns have a value and others are known to have none."""
    presences = {cell.presence for cell in row.cells}
    return Presence.RECORDED in presences and len(presences) > 1


def _complement(first: Row, second: Row) -> bool:
    """Whether no column has both, and each column has one of them or is silent about both."""
    pairs = zip(first.cells, second.cells, strict=True)
    return all(
        bool(a.values) != bool(b.values) or (not a.values and a.presence is b.presence) for a, b in pairs
    )


def _first(row: Row) -> int:
    return next(at for at, cell in enumerate(row.cells) if cell.values)


def _value(row: Row) -> Cell:
    return row.cells[_first(row)]


def _score(old: Row, new: Row) -> float | None:
    one, other = _value(old).values, _value(new).values
    if len(one) != 1 or len(other) != 1 or change(one[0], other[0]) is not None:
        return None
    (old_owner, old_own), (new_owner, new_own) = name_parts(old.name), name_parts(new.name)
    if old_own == new_own:
        return 1.0
    similarity = name_similarity(old_own, new_own)
    if old_owner != new_owner:
        similarity *= 0.9
    is_common = one[0].text in COMMON_VALUES or isinstance(one[0].value, Expression)
    return similarity if similarity >= (LEAST_FOR_COMMON_VALUES if is_common else LEAST_SIMILARITY) else None


def name_similarity(one: str, other: str) -> float:
    """The best of three measures: common letters in order, common words in any order, and abbreviation."""
    letters = SequenceMatcher(None, one.lower(), other.lower()).ratio()
    words = [name_words(name) for name in (one, other)]
    counts = [Counter(each) for each in words]
    common = 2 * sum((counts[0] & counts[1]).values()) / max(len(words[0]) + len(words[1]), 1)
    short, long = sorted(words, key=len)
    is_short = len("".join(short)) > 1 and _abbreviates("".join(short), tuple(long))
    return max(letters, common, ABBREVIATION if is_short else 0.0)


def is_renamed(one: str, other: str) -> bool:
    """Whether two names are so alike that they are probably one option's; beta1 and beta2 are two."""
    numbers = [[letter for letter in name if letter.isdigit()] for name in (one, other)]
    return numbers[0] == numbers[1] and name_similarity(one, other) >= LEAST_FOR_COMMON_VALUES


def _abbreviates(letters: str, words: Sequence[str]) -> bool:
    """Whether letters are the beginnings of all words, in order: `lr` of learning-rate."""
    reached = {0}
    for word in words:
        lengths = range(1, len(word) + 1)
        reached = {at + n for at in reached for n in lengths if letters[at : at + n] == word[:n]}
    return len(letters) in reached
