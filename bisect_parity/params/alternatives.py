"""Names that code gives several values: which of one column stands beside which of another. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from bisect_parity.params.model import Value

Values: TypeAlias = Mapping[str, tuple[Value, ...]]


def side_by_side(columns: Sequence[Values]) -> list[Values]:
    """The columns with equal values of a name in one place: `N#2` of one column may be `N` of another.

    Which branch of the code comes first says nothing. Places are those of the first column with the name.
    """
    bases = {_base(name) for values in columns for name in values} - {""}
    ordered = [dict(values) for values in columns]
    for base in sorted(bases):
        first: list[str] = []
        for values in ordered:
            names = list(itertools.takewhile(values.__contains__, _numbered(base)))
            own = [values.pop(name) for name in names]
            texts = [", ".join(value.text for value in several) for several in own]
            first = first or texts
            wanted = {*texts}
            places = {text: place for place, text in reversed([*enumerate(first)]) if text in wanted}
            taken = {*places.values()}
            free = (place for place in itertools.count() if place not in taken)
            at = [places.pop(text) if text in places else next(free) for text in texts]  # two may be hidden
            numbered = list(itertools.islice(_numbered(base), max(at, default=-1) + 1))
            values.update((numbered[place], several) for place, several in zip(at, own, strict=True))
    return [*ordered]


def _base(name: str) -> str:
    """The `N` of a name of code that is `N#2`; empty for others."""
    base, _, digits = name.rpartition("#")
    return base if digits.isdecimal() and ": " in base else ""


def _numbered(base: str) -> Iterator[str]:
    """`N`, `N#2`, `N#3`, ..."""
    return itertools.chain((base,), (f"{base}#{number}" for number in itertools.count(2)))
