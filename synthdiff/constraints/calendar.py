"""Parts of dates, of seconds since 1970: what calendars say of a day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.column import FloatArray

Dates = npt.NDArray[np.datetime64]
FARTHEST = 8e15
"""Seconds that NumPy's calendar counts from 1970 on."""


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


PARTS: dict[str, Callable[[Dates], npt.NDArray[np.int64]]] = {
    "year": _year,
    "month": _month,
    "day": _day,
    "quarter": lambda days: (_month(days) + 2) // 3,
    "weekday": lambda days: (days.astype("datetime64[D]").astype(np.int64) + 3) % 7,
    "week": _week,
    "day of the year": lambda days: (days - days.astype("datetime64[Y]")).astype(np.int64) + 1,
    "hour": lambda days: np.zeros(len(days), np.int64),
}


def date_part(part: str, seconds: FloatArray) -> FloatArray:
    """A part of each date, (n,) float64; NaN where it is missing. Weekdays count from Monday, 0."""
    known = np.abs(seconds) < FARTHEST
    whole = np.where(known, seconds, 0)
    if part == "hour":
        found = np.floor(whole / 3600) % 24
    else:
        found = PARTS[part](np.floor(whole / 86_400).astype(np.int64).astype("datetime64[D]")).astype(np.float64)
    return np.where(known, found, np.nan)


def whole_years(first: FloatArray, last: FloatArray) -> FloatArray:
    """Birthdays between two dates, of seconds since 1970, (n,) float64."""
    years = date_part("year", last) - date_part("year", first)
    months = date_part("month", last) - date_part("month", first)
    days = date_part("day", last) - date_part("day", first)
    return np.asarray(years - ((months < 0) | ((months == 0) & (days < 0))))
