"""The values of levels, of any Arrow type: as plain JSON, and put into the cells of a column."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.types as pt


def levels_to_json(levels: pa.Array) -> list[Any]:
    """Write values without nulls as numbers, booleans and strings."""
    if pt.is_temporal(levels.type):
        narrow = pa.int32() if levels.type.bit_width == 32 else pa.int64()
        return list(levels.cast(narrow).to_pylist())
    if pt.is_decimal(levels.type):
        return [str(value) for value in levels.to_pylist()]
    if pt.is_binary(levels.type) or pt.is_large_binary(levels.type) or pt.is_fixed_size_binary(levels.type):
        return [value.hex() for value in levels.to_pylist()]
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


def take_levels(levels: pa.Array, positions: pa.Array, dtype: pa.DataType) -> pa.Array:
    """Put levels into cells.

    Parameters
    ----------
    levels : pa.Array
        The levels, as plain values.
    positions : pa.Array
        Which level each cell holds; null where missing.
    dtype : pa.DataType
        The type of the column, perhaps a dictionary.
    """
    if pt.is_dictionary(dtype):
        indices, values = positions.cast(dtype.index_type), levels.cast(dtype.value_type)
        return pa.DictionaryArray.from_arrays(indices, values, ordered=dtype.ordered)
    return levels.take(positions).cast(dtype)
