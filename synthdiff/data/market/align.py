"""Series whose rows belong together though their stamps differ: exchanges of other time zones, ends of months.

Midnights of another time zone, as universal time has them, are the dates of that place. Series that have at most one
row a day each are aligned by day, those of weeks by week, those of months by month. A series that has several rows a
day is never touched, and then no other is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.day_rule import find_rule
from synthdiff.data.market.finding import Finding
from synthdiff.data.market.month_day import DAY, DateArray, weekday

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_HOUR = 3_600 * 10**9
_NS_A_DAY = 24 * _HOUR
_EARLIEST = 13 * _HOUR
"""Midnight of Auckland in universal time: earlier clocks are of the day itself."""
_LATE = 21 * _HOUR
"""Dates of days without weekends, whose clock changes from here on, are taken for the next day."""
_FEW = 10
"""Fewer rows show no clock of summer, and no weekend."""
_HALF_HOUR = _HOUR // 2
_SOME, _NONE = 0.1, 0.02
"""Shares of weekend days that are many, and none."""
_CLEAR = 0.1
_STRAY = 0.02
"""Share of the rows whose clock tells nothing."""
_UNITS = {"week": (5.0, 9.0), "month": (26.0, 33.0), "quarter": (85.0, 95.0)}
"""Usual waits in days."""
_SHOWN = 3


@dataclass(frozen=True)
class _Days:
    """Days of the rows of a series, and whether they are midnights of another place, and of the next day."""

    days: DateArray
    is_moved: bool = False
    is_next: bool = False


def align_columns(
    values: FloatArray, dates: DateArray, names: Sequence[str], is_covariate: Sequence[bool] = ()
) -> tuple[FloatArray, DateArray, tuple[Finding, ...]]:
    """Align columns by day, week or month, where each has at most one row of that length.

    Parameters
    ----------
    values : (T, C) float64
        NaN where nothing was observed.
    dates : (T,) datetime64[ns]
        Strictly increasing.
    names : sequence of str
        Names of the C columns, for messages.
    is_covariate : sequence of bool
        Columns that follow the others, the last of several values being taken. Default: none.

    Returns
    -------
    values : (T', C) float64
        The same observations in as many rows or fewer.
    dates : (T',) datetime64[ns]
        The dates of the rows: the last of those that were put together.
    findings : tuple of Finding
        What was done.
    """
    seen = ~np.isnan(values)
    follows = np.array(is_covariate or [False] * values.shape[1])
    stamps = [dates[column] for column in seen[:, ~follows].T]
    names = [name for name, other in zip(names, follows, strict=True) if not other]
    found = [_local_days(column) for column in stamps]
    if not len(found) or any(days is None for days in found):
        return values, dates, ()
    local = [days for days in found if days is not None]
    findings: list[Finding] = []
    keys = stamps
    n_days = len(np.unique(np.concatenate([days.days for days in local])))
    if n_days < len(dates) or any(days.is_moved for days in local):
        keys = [days.days.astype("datetime64[ns]") for days in local]
        findings += _say_days(local, stamps, names, n_days < len(dates))
    unit = _usual_unit([days.days for days in local]) if len(local) > 1 else None
    if unit is not None and (periods := _same_period(keys, unit)) is not None:
        n_rows = len(np.unique(np.concatenate(keys)))
        keys = periods
        findings.append(_say_unit(unit, n_rows, len(np.unique(np.concatenate(keys)))))
    if keys is stamps:
        return values, dates, ()
    return *_spread(values, dates, keys, follows), tuple(findings)


def _spread(
    values: FloatArray, dates: DateArray, keys: list[DateArray], follows: BoolArray
) -> tuple[FloatArray, DateArray]:
    """Put each observation in the row of its key; covariates go where the observations beside them go."""
    seen = ~np.isnan(values)
    union = np.unique(np.concatenate(keys))
    aligned = np.full((len(union), values.shape[1]), np.nan)
    row_keys = dates.copy()
    for place, key in zip(np.flatnonzero(~follows), keys, strict=True):
        aligned[np.searchsorted(union, key), place] = values[seen[:, place], place]
        row_keys[seen[:, place]] = key
    for place in np.flatnonzero(follows):
        rows = np.flatnonzero(seen[:, place])
        aligned[np.searchsorted(union, row_keys[rows]), place] = values[rows, place]
    return aligned, union


def _local_days(stamps: DateArray) -> _Days | None:
    """Days of the rows of a series; None if some day has two."""
    days = stamps.astype("datetime64[D]")
    clocks, counts = np.unique((stamps - days).astype(np.int64), return_counts=True)
    # The row of a day that is not over has the time of its last trade.
    clocks = clocks[counts > _STRAY * len(stamps)] if len(clocks) > 1 else clocks
    shifted = None
    if len(stamps) >= _FEW and 1 <= len(clocks) <= 2:
        early = _earlier_clock(clocks)
        if early is not None and (len(clocks) == 2 or (early >= _EARLIEST and early % _HALF_HOUR == 0)):
            same = (stamps - early.astype("timedelta64[ns]")).astype("datetime64[D]")
            is_next = _is_next_day(same, int(early), len(clocks) == 2)
            if is_next or len(clocks) == 2:
                shifted = _Days(np.asarray(same + DAY if is_next else same), True, is_next)
    found = _Days(days) if shifted is None else shifted
    return found if len(np.unique(found.days)) == len(stamps) else None


def _earlier_clock(clocks: IntArray) -> np.int64 | None:
    """The earlier of two clocks an hour apart, also across midnight, or the only one; None for others."""
    if len(clocks) == 1:
        return np.int64(clocks[0])
    for early, late in (clocks, clocks[::-1]):
        if (late - early) % _NS_A_DAY == _HOUR:
            return np.int64(early)
    return None


def _is_next_day(days: DateArray, clock: int, is_changing: bool) -> bool:
    """Whether rows belong to the day after: that keeps weekends free, or follows a rule that these days do not."""
    if clock < _EARLIEST:
        return False
    free, free_next = (float((weekday(each) >= 5).mean()) for each in (days, days + DAY))
    if free > _SOME and free_next < _NONE:
        return True
    if not is_changing or (free_next > _SOME and free < _NONE):
        return False
    score, score_next = (find_rule(each)[1] for each in (days, days + DAY))
    return score_next > score + _CLEAR or (clock >= _LATE and score <= score_next + _CLEAR)


def _usual_unit(columns: list[DateArray]) -> str | None:
    """The unit of time that all series have one row of."""
    if any(len(days) < 2 for days in columns):
        return None
    waits = [float(np.median(np.diff(days).astype(np.int64))) for days in columns]
    return next(
        (unit for unit, (low, high) in _UNITS.items() if all(low <= wait <= high for wait in waits)),
        None,
    )


def _same_period(columns: list[DateArray], unit: str) -> list[DateArray] | None:
    """The last date of each row's period; None if a series has two rows of one, or nothing is put together."""
    periods = [_period(column, unit) for column in columns]
    if any(len(np.unique(period)) < len(period) for period in periods):
        return None
    every, dates = np.concatenate(periods), np.concatenate(columns)
    kinds, places = np.unique(every, return_inverse=True)
    if len(kinds) == len(np.unique(dates)):
        return None
    last = np.full(len(kinds), dates.min())
    np.maximum.at(last, places, dates)
    return [last[np.searchsorted(kinds, period)] for period in periods]


def _period(dates: DateArray, unit: str) -> IntArray:
    if unit == "week":
        days = dates.astype("datetime64[D]")
        return np.asarray((days.astype(np.int64) + 3) // 7)
    months = dates.astype("datetime64[M]").astype(np.int64)
    return np.asarray(months // 3 if unit == "quarter" else months)


def _say_days(local: list[_Days], stamps: list[DateArray], names: Sequence[str], is_merged: bool) -> list[Finding]:
    findings = []
    moved = [place for place, days in enumerate(local) if days.is_next]
    if moved:
        text = (
            f"the rows of {_some([names[place] for place in moved])} at {_clocks(stamps[moved[0]])} are taken for "
            "midnights of another time zone, and dated the next day"
        )
        findings.append(Finding(None, None, text, "write plain dates if that is wrong"))
    if is_merged:
        groups: dict[str, list[str]] = {}
        for name, column in zip(names, stamps, strict=True):
            groups.setdefault(_clocks(column), []).append(name)
        clocks = "; ".join(f"{clock}: {_some(whose)}" for clock, whose in list(groups.items())[:_SHOWN])
        text = f"each series has one row a day, at another time ({clocks}): the rows of a day are put together"
        findings.append(Finding(None, None, text, "fit the series one by one if that is wrong"))
    return findings


def _say_unit(unit: str, n_rows: int, n_periods: int) -> Finding:
    text = (
        f"each series has one row a {unit}, on other days: the rows of a {unit} are put together and dated by the last "
        f"({n_rows:,} dates became {n_periods:,})"
    )
    return Finding(None, None, text, f"give all series the same day of each {unit} if that is wrong")


def _clocks(stamps: DateArray) -> str:
    clocks = np.unique((stamps - stamps.astype("datetime64[D]")).astype(np.int64))
    shown = " and ".join(str(np.datetime64(int(clock), "ns"))[11:16] for clock in clocks[:2])
    return shown if len(clocks) <= 2 else f"{len(clocks):,} times of the day"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
