"""A random frame of pandas, polars, pyarrow, NumPy, or of a file that was read, from a seed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.types as pt

from benchmarks.frames.cells import CELLS
from benchmarks.frames.series import SERIES
from benchmarks.frames.text import TEXTS
from synthdiff.data.io import open_writer, read_table

Rng = np.random.Generator

LIBRARIES = ("pandas", "pandas", "polars", "pyarrow", "numpy", "csv", "jsonl", "parquet")
FILES = ("csv", "jsonl", "parquet")
_ROWS, _ROW_SHARES = (1, 3, 12, 40, 120, 400), (0.03, 0.07, 0.1, 0.3, 0.3, 0.2)
LONG_SHARE, LONG = 0.03, 1_100
"""Share of the frames whose rows are repeated, and until how many there are."""
_MAX_COLUMNS = 5
_NAMES = (
    *("id", "name", "order no", "date", "amount", "x", "Größe", "email", "code", "1", " ", "a,b", "zip", "key"),
    *("", "ID", "line\nbreak", "long" * 2_500, "😀", 'quo"te', "None", "index", "__index_level_0__", "\ufeffx", "#"),
)
_LABELS: tuple[Any, ...] = (None, 0, 7, -1, 2.5, True, ("a", 1), ("a", None), np.str_("np"), np.int64(3))
_ODD_SHARE = 0.3
_REFUSED_SHARE = 0.02
"""Share of the frames of pandas whose labels no model keeps: two of one name, or of two levels."""


def make_frame(seed: int) -> tuple[Any, str | None]:
    """Make a frame; the same seed makes the same one.

    Parameters
    ----------
    seed : int
        Seed of everything in it.

    Returns
    -------
    frame : pandas.DataFrame, polars.DataFrame, pyarrow.Table or array
    file : str or None
        Format of the file that it was read from.
    """
    rng = np.random.default_rng(seed)
    library = str(rng.choice(LIBRARIES))
    n = int(rng.choice(_ROWS, p=_ROW_SHARES))
    names = [str(name) for name in rng.permutation(_NAMES)[: int(rng.integers(1, _MAX_COLUMNS + 1))]]
    columns = {name: _column(rng, n) for name in names}
    if len(columns) > 1 and rng.random() < 0.2:  # a copy of a column, often exact
        columns["copy"] = columns[names[0]]
    rows = np.resize(np.arange(n), LONG + n) if rng.random() < LONG_SHARE else np.arange(n)
    table = pa.table({name: column.take(pa.array(rows)) for name, column in columns.items()})
    frame = read_back(table, library) if library in FILES else _TO[library](rng, table)
    return frame, library if library in FILES else None


def read_back(table: pa.Table, fmt: str, like: pa.Table | None = None) -> pa.Table:
    """Write a table to a file and read it.

    Parameters
    ----------
    table : pa.Table
    fmt : {"csv", "jsonl", "parquet"}
    like : pa.Table or None
        What was read before from a file of the same columns.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"frame.{fmt}")
        with open_writer(file) as writer:
            writer.write(table)
        return read_table(file, like=like, say=lambda words: None)


def _column(rng: Rng, n: int) -> pa.Array:
    """Cells of one recipe: distinct or drawn from a few, with or without nulls, perhaps as a dictionary."""
    is_text = rng.random() < 0.5
    recipe = str(rng.choice(list(TEXTS if is_text else CELLS)))
    few = int(rng.choice([0, 0, 1, 3, 20]))
    n_made = min(few, n) if few else n
    made = pa.array(TEXTS[recipe](rng, n_made), pa.string()) if is_text else CELLS[recipe](rng, n_made)
    positions = rng.integers(0, n_made, n) if few else np.arange(n)
    missing = rng.random(n) < float(rng.choice([0.0, 0.0, 0.05, 0.5]))
    column = made.take(pa.array(positions, mask=missing))
    if is_text and rng.random() < 0.2:
        return column.cast(pa.large_string())
    has_levels = not any(is_type(column.type) for is_type in (pt.is_null, pt.is_float16, pt.is_decimal256))
    if has_levels and rng.random() < 0.1:
        return column.dictionary_encode()
    return column


def _to_pandas(rng: Rng, table: pa.Table) -> pd.DataFrame:
    """Make a frame, some of whose columns, labels and indices only pandas has."""
    n, names = len(table), table.column_names
    columns = [_to_series(rng, table.column(name)) for name in names]
    for j in range(len(columns)):
        if rng.random() < _ODD_SHARE:
            columns[j] = SERIES[str(rng.choice(list(SERIES)))](rng, n)
    labels: list[Any] = list(names)
    if rng.random() < _ODD_SHARE:
        labels[0] = _LABELS[int(rng.integers(len(_LABELS)))]
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = pd.Index(labels, tupleize_cols=False)
    if len(labels) > 1 and rng.random() < _ODD_SHARE:
        frame = _with_index(frame, [labels[-1]] if rng.random() < 0.8 else labels[1:])
    if rng.random() < _REFUSED_SHARE:
        one = pd.Index(["a"] * frame.shape[1])
        frame.columns = one if rng.random() < 0.5 else pd.MultiIndex.from_arrays([one, np.arange(len(one))])
    frame.attrs["note"] = object()
    return frame


def _with_index(frame: pd.DataFrame, labels: list[Any]) -> pd.DataFrame:
    try:
        return frame.set_index(labels)
    # pandas makes no index of lists, halves and the like, and fails on several levels of Arrow's types.
    except (TypeError, ValueError, NotImplementedError, AttributeError):
        return frame


def _to_series(rng: Rng, column: pa.ChunkedArray) -> Any:
    """One of the dtypes that pandas has for such cells."""
    as_arrow = pd.Series(pd.arrays.ArrowExtensionArray(column))
    choice = rng.random()
    if choice < 0.3:
        return as_arrow
    if pt.is_string(column.type) and choice < 0.6:
        return pd.Series(column.to_pylist(), dtype=str(rng.choice(["string[python]", "string[pyarrow]", "category"])))
    if pt.is_integer(column.type) and choice < 0.6:
        return as_arrow.convert_dtypes(dtype_backend="numpy_nullable")
    if pt.is_date64(column.type) or pt.is_large_string(column.type) or pt.is_dictionary(column.type):
        return as_arrow
    return column.to_pandas()


def _to_polars(rng: Rng, table: pa.Table) -> pl.DataFrame:
    for position, name in enumerate(table.column_names):
        dtype = table.schema.field(name).type
        if pt.is_float16(dtype):
            table = table.set_column(position, name, table.column(name).cast(pa.float32()))
        elif pt.is_decimal256(dtype):
            table = table.set_column(position, name, table.column(name).cast(pa.decimal128(38, 3), safe=False))
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _to_numpy(rng: Rng, table: pa.Table) -> Any:
    """Make an array: of objects, or of numbers, perhaps a view that cannot be written."""
    if rng.random() < 0.5:
        with suppress(AttributeError):  # pandas makes no objects of moments in a zone of dateutil
            return _to_pandas(rng, table).to_numpy(dtype=object)
    dtype = str(rng.choice(["f8", "f4", "f2", "i8", "u1", "?", ">i4", "i2"]))
    values = (rng.normal(0, 3, (2 * len(table), 6)).round(1) % 9).astype(dtype)[::2, ::2]
    values.flags.writeable = False
    return values


_TO: dict[str, Callable[[Rng, pa.Table], Any]] = {
    "pandas": _to_pandas,
    "polars": _to_polars,
    "pyarrow": lambda rng, table: table,
    "numpy": _to_numpy,
}
