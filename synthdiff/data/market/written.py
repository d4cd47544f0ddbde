"""Dates that are written as text: which way of writing they follow.

``01/02/2014`` is a day of January or of February. Of all ways that read every cell, those count that put the dates in
order; of these the one whose dates are the most regular: all on the first of a month, or on all days of a week. A daily
series that is read the wrong way has neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.data.market.day_rule import find_rule
from synthdiff.data.market.month_day import DateArray
from synthdiff.data.market.month_name import in_english
from synthdiff.errors import ConfigError

_DAYS = (
    "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%m.%d.%Y", "%Y%m%d",
    "%d-%b-%Y", "%d/%b/%Y", "%d.%b.%Y", "%d %b %Y", "%d%b%Y", "%b %d, %Y", "%b %d %Y", "%Y-%b-%d", "%Y-%m-%d",
    "%Y %m %d", "%m/%d/%y", "%d/%m/%y", "%y/%m/%d", "%d.%m.%y", "%y.%m.%d", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
    "%d-%b-%y", "%d %b %y", "%d/%b/%y", "%y%m%d",
)  # fmt: skip
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H%M%S")
_MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%m.%Y", "%m-%Y", "%b %Y", "%b-%Y", "%b-%y", "%b %y", "%Y %b", "%Y-%b")
FORMATS = (*(day + clock for day, clock in product(_DAYS, _CLOCKS)), "%Y%m%d%H%M", "%Y%m%d%H%M%S", *_MONTHS)
"""How text may be written besides ISO 8601."""
ORDERS = {"dayfirst": ("%d", "%m"), "monthfirst": ("%m", "%d")}
"""What may be said of dates that can be read both ways, and what comes first then."""

_OFFSET = r"(:\d\d(?:[.,]\d+)?) ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)$"
_FRACTION = r"(:\d\d:\d\d)[.,](\d{1,9})"
_DIGITS = re.compile(r"(%[YymdHMS])+( (%[HMS])+)?")
_YEARS = (np.datetime64("1678-01-01", "s"), np.datetime64("2262-01-01", "s"))
_CENTURY = 2050
"""Two digits of a year stand for 1950 to 2049."""
_FEW = 8
"""Fewer dates show no rule."""
_CLEAR = 0.1
"""Score by which a way of writing must be more regular than others."""


@dataclass(frozen=True)
class Written:
    """Dates that were written as text.

    Attributes
    ----------
    moments : (T,) datetime64[ns]
        The dates.
    doubt : DateArray or None
        The same cells, read another way that is as good; None: there is none.
    """

    moments: DateArray
    doubt: DateArray | None = None


def check_date_format(date_format: str | None) -> None:
    """Refuse a date format that is none.

    Parameters
    ----------
    date_format : str or None
        ``"dayfirst"``, ``"monthfirst"`` or a text for strptime; None: found out.

    Raises
    ------
    ConfigError
        It is something else.
    """
    if date_format is not None and date_format not in ORDERS and "%" not in date_format:
        raise ConfigError(
            f"date_format is {date_format!r}; say 'dayfirst', 'monthfirst' or how dates are written, such as '%d/%m/%Y'"
        )


def read_written(cells: pa.ChunkedArray, date_format: str | None = None) -> Written | None:
    """Read text that is all written one way.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Text without missing cells and without spaces around it.
    date_format : str or None
        ``"dayfirst"``, ``"monthfirst"`` or a text for strptime; None: found out.

    Returns
    -------
    Written or None
        None where the cells are no dates, or are written in several ways.

    Examples
    --------
    >>> read_written(pa.chunked_array([["31.01.2024", "29.02.2024"]])).moments.astype("datetime64[D]")
    array(['2024-01-31', '2024-02-29'], dtype='datetime64[D]')
    """
    if date_format is not None and date_format not in ORDERS:
        moments = _read_format(cells, date_format)
        return None if moments is None else Written(moments)
    try:
        return Written(_to_numpy(_read_iso(cells)))
    except pa.ArrowInvalid:
        pass
    plain = _plain(cells)
    if plain is None:
        return None
    texts = [text for text in _formats(date_format) if _read_format(plain[:1], text) is not None]
    found = [moments for text in texts if (moments := _read_format(plain, text)) is not None]
    return _choose(found) if found else None


def first_unread(cells: pa.ChunkedArray, date_format: str | None = None) -> int:
    """Find the first cell that the way of writing which reads most cells does not read.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Text without missing cells.
    date_format : str or None
        As of `read_written`.

    Returns
    -------
    int
        Its row.
    """
    plain, texts = cells, [date_format or ""]
    if date_format is None or date_format in ORDERS:
        plain, texts = pc.replace_substring_regex(cells, _OFFSET, r"\1"), _formats(date_format)
    valid = (_parse(plain, text).is_valid() for text in texts)
    return int(pc.index(max(valid, key=lambda found: pc.sum(found).as_py()), False).as_py())


def choose_clock(wall: pa.ChunkedArray, utc: pa.ChunkedArray) -> pa.ChunkedArray:
    """Choose wall times, unless two moments share one."""
    return wall if pc.count_distinct(wall).as_py() == pc.count_distinct(utc).as_py() else pc.local_timestamp(utc)


def _formats(date_format: str | None) -> list[str]:
    if date_format is None:
        return list(FORMATS)
    first, second = ORDERS[date_format]
    return [text for text in FORMATS if text[:2] == "%Y" or not 0 <= text.find(second) < text.find(first)]


def _plain(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    return in_english(pc.replace_substring_regex(cells, _OFFSET, r"\1"))


def _choose(found: list[DateArray]) -> Written:
    """Choose dates in order, then regular ones, then those of the way that is named first."""
    ordered = [moments for moments in found if _is_ordered(moments)] or found
    if len(ordered) == 1:
        return Written(ordered[0])
    scores = np.array([_regularity(moments) for moments in ordered])
    best = int(np.flatnonzero(scores >= scores.max() - _CLEAR)[0])
    others = [
        moments
        for place, moments in enumerate(ordered)
        if scores[place] >= scores[best] - _CLEAR and not np.array_equal(moments, ordered[best])
    ]
    has_rule = len(np.unique(ordered[best])) >= _FEW
    return Written(ordered[best], others[0] if others and has_rule else None)


def _is_ordered(moments: DateArray) -> bool:
    steps = np.diff(moments) / np.timedelta64(1, "ns")
    return bool((steps >= 0).all() or (steps <= 0).all())


def _regularity(moments: DateArray) -> float:
    """Score of the rule that days follow, less where a few waits are far longer than the usual one."""
    days = np.unique(moments.astype("datetime64[D]"))
    if len(days) < _FEW:
        return 0.0
    # The first of each quarter, read the wrong way, is the first, fourth, seventh and tenth of each January.
    waits = np.diff(days).astype(np.float64)
    return find_rule(days)[1] * min(float(np.median(waits) / waits.mean()), 1.0)


def _read_iso(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    wall_text = pc.replace_substring_regex(cells, _OFFSET, r"\1")
    wall = wall_text.cast(pa.timestamp("ns"))
    if wall_text.equals(cells):
        return wall
    try:
        return choose_clock(wall, cells.cast(pa.timestamp("ns", "UTC")))
    except pa.ArrowInvalid:
        return wall


def _read_format(cells: pa.ChunkedArray, text: str) -> DateArray | None:
    """Read text written in a format; None if a cell is not, or is out of time (the year 20 for ``1/2/20``)."""
    whole = pc.replace_substring_regex(cells, _FRACTION, r"\1")
    text = text.replace(".%f", "")
    if not _has_shape(whole, text):
        return None
    seconds = _parse(whole, text)
    if seconds.null_count:
        return None
    moments = np.asarray(seconds.to_numpy())
    if "%y" in text:
        moments = _in_century(moments)
    if moments.min() < _YEARS[0] or moments.max() > _YEARS[1]:
        return None
    moments = np.asarray(moments.astype("datetime64[ns]"))
    return moments if whole.equals(cells) else np.asarray(moments + _fractions(cells), "datetime64[ns]")


def _parse(cells: pa.ChunkedArray, text: str) -> pa.ChunkedArray:
    """Read cells by a format; null where one is written otherwise, or is no day such as February 31."""
    seconds = pc.strptime(cells, format=text, unit="s", error_is_null=True)
    if "%d" not in text:
        return seconds
    # A day that a month lacks is read as one of the first three of the next: only these are written back.
    is_early = pc.fill_null(pc.less_equal(pc.day(seconds), 3), False)
    again = _unpadded(pc.strftime(seconds.filter(is_early), format=text))
    differs = pc.not_equal(again, _unpadded(cells.filter(is_early)))
    if not pc.any(differs).as_py() or "%B" in text or "%A" in text:
        return seconds
    wrong = np.flatnonzero(is_early.to_numpy())[differs.to_numpy()]
    return pc.if_else(pa.array(np.isin(np.arange(len(cells)), wrong)), pa.scalar(None, seconds.type), seconds)


def _unpadded(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_lower(pc.replace_substring_regex(cells, r"(^|[^0-9])[0 ]+([0-9])", r"\1\2"))


def _has_shape(cells: pa.ChunkedArray, text: str) -> bool:
    """Whether cells have as many digits as a format without signs between them, which strptime does not see to."""
    if not _DIGITS.fullmatch(text) or text == "%Y %m %d":
        return True
    shape = re.sub("%[^Y]", r"\\d{2}", text.replace("%Y", r"\d{4}"))
    return bool(pc.all(pc.match_substring_regex(cells, f"^{shape}$")).as_py())


def _in_century(moments: DateArray) -> DateArray:
    """Put years from 2050 on a century earlier: prices are of the past."""
    months = moments.astype("datetime64[M]")
    late = moments.astype("datetime64[Y]").astype(np.int64) + 1970 >= _CENTURY
    earlier = (months - np.timedelta64(1200, "M")).astype("datetime64[s]") + (moments - months.astype("datetime64[s]"))
    return np.asarray(np.where(late, earlier, moments))


def _fractions(cells: pa.ChunkedArray) -> np.typing.NDArray[np.timedelta64]:
    digits = pc.replace_substring_regex(cells, rf"^.*?{_FRACTION}.*$", r"\2")
    is_one = pc.match_substring_regex(digits, r"^\d{1,9}$")
    padded = pc.utf8_rpad(pc.if_else(is_one, digits, "0"), width=9, padding="0")
    return np.asarray(padded.cast(pa.int64()).to_numpy()).astype("timedelta64[ns]")


def _to_numpy(column: pa.ChunkedArray) -> DateArray:
    return np.asarray(column.to_numpy()).astype("datetime64[ns]")
