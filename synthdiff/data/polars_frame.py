"""Frames of polars: to Arrow and back, and whether they come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from synthdiff.errors import DataError, SchemaError

if TYPE_CHECKING:
    import polars as pl


def read_polars(X: Any) -> tuple[pl.DataFrame, pa.Table]:
    """Read a frame.

    Parameters
    ----------
    X : polars.DataFrame or polars.LazyFrame
        Any frame.

    Returns
    -------
    frame : polars.DataFrame
        The frame, collected.
    table : pa.Table
        The same in Arrow.

    Raises
    ------
    DataError
        It is no frame, or a lazy one that cannot be collected.
    SchemaError
        A column is of a type that Arrow lacks.
    """
    import polars as pl

    if isinstance(X, pl.LazyFrame):
        X = _collect(X)
    if not isinstance(X, pl.DataFrame):
        advice = "; give X.to_frame()" if hasattr(X, "to_frame") else ""
        raise DataError(f"expected a polars DataFrame, got polars' {type(X).__name__}{advice}")
    for name, dtype in X.schema.items():
        if str(dtype).partition("(")[0] in ("Object", "Int128", "UInt128"):
            raise SchemaError(f"column {name!r} holds {dtype}, which is not supported; cast it", column=name)
    try:
        return X, X.to_arrow()
    except (pa.ArrowException, pl.exceptions.PolarsError, TypeError, ValueError) as error:
        for name in X.columns:
            _check_convertible(X.get_column(name))
        raise DataError(f"the frame cannot be converted to Arrow: {error}") from error


def _collect(X: pl.LazyFrame) -> pl.DataFrame:
    import polars as pl

    try:
        return X.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).partition("\n")[0]
        raise DataError(f"the lazy frame cannot be collected: {said}") from error


def _check_convertible(column: pl.Series) -> None:
    import polars as pl

    try:
        column.to_arrow()
    except (pa.ArrowException, pl.exceptions.PolarsError, TypeError, ValueError) as error:
        message = f"column {column.name!r} holds {column.dtype}, which is not supported; cast it"
        raise SchemaError(message, column=column.name) from error


def restore_polars(table: pa.Table) -> pl.DataFrame:
    """Make a frame of a table with the schema of the template.

    Raises
    ------
    SchemaError
        Polars cannot read the schema.
    """
    import polars as pl

    try:
        frame = pl.from_arrow(table)
    except pl.exceptions.PanicException as error:  # no Exception, and so past every guard
        raise SchemaError(f"polars cannot make a frame of this schema: {error}") from error
    assert isinstance(frame, pl.DataFrame)
    return frame


def with_enum_levels(field: pa.Field, levels: pa.Array) -> pa.Field:
    """A field with other levels, where it is an enumeration, whose levels belong to its type.

    Parameters
    ----------
    field : pa.Field
        As polars writes it.
    levels : pa.Array
        Texts.
    """
    import polars as pl

    if not any(key.startswith(b"_PL_ENUM") for key in field.metadata or {}):
        return field
    values = pl.Series(field.name, [], dtype=pl.Enum(levels.to_pylist()))
    written = pl.DataFrame([values]).to_arrow().schema.field(0)
    return written.with_nullable(field.nullable)
