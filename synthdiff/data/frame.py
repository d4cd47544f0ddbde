"""Frames in, the same kind of frames out.

Inside the library every table is a ``pyarrow.Table``. `to_table` makes one of any frame and remembers, as a
`FrameKind`, everything that Arrow's schema leaves out; `FrameKind.restore` gives a frame of exactly the same schema
back. That promise is checked when the frame comes in: real rows go the way of a sample, and a column that would not
come back is refused, by name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.data.cast import cast_column, to_working
from synthdiff.data.check import check_table
from synthdiff.data.come_back import check_cells, check_dtypes, check_pandas
from synthdiff.data.frame_record import (
    FrameRecord,
    PandasFacts,
    check_metadata,
    read_template,
    write_fields,
    write_metadata,
)
from synthdiff.data.pandas_array import array_frame, restore_array
from synthdiff.data.pandas_frame import read_pandas, restore_pandas
from synthdiff.data.polars_frame import read_polars, restore_polars, with_enum_levels
from synthdiff.errors import DataError, SchemaError

IntArray = npt.NDArray[np.int64]

_PANDAS_METADATA = b"pandas"
_MAX_ROWS = 1000
_ALIKE = ("str", "bytes", "bool", "UUID")
"""Objects that come back if the first ones do."""


@dataclass(frozen=True)
class FrameKind:
    """The kind of a frame: its library and its schema, to the last detail.

    Attributes
    ----------
    library : str
        ``"pandas"``, ``"polars"``, ``"pyarrow"`` or ``"numpy"``.
    template : pa.RecordBatch
        No rows, but the column order, the types, the levels of dictionary columns and all metadata (pandas' own too,
        without the length of the index): the schema of a file that holds such a frame.
    nan : tuple of str
        Float columns whose missing values are NaN where the library could also say null.
    pandas : PandasFacts or None
        What only pandas knows: labels and dtypes of the columns, names of the index levels. An array is read through
        pandas and has them too; None for the other libraries.
    """

    library: str
    template: pa.RecordBatch
    nan: tuple[str, ...]
    pandas: PandasFacts | None

    @property
    def labels(self) -> list[Any]:
        """Labels of the columns, without the levels of an index."""
        return self.template.schema.names if self.pandas is None else list(self.pandas.labels)

    def restore(self, table: pa.Table) -> Any:
        """Make a frame of this kind.

        Parameters
        ----------
        table : pa.Table
            Any rows of the template's columns, in any order; null where a value is missing.

        Returns
        -------
        pandas.DataFrame, polars.DataFrame, pyarrow.Table or array
            As `library` says; a subclass comes back as the class that it extends. pandas gets a fresh ``RangeIndex``,
            unless the original index was named or not made of numbers: then it is a column like any other, and
            restored.

        Raises
        ------
        SchemaError
            A column is missing, or its values do not fit its type.
        """
        table = self.restore_table(table)
        if self.library == "polars":
            return restore_polars(table)
        if self.pandas is None:
            return table
        frame = restore_pandas(table, self.pandas)
        return restore_array(frame) if self.library == "numpy" else frame

    def restore_table(self, table: pa.Table) -> pa.Table:
        """Give a table the template's schema: what is written to a file, whatever the library was.

        Parameters
        ----------
        table : pa.Table
            Any rows of the template's columns, in any order; null where a value is missing.

        Returns
        -------
        pa.Table
            Missing values are NaN again in the columns that used NaN.

        Raises
        ------
        SchemaError
            A column is missing, or its values do not fit its type.
        """
        columns = []
        for field, like in zip(self.template.schema, self.template.columns, strict=True):
            if field.name not in table.column_names:
                raise SchemaError(f"there is no column {field.name!r} to restore", column=field.name)
            columns.append(cast_column(table.column(field.name), field, like, field.name in self.nan))
        return pa.Table.from_arrays(columns, schema=self.template.schema)

    def with_levels(self, levels: Mapping[str, pa.Array]) -> FrameKind:
        """The same kind with other levels.

        Parameters
        ----------
        levels : mapping of str to pa.Array
            By column of a dictionary type, for instance made-up levels in place of names.
        """
        fields, heads = list(self.template.schema), list(self.template.columns)
        for j, field in enumerate(fields):
            if field.name in levels:
                values = levels[field.name].cast(field.type.value_type)
                none = pa.array([], field.type.index_type)
                heads[j] = pa.DictionaryArray.from_arrays(none, values, ordered=field.type.ordered)
                fields[j] = with_enum_levels(field, values) if self.library == "polars" else field
        schema = pa.schema(fields, self.template.schema.metadata)
        return replace(self, template=pa.RecordBatch.from_arrays(heads, schema=schema))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {
            "library": self.library,
            "fields": write_fields(self.template),
            "metadata": write_metadata(self.template.schema.metadata),
            "nan": list(self.nan),
            "pandas": None if self.pandas is None else self.pandas.model_dump(mode="json"),
        }

    @classmethod
    def from_dict(cls, data: Any) -> FrameKind:
        """Restore what `to_dict` wrote.

        Raises
        ------
        ValueError
            It did not write that; pydantic's ValidationError says where it fails.
        """
        record = FrameRecord.model_validate(data)
        kind = cls(record.library, read_template(record), record.nan, record.pandas)
        try:
            kind.restore(to_working(pa.Table.from_batches([kind.template]))[0])
        except Exception as error:  # types, forms and metadata may contradict each other in ways that only pandas knows
            raise ValueError(f"no {kind.library} frame can be made of it: {error}") from error
        return kind


def to_table(X: Any) -> tuple[pa.Table, FrameKind]:
    """Turn a frame into the table that the library works on.

    Parameters
    ----------
    X : pandas.DataFrame, polars.DataFrame, polars.LazyFrame, pyarrow.Table, pyarrow.RecordBatch or array
        At least one row and one column; flat columns with distinct names; finite numbers. An array is of numbers or
        objects and has the shape (n, D); its columns are called ``"x0"``, ``"x1"`` and so on. Of another library, what
        has Arrow's ``__arrow_c_stream__`` is read, and comes back as a ``pyarrow.Table``.

    Returns
    -------
    table : pa.Table
        The same rows; every missing value, NaN too, is null.
    kind : FrameKind
        What `FrameKind.restore` needs to give such a frame back.

    Raises
    ------
    SchemaError
        Two columns of one name, no column at all, or a column of a type that is not supported.
    DataError
        `X` is not a frame, has no rows, mixes types in a column or holds an infinite value.

    Examples
    --------
    >>> table, kind = to_table(pa.table({"age": pa.array([39, 50], pa.int8())}))
    >>> kind.library, kind.restore(table.slice(0, 1)).to_pydict()
    ('pyarrow', {'age': [39]})
    """
    library = _library(X)
    frame, table, facts = _READERS[library](X)
    check_table(table)
    check_metadata(table.schema)
    working, nan = to_working(table)
    heads = [_without_rows(column, field.type) for column, field in zip(working.columns, table.schema, strict=True)]
    kind = FrameKind(library, pa.RecordBatch.from_arrays(heads, schema=table.schema), nan, facts)
    _check_comes_back(frame, table, working, kind)
    return working, kind


def _library(X: Any) -> str:
    """Find the library that a frame, or the class that it extends, is of."""
    homes = (base.__module__.partition(".")[0] for base in type(X).__mro__)
    found = next((home for home in homes if home in _READERS), None)
    if found is not None:
        return found
    if hasattr(X, "__arrow_c_stream__") and not isinstance(X, type):
        return "pyarrow"
    advice = ""
    if isinstance(X, type):
        advice = f" {X.__name__}, a class; give a frame of it"
    elif hasattr(X, "toarray"):
        advice = "; sparse data are not supported: give X.toarray()"
    elif isinstance(X, (Mapping, list, tuple)):
        advice = "; give pandas.DataFrame(X)"
    elif isinstance(X, (str, bytes, os.PathLike)):
        advice = "; read the file first, for example with pandas.read_csv or pandas.read_parquet"
    name = type(X).__name__
    raise DataError(f"expected a pandas or polars DataFrame, a pyarrow Table or an array, got {name}{advice}")


def _without_rows(column: pa.ChunkedArray, dtype: pa.DataType) -> pa.Array:
    """An array of a type and without rows; its levels are those of a working column, where it is a dictionary."""
    if not pt.is_dictionary(dtype):
        return pa.array([], dtype)
    levels = column.chunk(0).dictionary.cast(dtype.value_type)
    return pa.DictionaryArray.from_arrays(pa.array([], dtype.index_type), levels, ordered=dtype.ordered)


def _read_pyarrow(X: Any) -> tuple[Any, pa.Table, None]:
    if isinstance(X, pa.RecordBatch):
        X = pa.Table.from_batches([X])
    elif hasattr(X, "__arrow_c_stream__") and not isinstance(X, (pa.Table, pa.ChunkedArray)):
        X = _read_stream(X)
    if not isinstance(X, pa.Table):
        advice = "; give X.to_table()" if hasattr(X, "to_table") else ""
        raise DataError(f"expected a pyarrow Table, got pyarrow's {type(X).__name__}{advice}")
    metadata = dict(X.schema.metadata or {})
    if _PANDAS_METADATA in metadata:
        metadata[_PANDAS_METADATA] = _without_range(metadata[_PANDAS_METADATA])
        X = X.replace_schema_metadata(metadata)
    return X, X, None


def _read_stream(X: Any) -> pa.Table:
    """Read all rows of another library's frame."""
    try:
        return pa.table(X)
    except Exception as error:  # whatever another library, or a class in place of a frame, raises
        raise DataError(f"{type(X).__name__} cannot be read as an Arrow table: {error}") from error


