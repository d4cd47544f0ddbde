"""The calendar in arrays: days since 1970-01-01 from years, months, days, weeks and quarters, and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthdiff.codecs.column import IntArray

Amounts = dict[str, IntArray]
"""Numbers by the name of what they count, each (n,) int64."""

_FIRST_FOUR_DIGITS = 1969
"""The year that 69 stands for, as POSIX says; 68 stands for 2068."""
_ANY_YEAR = 2000
"""The year of dates that name none: it has a February 29."""


def first_of_month(year: IntArray, month: IntArray) -> IntArray:
    """Day on which a month begins."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return np.asarray(months.astype("datetime64[D]").astype(np.int64))


def monday_of_week(year: IntArray, week: IntArray) -> IntArray:
    """Day on which a week of ISO 8601 begins."""
    fourth = first_of_month(year, np.ones_like(year)) + 3
    return np.asarray(fourth - weekday(fourth) + 7 * (week - 1))


def weekday(days: IntArray) -> IntArray:
    """Weekday, 0 for Monday."""
    return (days + 3) % 7


def read_days(amounts: Amounts) -> IntArray:
    """Days of dates, from the numbers that are written."""
    if "iso_year" in amounts:
        monday = monday_of_week(amounts["iso_year"], amounts["week"])
        return monday + amounts["iso_weekday"] - 1 if "iso_weekday" in amounts else monday
    if "short_year" in amounts:
        amounts["year"] = (amounts["short_year"] - _FIRST_FOUR_DIGITS) % 100 + _FIRST_FOUR_DIGITS
    year = amounts["year"] if "year" in amounts else np.full_like(amounts["day"], _ANY_YEAR)
    month = amounts.get("month", np.ones_like(year))
    if "quarter" in amounts:
        month = 3 * amounts["quarter"] - 2
    return first_of_month(year, month) + amounts.get("day", amounts.get("year_day", np.ones_like(year))) - 1


class DayParts:
    """What can be written of days, each part computed when it is asked for.

    Parameters
    ----------
    days : (n,) int64
        Since 1970-01-01.
    """

    def __init__(self, days: IntArray) -> None:
        self.days = days
        self._date = days.astype("datetime64[D]")
        self._months = self._date.astype("datetime64[M]").astype(np.int64)
        thursday = days - weekday(days) + 3
        self._parts: dict[str, Callable[[], IntArray]] = {
            "year": lambda: self._months // 12 + 1970,
            "short_year": lambda: (self._months // 12 + 1970) % 100,
            "month": lambda: self._months % 12 + 1,
            "quarter": lambda: self._months % 12 // 3 + 1,
            "day": lambda: days - self._months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + 1,
            "year_day": lambda: days - self._new_year(days) + 1,
            "weekday": lambda: weekday(days),
            "iso_year": lambda: thursday.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970,
            "week": lambda: (thursday - self._new_year(thursday)) // 7 + 1,
            "iso_weekday": lambda: weekday(days) + 1,
        }

    def __getitem__(self, name: str) -> IntArray:
        return self._parts[name]()

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    @staticmethod
    def _new_year(days: IntArray) -> IntArray:
        return np.asarray(days.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64))
