"""What a table of parameters is made of: columns of runs and commits, cells and rows. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from attrs import frozen

from bisect_parity.params.compare import ValueChange
from bisect_parity.params.model import Origin, Value
from bisect_parity.params.units import Unit, unit_of_text


class Presence(enum.StrEnum):
    """Whether a column has a value; missing is not null."""

    RECORDED = "recorded"
    UNRECORDED = "unrecorded"  # nobody wrote it down
    NOT_GIVEN = "not given"  # the program's command is recorded, and does not have the option
    NOT_LISTED = "not listed"  # a file of settings, or a list of variables, is kept, and does not have it
    NOT_THERE = "not there"  # the code at that commit does not have it


@frozen
class Column:
    """A run or a commit.

    Attributes:
        values: by name.
        programs: that its recorded commands ran, as they are called in names.
        has_code: the code of its commit was read.
        is_commit: it is a commit, and nothing was run.
        lists: names of its files that list variables.
        settings: its files of settings, as names begin with them.
    """

    values: Mapping[str, tuple[Value, ...]]
    programs: frozenset[str] = frozenset()
    has_code: bool = False
    is_commit: bool = False
    lists: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()


@frozen
class Cell:
    """One name in one column.

    Attributes:
        presence: whether there is a value.
        values: several where the records give several.
        name: the column's own name for it, where units differ.
        unit: that this name carries.
    """

    presence: Presence
    values: tuple[Value, ...] = ()
    name: str = ""
    unit: Unit | None = None

    @property
    def text(self) -> str:
        """What is shown."""
        if self.presence is not Presence.RECORDED:
            return str(self.presence)
        unit = "" if self.unit is None else f" {self.unit.name}"
        texts = (value.text for value in self.values)
        return ", then ".join(text if unit_of_text(text) else f"{text}{unit}" for text in texts)

    @property
    def is_given(self) -> bool:
        """Whether a command line gives a value."""
        return any(value.origin is Origin.COMMAND for value in self.values)

    @property
    def recorded_text(self) -> str | None:
        """What is shown of a value; None where there is none."""
        return self.text if self.presence is Presence.RECORDED else None


@frozen
class Row:
    """One parameter in all columns.

    Attributes:
        name: of the parameter; without its unit where columns name several.
        cells: one a column.
        changes: of each cell against the first that has a value; None where it is the same, or has none.
        noise: why a difference says nothing; empty where it may say something.
        separates: whether the columns of one group have values that none of the other group has.
    """

    name: str
    cells: tuple[Cell, ...]
    changes: tuple[ValueChange | None, ...] = ()
    noise: str = ""
    separates: bool = False

    @property
    def differs(self) -> bool:
        """Whether columns are known to differ: in values, or since one of them is known to have none."""
        if any(item is not None for item in self.changes):
            return True
        known = {cell.presence for cell in self.cells} - {Presence.UNRECORDED}
        if not any(cell.is_given for cell in self.cells):
            known.discard(Presence.NOT_GIVEN)  # where it was not given, the default held, whatever that was
        return len(known) > 1
