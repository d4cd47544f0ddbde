"""The values of levels, of any Arrow type: restored with a codec, and put into the cells of a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from pydantic import PlainValidator

from synthdiff.data.cast import kernel_type
from synthdiff.data.level import read_levels
from synthdiff.record import require

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
        The types differ, or there are more values than a dictionary of this type can count.
    """
    plain = kernel_type(dtype.value_type if pt.is_dictionary(dtype) else dtype)
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
