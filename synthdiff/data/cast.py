"""Between a column as its frame holds it and as the library works on it.

One place decides, type by type: codecs see null for whatever is missing, no string or binary views, 128-bit decimals
only, and dictionaries whose levels are distinct, present and the same in every chunk. `to_working` makes such columns;
`cast_column` gives them back their own type.
"""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.errors import SchemaError

_MAX_DIGITS = 38
_WIDER = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary(), pa.float16(): pa.float32()}


def kernel_type(dtype: pa.DataType) -> pa.DataType:
    """Find the type of the same values that Arrow's kernels know; no dictionaries."""
    if pt.is_decimal(dtype) and not pt.is_decimal128(dtype):
        return pa.decimal128(min(dtype.precision, _MAX_DIGITS), dtype.scale)
    return _WIDER.get(dtype, dtype)


def working_type(dtype: pa.DataType) -> pa.DataType:
    """Find the type that codecs see."""
    if pt.is_dictionary(dtype):
        return pa.dictionary(dtype.index_type, kernel_type(dtype.value_type), ordered=dtype.ordered)
    return dtype if pt.is_float16(dtype) else kernel_type(dtype)


def to_working(table: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    """Turn the columns of a table into those that codecs see.

    Parameters
    ----------
    table : pa.Table
        What `check_table` lets pass.

    Returns
    -------
    table : pa.Table
        The same cells; every NaN is null.
    names : tuple of str
        The float columns that held NaN.

    Raises
    ------
    SchemaError
        A dictionary has more levels than its indices can count, or a value that no working type holds.
    """
    names = []
    for position, (field, column) in enumerate(zip(table.schema, table.columns, strict=True)):
        dtype, working = working_type(field.type), column
        try:
            if pt.is_dictionary(dtype):
                working = _distinct_levels(column, dtype)
            elif column.type != dtype:
                working = column.cast(dtype)
            elif pt.is_floating(dtype):
                working = nan_to_null(column)
                if working is not column:
                    names.append(field.name)
        except pa.ArrowException as error:
            message = f"column {field.name!r} holds {field.type}, which cannot be worked on ({error}); convert it"
            raise SchemaError(message, column=field.name) from error
        if working is not column:
            table = table.set_column(position, field.with_type(dtype), working)
    return table, tuple(names)


def nan_to_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Make every NaN of a float column null; the same object where there is none."""
    is_nan = pc.fill_null(pc.is_nan(column), False)
    return pc.if_else(is_nan, pa.scalar(None, column.type), column) if pc.any(is_nan).as_py() else column


def cast_column(column: pa.ChunkedArray, field: pa.Field, like: pa.Array, use_nan: bool) -> pa.ChunkedArray:
    """Give a column the type of its field.

    Parameters
    ----------
    column : pa.ChunkedArray
        Null where a value is missing.
    field : pa.Field
        The name and the type to give.
    like : pa.Array
        An array of that type, perhaps empty: its levels, where it is a dictionary.
    use_nan : bool
        Whether missing values become NaN.

    Raises
    ------
    SchemaError
        A value does not fit the type, is not one of the levels, or is missing where the field forbids it.
    """
    try:
        if pt.is_dictionary(field.type):
            column = _onto_levels(column, like)
        elif column.type != field.type:
            column = column.cast(field.type)
    except pa.ArrowException as error:
        raise SchemaError(f"column {field.name!r} does not fit {field.type}: {error}", column=field.name) from error
    if use_nan:
        column = pc.fill_null(column, pa.scalar(math.nan, pa.float64()).cast(field.type))
    if column.null_count and not field.nullable:
        raise SchemaError(f"column {field.name!r} is declared not null, but a value is missing", column=field.name)
    return column


def _distinct_levels(column: pa.ChunkedArray, dtype: pa.DataType) -> pa.ChunkedArray:
    """Make the levels of a dictionary distinct, present and the same in every chunk, in their order of appearance."""
    chunks = column.chunks or [pa.array([], column.type)]
    levels = chunks[0].dictionary
    values = levels.cast(dtype.value_type)
    if all(chunk.dictionary.equals(levels) for chunk in chunks[1:]) and _are_distinct(values):
        if column.type == dtype:
            return column if column.num_chunks else pa.chunked_array(chunks)
        made = [pa.DictionaryArray.from_arrays(chunk.indices, values, ordered=dtype.ordered) for chunk in chunks]
        return pa.chunked_array(made, type=dtype)
    each = [chunk.dictionary.cast(dtype.value_type) for chunk in chunks]
    found = nan_to_null(pa.chunked_array(each)) if pt.is_floating(dtype.value_type) else pa.chunked_array(each)
    levels = pc.unique(found).drop_null()
    most = np.iinfo(dtype.index_type.to_pandas_dtype()).max
    if len(levels) - 1 > most:
        raise pa.ArrowInvalid(f"{len(levels):,} levels are more than {dtype.index_type} can count")
    made = []
    for chunk, own in zip(chunks, each, strict=True):
        positions = pc.index_in(own, value_set=levels).cast(dtype.index_type)
        indices = positions.take(chunk.indices)
        made.append(pa.DictionaryArray.from_arrays(indices, levels, ordered=dtype.ordered))
    return pa.chunked_array(made, type=dtype)


def _are_distinct(levels: pa.Array) -> bool:
    if levels.null_count or (pt.is_floating(levels.type) and pc.any(pc.is_nan(levels)).as_py()):
        return False
    return len(pc.unique(levels)) == len(levels)


def _decode(column: pa.ChunkedArray, dtype: pa.DataType) -> pa.ChunkedArray:
    """Give values a type that kernels know; dictionaries by their levels, for Arrow decodes none of views."""
    if not pt.is_dictionary(column.type):
        return column.cast(dtype)
    return pa.chunked_array([chunk.dictionary.cast(dtype).take(chunk.indices) for chunk in column.iterchunks()], dtype)


def _onto_levels(column: pa.ChunkedArray, like: pa.DictionaryArray) -> pa.ChunkedArray:
    """Encode values by the levels of the template; a level that the template lacks is an error, not a null."""
    levels = like.dictionary.cast(kernel_type(like.type.value_type))
    values = _decode(column, levels.type)
    codes = pc.index_in(values, value_set=levels)
    if codes.null_count != values.null_count:
        unknown = values.filter(pc.and_(codes.is_null(), values.is_valid()))[0].as_py()
        raise pa.ArrowInvalid(f"{unknown!r} is not one of its {len(levels)} levels")
    index_type, ordered = like.type.index_type, like.type.ordered
    chunks = [
        pa.DictionaryArray.from_arrays(chunk.cast(index_type), like.dictionary, ordered=ordered)
        for chunk in codes.iterchunks()
    ]
    return pa.chunked_array(chunks or [like], type=like.type)
