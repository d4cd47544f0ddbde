"""Whether cells that can be read as moments are meant as moments."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import IntArray
from synthdiff.codecs.written.calendar import DayParts
from synthdiff.codecs.written.form import DIGITS, NUMBERLIKE, PARTIAL, SEASONS, SHORT_MONTHS, YEARS
from synthdiff.codecs.written.pattern import Pattern
from synthdiff.codecs.written.writing import Way, Writing

DAY = 86_400
_MIN_MOMENTS = 5
_MAX_ODD = 0.1
_MAX_MARKS = 2
_MAX_SLIPS = 0.05
_HALF_YEAR, _YEAR = 183, 365
_COUNTED = 0.8
"""Share of the numbers up to the last one that are there where they are counted; of working days 5 in 7 are."""
_NOON = 12 * 3600
_MIN_HOURS, _LATE_MINUTE, _HALF_HUNDRED = 6, 45, 50
_MIN_MONTHS, _LATE_DAY = 4, 25
_PERIOD_YEARS = (1500, 2200)
_MOST_MONTHS, _MIN_YEARS, _MOST_YEARS = 11, 3, 60
"""What months of years of two digits take, of many: nearly all months, and most years of a working life at most."""
DAYS = {"day", "year_day", "iso_weekday"}
_MIDNIGHTS = ("2400", "240000")


def is_believed(cells: pa.Array, writing: Writing, *, sure: bool) -> bool:
    """Say whether distinct strings are moments; `sure` where somebody said so."""
    n_odd = int(writing.odd.sum())
    n_moments = len(cells) - n_odd
    if sure:
        return n_odd <= n_moments
    if not all(is_plausible(way, writing.ticks[writing.which == place]) for place, way in enumerate(writing.ways)):
        return False
    if all(way.text in DIGITS for way in writing.ways):
        odd = cells.filter(pa.array(writing.odd))
        return (
            len(writing.ways) == 1
            and n_moments >= DIGITS.get(writing.ways[0].text, len(cells) + 1)
            and n_odd <= _MAX_MARKS
            and all(_stands_for_none(cell) for cell in odd.to_pylist())
        )
    one = len(writing.ways) == 1 and not n_odd
    return one or (n_moments >= _MIN_MOMENTS and n_odd <= max(_MAX_MARKS, _MAX_ODD * n_moments))


def _stands_for_none(cell: str) -> bool:
    return len(set(cell) - {"-"}) == 1 or cell.startswith("9999") or cell in _MIDNIGHTS


def is_plausible(way: Way, ticks: IntArray) -> bool:
    """Say whether moments that are written in one way, (n,) in its unit, are no other numbers."""
    days, seconds = np.divmod(ticks // way.per_second, DAY)
    date = DayParts(days)
    if isinstance(way, Pattern) and "year_day" in way.counts and _are_counted(date["year"], date["year_day"]):
        return False
    if way.text in SEASONS and len(days) > 1:
        return not (date["month"] == (date["year"] + 1) % 100).all()
    if way.text in SHORT_MONTHS:  # rather than shares and ratios
        years = np.unique(date["year"])
        is_dense = len(years) >= _MIN_YEARS and np.ptp(years) < min(_MOST_YEARS, 2 * len(years))
        return len(np.unique(date["month"])) >= _MOST_MONTHS and bool(is_dense)
    if way.text == "%Y-%j":  # days up to half a year at least, rather than files within a year
        return len(days) >= DIGITS["%Y%m%d"] and bool(date["year_day"].max() >= _HALF_YEAR)
    is_period = isinstance(way, Pattern) and way.kind == "date" and not way.counts & DAYS and way.text not in PARTIAL
    if way.text not in NUMBERLIKE and not is_period:
        return True
    if way.kind == "time":
        hours, minutes = seconds // 3600, seconds // 60 % 60
        is_round = bool((minutes % _HALF_HUNDRED == 0).all())
        late = seconds.max(initial=0) >= _NOON and minutes.max(initial=0) >= _LATE_MINUTE
        return len(np.unique(hours)) >= _MIN_HOURS and bool(late) and not is_round
    if "%y" in way.text and way.text in DIGITS and "%H" not in way.text:
        return len(np.unique(date["month"])) >= _MIN_MONTHS and bool(date["day"].max(initial=0) >= _LATE_DAY)
    years, (first, last) = date["year"], YEARS if way.text in NUMBERLIKE else _PERIOD_YEARS
    return bool(((years >= first) & (years <= last)).mean() >= 1 - _MAX_SLIPS)


def _are_counted(years: IntArray, numbers: IntArray) -> bool:
    """Say whether distinct numbers are counted from 1 in each year, to an end that is not the year's."""
    each, place = np.unique(years, return_inverse=True)
    last = np.zeros(len(each), np.int64)
    np.maximum.at(last, place, numbers)
    return bool((np.bincount(place) >= _COUNTED * last).all() and (last[:-1] < _YEAR).any())
