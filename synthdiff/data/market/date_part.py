"""Dates whose parts stand in columns of their own: a day and a time of the day; a year, a month and a day."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.data.market.bar_name import plain_name
from synthdiff.data.market.written import read_written

_DATE_NAMES = "date day datum fecha data дата 日付 日期 tarih"
_TIME_NAMES = "time hour uhrzeit zeit heure hora ora czas час время 時刻 时间 saat"
DATES = frozenset(map(plain_name, _DATE_NAMES.split()))
"""Names of columns of days, as `plain_name` gives them."""
_TIMES = frozenset(map(plain_name, _TIME_NAMES.split()))
_CLOCK = r"^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?$"
_DIGITS = r"^(\d\d)(\d\d)(\d\d)?$"
_LIMITS = {"year": (1678, 2261), "month": (1, 12), "day": (1, 31)}


def join_dates(table: pa.Table, said: Collection[str]) -> pa.Table:
    """Put the parts of dates together.

    Parameters
    ----------
    table : pa.Table
        N rows, null where missing.
    said : collection of str
        Columns that the user names, which are left alone.

    Returns
    -------
    pa.Table
        The first of the columns holds the whole dates as text; the others are gone.
    """
    return _with_times(_with_months(table, said), said)


def _with_months(table: pa.Table, said: Collection[str]) -> pa.Table:
    """Columns of integers called year, month and day as one; without a day, months begin."""
    found = {plain_name(name): name for name in table.column_names if name not in said}
    names = [found[part] for part in _LIMITS if part in found]
    if [plain_name(name) for name in names] not in (["year", "month"], ["year", "month", "day"]) or _has_dates(table):
        return table
    for part, name in zip(_LIMITS, names, strict=False):
        column = table.column(name)
        if not pt.is_integer(column.type) or column.null_count or not len(column):
            return table
        if pc.min(column).as_py() < _LIMITS[part][0] or pc.max(column).as_py() > _LIMITS[part][1]:
            return table
    texts = [pc.utf8_lpad(table.column(name).cast(pa.string()), width=2, padding="0") for name in names]
    at = table.column_names.index(names[0])
    return table.set_column(at, names[0], pc.binary_join_element_wise(*texts, "-")).drop_columns(names[1:])


def _has_dates(table: pa.Table) -> bool:
    """Whether a column holds whole dates, so that years and months only come along."""
    for column in table.columns:
        if pt.is_date(column.type) or pt.is_timestamp(column.type):
            return True
        if _may_be_time(column.type) and not pt.is_time(column.type):
            first = pc.utf8_trim_whitespace(column.drop_null()[:1].cast(pa.string()))
            if len(first) and read_written(first) is not None:
                return True
    return False


def _with_times(table: pa.Table, said: Collection[str]) -> pa.Table:
    """A column of days and one of times of the day as one of moments."""
    date = [name for name in table.column_names if plain_name(name) in DATES and name not in said]
    time = [name for name in table.column_names if plain_name(name) in _TIMES and name not in said]
    if len(date) != 1 or len(time) != 1 or table.num_rows == 0:
        return table
    clock = _clock_text(table.column(time[0]))
    days = table.column(date[0])
    if clock is None or days.null_count:
        return table
    if pt.is_timestamp(days.type):
        days = days.cast(pa.date32(), safe=False)
    whole = pc.binary_join_element_wise(pc.utf8_trim_whitespace(days.cast(pa.string())), clock, " ")
    at = table.column_names.index(date[0])
    return table.set_column(at, date[0], whole).drop_columns(time)


def _clock_text(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Times of the day as text; None where the column holds none."""
    if column.null_count:
        return None
    if pt.is_integer(column.type):
        high, low = (end(column.cast(pa.int64())).as_py() for end in (pc.max, pc.min))
        if low < 0 or high > 235_959 or not _is_clock(column):
            return None
        digits = pc.utf8_lpad(column.cast(pa.string()), width=4 if high <= 2_359 else 6, padding="0")
        return _clock_text(digits)
    text = pc.utf8_trim_whitespace(column.cast(pa.string())) if _may_be_time(column.type) else None
    if text is None:
        return None
    if pc.all(pc.match_substring_regex(text, _DIGITS)).as_py():
        return pc.replace_substring_regex(pc.replace_substring_regex(text, _DIGITS, r"\1:\2:\3"), ":$", "")
    return text if pc.all(pc.match_substring_regex(text, _CLOCK)).as_py() else None


def _is_clock(column: pa.ChunkedArray) -> bool:
    """Whether integers are hours and minutes, 930 or 93000: no counter, whose last digits go beyond 59."""
    numbers = column.to_numpy()
    is_counter = len(numbers) > 1 and bool((np.diff(numbers) == 1).all())
    return not is_counter and bool((numbers % 100 < 60).all() and (numbers // 100 % 100 < 60).all())


def _may_be_time(dtype: pa.DataType) -> bool:
    return bool(pt.is_string(dtype) or pt.is_large_string(dtype) or pt.is_time(dtype))
