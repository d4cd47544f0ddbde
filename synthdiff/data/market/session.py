"""Times of the day of a series that has several rows a day: sessions, or hours round the clock."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.day_rule import find_rule
from synthdiff.data.market.month_day import DateArray, weekday

IntArray = npt.NDArray[np.int64]

_NS_A_DAY = 86_400 * 10**9
_NS_AN_HOUR = 3_600 * 10**9
_NS_A_WEEK = 7 * _NS_A_DAY
_MONDAY = 3 * _NS_A_DAY
"""Time from 1970-01-01, a Thursday, after which weeks begin on Mondays."""
_LONGEST_SESSION = 14 * _NS_AN_HOUR
"""Hours without a break beyond which a market has no night: exchanges are open for 14 hours at most."""
_MIN_SPAN = 14
"""Days that show which times of the week are usual; in less, the times of the day are."""
_RECENT_WEEKS = 8
"""Weeks whose times are looked at: the clocks of summer are no longer those of winter."""
_MAX_SLOTS = 7 * 24 * 60
_USUAL = 0.5
"""Share of the weeks, or days, in which a time has to occur; holidays and half days break it in the others."""
_MOSTLY = 0.8
"""Share of the rows that have to be at usual times."""


def is_round_the_clock(dates: DateArray) -> bool:
    """Tell whether rows go on day and night, without a break.

    Parameters
    ----------
    dates : (T,) datetime64[ns]
        At least two, increasing.

    Returns
    -------
    bool
        True where no step is twice the usual one, or an hour if that is more, for 14 hours or more.
    """
    steps = np.diff(dates).astype(np.int64)
    usual = float(np.median(steps))
    is_long = int((dates[-1] - dates[0]).astype(np.int64)) >= _LONGEST_SESSION
    return is_long and bool(steps.max() < max(2.0 * usual, float(_NS_AN_HOUR)))


def rows_a_day(dates: DateArray) -> float:
    """Count the rows of a whole day.

    Parameters
    ----------
    dates : (T,) datetime64[ns]
        Increasing, with several rows a day.

    Returns
    -------
    float
        Mean over the days of the week, without the first and the last date, which may be parts. Of two days or less:
        the different times of the day.
    """
    days, counts = np.unique(dates.astype("datetime64[D]"), return_counts=True)
    if len(days) > 2:
        totals = np.bincount(weekday(days[1:-1]), counts[1:-1], minlength=7)
        numbers = np.bincount(weekday(days[1:-1]), minlength=7)
        return float((totals / np.maximum(numbers, 1))[numbers > 0].mean())
    clocks = np.unique(dates.astype(np.int64) % _NS_A_DAY)
    usual = max(int(np.median(np.diff(dates).astype(np.int64))), 1)
    # Times of trades are never the same on two days, but those of bars are.
    is_grid = bool(((clocks - clocks[0]) % usual == 0).all())
    return float(len(clocks) if is_grid else counts.max())


def next_slots(dates: DateArray, n: int) -> DateArray | None:
    """Continue dates by the times of the week that are usual.

    Parameters
    ----------
    dates : (T,) datetime64[ns]
        Increasing, with several rows a day.
    n : int
        Number of dates to give.

    Returns
    -------
    (n,) datetime64[ns] or None
        None where the rows keep no times.
    """
    dates = dates[dates > dates[-1] - np.timedelta64(_RECENT_WEEKS, "W")]
    offsets = (dates.astype(np.int64) + _MONDAY) % _NS_A_WEEK
    usual = _usual_slots(dates, offsets)
    if not 0 < len(usual) <= _MAX_SLOTS or np.isin(offsets, usual).mean() < _MOSTLY:
        return None
    position = int(np.searchsorted(usual, offsets[-1], side="right")) + np.arange(n)
    weeks, slot = np.divmod(position, len(usual))
    monday = dates[-1] - offsets[-1].astype("timedelta64[ns]")
    return np.asarray(monday + (weeks * _NS_A_WEEK + usual[slot]).astype("timedelta64[ns]"))


def _usual_slots(dates: DateArray, offsets: IntArray) -> IntArray:
    """Times of the week that are usual, in nanoseconds since Monday, increasing."""
    days = np.unique(dates.astype("datetime64[D]"))
    if (days[-1] - days[0]).astype(np.int64) >= _MIN_SPAN:
        slots, counts = np.unique(offsets, return_counts=True)
        n_weeks = len(np.unique((dates.astype(np.int64) + _MONDAY) // _NS_A_WEEK))
        return np.asarray(slots[counts >= _USUAL * max(n_weeks - 1, 1)])
    times, counts = np.unique(offsets % _NS_A_DAY, return_counts=True)
    often = times[counts >= _USUAL * len(days)]
    return np.asarray((np.flatnonzero(week_of(days))[:, None] * _NS_A_DAY + often).ravel())


def week_of(days: DateArray) -> npt.NDArray[np.bool_]:
    """Find the days of the week on which there are rows: all working days where no rule is found, (7,)."""
    rule = find_rule(days)[0] if len(days) > 1 else None
    week = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-08"))
    found = np.zeros(7, np.bool_)
    if rule is not None:
        found[weekday(rule.between(week[0], week[-1]))] = True
    if not found.any():
        found[:5] = True
        found[weekday(days)] = True
    return found


def name_times(dates: DateArray) -> str:
    """Say at what times of the day there are rows.

    Parameters
    ----------
    dates : (T,) datetime64[ns]
        Increasing, with several rows a day.

    Examples
    --------
    >>> name_times(np.arange("2024-01-01T09:00", "2024-01-01T10:00", 15, "datetime64[m]").astype("datetime64[ns]"))
    '4 a day, 09:00 to 09:45'
    """
    if is_round_the_clock(dates):
        return "day and night"
    numbers = np.unique(dates.astype("datetime64[D]"), return_counts=True)[1]
    number = f"{np.median(numbers[1:-1] if len(numbers) > 2 else numbers):,.0f} a day"
    clocks, counts = np.unique(dates.astype(np.int64) % _NS_A_DAY, return_counts=True)
    often = clocks[counts >= _USUAL * counts.max()]
    first, last = (str(np.datetime64(int(clock), "ns"))[11:16] for clock in (often[0], often[-1]))
    return f"{number}, {first} to {last}"
