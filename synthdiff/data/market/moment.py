"""Columns of dates and times, however they are stored, as moments: ``datetime64[ns]`` on the clock of the place.

A time zone is dropped and its wall time kept, so that midnight stays midnight and sessions keep their hours; only where
the clock is set back, and an hour would come twice, all times are UTC.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.errors import DataError

DateArray = npt.NDArray[np.datetime64]

TIME_NAMES = frozenset({"date", "datetime", "time", "timestamp", "ds", "year", "open time"})
"""Names, in lower case, of columns that are looked at as moments even if they hold integers."""

_DAYS = (
    "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d",
    "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%Y-%m-%d", "%m/%d/%y", "%d/%m/%y", "%d-%b-%y",
)  # fmt: skip
_CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")
FORMATS = (*(day + clock for day, clock in product(_DAYS, _CLOCKS)), "%Y-%m", "%b %Y", "%B %Y")
"""How text may be written besides ISO 8601."""

_OFFSET = r"(:\d\d(?:\.\d+)?) ?(?:Z|UTC|[+-]\d\d:?\d\d)$"
_YEARS = (np.datetime64("1678-01-01", "s"), np.datetime64("2262-01-01", "s"))
_SAMPLE = 64
_EPOCH_UNITS = ((1e11, "s"), (1e14, "ms"), (1e17, "us"), (np.inf, "ns"))


def read_moments(name: str, column: pa.ChunkedArray, is_named: bool = False) -> DateArray | None:
    """Read a column as moments.

    Parameters
    ----------
    name : str
        Of the column, for messages.
    column : pa.ChunkedArray
        T cells: dates, timestamps, text, or integers such as 20240131, 2024 or seconds since 1970.
    is_named : bool
        Whether the column is said to hold moments: then what cannot be read is an error, and integers are read.

    Returns
    -------
    (T,) datetime64[ns] or None
        None where the column is something else, and nobody said that it holds moments.

    Raises
    ------
    DataError
        A cell is missing or is not a date, where the others are.
    """
    if pt.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pt.is_timestamp(column.type) or pt.is_date(column.type):
        _check_present(name, column)
        return _read_typed(name, column)
    if pt.is_string(column.type) or pt.is_large_string(column.type) or pt.is_string_view(column.type):
        return _read_text(name, column, is_named)
    if pt.is_integer(column.type) and (is_named or name.lower() in TIME_NAMES):
        _check_present(name, column)
        moments = _read_integers(column)
        if moments is not None:
            return moments
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
        column = _choose_clock(pc.local_timestamp(column), column.cast(pa.timestamp(column.type.unit, "UTC")))
    try:
        return _to_numpy(column.cast(pa.timestamp("ns")))
    except pa.ArrowInvalid:
        raise DataError(f"column {name!r} has dates outside 1678 to 2262; leave them out", column=name) from None


def _choose_clock(wall: pa.ChunkedArray, utc: pa.ChunkedArray) -> pa.ChunkedArray:
    """Wall times, unless two moments share one."""
    return wall if pc.count_distinct(wall).as_py() == pc.count_distinct(utc).as_py() else pc.local_timestamp(utc)


def _read_integers(column: pa.ChunkedArray) -> DateArray | None:
    """Integers of a column of dates: years, days as digits, or units since 1970, told apart by their size."""
    numbers = np.asarray(column.cast(pa.int64()).to_numpy())
    low, high = int(numbers.min()), int(numbers.max())
    if low >= 1678 and high <= 2261:
        return np.asarray((numbers - 1970).astype("datetime64[Y]").astype("datetime64[ns]"))
    if low >= 16780101 and high <= 22611231:
        return _read_format(column.cast(pa.string()), "%Y%m%d")
    if low < 1e8:
        return None
    unit = next(unit for limit, unit in _EPOCH_UNITS if high < limit)
    return np.asarray(numbers.astype(f"datetime64[{unit}]").astype("datetime64[ns]"))


def _read_text(name: str, column: pa.ChunkedArray, is_named: bool) -> DateArray | None:
    is_named = is_named or name.lower() in TIME_NAMES
    present = pc.utf8_trim_whitespace(column.drop_null())
    # What is called a date is one if it begins like one; other text must be dates throughout.
    if len(present) == 0 or _read_any(present[: 1 if is_named else _SAMPLE]) is None:
        if is_named:
            value = present[0].as_py() if len(present) else None
            raise DataError(f"column {name!r} holds {value!r}, which is no date; write 2024-01-31", column=name)
        return None
    _check_present(name, column)
    moments = _read_any(present)
    if moments is None:
        row = _first_unread(present)
        value = present[row].as_py()
        message = f"column {name!r}, row {row}: {value!r} is not written like the other dates; correct it"
        raise DataError(message, column=name, row=row, value=value)
    return moments


def _first_unread(cells: pa.ChunkedArray) -> int:
    """The first cell that the format which reads most cells does not read."""
    valid = (pc.strptime(cells, format=text, unit="s", error_is_null=True).is_valid() for text in FORMATS)
    return int(pc.index(max(valid, key=lambda found: pc.sum(found).as_py()), False).as_py())


def _read_any(cells: pa.ChunkedArray) -> DateArray | None:
    """Read text that is all written one way; of several ways the first that puts the moments in order, or the first."""
    try:
        return _to_numpy(_read_iso(cells))
    except pa.ArrowInvalid:
        pass
    found = []
    for text in FORMATS:
        if _read_format(cells[:1], text) is not None and (moments := _read_format(cells, text)) is not None:
            steps = np.diff(moments) / np.timedelta64(1, "ns")
            if (steps >= 0).all() or (steps <= 0).all():
                return moments
            found.append(moments)
    return found[0] if found else None


def _read_iso(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    wall_text = pc.replace_substring_regex(cells, _OFFSET, r"\1")
    wall = wall_text.cast(pa.timestamp("ns"))
    if wall_text.equals(cells):
        return wall
    try:
        return _choose_clock(wall, cells.cast(pa.timestamp("ns", "UTC")))
    except pa.ArrowInvalid:
        return wall


def _read_format(cells: pa.ChunkedArray, text: str) -> DateArray | None:
    """Read text written in a format; None if a cell is not, or is out of time (the year 20 for ``1/2/20``)."""
    seconds = pc.strptime(cells, format=text, unit="s", error_is_null=True)
    if seconds.null_count:
        return None
    moments = np.asarray(seconds.to_numpy())
    if moments.min() < _YEARS[0] or moments.max() > _YEARS[1]:
        return None
    return np.asarray(moments.astype("datetime64[ns]"))


def _to_numpy(column: pa.ChunkedArray) -> DateArray:
    return np.asarray(column.to_numpy()).astype("datetime64[ns]")
