"""When an asset trades, and what is usual at that time: weekdays and times of the day.

Assets of one table need not share their hours: a coin trades at weekends, a stock does not. A slot of the week in which
an asset is hardly ever observed to move, while others do, is one in which it is shut: its price stays, and its next
return counts as one step. Holidays are nobody's to know from dates alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np

from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.data.market.moment import DateArray
from synthdiff.data.market.month_day import weekday
from synthdiff.record import numbers, read_as, require, restore

DAY = 86_400 * 10**9
N_DAYS = 7
MOST_TIMES = 1_440
"""Times of the day that are told apart: minutes."""
COARSE = 1_800 * 10**9
"""Stretch of the day that shares a slot where times are not the same each day, in nanoseconds."""
SELDOM = 0.1
"""Share of the steps of a slot in which an asset that is shut may be seen to move, in that of its busiest slots."""
BUSY = 0.9
MIN_SEEN = 4
"""Steps of a slot of the week before it can be said that an asset is shut in it."""
Flags = Annotated[IntArray, numbers(2, low=0, high=1, whole=True)]


@dataclass(frozen=True, eq=False)
class Times:
    """Times of the day that a calendar has.

    Attributes
    ----------
    starts : (H,) int64
        Nanoseconds since midnight, increasing; a moment belongs to the last that is not after it.
    """

    starts: Annotated[IntArray, numbers(most=MOST_TIMES, low=0, high=DAY - 1, rising=True, whole=True)]

    @classmethod
    def fit(cls, dates: DateArray) -> Self:
        """Find the times of the day of (T,) dates; half-hours where they are too many."""
        clock = dates.astype("datetime64[ns]").astype(np.int64) % DAY
        starts = np.unique(clock)
        if len(starts) > min(MOST_TIMES, max(len(dates) // 3, 1)):
            starts = np.unique(clock // COARSE * COARSE)
        return cls(starts)

    def slots(self, dates: DateArray) -> tuple[IntArray, IntArray]:
        """Return the weekday, Monday is 0, and the place among the times of the day of (T,) dates."""
        clock = dates.astype("datetime64[ns]").astype(np.int64) % DAY
        place = np.searchsorted(self.starts, clock, side="right") - 1
        return weekday(dates), np.asarray(place.clip(0), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.starts)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"starts": self.starts.tolist()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse a day without a time."""
        require(len(self.starts) > 0, "a time of the day is expected")


def open_slots(dates: DateArray, moves: BoolArray, times: Times) -> BoolArray:
    """Find the slots of the week in which each asset trades.

    Parameters
    ----------
    dates : (T,) datetime64
    moves : (T, A) bool
        Steps in which an asset was observed to move.
    times : Times
        H of them.

    Returns
    -------
    (A, 7, H) bool
        Slots that the dates never have are open.
    """
    day, clock = times.slots(dates)
    rows = np.arange(len(dates))[:, None]
    first = np.where(moves.any(axis=0), moves.argmax(axis=0), 0)
    last = len(moves) - 1 - np.where(moves.any(axis=0), moves[::-1].argmax(axis=0), 0)
    alive = (rows >= first) & (rows <= last)
    is_open = np.ones((moves.shape[1], N_DAYS, len(times)), dtype=bool)
    of_week = day * len(times) + clock
    shapes: dict[tuple[int, ...], IntArray] = {
        (N_DAYS, 1): day,
        (1, len(times)): clock,
        (N_DAYS, len(times)): of_week,
    }
    for shape, slot in shapes.items():
        n_slots = int(np.prod(shape))
        found = [_is_open(slot, n_slots, m, a) for m, a in zip(moves.T, alive.T, strict=True)]
        is_open &= np.stack(found).reshape(-1, *shape)
    return is_open


def _is_open(slot: IntArray, n_slots: int, moves: BoolArray, alive: BoolArray) -> BoolArray:
    """Slots, (n_slots,), in which an asset moves as often as a tenth of what it does in its busiest ones."""
    seen = np.bincount(slot[alive], minlength=n_slots)
    share = np.bincount(slot[alive & moves], minlength=n_slots) / np.maximum(seen, 1)
    known = seen >= MIN_SEEN
    if known.sum() < 2:
        return np.ones(n_slots, dtype=bool)
    return np.asarray(~known | (share > SELDOM * np.quantile(share[known], BUSY)))


def elapsed(moments: DateArray, is_open: BoolArray) -> FloatArray:
    """Time since each asset's last open step, (T, A), in days.

    Parameters
    ----------
    moments : (T + 1,) datetime64
        Those of the T steps, after the moment before the first of them.
    is_open : (T, A) bool
    """
    time = moments.astype("datetime64[ns]").astype(np.int64)[:, None]
    seen = np.concatenate([time[:1].repeat(is_open.shape[1], axis=1), np.where(is_open, time[1:], time[0])])
    return np.asarray((time[1:] - np.maximum.accumulate(seen, axis=0)[:-1]) / DAY, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class TradingHours:
    """The slots of the week in which A assets trade.

    Attributes
    ----------
    times : Times
        H times of the day.
    patterns : (P, 7 H) int64
        Weeks, 1 where open: Monday's times first.
    pattern : (A,) int64
        Of each asset.
    """

    times: Annotated[Times, read_as(Times)]
    patterns: Flags
    pattern: Annotated[IntArray, numbers(low=0, high=1 << 20, whole=True)]

    @classmethod
    def fit(cls, dates: DateArray, moves: BoolArray) -> Self:
        """Fit to (T,) dates and the steps, (T, A), in which an asset was observed to move."""
        times = Times.fit(dates)
        weeks = open_slots(dates, moves, times).reshape(moves.shape[1], -1)
        patterns, pattern = np.unique(weeks.astype(np.int64), axis=0, return_inverse=True)
        return cls(times, patterns, pattern.ravel().astype(np.int64))

    @property
    def is_always(self) -> bool:
        """Whether all assets trade at all times."""
        return bool(self.patterns.all())

    def at(self, dates: DateArray) -> BoolArray:
        """Return which assets trade at (L,) dates, (L, A)."""
        day, clock = self.times.slots(dates)
        return np.asarray(self.patterns[self.pattern][:, day * len(self.times) + clock].T == 1)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "times": self.times.to_dict(),
            "patterns": self.patterns.tolist(),
            "pattern": self.pattern.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse weeks of other times, and assets without one."""
        require(self.patterns.shape[1] == N_DAYS * len(self.times), "a flag for each slot of the week is expected")
        require(self.pattern.max(initial=0) < len(self.patterns), "a week is missing")