def _without_range(stored: bytes) -> bytes:
    """Leave the range index out of pandas' metadata: its length would contradict the length of a sample."""
    try:
        facts = json.loads(stored)
        facts["index_columns"] = [name for name in facts.get("index_columns", []) if isinstance(name, str)]
        return json.dumps(facts).encode()
    except (ValueError, TypeError, AttributeError, RecursionError):
        return stored  # not pandas', whatever it is called


def _check_comes_back(X: Any, table: pa.Table, working: pa.Table, kind: FrameKind) -> None:
    """Give real rows back, the way of a sample, and refuse a column that differs from what came in."""
    rows = _pick_rows(table, working, kind.pandas)
    taken = working.take(pa.array(rows)) if len(rows) < working.num_rows else working
    if kind.pandas is not None:
        given_back = restore_pandas(kind.restore_table(taken), kind.pandas)
        check_pandas(X, given_back, rows)
        return
    after = kind.restore(taken)
    if kind.library == "polars":
        check_dtypes(dict(X.schema), dict(after.schema))
        after = after.to_arrow()
    check_cells(table.schema, working, after, rows)


def _pick_rows(table: pa.Table, working: pa.Table, facts: PandasFacts | None) -> IntArray:
    """Choose the rows to look at: the first ones, extremes and missing cells; all where objects may differ anywhere."""
    n = working.num_rows
    forms = () if facts is None else facts.forms
    # Neither Arrow nor pandas takes single rows of views.
    has_views = any(
        pt.is_string_view(dtype) or pt.is_binary_view(dtype) for dtype in (*table.schema.types, *working.schema.types)
    )
    if n <= _MAX_ROWS or has_views or any(form.form == "object" and form.cell not in _ALIKE for form in forms):
        return np.arange(n)
    rows = set(range(_MAX_ROWS // 2))
    for column in working.columns:
        if column.null_count:
            rows.add(pc.index(column.is_null(), True).as_py())
        if pt.is_primitive(column.type) and not (pt.is_float16(column.type) or pt.is_boolean(column.type)):
            # Arrow compares no durations; the numbers that they are stored as have the same order.
            cells = column.cast(pa.int64()) if pt.is_duration(column.type) else column
            ends = pc.min_max(cells)
            found = [pc.index(cells, ends[end]).as_py() for end in ("min", "max")]
            rows.update(row for row in found if row >= 0)
    return np.array(sorted(rows), dtype=np.int64)


_READERS: dict[str, Callable[[Any], tuple[Any, pa.Table, PandasFacts | None]]] = {
    "pandas": read_pandas,
    "numpy": lambda X: read_pandas(array_frame(X)),
    "polars": lambda X: (*read_polars(X), None),
    "pyarrow": _read_pyarrow,
}
