"""How the dates of a series go on: business days, weeks, months, sessions of a trading day.

Calendars have no holidays: those of the future are nobody's to know from dates of the past.
"""

from __future__ import annotations

import numpy as np

from synthdiff.data.market.day_rule import DAYS_A_YEAR, find_rule, follow_rule
from synthdiff.data.market.month_day import DateArray
from synthdiff.data.market.session import is_round_the_clock, name_times, next_slots, rows_a_day
from synthdiff.errors import DataError

_NS_A_DAY = 86_400e9
_LEAST, _LEAST_SPARSE, _MOST = 0.97, 0.85, 1.04
"""Dates a year, as shares of those that the calendar's name means, which are still that calendar's. An exchange of 240
days a year has other holidays; a month that is not there was not recorded."""
_SPARSE = 52.0
_LONG_GAP, _LONG_DAYS = 5.0, 30.0
"""Usual waits, and days, from which on a gap is no part of a calendar."""
_RECENT_CLOCKS = 21


def next_dates(dates: DateArray, n: int) -> DateArray:
    """Continue a calendar.

    Parameters
    ----------
    dates : (T,) datetime64
        At least two, increasing.
    n : int
        How many dates to give.

    Returns
    -------
    (n,) datetime64[ns]
        The dates after the last one: the days of the week that trade; the same day of every week or every second week;
        the end, the beginning, the same days or the same weekday of every month, quarter or year, on working days
        where all were; the times of the week that are usual, where a day has several. What fits none of these goes on
        by its median spacing.

    Raises
    ------
    DataError
        Fewer than two dates, or the next ones lie beyond the year 2262, where nanoseconds end.

    Examples
    --------
    >>> dates = np.array(["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"], "datetime64[ns]")
    >>> next_dates(dates, 2).astype("datetime64[D]")
    array(['2024-03-04', '2024-03-05'], dtype='datetime64[D]')
    """
    if len(dates) < 2:
        raise DataError(f"a calendar can be continued from two dates or more, got {len(dates)}")
    return _checked(dates.astype("datetime64[ns]"), n)


def _checked(dates: DateArray, n: int) -> DateArray:
    """Continue a calendar, and refuse dates that have overflowed."""
    with np.errstate(over="ignore"):
        following = _following(dates, n)
    whole = np.concatenate([dates[-1:], following])
    if len(following) < n or not (whole[1:] > whole[:-1]).all():
        raise DataError(
            f"{n:,} steps after {dates[-1].astype('datetime64[D]')} lead beyond the year 2262, where dates end; "
            "ask for fewer steps"
        )
    return following


def _following(dates: DateArray, n: int) -> DateArray:
    days = dates.astype("datetime64[D]")
    clocks = dates - days
    steps = np.diff(dates)
    is_even = bool((steps == steps[0]).all())
    if (days[1:] > days[:-1]).all():
        rule = None if is_even and (clocks != clocks[0]).any() else find_rule(days)[0]
        if rule is not None:
            values, counts = np.unique(clocks[-_RECENT_CLOCKS:], return_counts=True)
            return np.asarray(follow_rule(rule, days, n).astype("datetime64[ns]") + values[counts.argmax()])
        return _next_spaced(dates, n)
    following = None if is_even and is_round_the_clock(dates) else next_slots(dates, n)
    return _next_spaced(dates, n) if following is None else following


def _next_spaced(dates: DateArray, n: int) -> DateArray:
    spacing = np.median(np.diff(dates).astype(np.int64)).astype(np.int64)
    return np.asarray(dates[-1] + (spacing * np.arange(1, n + 1)).astype("timedelta64[ns]"))


def steps_per_year(dates: DateArray | None) -> float:
    """How many steps a year has.

    Parameters
    ----------
    dates : (T,) datetime64 or None
        None: trading days are assumed.

    Returns
    -------
    float
        252 for business days, 365, 52, 12, 4 and the like where that is meant, else the dates a year on average; of
        times of the day, the rows of a whole day by the days a year.

    Examples
    --------
    >>> steps_per_year(None)
    252.0
    """
    if dates is None or len(dates) < 2:
        return 252.0
    dates = dates.astype("datetime64[ns]")
    days = np.unique(dates.astype("datetime64[D]"))
    if len(days) == len(dates):
        return _days_per_year(days)
    if is_round_the_clock(dates):
        return 365.0 * _NS_A_DAY / float(np.median(np.diff(dates).astype(np.int64)))
    return rows_a_day(dates) * (_days_per_year(days) if len(days) > 1 else 252.0)


def _days_per_year(days: DateArray) -> float:
    rule = find_rule(days)[0]
    waits = np.diff(days).astype(np.float64)
    if rule is None:
        return float(len(waits) / waits.sum() * DAYS_A_YEAR)
    # What was never recorded makes a year no shorter.
    usual = waits[waits <= max(_LONG_GAP * float(np.median(waits)), _LONG_DAYS)]
    rate = len(usual) / usual.sum() * DAYS_A_YEAR
    least = _LEAST_SPARSE if rule.per_year <= _SPARSE else _LEAST
    is_meant = usual.sum() < DAYS_A_YEAR or least <= rate / rule.per_year <= _MOST
    return rule.per_year if is_meant else float(rate)


def name_calendar(dates: DateArray) -> str:
    """Say which calendar dates follow.

    Parameters
    ----------
    dates : (T,) datetime64
        At least two, increasing.

    Returns
    -------
    str
        The calendar in words; "" where the dates follow none.

    Examples
    --------
    >>> name_calendar(np.array(["2024-01-31", "2024-02-29", "2024-03-31"], "datetime64[D]"))
    'months, on the last day'
    """
    dates = dates.astype("datetime64[ns]")
    days = np.unique(dates.astype("datetime64[D]"))
    if len(days) < len(dates) and is_round_the_clock(dates):
        return name_times(dates)
    rule = find_rule(days)[0] if len(days) > 1 else None
    words = "" if rule is None else rule.words
    if len(days) == len(dates):
        return words
    return f"{name_times(dates)}, {words}" if words else name_times(dates)
