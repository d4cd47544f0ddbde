"""Cells of a column as numbers, moments or texts that mean the same, whichever type a frame stores them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import BoolArray, FloatArray, is_text, plain_values
from synthdiff.codecs.tick import ticks_per_unit, to_ticks

Cells: TypeAlias = "pa.ChunkedArray | pa.Array"
DAY = 86_400.0
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_ZONE = r"(?:Z|([+-]\d{2}):?(\d{2}))$"
_MOMENTS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")
MOST_WHOLE = 2.0**63


@dataclass(frozen=True)
class Reading:
    """Cells, read.

    Attributes
    ----------
    values : (n,) float64
        NaN where missing or unreadable.
    readable : (n,) bool
        Whether the cell could be read; True where missing.
    """

    values: FloatArray
    readable: BoolArray

    @classmethod
    def of(cls, values: FloatArray, missing: BoolArray) -> Reading:
        """Readings in which NaN stands for what cannot be read, beside what is missing."""
        return cls(values, ~np.isnan(values) | missing)


def missing_cells_of(cells: Cells) -> BoolArray:
    """Which cells are missing, (n,)."""
    if not cells.null_count:
        return np.zeros(len(cells), np.bool_)
    return np.asarray(whole(cells).is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


def whole(cells: Cells) -> pa.Array:
    """The cells as one array, without their dictionary."""
    plain = plain_values(cells)
    return plain.combine_chunks() if isinstance(plain, pa.ChunkedArray) else plain


def is_moment(dtype: pa.DataType) -> bool:
    """Say whether cells of a type are dates or timestamps."""
    return bool(pt.is_date(dtype) or pt.is_timestamp(dtype))


def is_number(dtype: pa.DataType) -> bool:
    """Say whether cells of a type are numbers."""
    return bool(pt.is_integer(dtype) or pt.is_floating(dtype) or pt.is_decimal(dtype))


def read_numbers(cells: pa.Array) -> Reading:
    """Read numbers, lengths of time in seconds, or text that holds plain numbers.

    Examples
    --------
    >>> read_numbers(pa.array(["1", "2.5", "two", None])).readable.tolist()
    [True, True, False, True]
    """
    missing = missing_cells_of(cells)
    if is_text(cells.type):
        fits = pc.fill_null(pc.match_substring_regex(cells, _NUMBER), False)
        digits = pc.utf8_trim_whitespace(pc.if_else(fits, cells, pa.scalar(None, cells.type)))
        return _finite(digits.cast(pa.float64()), missing)
    if pt.is_duration(cells.type) or pt.is_time(cells.type):
        ticks, valid = to_ticks(cells)
        return Reading.of(np.where(valid, ticks / ticks_per_unit(cells.type), np.nan), missing)
    if pt.is_boolean(cells.type):
        cells = cells.cast(pa.int8())
    if pt.is_null(cells.type) or is_number(cells.type):
        return _finite(cells.cast(pa.float64(), safe=False), missing)
    return Reading.of(np.full(len(cells), np.nan), missing)


def read_moments(cells: pa.Array) -> Reading:
    """Read dates and timestamps, or text that holds them as ISO 8601, as seconds since 1970.

    Examples
    --------
    >>> read_moments(pa.array(["1970-01-02", "1970-02-30"])).values.tolist()
    [86400.0, nan]
    """
    missing = missing_cells_of(cells)
    if is_moment(cells.type):
        ticks, valid = to_ticks(cells)
        unit = DAY if pt.is_date(cells.type) else 1.0
        return Reading.of(np.where(valid, ticks / ticks_per_unit(cells.type) * unit, np.nan), missing)
    if is_text(cells.type):
        return Reading.of(_iso_seconds(cells), missing)
    return Reading.of(np.full(len(cells), np.nan), missing)


def texts_of(cells: Cells) -> pa.Array:
    """Cells as text, the same whatever type holds them: 1 and 1.0, True and "True"; null where missing.

    Examples
    --------
    >>> texts_of(pa.array([1.0, None])).to_pylist(), texts_of(pa.array([True])).to_pylist()
    (['1', None], ['True'])
    """
    array = whole(cells)
    if is_text(array.type):
        return array.cast(pa.large_string())
    if pt.is_floating(array.type):
        values = array.drop_null().cast(pa.float64()).to_numpy(zero_copy_only=False)
        if ((values == np.floor(values)) & (np.abs(values) < MOST_WHOLE)).all():
            return array.cast(pa.float64()).cast(pa.int64()).cast(pa.large_string())
    if pt.is_boolean(array.type):
        return pc.if_else(array, pa.scalar("True", pa.large_string()), pa.scalar("False", pa.large_string()))
    try:
        texts = array.cast(pa.large_string())
    except pa.ArrowException:  # bytes that are no text, and lengths of time
        return pa.array([None if cell is None else str(cell) for cell in array.to_pylist()], pa.large_string())
    has_decimals = pt.is_decimal(array.type) and array.type.scale > 0
    return pc.replace_substring_regex(texts, r"\.?0+$", "") if has_decimals else texts


def _finite(numbers: pa.Array, missing: BoolArray) -> Reading:
    values = np.array(numbers.fill_null(np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)
    values[np.isinf(values)] = np.nan
    return Reading.of(values, missing)


def _iso_seconds(cells: pa.Array) -> FloatArray:
    text = pl.Series("text", cells.cast(pa.large_string())).str.strip_chars()
    frame = pl.DataFrame({"text": text}).with_columns(
        pl.col("text").str.replace("T", " ", literal=True).str.replace(_ZONE, "").str.strip_chars().alias("plain"),
        pl.col("text").str.extract(_ZONE, 1).cast(pl.Int64, strict=False).alias("hours"),
        pl.col("text").str.extract(_ZONE, 2).cast(pl.Int64, strict=False).alias("minutes"),
    )
    moments = pl.coalesce(
        pl.col("plain").str.to_datetime(form, time_unit="us", strict=False, exact=True) for form in _MOMENTS
    )
    # The minutes of an offset have the sign of its hours, which "-00" does not tell.
    sign = pl.when(pl.col("text").str.contains(r"-\d{2}:?\d{2}$")).then(-1).otherwise(1)
    offset = (pl.col("hours") * 3600 + sign * pl.col("minutes") * 60).fill_null(0)
    found = frame.select((moments.dt.epoch("us") / 1e6 - offset).alias("seconds"))["seconds"]
    return np.array(found.fill_null(np.nan).to_numpy(), dtype=np.float64)
