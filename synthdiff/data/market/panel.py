"""Rows of one or many series, in any order, as a grid: a row a moment, a column a series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.data.market.align import align_columns
from synthdiff.data.market.finding import Finding
from synthdiff.data.market.layout import Layout, is_number, is_text
from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.errors import DataError, SchemaError, UnseenCategoryError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Labels = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Grid:
    """Aligned series.

    Attributes
    ----------
    names : tuple of str
        Of the C columns: the table's own in a wide table; in a panel the item, and the column if there are several.
    items : tuple of (str or None)
        Whose each column is, (C,); None in a wide table, and for covariates that all items share.
    fields : tuple of str
        The column of the table that each came from, (C,).
    values : (T, C) float64
        NaN where nothing was observed.
    dates : (T,) datetime64[ns] or None
        Increasing.
    labels : mapping of str to tuple of str
        Of covariates that were text: their labels, whose positions are the values; by the name of the column.
    findings : tuple of Finding
        What was done to align the series.
    """

    names: tuple[str, ...]
    items: tuple[str | None, ...]
    fields: tuple[str, ...]
    values: FloatArray
    dates: DateArray | None
    labels: dict[str, tuple[str, ...]]
    findings: tuple[Finding, ...] = ()


def read_grid(table: pa.Table, layout: Layout, known: Labels) -> Grid:
    """Align the rows of a table on the union of their dates.

    Parameters
    ----------
    table : pa.Table
        N rows, null where missing.
    layout : Layout
        Which column is what.
    known : mapping of str to tuple of str
        Labels of covariates of text, by the table's column; others are found.

    Returns
    -------
    Grid
        Rows in which no value is observed are left out.

    Raises
    ------
    DataError
        Two rows of a series have the same date and different numbers.
    UnseenCategoryError
        A covariate has a label that is not known.
    """
    fields = [name for name in table.column_names if name in {*layout.values, *layout.covariates}]
    labels: dict[str, tuple[str, ...]] = {}
    columns = []
    for name in fields:
        column, found = _read_numbers(name, table.column(name), known.get(name))
        columns.append(column)
        if found is not None:
            labels[name] = found
    items, codes = _read_items(table, layout.item)
    cube, dates = _align(np.column_stack(columns), codes, len(items), layout.dates, items, fields)
    is_value = np.array([name in layout.values for name in fields])
    seen = ~np.isnan(cube[:, :, is_value]).all(axis=(1, 2))
    cube, dates = cube[seen], None if dates is None else dates[seen]
    findings: tuple[Finding, ...] = ()
    if dates is not None:
        whose = [field if item is None else str(item) for item in items for field in fields]
        flat = cube.reshape(len(cube), len(whose))
        flat, dates, findings = align_columns(flat, dates, whose, (~is_value).tolist() * len(items))
        cube = flat.reshape(len(flat), *cube.shape[1:])
    if layout.item is None:
        return Grid(tuple(fields), (None,) * len(fields), tuple(fields), cube[:, 0], dates, labels, findings)
    return replace(_spread(cube, dates, [str(item) for item in items], fields, layout, labels), findings=findings)


def _read_numbers(
    name: str, column: pa.ChunkedArray, known: tuple[str, ...] | None
) -> tuple[FloatArray, tuple[str, ...] | None]:
    """Numbers as they are, truth as 0 and 1, text as positions of its labels."""
    if pt.is_boolean(column.type):
        column = column.cast(pa.int8())
    if is_number(column.type):
        numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return np.asarray(numbers, dtype=np.float64), None
    if not is_text(column.type):
        raise SchemaError(f"covariate {name!r} holds {column.type}; numbers, truth and text can be covariates")
    text = column.cast(pa.string())
    labels = tuple(sorted(pc.unique(text.drop_null()).to_pylist())) if known is None else known
    codes = pc.index_in(text, value_set=pa.array(labels, pa.string()))
    if codes.null_count > text.null_count:
        row = pc.index(pc.and_(codes.is_null(), text.is_valid()), True).as_py()
        value = text[row].as_py()
        message = f"covariate {name!r}, row {row} is {value!r}, which was not there in the fit; known: {labels}"
        raise UnseenCategoryError(message, column=name, row=row, value=value)
    return np.asarray(codes.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64), labels


def _read_items(table: pa.Table, item: str | None) -> tuple[list[str | None], IntArray]:
    """Names of the items, in the order in which they come first, and the item of each row."""
    if item is None:
        return [None], np.zeros(table.num_rows, dtype=np.int64)
    column = table.column(item)
    if column.null_count:
        row = pc.index(column.is_null(), True).as_py()
        raise DataError(f"column {item!r}, row {row} does not tell whose the row is; fill it in", column=item, row=row)
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices.to_numpy(), dtype=np.int64)


def _align(
    rows: FloatArray,
    codes: IntArray,
    n_items: int,
    dates: DateArray | None,
    items: list[str | None],
    fields: list[str],
) -> tuple[FloatArray, DateArray | None]:
    """(N, F) rows of all items to (T, items, F), one row a date; rows that only repeat another are dropped."""
    if dates is None:
        return rows[:, None, :], None
    order = np.lexsort((dates, codes))
    rows, codes, dates = rows[order], codes[order], dates[order]
    same = np.flatnonzero((np.diff(codes) == 0) & (dates[1:] == dates[:-1]))
    before, after = rows[same], rows[same + 1]
    differs = (before != after) & ~(np.isnan(before) & np.isnan(after))
    if differs.any():
        which, field = np.argwhere(differs)[0]
        at = same[which]
        whose = "" if items[codes[at]] is None else f" of {items[codes[at]]!r}"
        raise DataError(
            f"two rows{whose} at {name_row(dates, at)} have different numbers: column {fields[field]!r} is "
            f"{before[which, field]:g} and {after[which, field]:g}; keep one, or name the id_column",
            column=fields[field],
            row=int(order[at + 1]),
            value=float(after[which, field]),
        )
    union, positions = np.unique(dates, return_inverse=True)
    cube = np.full((len(union), n_items, rows.shape[1]), np.nan)
    cube[positions, codes] = rows
    return cube, union


def _spread(
    cube: FloatArray,
    dates: DateArray | None,
    items: list[str],
    fields: list[str],
    layout: Layout,
    labels: dict[str, tuple[str, ...]],
) -> Grid:
    """Columns of a panel side by side; a covariate on which all items agree is one column."""
    names: list[str] = []
    whose: list[str | None] = []
    origin: list[str] = []
    columns: list[FloatArray] = []
    shared = {}
    for field in layout.covariates:
        column = cube[:, :, fields.index(field)]
        low, high = np.fmin.reduce(column, axis=1), np.fmax.reduce(column, axis=1)
        if not (low < high).any():
            shared[field] = low
    for position, item in enumerate(items):
        for number, field in enumerate(fields):
            if field in shared:
                continue
            is_only = field in layout.values and len(layout.values) == 1
            names.append(item if is_only else f"{item} {field}")
            whose.append(item)
            origin.append(field)
            columns.append(cube[:, position, number])
    for field, column in shared.items():
        names.append(field)
        whose.append(None)
        origin.append(field)
        columns.append(column)
    found = {name: labels[field] for name, field in zip(names, origin, strict=True) if field in labels}
    return Grid(tuple(names), tuple(whose), tuple(origin), np.column_stack(columns), dates, found)
