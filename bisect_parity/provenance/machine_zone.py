"""The zone of the machine on which runs were made, where it is not that of the person; its clock. Pure.

Local times without a zone, of a server elsewhere or of a container that keeps UTC, can be read in any zone,
and no single run says in which. All runs of a person together do: who commits, runs, and commits again
moves both from day to day. In the right zone, runs are nearer to the checkouts of their own day than to those
of the days before and after; in a wrong one, and for runs at a fixed time of the day, they are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bisect_parity.provenance.parameters import Recency
    from bisect_parity.provenance.parameters_of_several import MachineZone

DAY, HALF_HOUR = 86400, 1800
HOUR = 3600.0
DAYS = (-3, -2, -1, 1, 2, 3)
CLOCK_OFFSETS = [  # seconds that a clock may be slow; near whole hours it is its zone that is another
    offset for offset in range(-7080, 7081, 120) if abs((offset + 1800) % 3600 - 1800) > 240
]
PAUSES = range(0, 7201, 120)  # seconds between a checkout and its run
# of the zone from the person's; less cannot be distinguished from what lies between runs and commits
OFFSETS = [offset for offset in range(-14 * 3600, 14 * 3600 + 1, HALF_HOUR) if abs(offset) >= 2 * HOUR]


def machine_zones(
    stated: np.ndarray,
    zones: np.ndarray,
    added: np.ndarray,
    checkouts: np.ndarray,
    recency: Recency,
    machine: MachineZone,
) -> np.ndarray | None:
    """The zones of the machine on which a person's runs were made; None where they are the person's own.

    Args:
        stated: local times of the runs, read as if they were UTC, seconds; shape (n,).
        zones: of the person at these times, seconds east of UTC; shape (n,).
        added: when the results were committed, POSIX seconds; shape (n,).
        checkouts: when commits were made, POSIX seconds, ascending; shape (m,).
        recency: how closely runs follow checkouts.
        machine: how far a zone must stand out.

    Returns:
        seconds east of UTC, shape (n,): UTC, or at one distance from the person's zones.
    """
    if len(stated) < machine.runs or not len(checkouts):
        return None
    checkouts = checkouts.astype(np.float64)  # once, and not at each search for such times

    def closeness(times: np.ndarray) -> np.ndarray:
        ages = times - checkouts[np.maximum(checkouts.searchsorted(times, side="right") - 1, 0)]
        ages = np.where(ages >= 0, ages, np.inf)
        close = recency.boost / (1 + ages / recency.scale) ** 2
        found: np.ndarray = np.log1p(close + (recency.boost / 3) / (1 + ages / HOUR) ** 2)
        return found

    def score(places: np.ndarray) -> tuple[float, float]:
        times = stated - places
        other_days = np.mean([closeness(times + day * DAY) for day in DAYS], axis=0)
        gains = np.where(times > added, -machine.too_late, closeness(times)) - other_days
        return float(gains.sum()), float(gains.sum() / max(np.sqrt((gains**2).sum()), 1e-9))

    own, deviations = score(zones)
    if deviations > machine.own:
        return None

    def stands_out(places: np.ndarray, least: float) -> bool:
        total, far = score(places)
        return total > own + machine.gain and far > least

    utc = np.zeros_like(zones)
    if zones.any() and stands_out(utc, machine.utc):
        return utc
    best = max((zones + offset for offset in OFFSETS), key=lambda places: score(places)[0])
    return best if stands_out(best, machine.other) else None


def clock_offset(
    begun: np.ndarray, added: np.ndarray, checkouts: np.ndarray, recency: Recency, machine: MachineZone
) -> float:
    """By how many seconds the clock of a machine is slow, where all its runs show it; else 0.

    If it were put right, nearly all of them would follow checkouts far more closely. What a habit
    explains as well shows nothing: builds of one length between a checkout and its run, or runs of one
    length before commits that the results came in with.

    Args:
        begun: when the runs began by that clock, POSIX seconds; shape (n,).
        added: when the results were committed, POSIX seconds; shape (n,).
        checkouts: when commits were made, POSIX seconds, ascending; shape (m,).
        recency: how closely runs follow checkouts.
        machine: how far an offset must stand out.
    """
    if len(begun) < machine.runs or not len(checkouts):
        return 0.0
    checkouts = checkouts.astype(np.float64)  # once, and not at each search for such times

    def fit(times: np.ndarray, pause: float = 0.0) -> np.ndarray:
        ages = times - checkouts[np.maximum(checkouts.searchsorted(times, side="right") - 1, 0)] - pause
        close = recency.boost / (1 + np.where(ages >= 0, ages, np.inf) / recency.scale) ** 2
        found: np.ndarray = np.log1p((1 - recency.at_any_time) * close)
        return np.where(times > added, -machine.too_late, found)

    def gain(offset: float) -> np.ndarray:
        more: np.ndarray = fit(begun + offset) - habit
        more[(added - begun <= 2 * offset) & (more > 0)] = 0.0
        return more

    habit = max((fit(begun, pause) for pause in PAUSES), key=lambda found: float(found.sum()))
    gains = {offset: gain(offset) for offset in CLOCK_OFFSETS}
    best = max(gains, key=lambda offset: float(gains[offset].sum()))
    total, spread = float(gains[best].sum()), float(np.sqrt((gains[best] ** 2).sum()))
    is_told = total > machine.clock_gain and total > machine.own * spread
    return float(best) if is_told and (gains[best] > 0).mean() >= machine.clock_share else 0.0
