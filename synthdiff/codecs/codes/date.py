"""Dates and times inside codes: six or eight digits that are a date, or a time of day, in every code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.codes.check import ByteArray
from synthdiff.codecs.codes.group import distinct
from synthdiff.codecs.codes.part import CIRCLE, Clock, Day
from synthdiff.codecs.column import IntArray

_ORDERS = ("YYYYMMDD", "DDMMYYYY", "MMDDYYYY", "YYMMDD", "DDMMYY", "MMDDYY")
# Months that some national numbers are shifted by, by century or sex: 20 and 40, or 50.
_SHIFTS = (0, 20, 50)
_YEARS = (1850, 2150)
_FIRST = 200
_MIN_CODES = 5
_MIN_VARIETY = 3
_MIN_TIMES = 12
_MOST = 2


class FoundDay(NamedTuple):
    """Where a date is.

    Attributes
    ----------
    columns : tuple of int
        Of its digits.
    order : str
        What each digit belongs to.
    shift : int
        What months are shifted by multiples of; 0 where they are not.
    """

    columns: tuple[int, ...]
    order: str
    shift: int

    def shifts(self, codes: ByteArray) -> npt.NDArray[np.uint8]:
        """What the month of each code is shifted by, (n,) uint8."""
        first, second = (self.columns[at] for at in range(len(self.order)) if self.order[at] == "M")
        months = (codes[:, first] - np.uint8(48)) * np.uint8(10) + (codes[:, second] - np.uint8(48))
        return months // np.uint8(self.shift) * np.uint8(self.shift) if self.shift else months * np.uint8(0)

    def part(self, codes: ByteArray) -> Day:
        """Make the part of a code that has dates as those of real codes."""
        day = Day(self.columns, self.order, int(self.shifts(codes[:1])[0]), 0, 1)
        days = distinct(day.read_days(codes)[0])
        first, last = int(days[0]), int(days[-1])
        if len(self.order) == 6 and len(days) > 1:
            # Years of two digits go in a circle, which is cut where no date is for longest.
            gaps = np.append(np.diff(days), first + CIRCLE - last)
            longest = int(np.argmax(gaps))
            first = int(days[(longest + 1) % len(days)])
            last = first + CIRCLE - int(gaps[longest])
        return Day(self.columns, self.order, day.shift, first, last - first + 1)


def find_days(codes: ByteArray, busy: list[int]) -> list[FoundDay]:
    """Find the dates in codes, (n, width), outside the busy columns."""
    found: list[FoundDay] = []
    if len(codes) < _MIN_CODES:
        return found
    taken = set(busy)
    for columns in _candidates(codes):
        if len(found) < _MOST and not taken & set(columns):
            # Read the wrong way round, a year is a day of the month, and there are few of those.
            ranked = [(_count_days(codes, day), day) for day in _possible(columns)]
            n_days, day = max(ranked, key=lambda pair: pair[0], default=(0, None))
            if n_days and day is not None:
                found.append(day)
                taken |= set(columns)
    return found


def find_clocks(codes: ByteArray, busy: set[int]) -> list[Clock]:
    """Find times of day in codes with dates, (n, width), outside the busy columns: six digits."""
    for columns in _candidates(codes):
        if len(columns) == 6 and not busy & set(columns):
            clock = Clock(columns, 0, 0)
            seconds, valid = clock.read_seconds(codes[:_FIRST])
            if valid.all() and len(valid) >= _MIN_TIMES and len(distinct(seconds // np.uint64(3600))) >= _MIN_VARIETY:
                seconds, valid = clock.read_seconds(codes)
                if valid.all():
                    return [Clock(columns, int(seconds.min()), int(seconds.max()))]
    return []


def _candidates(codes: ByteArray) -> Iterator[tuple[int, ...]]:
    """Columns of eight, then of six, digits in a row; then of three groups with separators between."""
    digits = np.flatnonzero(((codes >= 48) & (codes <= 57)).all(axis=0))
    runs = [tuple(run.tolist()) for run in np.split(digits, np.flatnonzero(np.diff(digits) > 1) + 1)]
    for size in (8, 6):
        for run in runs:
            for at in range(len(run) - size + 1):
                yield run[at : at + size]
    for at in range(len(runs) - 2):
        three = runs[at : at + 3]
        if sorted(map(len, three)) in ([2, 2, 2], [2, 2, 4]):
            yield tuple(column for run in three for column in run)


def _possible(columns: tuple[int, ...]) -> Iterator[FoundDay]:
    for shift in _SHIFTS:
        for order in _ORDERS:
            if len(order) == len(columns):
                yield FoundDay(columns, order, shift)


def _count_days(codes: ByteArray, day: FoundDay) -> int:
    """Count the days of the month where all codes hold that date, and enough of them to exclude chance; else 0."""
    for some in (codes[:_FIRST], codes):
        shifts = day.shifts(some)
        found = [distinct(shifts), np.zeros(0, np.int64), np.zeros(0, np.int64)]
        for shift in found[0].tolist():
            days, valid = Day(day.columns, day.order, shift, 0, 1).read_days(some[shifts == shift])
            if not valid.all() or not _are_recent(days, day.order):
                return 0
            dates = days.astype("datetime64[D]")
            months = dates.astype("datetime64[M]")
            found[1] = np.append(found[1], distinct(months.astype(np.int64) % 12))
            found[2] = np.append(found[2], distinct((dates - months.astype("datetime64[D]")).astype(np.int64)))
    n_shifts, n_months, n_days = (len(distinct(numbers)) for numbers in found)
    is_sure = min(n_months, n_days) >= _MIN_VARIETY and (not day.shift or n_shifts > 1)
    return n_days if is_sure else 0


def _are_recent(days: IntArray, order: str) -> bool:
    """Say whether years of four digits are of our time."""
    years = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return len(order) < 8 or bool(_YEARS[0] <= years.min() and years.max() <= _YEARS[1])
