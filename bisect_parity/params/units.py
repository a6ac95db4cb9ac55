"""Units that names and values carry (`distance_mm`, "100 mm"), and their conversion. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

from attrs import frozen

from bisect_parity.evidence.numbers import NUMBER

_PI = Fraction(314159265358979323846264338327950288, 10**35)


@frozen
class Unit:
    """A unit of measurement.

    Attributes:
        name: as it is shown.
        dimension: units of one dimension can be converted.
        factor: how many base units it is.
    """

    name: str
    dimension: str
    factor: Fraction


def _scaled(dimension: str, **factors: str) -> dict[str, Unit]:
    return {name: Unit(name, dimension, Fraction(factor)) for name, factor in factors.items()}


_EXACT = {
    **_scaled("length", km="1e3", m="1", cm="1e-2", mm="1e-3", um="1e-6", nm="1e-9", pm="1e-12", A="1e-10"),
    **_scaled("time", h="3600", min="60", s="1", ms="1e-3", us="1e-6", ns="1e-9", ps="1e-12", fs="1e-15"),
    **_scaled("energy", eV="1", keV="1e3", MeV="1e6", meV="1e-3", GeV="1e9"),
    **_scaled("frequency", Hz="1", kHz="1e3", MHz="1e6", GHz="1e9"),
    **_scaled("size", bytes="1", kB="1e3", MB="1e6", GB="1e9", KiB="1024", MiB="1048576", GiB="1073741824"),
    **_scaled("pressure", Pa="1", hPa="100", kPa="1e3", MPa="1e6", bar="1e5", mbar="100"),
    **_scaled("mass", kg="1", g="1e-3", mg="1e-6", ug="1e-9"),
    **_scaled("voltage", V="1", mV="1e-3", kV="1e3"),
    **_scaled("share", percent="1e-2"),
    "rad": Unit("rad", "angle", Fraction(1)),
    "mrad": Unit("mrad", "angle", Fraction(1, 1000)),
    "urad": Unit("urad", "angle", Fraction(1, 10**6)),
    "deg": Unit("deg", "angle", _PI / 180),
}
_ALIASES = {
    "angstrom": "A",
    "angstroms": "A",
    "ang": "A",
    "meter": "m",
    "meters": "m",
    "micron": "um",
    "microns": "um",
    "degree": "deg",
    "degrees": "deg",
    "radian": "rad",
    "radians": "rad",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "minutes": "min",
    "hour": "h",
    "hours": "h",
    "hr": "h",
    "pct": "percent",
    "%": "percent",
    "b": "bytes",
    "kb": "kB",
    "mb": "MB",
    "gb": "GB",
}
_SMALL = {name.lower(): unit for name, unit in _EXACT.items() if name not in {"MeV", "meV", "A"}}  # ambiguous
_ENDING = re.compile(r"(.*[^_\-. ])(?:[_\-]| ?[(\[])([A-Za-z%]+)[)\]]?")
_QUANTITY = re.compile(rf"\s*({NUMBER})\s*([A-Za-z%]+)\s*")


def split_unit(name: str) -> tuple[str, Unit | None]:
    """A parameter's own name without the unit that it ends in, and the unit.

    Args:
        name: such as `distance_mm`, `--distance-mm` or `distance (mm)`.
    """
    return _with_unit(_ENDING, name) or (name, None)


def unit_of_text(text: str) -> tuple[str, Unit] | None:
    """The number and the unit of a text such as "100 mm"; None for other texts."""
    return _with_unit(_QUANTITY, text)


def _with_unit(pattern: re.Pattern[str], text: str) -> tuple[str, Unit] | None:
    found = pattern.fullmatch(text)
    unit = _named(found[2]) if found is not None else None
    return None if found is None or unit is None else (found[1], unit)


def _named(name: str) -> Unit | None:
    exact = _EXACT.get(name)
    if exact is not None:
        return exact
    if len(name) == 1 and name.isupper():  # 4G is no mass, and BLOCK_M no length
        return None
    alias = _ALIASES.get(name.lower())
    return _EXACT[alias] if alias is not None else _SMALL.get(name.lower())
