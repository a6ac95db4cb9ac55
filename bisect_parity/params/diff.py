"""Named values of several runs or commits side by side. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Row", "diff", "same_value"]


@frozen
class Row:
    """One name with its value in each column.

    Attributes:
        name: what the values are of.
        values: one a column; None where nobody recorded it.
        separates: whether the columns of one group have values that none of the other group has.
    """

    name: str
    values: tuple[str | None, ...]
    separates: bool = False

    @property
    def differs(self) -> bool:
        """Whether two recorded values differ."""
        known = [value for value in self.values if value is not None]
        return any(not same_value(known[0], other) for other in known[1:])


def same_value(one: str, other: str) -> bool:
    """Whether two values are written alike but for capitals, or are the same number (`5e-3` and `0.005`)."""
    if one.casefold() == other.casefold():
        return True
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def diff(
    columns: Sequence[Mapping[str, str]], groups: tuple[Iterable[int], Iterable[int]] = ((), ())
) -> tuple[Row, ...]:
    """The rows of all names: those that separate the groups first, then other differences, then equal ones.

    Args:
        columns: name -> value of each run or commit.
        groups: the positions of the columns that are contrasted, such as the good and the bad ones.
    """
    first, second = (tuple(group) for group in groups)
    rows = []
    for name in sorted({name for column in columns for name in column}):
        values = tuple(column.get(name) for column in columns)
        rows.append(Row(name, values, _separates(values, first, second)))
    return tuple(sorted(rows, key=lambda row: (not row.separates, not row.differs, row.name)))


def _separates(values: tuple[str | None, ...], first: Sequence[int], second: Sequence[int]) -> bool:
    here = [value for value in (values[at] for at in first) if value is not None]
    there = [value for value in (values[at] for at in second) if value is not None]
    return bool(here and there) and not any(same_value(one, other) for one in here for other in there)
