"""How the dates of a series go on: business days, weeks, months, sessions of a trading day.

Calendars have no holidays: those of the future are nobody's to know from dates of the past.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.moment import DateArray
from synthdiff.errors import DataError

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_DAY = np.timedelta64(1, "D")
_WEEK_DAYS = 7
_WORKING_WEEK = np.array([True] * 5 + [False] * 2)
# Shorter spans do not show which days of the week are always free.
_MIN_SPAN = 14
_DAYS_A_YEAR = 365.2425
_YEARLY = ((245.0, 262.0, 252.0), (361.0, 366.0, 365.0), (51.0, 53.0, 52.0), (11.8, 12.2, 12.0), (3.9, 4.1, 4.0))
_MAX_SLOTS = 7 * 24 * 60
# Of all weeks or months, those in which a slot or a rule has to hold; holidays and late days break it in the others.
_USUAL = 0.5
_MOSTLY = 0.9


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
        The dates after the last one: the days of the week that trade; the same day of the week; the end, the beginning
        or the same day of every month, quarter or year, on working days where all were; the times of the week that
        are usual, where a day has several. What fits none of these goes on by its median spacing.

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
    if not (whole[1:] > whole[:-1]).all():
        raise DataError(
            f"{n:,} steps after {dates[-1].astype('datetime64[D]')} lead beyond the year 2262, where dates end; "
            "ask for fewer steps"
        )
    return following


def _following(dates: DateArray, n: int) -> DateArray:
    days = dates.astype("datetime64[D]")
    clock = dates - days
    if (clock == clock[0]).all():
        return np.asarray(_next_days(days, n).astype("datetime64[ns]") + clock[0])
    steps = np.diff(dates)
    following = None if (steps == steps[0]).all() else _next_slots(dates, n)
    return _next_spaced(dates, n) if following is None else following


def steps_per_year(dates: DateArray | None) -> float:
    """How many steps a year has.

    Parameters
    ----------
    dates : (T,) datetime64 or None
        None: trading days are assumed.

    Returns
    -------
    float
        252 for business days, 365, 52, 12 or 4 where that is meant, else the dates a year on average; of times of the
        day, the times a day by the days a year.

    Examples
    --------
    >>> steps_per_year(None)
    252.0
    """
    days = None if dates is None else np.unique(dates.astype("datetime64[D]"))
    if days is None or len(days) < 2:
        return 252.0 * (1 if dates is None or days is None else len(dates) / len(days))
    if dates is not None and len(dates) > len(days):
        return len(dates) / len(days) * steps_per_year(days)
    span = float((days[-1] - days[0]) / _DAY)
    if span < _MIN_SPAN and np.median(np.diff(days).astype(np.int64)) == 1:
        return 365.0 if _open_days(days).all() else 252.0
    rate = (len(days) - 1) / span * _DAYS_A_YEAR
    return next((meant for low, high, meant in _YEARLY if low <= rate <= high), rate)


def _next_spaced(dates: DateArray, n: int) -> DateArray:
    spacing = np.median(np.diff(dates).astype(np.int64)).astype(np.int64)
    return np.asarray(dates[-1] + (spacing * np.arange(1, n + 1)).astype("timedelta64[ns]"))


def _next_days(days: DateArray, n: int) -> DateArray:
    """Continue dates of which none shares its day with another."""
    spacing = float(np.median(np.diff(days).astype(np.int64)))
    if spacing == 1.0:
        return np.asarray(np.busday_offset(days[-1], np.arange(1, n + 1), roll="backward", weekmask=_open_days(days)))
    if spacing == _WEEK_DAYS:
        usual = int(np.bincount(_weekday(days)).argmax())
        ahead = (usual - int(_weekday(days[-1:])[0]) - 1) % _WEEK_DAYS + 1
        # A last date that was put off or forward by a holiday belongs to the usual day nearest to it.
        ahead += _WEEK_DAYS if ahead <= _WEEK_DAYS // 2 else 0
        return np.asarray(days[-1] + (ahead + _WEEK_DAYS * np.arange(n)).astype("timedelta64[D]"))
    if spacing >= 27.0:
        months = _next_months(days, n)
        if months is not None:
            return months
    return np.asarray(_next_spaced(days.astype("datetime64[ns]"), n).astype("datetime64[D]"))


def _weekday(days: DateArray) -> IntArray:
    """Monday is 0; 1970-01-01 was a Thursday."""
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + 3) % _WEEK_DAYS)


def _open_days(days: DateArray) -> BoolArray:
    """The days of the week that occur; a short span without a weekend is taken for a working week."""
    counts = np.bincount(_weekday(days), minlength=_WEEK_DAYS)
    if (days[-1] - days[0]) / _DAY < _MIN_SPAN:
        return np.ones(_WEEK_DAYS, np.bool_) if counts[5:].any() else _WORKING_WEEK
    return np.asarray(counts > (1.0 - _MOSTLY) * counts.max())


def _next_months(days: DateArray, n: int) -> DateArray | None:
    """Continue dates a month, or a whole number of months, apart; None if they follow no rule."""
    months = days.astype("datetime64[M]")
    stride = int(np.median(np.diff(months).astype(np.int64)))
    if stride < 1:
        return None
    usual = int(np.bincount((days - months.astype("datetime64[D]")).astype(np.int64)).argmax())
    hits = [float((_on_rule(rule, months, usual) == days).mean()) for rule in _RULES]
    rule = _RULES[int(np.argmax(hits))]
    if max(hits) < _USUAL:
        return None
    return _on_rule(rule, months[-1] + (stride * np.arange(1, n + 1)).astype("timedelta64[M]"), usual)


_RULES = ("end", "begin", "working end", "working begin", "day")


def _on_rule(rule: str, months: DateArray, usual: int) -> DateArray:
    """The day of each month that a rule names; `usual` counts days from the first."""
    first = months.astype("datetime64[D]")
    last = (months + np.timedelta64(1, "M")).astype("datetime64[D]") - _DAY
    if rule == "working end":
        return np.asarray(np.busday_offset(last, 0, roll="backward"))
    if rule == "working begin":
        return np.asarray(np.busday_offset(first, 0, roll="forward"))
    return {"end": last, "begin": first, "day": np.minimum(first + usual * _DAY, last)}[rule]


def _next_slots(dates: DateArray, n: int) -> DateArray | None:
    """Continue dates by the times of the week that are usual; None if they keep none."""
    days = dates.astype("datetime64[D]")
    is_long = (days[-1] - days[0]) / _DAY >= _MIN_SPAN
    week = np.timedelta64(_WEEK_DAYS, "D").astype("timedelta64[ns]").astype(np.int64)
    # Weeks start on Mondays.
    offsets = (dates.astype(np.int64) + 3 * 86_400 * 10**9) % week
    if is_long:
        slots, counts = np.unique(offsets, return_counts=True)
        n_weeks = len(np.unique((dates.astype(np.int64) + 3 * 86_400 * 10**9) // week))
        usual = slots[counts >= _USUAL * max(n_weeks - 1, 1)]
    else:
        times, counts = np.unique(offsets % (86_400 * 10**9), return_counts=True)
        often = times[counts >= _USUAL * len(np.unique(days))]
        open_days = np.flatnonzero(_open_days(days))
        usual = (open_days[:, None] * (86_400 * 10**9) + often).ravel()
    if len(usual) > _MAX_SLOTS or np.isin(offsets, usual).mean() < _MOSTLY:
        return None
    position = int(np.searchsorted(usual, offsets[-1], side="right")) + np.arange(n)
    weeks, slot = np.divmod(position, len(usual))
    monday = dates[-1] - offsets[-1].astype("timedelta64[ns]")
    return np.asarray(monday + (weeks * week + usual[slot]).astype("timedelta64[ns]"))
