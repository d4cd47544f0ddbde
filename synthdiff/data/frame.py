"""Frames in, the same kind of frames out; the only file that knows pandas and polars.

Inside the library every table is a ``pyarrow.Table``. `to_table` makes one of any frame and remembers, as a
`FrameKind`, everything that Arrow's schema leaves out; `FrameKind.restore` gives a frame of exactly the same schema
back. That promise is checked when the frame comes in: a column whose type would not come back is refused, by name.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from synthdiff.data.cast import cast_column, nan_to_null
from synthdiff.data.check import check_names, check_table
from synthdiff.errors import DataError, SchemaError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_PANDAS_METADATA = b"pandas"
_LABELS = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class FrameKind:
    """The kind of a frame: its library and its schema, to the last detail.

    Attributes
    ----------
    library : str
        ``"pandas"``, ``"polars"`` or ``"pyarrow"``.
    template : pa.RecordBatch
        No rows, but the column order, the types, the levels of dictionary columns and all metadata (pandas' own too,
        without the length of the index): the schema of a file that holds such a frame.
    nan : tuple of str
        Float columns whose missing values are NaN where the library could also say null.
    pandas : dict
        What only pandas knows: labels and dtypes of the columns, names of the index levels. Plain JSON; empty for
        the other libraries.
    """

    library: str
    template: pa.RecordBatch
    nan: tuple[str, ...]
    pandas: dict[str, Any]

    def restore(self, table: pa.Table) -> Any:
        """Make a frame of this kind.

        Parameters
        ----------
        table : pa.Table
            Any rows of the template's columns, in any order; null where a value is missing.

        Returns
        -------
        pandas.DataFrame, polars.DataFrame or pyarrow.Table
            As `library` says. pandas gets a fresh ``RangeIndex``, unless the original index was named or not made of
            numbers: then it is a column like any other, and restored.

        Raises
        ------
        SchemaError
            A column is missing, or its values do not fit its type.
        """
        return _RESTORERS[self.library](self, self.restore_table(table))

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

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.template.schema) as writer:
            writer.write_batch(self.template)
        template = base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")
        return {"library": self.library, "template": template, "nan": list(self.nan), "pandas": self.pandas}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FrameKind:
        """Restore what `to_dict` wrote."""
        with pa.ipc.open_stream(pa.py_buffer(base64.b64decode(data["template"]))) as reader:
            template = reader.read_next_batch()
        return cls(data["library"], template, tuple(data["nan"]), data["pandas"])


def to_table(X: Any) -> tuple[pa.Table, FrameKind]:
    """Turn a frame into the table that the library works on.

    Parameters
    ----------
    X : pandas.DataFrame, polars.DataFrame, polars.LazyFrame, pyarrow.Table or pyarrow.RecordBatch
        At least one row and one column; flat columns with distinct names; finite numbers.

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
    library = type(X).__module__.partition(".")[0]
    if library not in _READERS:
        raise DataError(f"expected a pandas or polars DataFrame or a pyarrow Table, got {type(X).__name__}")
    table, facts = _READERS[library](X)
    check_table(table)
    table, nan = nan_to_null(table.unify_dictionaries())
    heads = [column.chunk(0).slice(0, 0) for column in table.columns]
    kind = FrameKind(library, pa.RecordBatch.from_arrays(heads, schema=table.schema), nan, facts)
    _check_comes_back(X, kind)
    return table, kind


def _read_pyarrow(X: Any) -> tuple[pa.Table, dict[str, Any]]:
    if isinstance(X, pa.RecordBatch):
        X = pa.Table.from_batches([X])
    if not isinstance(X, pa.Table):
        raise DataError(f"expected a pyarrow Table, got pyarrow's {type(X).__name__}")
    metadata = dict(X.schema.metadata or {})
    if _PANDAS_METADATA in metadata:
        facts = json.loads(metadata[_PANDAS_METADATA])
        # A range index is stored as its length, which the length of a sample would contradict.
        facts["index_columns"] = [name for name in facts.get("index_columns", []) if isinstance(name, str)]
        metadata[_PANDAS_METADATA] = json.dumps(facts).encode()
    return X.replace_schema_metadata(metadata or None), {}


