"""Columns of dates and times, however they are stored, as moments: ``datetime64[ns]`` on the clock of the place.

A time zone is dropped and its wall time kept, so that midnight stays midnight and sessions keep their hours; only where
the clock is set back, and an hour would come twice, all times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.month_day import DateArray
from synthdiff.data.market.written import check_date_format, choose_clock, first_unread, read_written
from synthdiff.errors import DataError

__all__ = ["TIME_NAMES", "DateArray", "Moments", "name_row", "read_dates", "read_moments"]

TIME_NAMES = frozenset({"date", "datetime", "time", "timestamp", "ds", "year", "open time"})
"""Names, in lower case, of columns that are looked at as moments even if they hold integers."""
OPEN_TIMES = frozenset({"open_time", "opentime", "unix", "caldt", "datadate"})
"""Names of other columns of integers that hold moments where none of `TIME_NAMES` is there."""

_YEARS = (1678, 2261)
_SERIALS = (15_000, 80_000)
"""Days since 1899-12-30, as spreadsheets count them: 1941 to 2119."""
_SAMPLE = 64
_LARGEST = 2.0**62
_EPOCH_UNITS = ((1e11, "s"), (1e14, "ms"), (1e17, "us"), (np.inf, "ns"))


@dataclass(frozen=True)
class Moments:
    """A column of dates.

    Attributes
    ----------
    dates : (T,) datetime64[ns]
        The moments.
    findings : tuple of Finding
        What the user must know of how they were read.
    """

    dates: DateArray
    findings: tuple[Finding, ...] = ()


def read_moments(name: str, column: pa.ChunkedArray, is_named: bool = False) -> DateArray | None:
    """Read a column as moments; parameters and errors as of `read_dates`.

    Returns
    -------
    (T,) datetime64[ns] or None
        None where the column is something else, and nobody said that it holds moments.
    """
    found = read_dates(name, column, is_named)
    return None if found is None else found.dates


def read_dates(
    name: str, column: pa.ChunkedArray, is_named: bool = False, date_format: str | None = None
) -> Moments | None:
    """Read a column as moments, and say what is doubtful.

    Parameters
    ----------
    name : str
        Of the column, for messages.
    column : pa.ChunkedArray
        T cells: dates, timestamps, text, or integers such as 20240131, 202401, 2024 or seconds since 1970.
    is_named : bool
        Whether the column is said to hold moments: then what cannot be read is an error, and integers are read.
    date_format : str or None
        How text is written: ``"dayfirst"``, ``"monthfirst"`` or a text for strptime; None: found out.

    Returns
    -------
    Moments or None
        None where the column is something else, and nobody said that it holds moments.

    Raises
    ------
    DataError
        A cell is missing or is not a date, where the others are.
    ConfigError
        The date format is none.
    """
    check_date_format(date_format)
    if pt.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pt.is_timestamp(column.type) or pt.is_date(column.type):
        _check_present(name, column)
        return Moments(_read_typed(name, column))
    if pt.is_string(column.type) or pt.is_large_string(column.type) or pt.is_string_view(column.type):
        return _read_text(name, column, is_named, date_format)
    is_number = pt.is_integer(column.type) or (pt.is_floating(column.type) and _is_whole(column))
    if is_number and (is_named or _says_time(name)):
        _check_present(name, column)
        moments = _read_integers(name, column.cast(pa.int64()), date_format)
        if moments is not None:
            return Moments(moments)
    if is_named:
        raise DataError(f"column {name!r} holds {column.type}, which is no date or time; write 2024-01-31", column=name)
    return None


def name_row(dates: DateArray | None, row: int) -> str:
    """Call a row by its date, or by its number, for messages.

    Examples
    --------
    >>> name_row(np.array(["2024-01-31", "2024-02-29T16:30"], "datetime64[ns]"), 1), name_row(None, 7)
    ('2024-02-29 16:30', 'row 7')
    """
    if dates is None:
        return f"row {row}"
    text = str(dates[row]).replace("T", " ").rstrip("0").rstrip(".")
    return text.removesuffix(":00").removesuffix(" 00:00")


def _check_present(name: str, column: pa.ChunkedArray) -> None:
    if column.null_count:
        row = pc.index(column.is_null(), True).as_py()
        raise DataError(f"column {name!r}, row {row} has no date; leave the row out", column=name, row=row)


def _read_typed(name: str, column: pa.ChunkedArray) -> DateArray:
    if pt.is_timestamp(column.type) and column.type.tz is not None:
        column = choose_clock(pc.local_timestamp(column), column.cast(pa.timestamp(column.type.unit, "UTC")))
    try:
        return _to_numpy(column.cast(pa.timestamp("ns")))
    except pa.ArrowInvalid:
        raise DataError(f"column {name!r} has dates outside 1678 to 2262; leave them out", column=name) from None


def _says_time(name: str) -> bool:
    return name.lower() in TIME_NAMES or name.lower() in OPEN_TIMES


def _is_whole(column: pa.ChunkedArray) -> bool:
    """Whether floats are whole numbers, as integers become in a frame that had a missing cell."""
    present = column.drop_null().to_numpy()
    return len(present) > 0 and bool((np.abs(present) < _LARGEST).all() and (present == np.floor(present)).all())


def _read_integers(name: str, column: pa.ChunkedArray, date_format: str | None) -> DateArray | None:
    """Integers of a column of dates: years, days as digits, or units since 1970, told apart by their size."""
    numbers = np.asarray(column.to_numpy())
    low, high = int(numbers.min()), int(numbers.max())
    digits = column.cast(pa.string())
    if date_format is not None and "%" in date_format:
        written = read_written(pc.utf8_lpad(digits, width=len(str(high)), padding="0"), date_format)
        return None if written is None else written.moments
    if low >= _YEARS[0] and high <= _YEARS[1]:
        return np.asarray((numbers - 1970).astype("datetime64[Y]").astype("datetime64[ns]"))
    if low >= 100 * _YEARS[0] and high <= 100 * _YEARS[1] + 12:
        # strptime takes 202401 for a part of a day.
        written = read_written(pc.binary_join_element_wise(digits, "01", ""), "%Y%m%d")
        return None if written is None else written.moments
    if low >= 10_000 * _YEARS[0] and high <= 10_000 * _YEARS[1] + 1231:
        written = read_written(digits, "%Y%m%d")
        return None if written is None else written.moments
    if name.lower() in ("date", "datetime") and low >= _SERIALS[0] and high <= _SERIALS[1]:
        return np.asarray((np.datetime64("1899-12-30", "D") + numbers).astype("datetime64[ns]"))
    if low < 1e8:
        return None
    unit = next(unit for limit, unit in _EPOCH_UNITS if high < limit)
    return np.asarray(numbers.astype(f"datetime64[{unit}]").astype("datetime64[ns]"))


def _read_text(name: str, column: pa.ChunkedArray, is_named: bool, date_format: str | None) -> Moments | None:
    is_named = is_named or name.lower() in TIME_NAMES
    present = pc.utf8_trim_whitespace(column.drop_null())
    # What is called a date is one if it begins like one; other text must be dates throughout.
    if len(present) == 0 or read_written(present[: 1 if is_named else _SAMPLE], date_format) is None:
        if is_named:
            value = present[0].as_py() if len(present) else None
            way = (
                "write 2024-01-31" if date_format is None else f"it is not written as date_format {date_format!r} says"
            )
            raise DataError(f"column {name!r} holds {value!r}, which is no date; {way}", column=name)
        return None
    _check_present(name, column)
    written = read_written(present, date_format)
    if written is None:
        row = first_unread(present, date_format)
        value = present[row].as_py()
        message = f"column {name!r}, row {row}: {value!r} is not written like the other dates; correct it"
        raise DataError(message, column=name, row=row, value=value)
    if written.doubt is None:
        return Moments(written.moments)
    row = int(np.flatnonzero(written.moments != written.doubt)[0])
    chosen, other = (str(dates[row].astype("datetime64[D]")) for dates in (written.moments, written.doubt))
    text = f"{present[row].as_py()!r} is read as {chosen}, and could as well be {other}"
    remedy = "say which with --date-format dayfirst or monthfirst, or as %d/%m/%Y"
    return Moments(written.moments, (Finding(name, None, text, remedy),))


def _to_numpy(column: pa.ChunkedArray) -> DateArray:
    return np.asarray(column.to_numpy()).astype("datetime64[ns]")
