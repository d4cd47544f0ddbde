"""Days of a month that a rule names: the end, the 15th, the third Friday, the last working day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DateArray = npt.NDArray[np.datetime64]
IntArray = npt.NDArray[np.int64]

DAY = np.timedelta64(1, "D")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = ("first", "second", "third", "fourth")
_WEEK = 7
_WORKING = "1111100"
_WORKING_WEEKS = (_WORKING, "1111001")
"""Monday to Friday, and Sunday to Thursday as in Saudi Arabia."""


def weekday(days: DateArray) -> IntArray:
    """Give the days of the week of dates: 0 for Monday, (T,)."""
    # 1970-01-01 was a Thursday.
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + 3) % _WEEK)


@dataclass(frozen=True)
class MonthDay:
    """A day of every month.

    Attributes
    ----------
    kind : {"end", "begin", "day", "nth", "last"}
        The last or first day, a numbered day, the nth or the last of a weekday.
    number : int
        The day (1 to 31) of "day", or which one (1 to 4) of "nth".
    weekday : int
        The weekday of "nth" and "last"; 0 for Monday.
    roll : {"", "forward", "backward"}
        Where the day goes that is not a working day; "": it stays.
    week : str
        Working days from Monday to Sunday as ones.
    """

    kind: str
    number: int = 0
    weekday: int = 0
    roll: str = ""
    week: str = _WORKING

    def of(self, months: DateArray) -> DateArray:
        """Find the day in each month.

        Parameters
        ----------
        months : (N,) datetime64[M]
            Months.

        Returns
        -------
        (N,) datetime64[D]
        """
        first = months.astype("datetime64[D]")
        last = ((months + np.timedelta64(1, "M")).astype("datetime64[D]") - DAY).astype("datetime64[D]")
        if self.kind == "nth":
            return np.asarray(first + ((self.weekday - weekday(first)) % _WEEK + _WEEK * (self.number - 1)) * DAY)
        if self.kind == "last":
            return np.asarray(last + (self.weekday - weekday(last)) % -_WEEK * DAY, "datetime64[D]")
        numbered = np.minimum(first + (self.number - 1) * DAY, last)
        days: DateArray = np.asarray({"end": last, "begin": first}.get(self.kind, numbered))
        if self.roll == "forward":
            return np.busday_offset(days, 0, roll="forward", weekmask=self.week)
        return np.busday_offset(days, 0, roll="backward", weekmask=self.week) if self.roll else days

    @property
    def words(self) -> str:
        """The day in words.

        Examples
        --------
        >>> MonthDay("nth", 3, 4).words, MonthDay("day", 15).words, MonthDay("end", roll="backward").words
        ('third Friday', '15th', 'last working day')
        """
        if self.kind == "nth":
            return f"{_ORDINALS[self.number - 1]} {WEEKDAYS[self.weekday]}"
        if self.kind == "last":
            return f"last {WEEKDAYS[self.weekday]}"
        working = "working day" if self.roll else "day"
        if self.kind in ("end", "begin"):
            return f"{'last' if self.kind == 'end' else 'first'} {working}"
        ending = "th" if self.number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(self.number % 10, "th")
        beside = {"": "", "forward": " or the working day after", "backward": " or the working day before"}[self.roll]
        return f"{self.number}{ending}{beside}"


def find_month_day(days: DateArray) -> MonthDay:
    """Find the day of the month that most dates are.

    Parameters
    ----------
    days : (N,) datetime64[D]
        At most one a month.

    Returns
    -------
    MonthDay
        Of equally good ones the plainest.
    """
    months = days.astype("datetime64[M]")
    found = list(_candidates(days))
    hits = [int((candidate.of(months) == days).sum()) for candidate in found]
    return found[int(np.argmax(hits))]


def _candidates(days: DateArray) -> Iterator[MonthDay]:
    """Possible days of the month, the plainest first."""
    number = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    usual, name = int(np.bincount(number).argmax()), int(np.bincount(weekday(days)).argmax())
    yield from (MonthDay("end"), MonthDay("begin"))
    yield from (MonthDay("end", roll="backward"), MonthDay("begin", roll="forward"))
    yield MonthDay("nth", min(int(np.bincount((number - 1) // _WEEK).argmax()) + 1, len(_ORDINALS)), name)
    yield MonthDay("last", weekday=name)
    for week in _WORKING_WEEKS:
        yield MonthDay("day", usual)
        yield MonthDay("day", usual, roll="forward", week=week)
        yield MonthDay("day", usual, roll="backward", week=week)
        yield from (MonthDay("end", roll="backward", week=week), MonthDay("begin", roll="forward", week=week))
