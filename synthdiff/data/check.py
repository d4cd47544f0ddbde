"""What a table must be like to be learnt: flat columns with distinct names, at least one row, finite numbers."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.errors import DataError, SchemaError

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
    pt.is_date,
    pt.is_timestamp,
    pt.is_time,
    pt.is_duration,
)


def check_table(table: pa.Table) -> None:
    """Refuse what no codec could take.

    Parameters
    ----------
    table : pa.Table
        Any table.

    Raises
    ------
    SchemaError
        No columns, two columns of one name, a nested column or one of an unknown type.
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


def _check_type(field: pa.Field) -> None:
    value_type = field.type.value_type if pt.is_dictionary(field.type) else field.type
    if any(is_supported(value_type) for is_supported in _SUPPORTED):
        return
    where = f"column {field.name!r} holds {field.type}"
    if pt.is_nested(value_type):
        raise SchemaError(f"{where}, a nested type; spread it over flat columns first", column=field.name)
    raise SchemaError(f"{where}, which is not supported; convert it, for example to strings", column=field.name)


def _check_finite(name: str, column: pa.ChunkedArray) -> None:
    if not pt.is_floating(column.type):
        return
    infinite = pc.is_inf(column)
    if not pc.any(infinite).as_py():
        return
    row = pc.index(infinite, True).as_py()
    value = column[row].as_py()
    raise DataError(
        f"column {name!r}, row {row} is {value}; replace infinite values by missing ones or by a cap",
        column=name,
        row=row,
        value=value,
    )
