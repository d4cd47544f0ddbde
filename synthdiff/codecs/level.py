"""The values of levels, of any Arrow type: as plain JSON, and put into the cells of a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from pydantic import PlainValidator

from synthdiff.codecs.column import plain_values
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


Levels = Annotated[pa.Array, PlainValidator(read_levels)]
"""Values of any type, as a field that is restored; `with_levels` makes a pair of two keys of a dictionary."""


def with_levels(data: Any, values: str, dtype: str) -> Any:
    """Join values and their type, which `levels_to_json` writes under two keys, to what `Levels` reads."""
    if not isinstance(data, Mapping) or not {values, dtype} <= data.keys():
        return data
    return {key: value for key, value in data.items() if key != dtype} | {values: (data[dtype], data[values])}


def require_plain(levels: pa.Array, dtype: pa.DataType) -> None:
    """Refuse values of another type than the plain cells of a column have.

    Raises
    ------
    ValueError
        The types differ, or a dictionary cannot count so many values.
    """
    plain = plain_values(pa.array([], dtype)).type
    require(levels.type == plain, f"values of type {plain} are expected, not {levels.type}")
    if pt.is_dictionary(dtype):
        most = np.iinfo(dtype.index_type.to_pandas_dtype()).max
        require(len(levels) - 1 <= most, f"{len(levels):,} values do not fit the type {dtype}")


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