def _read_polars(X: Any) -> tuple[pa.Table, dict[str, Any]]:
    import polars as pl

    if isinstance(X, pl.LazyFrame):
        X = X.collect()
    if not isinstance(X, pl.DataFrame):
        raise DataError(f"expected a polars DataFrame, got polars' {type(X).__name__}; a Series has to_frame()")
    for name, dtype in X.schema.items():
        if isinstance(dtype, (pl.Object, pl.Int128, pl.UInt128)):
            raise SchemaError(f"column {name!r} holds {dtype}, which is not supported; cast it", column=name)
    return X.to_arrow(), {}


def _read_pandas(X: Any) -> tuple[pa.Table, dict[str, Any]]:
    import pandas as pd

    if not isinstance(X, pd.DataFrame):
        raise DataError(f"expected a pandas DataFrame, got pandas' {type(X).__name__}; a Series has to_frame()")
    labels = list(X.columns)
    for label in labels:
        if not isinstance(label, _LABELS):
            raise SchemaError(f"column label {label!r} is neither a string nor a number; rename it: X.columns = [...]")
    check_names([str(label) for label in labels])
    frame = X.set_axis([str(label) for label in labels], axis=1)
    # Numbers that nobody named only count rows (a shuffle or a filter leaves them behind); other indexes are data.
    is_counter = X.index.nlevels == 1 and X.index.name is None and pd.api.types.is_integer_dtype(X.index.dtype)
    index = [] if is_counter else [X.index.get_level_values(level) for level in range(X.index.nlevels)]
    table = _pandas_to_arrow(frame, bool(index))
    columns = [frame.iloc[:, position] for position in range(len(labels))] + [level.to_series() for level in index]
    facts = {
        "labels": labels,
        "labels_name": X.columns.name if isinstance(X.columns.name, _LABELS) else None,
        "index": [level.name for level in index],
        "dtypes": [_describe(column) for column in columns],
    }
    return table, facts


def _pandas_to_arrow(frame: pd.DataFrame, preserve_index: bool) -> pa.Table:
    try:
        return pa.Table.from_pandas(frame, preserve_index=preserve_index)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        for name, column in frame.items():
            _check_convertible(str(name), column)
        raise DataError(f"the frame cannot be converted to Arrow: {error}") from error


def _check_convertible(name: str, column: pd.Series[Any]) -> None:
    try:
        pa.Array.from_pandas(column)
        return
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        present = column.dropna()
    kinds = {type(value) for value in present} if column.dtype == object else set()
    if len(kinds) < 2:
        raise SchemaError(f"column {name!r} has dtype {column.dtype}, which is not supported; convert it", column=name)
    first = type(present.iloc[0])
    row = next(row for row, value in enumerate(column) if type(value) is not first and value in list(present))
    value = column.iloc[row]
    raise DataError(
        f"column {name!r} mixes types: row {row} holds {type(value).__name__} {value!r} among {first.__name__} values; "
        "cast the column to one type",
        column=name,
        row=row,
        value=value,
    )


def _check_comes_back(X: Any, kind: FrameKind) -> None:
    if kind.library == "pyarrow":
        return
    after = kind.restore(pa.Table.from_batches([kind.template]))
    before, after = (X.dtypes, after.dtypes) if kind.library == "pandas" else (X.collect_schema(), after.schema)
    for name, dtype in dict(before).items():
        if after[name] != dtype:
            raise SchemaError(
                f"column {name!r} has dtype {dtype}, which could not be given back (only {after[name]}); convert it",
                column=str(name),
            )


