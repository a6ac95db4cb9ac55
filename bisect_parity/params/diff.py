"""Parameters of several runs and commits side by side, as rows of typed values. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from attrs import evolve

from bisect_parity.evidence.numbers import nearest_float
from bisect_parity.params.cells import Cell, Column, Presence, Row
from bisect_parity.params.compare import Quantity, Tolerance, ValueChange, change, quantity
from bisect_parity.params.effective import name_of_list
from bisect_parity.params.environment import MODULE
from bisect_parity.params.literals import number
from bisect_parity.params.model import Origin, Value, name_parts
from bisect_parity.params.noise import names_the_run, noise_reason
from bisect_parity.params.units import Unit, split_unit, unit_of_text
from bisect_parity.redaction import is_public_variable

_Values: TypeAlias = Mapping[str, tuple[Value, ...]]


def diff(
    columns: Sequence[Column],
    groups: tuple[Iterable[int], Iterable[int]] = ((), ()),
    tolerance: Tolerance | None = None,
) -> tuple[Row, ...]:
    """The rows of all names: those that separate the groups first, then other differences, then equal ones.

    Names that differ only in the unit that they end in (`distance_mm`, `distance_m`) are one row, where no
    column has both.

    Args:
        columns: runs and commits.
        groups: the positions of the columns that are contrasted, such as the good and the bad ones.
        tolerance: for numbers.
    """
    sides = tuple(frozenset(group) for group in groups)
    aligned = _side_by_side([column.values for column in columns])
    columns = [evolve(column, values=values) for column, values in zip(columns, aligned, strict=True)]
    rows = [
        _row(name, [_cell(column, names, listed_in) for column in columns], sides, tolerance or Tolerance())
        for name, names in _grouped(columns)
        for listed_in in [_listed_in(columns, names)]
    ]
    return tuple(sorted(rows, key=lambda row: (not row.separates, not row.differs, row.name)))


def _grouped(columns: Sequence[Column]) -> list[tuple[str, dict[str, Unit | None]]]:
    """The names of each row, with their units."""
    names = list(dict.fromkeys(name for column in columns for name in column.values))
    alike: dict[tuple[str, str, str], dict[str, Unit | None]] = {}  # by owner, name and dimension
    for name in names:
        owner, own = name_parts(name)
        base, unit = split_unit(own)
        if unit is not None:
            alike.setdefault((owner, base, unit.dimension), {})[name] = unit
    plain_names = {name_parts(name): name for name in reversed(names)}  # of several, the first
    found: list[tuple[str, dict[str, Unit | None]]] = []
    taken: set[str] = set()
    for (owner, base, dimension), members in alike.items():
        plain = plain_names.get((owner, base))
        if plain is not None and _has_dimension(columns, plain, dimension):
            members = {**members, plain: None}  # noqa: PLW2901 - the row's own names
        is_one = all(len(members.keys() & column.values.keys()) <= 1 for column in columns)
        if len(members) > 1 and is_one:
            first = next(iter(members))
            found.append((first[: len(first) - len(name_parts(first)[1])] + base, members))
            taken.update(members)
    return found + [(name, {name: split_unit(name_parts(name)[1])[1]}) for name in names if name not in taken]


def _has_dimension(columns: Sequence[Column], name: str, dimension: str) -> bool:
    """Whether all values of a name say themselves that they are of a dimension."""
    values = [value for column in columns for value in column.values.get(name, ())]
    units = [unit_of_text(value.value) if isinstance(value.value, str) else None for value in values]
    return all(unit is not None and unit[1].dimension == dimension for unit in units)


def _listed_in(columns: Sequence[Column], names: Iterable[str]) -> frozenset[str]:
    """Names of the files that state a variable; none of what is no variable."""
    variables = [name for name in names if name.startswith(("$", MODULE))]
    values = (value for name in variables for column in columns for value in column.values.get(name, ()))
    return frozenset(name_of_list(value.source.path) for value in values if value.source is not None)


def _cell(column: Column, names: Mapping[str, Unit | None], listed_in: frozenset[str]) -> Cell:
    for name, unit in names.items():
        if name in column.values:
            several = len(names) > 1
            return Cell(
                Presence.RECORDED, column.values[name], name if several else "", unit if several else None
            )
    return Cell(_absence(column, next(iter(names)), listed_in))


def _absence(column: Column, name: str, listed_in: frozenset[str]) -> Presence:
    owner, own = name_parts(name)
    if ": " in name:
        return Presence.NOT_THERE if column.has_code else Presence.UNRECORDED
    is_listed = own.startswith(MODULE) or is_public_variable(own[1:])
    if (is_listed and listed_in & column.lists) or owner in column.settings:
        return Presence.NOT_LISTED
    if own.startswith("$") or not owner or owner == "parameter":
        return Presence.UNRECORDED
    if column.is_commit:
        return Presence.NOT_THERE
    return Presence.NOT_GIVEN if owner in column.programs else Presence.UNRECORDED


def _row(name: str, cells: Sequence[Cell], sides: Sequence[frozenset[int]], tolerance: Tolerance) -> Row:
    first = next((cell for cell in cells if cell.presence is Presence.RECORDED), None)
    changes = tuple(_cell_change(first, cell, tolerance) for cell in cells)
    here, there = ([cells[at] for at in sorted(side)] for side in sides)
    separates = _separates(here, there, tolerance) and not _is_another_in_every_run(name, here, there)
    row = Row(name, tuple(cells), changes, separates=separates)
    if not row.differs:
        return row
    values = [value for cell in cells for value in cell.values]
    return Row(name, row.cells, changes, noise_reason(name, values), row.separates)


def _cell_change(first: Cell | None, cell: Cell, tolerance: Tolerance) -> ValueChange | None:
    """How a cell's values differ from those of the first one: all of them are compared, in their order."""
    if first is None or cell.presence is not Presence.RECORDED or cell is first:
        return None
    pairs = list(zip(first.values, cell.values, strict=False))
    for one, other in pairs:
        found = change(one, other, (first.unit, cell.unit), tolerance)
        if found is not None:
            return found
    longer = max(first, cell, key=lambda item: len(item.values))
    for extra in longer.values[len(pairs) :]:
        found = change(longer.values[0], extra, (longer.unit, longer.unit), tolerance)
        if found is not None:
            return found
    return None


