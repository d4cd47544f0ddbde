"""Between a column as the library works on it (null is missing, dictionaries decoded) and as its frame holds it."""

from __future__ import annotations

import math

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.errors import SchemaError


def nan_to_null(table: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    """Make every NaN null.

    Parameters
    ----------
    table : pa.Table
        Any table.

    Returns
    -------
    table : pa.Table
        Without NaN.
    names : tuple of str
        The float columns that held NaN.
    """
    names = []
    for position, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if not pt.is_floating(column.type):
            continue
        is_nan = pc.fill_null(pc.is_nan(column), False)
        if pc.any(is_nan).as_py():
            names.append(name)
            masked = pc.if_else(is_nan, pa.scalar(None, column.type), column)
            table = table.set_column(position, table.schema.field(position), masked)
    return table, tuple(names)


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


def _onto_levels(column: pa.ChunkedArray, like: pa.DictionaryArray) -> pa.ChunkedArray:
    """Encode values by the levels of the template; a level that the template lacks is an error, not a null."""
    levels = like.dictionary
    values = column.cast(column.type.value_type) if pt.is_dictionary(column.type) else column
    codes = pc.index_in(values.cast(levels.type), value_set=levels)
    if codes.null_count != values.null_count:
        unknown = values.filter(pc.and_(codes.is_null(), values.is_valid()))[0].as_py()
        raise pa.ArrowInvalid(f"{unknown!r} is not one of its {len(levels)} levels")
    index_type, ordered = like.type.index_type, like.type.ordered
    chunks = [
        pa.DictionaryArray.from_arrays(chunk.cast(index_type), levels, ordered=ordered) for chunk in codes.iterchunks()
    ]
    return pa.chunked_array(chunks or [like], type=like.type)
