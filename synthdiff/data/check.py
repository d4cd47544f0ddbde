"""What a table must be like to be learnt: flat columns with distinct names, at least one row, finite numbers."""

from __future__ import annotations

import decimal
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.data.dtype import read_type
from synthdiff.errors import DataError, SchemaError
from synthdiff.record import MAX_NAME

_SUPPORTED: tuple[Callable[[pa.DataType], bool], ...] = (
    pt.is_null,
    pt.is_boolean,
    pt.is_integer,
    pt.is_floating,
    pt.is_decimal,
    pt.is_string,
    pt.is_large_string,
    pt.is_string_view,
    pt.is_binary,
    pt.is_large_binary,
    pt.is_fixed_size_binary,
    pt.is_binary_view,
    pt.is_date,
    pt.is_timestamp,
    pt.is_time,
    pt.is_duration,
)
_MAX_DIGITS = 38


def check_table(table: pa.Table) -> None:
    """Refuse what no codec could take.

    Parameters
    ----------
    table : pa.Table
        Any table.

    Raises
    ------
    SchemaError
        No columns, two columns of one name, a nested column, one of an unknown type, or a decimal of over 38 digits.
    DataError
        No rows, or an infinite value.
    """
    if table.num_columns == 0:
        raise SchemaError("the table has no columns")
    check_names(table.column_names)
    for field in table.schema:
        _check_type(field)
    if table.num_rows == 0:
        raise DataError(f"the table has {table.num_columns} columns but no rows; a model needs rows to learn from")
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pt.is_decimal(column.type):
            _check_digits(name, column)
        elif pt.is_dictionary(column.type):
            _check_levels(name, column)
        else:
            _check_finite(name, column)


def check_names(names: list[str]) -> None:
    """Refuse two columns of one name.

    Raises
    ------
    SchemaError
        If a name occurs twice.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SchemaError(f"two columns are called {name!r}; rename one of them", column=name)
        seen.add(name)
        if len(name) > MAX_NAME:
            message = f"the column name {name[:40]!r}... has {len(name):,} characters; use at most {MAX_NAME:,}"
            raise SchemaError(message, column=name)


def _check_type(field: pa.Field) -> None:
    name, value_type = field.name, field.type.value_type if pt.is_dictionary(field.type) else field.type
    where = f"column {name!r} holds {field.type}"
    if pt.is_nested(value_type):
        raise SchemaError(f"{where}, a nested type; spread it over flat columns first", column=name)
    no_values = pt.is_dictionary(field.type) and pt.is_null(value_type)
    if no_values or not any(is_supported(value_type) for is_supported in _SUPPORTED):
        raise SchemaError(f"{where}, which is not supported; convert it, for example to strings", column=name)
    if pt.is_decimal(value_type) and not 0 <= value_type.scale <= _MAX_DIGITS:
        most = f"from 0 to {_MAX_DIGITS} digits after the point are supported"
        raise SchemaError(f"{where}; {most}: cast it to such a type, or to float64", column=name)
    try:
        is_known = read_type(str(field.type)) == field.type
    except ValueError as error:
        raise SchemaError(f"{where}, which is not supported ({error}); convert it", column=name) from error
    if not is_known:
        raise SchemaError(f"{where}, which is not supported; convert it, for example to strings", column=name)


def _check_digits(name: str, column: pa.ChunkedArray) -> None:
    """Refuse decimals that use more digits than the library computes with, whatever their type has room for."""
    if column.type.precision <= _MAX_DIGITS:
        return
    most = pa.decimal256(column.type.precision, column.type.scale)
    sizes = pc.abs(column.cast(most))
    limit = pa.scalar(decimal.Decimal((0, (9,) * _MAX_DIGITS, -column.type.scale)), most)
    row = pc.index(pc.greater(sizes, limit), True).as_py()
    if row >= 0:
        value = column[row].as_py()
        raise SchemaError(
            f"column {name!r}, row {row} is {value}, over {_MAX_DIGITS} digits with those after the point of its type; "
            "use fewer decimals, or cast the column to float64 or to strings",
            column=name,
            row=row,
            value=value,
        )


def _check_levels(name: str, column: pa.ChunkedArray) -> None:
    for chunk in column.chunks:
        levels = chunk.dictionary
        if pt.is_floating(levels.type) and pc.any(pc.is_inf(levels)).as_py():
            message = f"column {name!r} has the level inf or -inf; replace it by a missing value or a finite level"
            raise DataError(message, column=name)


def _check_finite(name: str, column: pa.ChunkedArray) -> None:
    if not pt.is_floating(column.type):
        return
    infinite = pc.is_inf(column)
    if not pc.any(infinite).as_py():
        return
    row = pc.index(infinite, True).as_py()
    value = float(column[row].as_py())
    raise DataError(
        f"column {name!r}, row {row} is {value}; replace infinite values by missing ones or by a cap",
        column=name,
        row=row,
        value=value,
    )