def _separates(here: Sequence[Cell], there: Sequence[Cell], tolerance: Tolerance) -> bool:
    known = [
        [*{_stated(cell): cell for cell in side if cell.presence is not Presence.UNRECORDED}.values()]
        for side in (here, there)
    ]
    if not all(known) or not any(cell.values for side in known for cell in side):
        return False
    keys = [_keys(side, {*known[0], *known[1]}, tolerance) for side in known]
    if not set(keys[0].values()).isdisjoint(keys[1].values()):
        return False
    # hundreds of runs make too many pairs: those with different keys are not looked at
    odd = [[cell for cell in known[at] if cell not in keys[at]] for at in (0, 1)]
    pairs = itertools.chain(itertools.product(odd[0], known[1]), itertools.product(known[0], odd[1]))
    return not any(_alike(one, other, tolerance) for one, other in pairs)


def _stated(cell: Cell) -> Hashable:
    """What a cell says, wherever that stands."""
    values = ((type(each.value), each.value, each.origin, each.is_typed) for each in cell.values)
    return cell.presence, cell.unit, tuple(values)


def _is_another_in_every_run(name: str, here: Sequence[Cell], there: Sequence[Cell]) -> bool:
    """Whether values separate only since hardly any two runs share one.

    Names and numbers of runs do; and measures that no threshold separates.
    """
    sides = [[cell for cell in side if cell.values] for side in (here, there)]
    if sum(map(len, sides)) <= 2 or any(len(cell.values) != 1 for side in sides for cell in side):
        return False
    amounts = [[quantity(cell.values[0], cell.unit) for cell in side] for side in sides]
    numbers = [[_in_base_units(amount) for amount in side if amount is not None] for side in amounts]
    is_number = all(map(all, amounts))
    are_names = all(isinstance(cell.values[0].value, str) for side in sides for cell in side)
    if not is_number and (any(map(any, amounts)) or not are_names):
        return False
    values = numbers if is_number else [[cell.text for cell in side] for side in sides]
    if len({*values[0], *values[1]}) == sum(map(len, sides)) and names_the_run(
        name_parts(name)[1], is_number=is_number
    ):
        return True
    if not is_number or any(len(set(side)) < len(side) for side in numbers) or not all(numbers):
        return False
    low, high = sorted(numbers, key=min)
    return max(low) >= min(high)


def _in_base_units(amount: Quantity) -> float:
    factor = 1.0 if amount.unit is None else float(amount.unit.factor)
    return nearest_float(amount.number) * factor


def _keys(
    side: Iterable[Cell], everything: Iterable[Cell], tolerance: Tolerance
) -> dict[Cell, tuple[str, Hashable]]:
    """Keys of those cells that are alike where, and only where, their keys are equal."""
    if tolerance != Tolerance():
        return {}
    by_host = {value.origin is Origin.HOST for cell in everything for value in cell.values}
    found: dict[Cell, tuple[str, Hashable]] = {}
    for cell in side:
        if len(cell.values) != 1 or cell.unit is not None:
            continue
        amount = quantity(cell.values[0])
        plain = cell.values[0].value
        if amount is not None and amount.unit is None and amount.number == amount.number:
            found[cell] = ("number", amount.number)
        elif amount is None and isinstance(plain, str) and number(plain) is None and len(by_host) == 1:
            found[cell] = ("text", plain.casefold() if True in by_host else plain)
    return found


def _alike(one: Cell, other: Cell, tolerance: Tolerance) -> bool:
    if one.presence is not other.presence:
        return Presence.NOT_GIVEN in (one.presence, other.presence) and not (one.is_given or other.is_given)
    return _cell_change(one, other, tolerance) is None and _cell_change(other, one, tolerance) is None


def _side_by_side(columns: Sequence[_Values]) -> list[_Values]:
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
