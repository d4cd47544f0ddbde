"""The values of levels, of any Arrow type: as plain JSON and back, and as words."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from synthdiff.data.dtype import read_type
from synthdiff.record import MAX_CELLS, require


def levels_to_json(levels: pa.Array) -> list[Any]:
    """Write values without nulls as numbers, booleans and strings."""
    if pt.is_temporal(levels.type):
        narrow = pa.int32() if levels.type.bit_width == 32 else pa.int64()
        return list(levels.cast(narrow).to_pylist())
    if pt.is_decimal(levels.type):
        return [str(value) for value in levels.to_pylist()]
    if pt.is_binary(levels.type) or pt.is_large_binary(levels.type) or pt.is_fixed_size_binary(levels.type):
        return [value.hex() for value in levels.to_pylist()]
    if pt.is_float16(levels.type):
        levels = levels.cast(pa.float32())
    return list(levels.to_pylist())


def levels_from_json(values: list[Any], dtype: pa.DataType) -> pa.Array:
    """Restore what `levels_to_json` wrote."""
    if pt.is_temporal(dtype):
        return pa.array(values, pa.int32() if dtype.bit_width == 32 else pa.int64()).cast(dtype)
    if pt.is_decimal(dtype):
        return pa.array(values, pa.string()).cast(dtype)
    if pt.is_binary(dtype) or pt.is_large_binary(dtype) or pt.is_fixed_size_binary(dtype):
        return pa.array([bytes.fromhex(value) for value in values], dtype)
    return pa.array(values, dtype)


def read_levels(data: Any) -> pa.Array:
    """Read values without nulls from a file that anybody may have written: a pair of their type and their JSON.

    Raises
    ------
    ValueError
        They are not of that type, or too many.
    """
    require(isinstance(data, tuple) and isinstance(data[1], list), "a list of values is expected")
    dtype, values = read_type(data[0]), data[1]
    require(len(values) <= MAX_CELLS, f"at most {MAX_CELLS:,} values are expected")
    require(not set(map(type, values)) - {bool, int, float, str}, "numbers, truths or texts are expected")
    try:
        levels = levels_from_json(values, dtype)
    except (pa.ArrowException, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"values of type {dtype} are expected: {error}") from error
    require(levels.null_count == 0, "no value may be missing")
    return levels


def level_words(levels: pa.Array) -> list[str]:
    """Write distinct values without nulls as distinct words, for messages and reports.

    Python has no date beyond the year 9999 and no nanosecond of a day: where values of a column are such ones, they
    are shown as their ticks since Arrow's zero.
    """
    try:
        words = [str(value) for value in levels.to_pylist()]
    except (OverflowError, ValueError, LookupError):
        words = []
    return words if len(set(words)) == len(levels) else [str(value) for value in levels_to_json(levels)]
