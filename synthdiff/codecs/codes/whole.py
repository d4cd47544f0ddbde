"""Cells of number types that hold whole numbers, to and from 64 bits."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.codes.counter import NumberArray
from synthdiff.codecs.codes.shuffle import WordArray
from synthdiff.codecs.column import BoolArray

# Whole numbers up to here have a float each.
_EXACT = {pa.float16(): 2**11, pa.float32(): 2**24, pa.float64(): 2**53}
_MAX_DIGITS = 18


def holds_whole(dtype: pa.DataType) -> bool:
    """Say whether cells of a type can be whole numbers."""
    return bool(pt.is_integer(dtype) or pt.is_floating(dtype) or (pt.is_decimal(dtype) and dtype.scale == 0))


def read_whole(cells: pa.Array | pa.ChunkedArray) -> NumberArray | None:
    """Read whole numbers.

    Parameters
    ----------
    cells : pa.Array or pa.ChunkedArray
        n cells of a type that holds whole numbers, without nulls.

    Returns
    -------
    (n,) int64, or uint64 where the type is, or None
        None where a number has decimals, or more than 18 digits in a decimal type or more than a float holds exactly.
    """
    if pt.is_floating(cells.type):
        floats = cells.cast(pa.float64()).to_numpy()
        is_whole = (np.abs(floats) <= _EXACT[cells.type]).all() and (floats == np.floor(floats)).all()
        return np.asarray(floats, dtype=np.int64) if is_whole else None
    if pt.is_decimal(cells.type):
        cells = cells.cast(pa.decimal128(38, 0))
        most = pa.scalar(10**_MAX_DIGITS - 1).cast(cells.type)
        if len(cells) and not pc.all(pc.less_equal(pc.abs(cells), most)).as_py():
            return None
    wide = np.uint64 if pt.is_uint64(cells.type) else np.int64
    return np.ascontiguousarray(cells.cast(pa.from_numpy_dtype(wide)).to_numpy(), dtype=wide)


def write_whole(words: WordArray, present: BoolArray, dtype: pa.DataType) -> pa.Array:
    """Make cells of numbers, (n,) uint64, that are int64 in all types but uint64."""
    mask = None if present.all() else ~present
    if pt.is_uint64(dtype):
        return pa.array(words, mask=mask)
    numbers = words.view(np.int64)
    if pt.is_floating(dtype):
        return pa.array(numbers.astype(np.float64), mask=mask).cast(dtype)
    cells = pa.array(numbers, mask=mask)
    if pt.is_decimal(dtype):
        cells = cells.cast(pa.decimal128(38, 0))
    return cells.cast(dtype)


def read_text(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write whole numbers as text of one width, filled up with zeros; negative ones as wide as they are.

    Parameters
    ----------
    cells : pa.Array or pa.ChunkedArray
        What `read_whole` takes.
    """
    whole = cells.cast(pa.float64()).cast(pa.int64()) if pt.is_floating(cells.type) else cells
    text = whole.cast(pa.string())
    text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    if pc.any(pc.starts_with(text, "-")).as_py():
        return text
    return pc.utf8_lpad(text, pc.max(pc.utf8_length(text)).as_py(), "0")


def write_text(text: pa.Array, present: BoolArray, dtype: pa.DataType) -> pa.Array:
    """Make cells of whole numbers that are written as text, the inverse of `read_text`."""
    if not present.all():
        text = pc.if_else(pa.array(present), text, pa.scalar(None, text.type))
    if pt.is_floating(dtype):
        return text.cast(pa.int64()).cast(pa.float64()).cast(dtype)
    return text.cast(dtype)


def whole_range(dtype: pa.DataType) -> tuple[int, int]:
    """Find the lowest and the highest whole number that `read_whole` reads of a type."""
    if pt.is_floating(dtype):
        return -_EXACT[dtype], _EXACT[dtype]
    if pt.is_decimal(dtype):
        most = 10 ** min(dtype.precision, _MAX_DIGITS) - 1
        return -most, most
    limits = np.iinfo(dtype.to_pandas_dtype())
    return int(limits.min), int(limits.max)
