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
from synthdiff.evaluation.stylized.fact import Axis, Fact, Gauge, Telling

MINUTE, DAY = np.timedelta64(60, "s"), np.timedelta64(86_400, "s")
MOST_SLOTS = 96
"""Times of day that are told apart; more are counted together, a quarter of an hour each."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
GAPS = ("", " after a pause", " after a night", " after a weekend")
"""What lies between a step and the one before: nothing, less than a day's end, one of these, or more."""
LONGER = 1.5
"""Usual steps from which on the time between two steps is a gap."""
LEAST_STEPS = 10
"""Steps of the history after a gap, at a time of day, from which on they are a slot of their own."""
MATERIAL = 0.3
"""Difference of a slot's volatility, over the mean of all, that is worth a word."""
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

    def when(self, slot: int) -> str:
        """Say in which steps, such as "at 09:30 after a night"."""
        return f"{'at' if self.name == 'time of day' else 'on'} {self.labels[slot]}"


def clocks(real: DateArray, path: DateArray) -> list[Clock]:
    """Find the clocks that dates can be sorted by: times of day of intraday steps, weekdays of daily or shorter ones.

    Intraday steps that follow a gap (a pause, a night, a weekend) are slots of their own: at the open comes what
    happened since the close.

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
        found.append(_clock("time of day", _times(real, path, step), _time_label))
    if step <= DAY:
        days = [dates.astype("datetime64[D]").astype(np.int64) for dates in (real, path)]
        weekdays = [np.asarray((day + _FIRST_WEEKDAY) % 7) for day in days]
        found.append(_clock("weekday", weekdays, WEEKDAYS.__getitem__))
    return [clock for clock in found if len(clock.labels) > 1]


def _times(real: DateArray, path: DateArray, step: np.timedelta64) -> list[IntArray]:
    """Minute of the day and kind of gap of the steps of the history and of the paths, as one number."""
    minutes = [((dates - dates.astype("datetime64[D]")) // MINUTE).astype(np.int64) for dates in (real, path)]
    gaps = [_gaps(real, step), _gaps(path, step)]
    place = int(np.searchsorted(real, path[0]))
    is_known = place > 0 and path[0] - real[place - 1] < 7 * DAY
    keys = [len(GAPS) * minute + gap for minute, gap in zip(minutes, gaps, strict=True)]
    values, counts = np.unique(keys[0][1:], return_counts=True)
    own = values[counts >= LEAST_STEPS]
    # What lies before a first step that no other is known to precede is what usually does.
    usual = {int(key) // len(GAPS): int(key) % len(GAPS) for key in values[np.argsort(counts, kind="stable")]}
    for minute, gap in zip(minutes, gaps, strict=True):
        gap[0] = usual.get(int(minute[0]), 0)
    if is_known:
        gaps[1][0] = _gaps(np.array([real[place - 1], path[0]]), step)[1]
    keys = [len(GAPS) * minute + gap for minute, gap in zip(minutes, gaps, strict=True)]
    coarse = len(np.unique(minutes[0])) > MOST_SLOTS
    minutes = [minute // 15 * 15 if coarse else minute for minute in minutes]
    return [
        np.asarray(len(GAPS) * minute + np.where(np.isin(key, own), key % len(GAPS), 0))
        for minute, key in zip(minutes, keys, strict=True)
    ]


def _gaps(dates: DateArray, step: np.timedelta64) -> IntArray:
    """Kind of what lies before each step, a place in `GAPS`, (T,)."""
    days = np.diff(dates.astype("datetime64[D]").astype(np.int64), prepend=0)
    is_gap = np.diff(dates.astype(np.int64), prepend=0) > LONGER * step.astype(np.int64)
    return np.asarray(np.where(is_gap, 1 + np.minimum(days, 2), 0), dtype=np.int64)


def _time_label(key: int) -> str:
    minute, gap = divmod(key, len(GAPS))
    return f"{minute // 60:02d}:{minute % 60:02d}{GAPS[gap]}"


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
        self.size, self.slots, self.n_slots = np.abs(channels[:, :, 0]), channels[:, :, 1], n_slots


def profile(sample: SeasonSample) -> FloatArray:
    """Mean absolute return of each slot, over that of all steps; 1 of a slot that no step of the sample lies in."""
    overall = float(sample.size.mean()) or 1.0
    return slot_means(sample.size, sample.slots, sample.n_slots, overall) / overall


def slot_means(values: FloatArray, slots: FloatArray, n_slots: int, absent: float) -> FloatArray:
    """Return the mean of the values in each slot, (n_slots,); `absent` where a slot has none.

    Parameters
    ----------
    values, slots : (n, L) float64
        Slots are -1 where a value belongs to none.
    n_slots : int
    absent : float
    """
    place = slots.ravel().astype(np.int64) + 1
    counts = np.bincount(place, minlength=n_slots + 1)[1:]
    sums = np.bincount(place, values.ravel(), minlength=n_slots + 1)[1:]
    return np.where(counts > 0, sums / np.maximum(counts, 1), absent)


def season_fact(clock: Clock) -> Fact[SeasonSample]:
    """The fact that volatility keeps to a clock."""
    by = "the clock" if clock.name == "time of day" else "the days of the week"
    slots = tuple(f"volatility {clock.when(k)}" for k in range(len(clock.labels)))
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
        Axis(clock.name, lambda _: clock.labels, "relative volatility"),
        telling=Telling(slots, _times_mean, MATERIAL, alone=False),
    )


def _times_mean(value: float) -> str:
    return f"{value:.2f} times the mean"
