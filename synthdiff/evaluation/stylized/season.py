"""Whether volatility keeps to the clock and to the days of the week.

References
----------
Andersen, Bollerslev (1997), Intraday periodicity and volatility persistence in financial markets; French (1980), Stock
returns and the weekend effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthdiff.codecs.token import FloatArray, IntArray
from synthdiff.data.market.moment import DateArray
from synthdiff.evaluation.stylized.fact import Axis, Fact, Gauge

MINUTE, DAY = np.timedelta64(60, "s"), np.timedelta64(86_400, "s")
MOST_SLOTS = 96
"""Times of day that are told apart; more are counted together, a quarter of an hour each."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FIRST_WEEKDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True)
class Clock:
    """A way to sort steps by the clock.

    Attributes
    ----------
    name : {"time of day", "weekday"}
    labels : tuple of str
        Of the slots that history and paths both hold.
    real : (T,) int64
        Slot of each step of the history; -1 of slots that the paths do not reach.
    path : (L,) int64
        The same for the steps of the paths.
    """

    name: str
    labels: tuple[str, ...]
    real: IntArray
    path: IntArray


def clocks(real: DateArray, path: DateArray) -> list[Clock]:
    """Find the clocks that dates can be sorted by: times of day of intraday steps, weekdays of daily or shorter ones.

    Parameters
    ----------
    real : (T,) datetime64
    path : (L,) datetime64
        The same for all paths.

    Returns
    -------
    list of Clock
        Those with at least two slots.
    """
    real, path = real.astype("datetime64[s]"), path.astype("datetime64[s]")
    step = np.median(np.diff(real)) if len(real) > 1 else DAY * 30
    found = []
    if step < DAY:
        minutes = [((dates - dates.astype("datetime64[D]")) // MINUTE).astype(np.int64) for dates in (real, path)]
        if len(np.unique(minutes[0])) > MOST_SLOTS:
            minutes = [minute // 15 * 15 for minute in minutes]
        found.append(_clock("time of day", minutes, lambda minute: f"{minute // 60:02d}:{minute % 60:02d}"))
    if step <= DAY:
        days = [dates.astype("datetime64[D]").astype(np.int64) for dates in (real, path)]
        weekdays = [np.asarray((day + _FIRST_WEEKDAY) % 7) for day in days]
        found.append(_clock("weekday", weekdays, WEEKDAYS.__getitem__))
    return [clock for clock in found if len(clock.labels) > 1]


def _clock(name: str, slots: list[IntArray], label: Callable[[int], str]) -> Clock:
    shared = np.intersect1d(slots[0], slots[1])
    place = [np.where(np.isin(slot, shared), np.searchsorted(shared, slot), -1) for slot in slots]
    return Clock(name, tuple(label(int(slot)) for slot in shared), *place)


class SeasonSample:
    """Windows of one asset's returns with their slots.

    Parameters
    ----------
    channels : (n, L, 2) float64
        Returns, and slots, -1 where a step belongs to none.
    n_slots : int
    """

    def __init__(self, channels: FloatArray, n_slots: int) -> None:
        slots = channels[:, :, 1].ravel().astype(np.int64) + 1
        self.size = np.abs(channels[:, :, 0]).ravel()
        self.counts = np.bincount(slots, minlength=n_slots + 1)[1:]
        self.sums = np.bincount(slots, self.size, minlength=n_slots + 1)[1:]


def profile(sample: SeasonSample) -> FloatArray:
    """Mean absolute return of each slot, over that of all steps; 1 of a slot that no step of the sample lies in."""
    overall = float(sample.size.mean()) or 1.0
    means = sample.sums / np.maximum(sample.counts, 1) / overall
    return np.where(sample.counts > 0, means, 1.0)


def season_fact(clock: Clock) -> Fact[SeasonSample]:
    """The fact that volatility keeps to a clock."""
    by = "the clock" if clock.name == "time of day" else "the days of the week"
    return Fact(
        f"{clock.name} volatility",
        f"How absolute returns follow {by}.",
        f"volatility by {clock.name}",
        profile,
        (
            Gauge(
                "standard deviation of the profile around 1",
                lambda vector: float(vector.std()),
                f"volatility does not follow {by}",
                f"volatility follows {by} too much or in another way",
            ),
        ),
        Axis(clock.name, lambda _: clock.labels),
    )
