"""Parts of dates, of seconds since 1970: what calendars say of a day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import FloatArray
from synthdiff.data.zone import ahead_of_utc

Dates = npt.NDArray[np.datetime64]
DAY = 86_400
FARTHEST = 8e15
"""Seconds that NumPy's calendar counts from 1970 on."""
_MOST_SHOWN = 2.5e11
"""Seconds from 1970 to the year 9892, which time zones are told of."""


def _year(days: Dates) -> npt.NDArray[np.int64]:
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def _month(days: Dates) -> npt.NDArray[np.int64]:
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def _day(days: Dates) -> npt.NDArray[np.int64]:
    return np.asarray((days - days.astype("datetime64[M]")).astype(np.int64) + 1)


def _week(days: Dates) -> npt.NDArray[np.int64]:
    """Number the weeks by ISO 8601: the week of a day is that of its Thursday."""
    number = days.astype("datetime64[D]").astype(np.int64)
    thursday = (number - (number + 3) % 7 + 3).astype("datetime64[D]")
    return np.asarray((thursday - thursday.astype("datetime64[Y]")).astype(np.int64) // 7 + 1)


PARTS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "year": lambda seconds: _year(_days_of(seconds)).astype(np.float64),
    "month": lambda seconds: _month(_days_of(seconds)).astype(np.float64),
    "day": lambda seconds: _day(_days_of(seconds)).astype(np.float64),
    "quarter": lambda seconds: np.asarray((_month(_days_of(seconds)) + 2.0) // 3),
    "weekday": lambda seconds: np.asarray((np.floor(seconds / DAY) + 3) % 7),
    "week": lambda seconds: _week(_days_of(seconds)).astype(np.float64),
    "day of the year": lambda seconds: _day_of_the_year(_days_of(seconds)).astype(np.float64),
    "hour": lambda seconds: np.floor(seconds / 3_600) % 24,
}
"""Numbers that calendars and clocks say of a moment, and that words may be told from, of seconds since 1970."""
CLOCKS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "minute": lambda seconds: np.floor(seconds / 60) % 60,
    "second": lambda seconds: np.floor(seconds) % 60,
    "time of the day": lambda seconds: np.asarray(seconds % DAY),
}
"""Others that clocks say."""


def _day_of_the_year(days: Dates) -> npt.NDArray[np.int64]:
    return np.asarray((days - days.astype("datetime64[Y]")).astype(np.int64) + 1)


def _floor(step: int, first: int = 0) -> Callable[[FloatArray], FloatArray]:
    return lambda seconds: np.asarray(np.floor((seconds - first) / step) * step + first)


def _month_start(months: int, later: int = 0, days: int = 0) -> Callable[[FloatArray], FloatArray]:
    """The first day of every run of `months` months, or of one `later` months after it, moved by `days`."""

    def start(seconds: FloatArray) -> FloatArray:
        number = _days_of(seconds).astype("datetime64[M]").astype(np.int64) // months * months + later
        first = number.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        return np.asarray((first + days) * float(DAY))

    return start


STARTS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "start of the day": _floor(DAY),
    "start of the hour": _floor(3_600),
    "start of the minute": _floor(60),
    "start of the month": _month_start(1),
    "start of the week": _floor(7 * DAY, 4 * DAY),
    "start of the week from Sunday": _floor(7 * DAY, 3 * DAY),
    "start of the quarter": _month_start(3),
    "start of the year": _month_start(12),
    "last day of the month": _month_start(1, 1, -1),
    "last day of the quarter": _month_start(3, 3, -1),
}
"""Moments that calendars say of a moment, of seconds since 1970."""


def _days_of(seconds: FloatArray) -> Dates:
    return np.floor(seconds / DAY).astype(np.int64).astype("datetime64[D]")


def start_of(part: str, seconds: FloatArray) -> FloatArray:
    """A moment of `STARTS` of each moment, (n,) float64; NaN where it is missing."""
    return _of_known(STARTS[part], seconds)


def _of_known(function: Callable[[FloatArray], FloatArray], seconds: FloatArray) -> FloatArray:
    known = np.abs(seconds) < FARTHEST
    return np.where(known, function(np.where(known, seconds, 0)), np.nan)


def on_the_clock(seconds: FloatArray, dtype: pa.DataType) -> FloatArray:
    """What clocks of a column's time zone show at moments, in seconds since 1970; the moments where it has none."""
    if not pt.is_timestamp(dtype) or dtype.tz is None:
        return seconds
    known = np.abs(seconds) < _MOST_SHOWN
    ahead = ahead_of_utc(np.floor(np.where(known, seconds, 0)).astype(np.int64), dtype.tz)
    return np.where(known, seconds + ahead, seconds)


def off_the_clock(shown: FloatArray, dtype: pa.DataType) -> FloatArray:
    """The inverse of `on_the_clock`; of an hour that clocks show twice the first, and of one they skip the next."""
    if not pt.is_timestamp(dtype) or dtype.tz is None:
        return shown
    known = np.abs(shown) < _MOST_SHOWN
    whole = np.floor(np.where(known, shown, 0))
    local = pa.array(whole.astype(np.int64), pa.timestamp("s"))
    moments = pc.assume_timezone(local, dtype.tz, ambiguous="earliest", nonexistent="latest").cast(pa.int64())
    return np.where(known, moments.to_numpy() + (shown - whole), shown)


def date_part(part: str, seconds: FloatArray) -> FloatArray:
    """A part of each date, (n,) float64; NaN where it is missing. Weekdays count from Monday, 0."""
    return _of_known(PARTS.get(part) or CLOCKS[part], seconds)


def whole_years(first: FloatArray, last: FloatArray) -> FloatArray:
    """Birthdays between two dates, of seconds since 1970, (n,) float64."""
    years = date_part("year", last) - date_part("year", first)
    months = date_part("month", last) - date_part("month", first)
    days = date_part("day", last) - date_part("day", first)
    return np.asarray(years - ((months < 0) | ((months == 0) & (days < 0))))
