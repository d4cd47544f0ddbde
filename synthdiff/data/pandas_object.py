"""Columns of Python objects in pandas: which type their cells have, and cells of that type again."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pt

from synthdiff.data.frame_record import Cell, ObjectForm
from synthdiff.errors import DataError, SchemaError

if TYPE_CHECKING:
    import pandas as pd

_ObjectArray = npt.NDArray[np.object_]
_MARKERS = ("NoneType", "float", "NAType", "NaTType")
_NEVER_MISSING = {str, bytes, bool, int}
_OF_PANDAS = ("Timestamp", "Timedelta")
_UNITS = ("s", "ms", "us", "ns")
_SCALARS = (np.str_, np.bytes_, np.bool_, np.integer, np.floating)


def plain_cell(value: Any) -> Any:
    """Return a scalar of NumPy as Python has it, and anything else as it is.

    Examples
    --------
    >>> plain_cell(np.str_("a")), plain_cell(None)
    ('a', None)
    """
    return value.item() if _is_scalar(type(value)) else value


def plain_cells(cells: _ObjectArray) -> _ObjectArray:
    """Return objects without NumPy's scalars, UUIDs as text; the same array where there are none."""
    kinds = set(map(type, cells))
    if uuid.UUID in kinds and {kind.__name__ for kind in kinds} <= {"UUID", *_MARKERS}:
        return np.array([str(cell) if isinstance(cell, uuid.UUID) else cell for cell in cells], dtype=object)
    if not any(map(_is_scalar, kinds)):
        return cells
    plain: _ObjectArray = np.empty(len(cells), dtype=object)
    plain[:] = list(map(plain_cell, cells))
    return plain


def _is_scalar(kind: type) -> bool:
    return issubclass(kind, _SCALARS) and not issubclass(kind, np.timedelta64)  # which NumPy counts among integers


def describe_objects(name: str, column: pd.Series[Any]) -> ObjectForm:
    """Find the type of the cells of a column of objects, in as few passes as its types allow.

    NumPy's scalars are what they hold: text of NumPy among objects comes back as Python's.

    Parameters
    ----------
    name : str
        The name of the column, for messages.
    column : pandas.Series of object
        Its cells.

    Returns
    -------
    ObjectForm

    Raises
    ------
    DataError
        The column mixes types; with the row and the value.
    SchemaError
        A missing value is none of None, NaN, NA and NaT; with the row and the value.
    """
    cells = column.to_numpy()
    cells = cells if uuid.UUID in set(map(type, cells)) else plain_cells(cells)
    kinds = set(map(type, cells))
    if len(kinds) == 1 and kinds <= _NEVER_MISSING:
        only: Any = kinds.pop().__name__
        return ObjectForm(cell=only, missing="NoneType")
    missing = np.asarray(column.isna())
    present, absent = _first_rows(cells, ~missing), _first_rows(cells, missing)
    for row in absent:
        if type(cells[row]).__name__ not in _MARKERS:
            message = f"column {name!r}, row {row} is {cells[row]!r}; write missing values as None"
            raise SchemaError(message, column=name, row=row, value=cells[row])
    if len(present) > 1:
        first, row = present[:2]
        value = cells[row]
        raise DataError(
            f"column {name!r} mixes types: row {row} holds {type(value).__name__} {value!r} among "
            f"{type(cells[first]).__name__} values; cast the column to one type",
            column=name,
            row=row,
            value=value,
        )
    cell: Any = type(cells[present[0]]).__name__ if present else None
    marker: Any = type(cells[absent[0]]).__name__ if absent else "NoneType"
    unit: Any = max((value.unit for value in cells[~missing]), key=_UNITS.index) if cell in _OF_PANDAS else None
    return ObjectForm(cell=cell if cell in get_args(Cell) else None, missing=marker, unit=unit)


def restore_objects(column: pa.ChunkedArray, form: ObjectForm) -> _ObjectArray:
    """Make objects of the type that a column held.

    Parameters
    ----------
    column : pa.ChunkedArray
        Null where missing.
    form : ObjectForm
        The type of the cells and what stands for a missing one.

    Returns
    -------
    (n,) object
    """
    import pandas as pd

    values: _ObjectArray
    if form.cell in _OF_PANDAS and pt.is_temporal(column.type):
        series = column.to_pandas()
        values = (series if form.unit is None else series.dt.as_unit(form.unit)).astype(object).to_numpy()
    else:
        if form.cell in ("datetime", "timedelta") and pt.is_temporal(column.type):
            tz = {"tz": column.type.tz} if pt.is_timestamp(column.type) else {}
            column = column.cast(pa.timestamp("us", **tz) if tz else pa.duration("us"))
        values = np.empty(len(column), dtype=object)
        cells = column.to_pylist()
        if form.cell == "int" and pt.is_decimal(column.type):
            cells = [None if cell is None else int(cell) for cell in cells]
        elif form.cell == "UUID":
            cells = [None if cell is None else uuid.UUID(cell) for cell in cells]
        values[:] = cells
    if column.null_count:
        markers = {"NoneType": None, "float": np.nan, "NAType": pd.NA, "NaTType": pd.NaT}
        values = values.copy()
        values[column.is_null().to_numpy()] = markers[form.missing]
    return values


def _first_rows(cells: _ObjectArray, where: npt.NDArray[np.bool_]) -> list[int]:
    """Find the first row of each type among some rows, in order."""
    rows = np.flatnonzero(where)
    kinds = list(map(type, cells[rows]))
    return sorted(int(rows[kinds.index(kind)]) for kind in set(kinds))
