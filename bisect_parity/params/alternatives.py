"""Names that code gives several values: which of one column stands beside which of another. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from bisect_parity.params.model import Value

Values: TypeAlias = Mapping[str, tuple[Value, ...]]
_NUMBERED = re.compile(r"(.+: .+)#[1-9]\d*")


def side_by_side(columns: Sequence[Values]) -> list[Values]:
    """The columns with equal values of a name in one place: `N#2` of one column may be `N` of another.

    Which branch of the code comes first says nothing. Places are those of the first column with the name.
    """
    bases = {found[1] for values in columns for name in values if (found := _NUMBERED.fullmatch(name))}
    ordered = [dict(values) for values in columns]
    for base in sorted(bases):
        first: list[str] = []
        for values in ordered:
            names = list(itertools.takewhile(values.__contains__, _numbered(base)))
            own = [values.pop(name) for name in names]
            texts = [", ".join(value.text for value in several) for several in own]
            first = first or texts
            places = {text: place for place, text in enumerate(first) if text in texts}
            free = (place for place in itertools.count() if place not in places.values())
            for text, several in zip(texts, own, strict=True):
                place = places[text] if text in places else next(free)
                values[next(itertools.islice(_numbered(base), place, None))] = several
    return [*ordered]


def _numbered(base: str) -> Iterator[str]:
    """`N`, `N#2`, `N#3`, ..."""
    return itertools.chain((base,), (f"{base}#{number}" for number in itertools.count(2)))