def _describe(column: pd.Series[Any]) -> dict[str, Any]:
    """What a pandas dtype is beyond the Arrow type, as plain JSON."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        levels = _describe(dtype.categories.to_series())
        return {"form": "category", "ordered": bool(dtype.ordered), "levels": levels}
    if isinstance(dtype, pd.ArrowDtype):
        return {"form": "arrow"}
    if isinstance(dtype, pd.StringDtype):
        na = "nan" if isinstance(dtype.na_value, float) else "NA"
        return {"form": "string", "storage": dtype.storage, "missing": na}
    if isinstance(dtype, pd.DatetimeTZDtype):
        return {"form": "plain"}
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        missing = column[column.isna()]
        return {"form": "object", "missing": type(missing.iloc[0]).__name__ if len(missing) else "NoneType"}
    return {"form": "plain" if isinstance(dtype, np.dtype) else "masked", "name": str(dtype)}


def _restore_pandas(kind: FrameKind, table: pa.Table) -> pd.DataFrame:
    import pandas as pd

    facts = kind.pandas
    series = [
        pd.Series(_FORMS[dtype["form"]](column, dtype), index=pd.RangeIndex(table.num_rows), copy=False)
        for column, dtype in zip(table.columns, facts["dtypes"], strict=True)
    ]
    n_columns = len(facts["labels"])
    frame = pd.DataFrame(dict(enumerate(series[:n_columns])), index=pd.RangeIndex(table.num_rows), copy=False)
    frame.columns = pd.Index(facts["labels"], name=facts["labels_name"])
    levels = [pd.Index(level) for level in series[n_columns:]]
    if len(levels) == 1:
        frame.index = levels[0].rename(facts["index"][0])
    elif levels:
        frame.index = pd.MultiIndex.from_arrays(levels, names=facts["index"])
    return frame


def _restore_polars(kind: FrameKind, table: pa.Table) -> pl.DataFrame:
    import polars as pl

    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _restore_plain(column: pa.ChunkedArray, dtype: dict[str, Any]) -> Any:
    series = column.to_pandas()
    return series.astype(dtype["name"]) if "name" in dtype else series


def _restore_masked(column: pa.ChunkedArray, dtype: dict[str, Any]) -> Any:
    import pandas as pd

    native: Any = pd.api.types.pandas_dtype(dtype["name"])
    return native.__from_arrow__(column)


def _restore_string(column: pa.ChunkedArray, dtype: dict[str, Any]) -> Any:
    import pandas as pd

    # Python rejects na_value in pandas before 2.3, where it is always pd.NA.
    extra: dict[str, Any] = {"na_value": np.nan} if dtype["missing"] == "nan" else {}
    native: Any = pd.StringDtype(dtype["storage"], **extra)
    return native.__from_arrow__(column)


def _restore_arrow(column: pa.ChunkedArray, dtype: dict[str, Any]) -> Any:
    import pandas as pd

    return pd.arrays.ArrowExtensionArray(column)


def _restore_object(column: pa.ChunkedArray, dtype: dict[str, Any]) -> Any:
    import pandas as pd

    values = column.to_pandas(integer_object_nulls=True).astype(object).to_numpy()
    markers = {"NoneType": None, "float": np.nan, "NAType": pd.NA, "NaTType": pd.NaT}
    if column.null_count:
        values = values.copy()
        values[column.is_null().to_numpy()] = markers.get(dtype["missing"])
    return values


def _restore_category(column: pa.ChunkedArray, dtype: dict[str, Any]) -> Any:
    import pandas as pd

    chunks = column.chunks
    dictionary = pa.chunked_array([chunks[0].dictionary])
    levels = pd.Index(_FORMS[dtype["levels"]["form"]](dictionary, dtype["levels"]))
    codes = pa.chunked_array([chunk.indices for chunk in chunks]).fill_null(-1).to_numpy()
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(levels, ordered=dtype["ordered"]))


_READERS: dict[str, Callable[[Any], tuple[pa.Table, dict[str, Any]]]] = {
    "pandas": _read_pandas,
    "polars": _read_polars,
    "pyarrow": _read_pyarrow,
}
_RESTORERS: dict[str, Callable[[FrameKind, pa.Table], Any]] = {
    "pandas": _restore_pandas,
    "polars": _restore_polars,
    "pyarrow": lambda kind, table: table,
}
_FORMS: dict[str, Callable[[pa.ChunkedArray, dict[str, Any]], Any]] = {
    "plain": _restore_plain,
    "masked": _restore_masked,
    "string": _restore_string,
    "arrow": _restore_arrow,
    "object": _restore_object,
    "category": _restore_category,
}
