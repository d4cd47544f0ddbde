"""Whether real rows came back as they went in: types, cells, what stands for a missing one, levels and labels."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pt

from synthdiff.data.cast import to_working
from synthdiff.data.pandas_object import plain_cell
from synthdiff.data.zone import zone_name
from synthdiff.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

IntArray = npt.NDArray[np.int64]


def check_dtypes(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Refuse a column that came back with another dtype.

    Raises
    ------
    SchemaError
        With the name and both dtypes.
    """
    for name, dtype in before.items():
        _check_dtype(name, dtype, after[name])


def check_cells(schema: pa.Schema, working: pa.Table, after: pa.Table, rows: IntArray) -> None:
    """Refuse a column whose type or cells came back different.

    Parameters
    ----------
    schema : pa.Schema
        What went in.
    working : pa.Table
        The table that codecs see.
    after : pa.Table
        Some of its rows, given back.
    rows : (n,) int64
        Their positions.

    Raises
    ------
    SchemaError
        With the name, and the row and the value where they differ.
    """
    for field, found in zip(schema, after.schema, strict=True):
        if not field.equals(found, check_metadata=True):
            _check_dtype(field.name, field.type, found.type)
            raise SchemaError(f"column {field.name!r} would lose metadata of its field; drop them", column=field.name)
    again, _ = to_working(after)
    taken = working.take(pa.array(rows)) if len(rows) < working.num_rows else working
    for name, left, right in zip(schema.names, taken.columns, again.columns, strict=True):
        left, right = _plain(left), _plain(right)
        if not left.equals(right):
            n = len(left)
            j = next((j for j in range(n) if not left.slice(j, 1).equals(right.slice(j, 1))), 0)
            _refuse(name, int(rows[j]), _shown(left, j), _shown(right, j))


def check_pandas(before: pd.DataFrame, after: pd.DataFrame, rows: IntArray) -> None:
    """Refuse a column, an index level or labels of pandas that came back different.

    Parameters
    ----------
    before : pandas.DataFrame
        The whole frame.
    after : pandas.DataFrame
        Some of its rows, given back.
    rows : (n,) int64
        Their positions in the whole frame.

    Raises
    ------
    SchemaError
        With the name, and the row and the value where they differ.
    """
    left, right = before.columns, after.columns
    if left.dtype != right.dtype or not _are_same(list(left), list(right)) or left.name != right.name:
        raise SchemaError(
            f"the column labels (dtype {left.dtype}) could not be given back, only dtype {right.dtype}; use X.columns "
            "= [str(label) for label in X.columns]"
        )
    for j, label in enumerate(before.columns):
        _check_column(str(label), before.iloc[:, j], after.iloc[:, j], rows)
    if len(after.index.names) == before.index.nlevels and (after.index.name is not None or after.index.dtype != int):
        for j, name in enumerate(before.index.names):
            own, found = before.index.get_level_values(j), after.index.get_level_values(j)
            where = f"index level {j}" if name is None else str(name)
            _check_column(where, as_series(own), as_series(found), rows)


def as_series(index: pd.Index[Any]) -> pd.Series[Any]:
    """Make a column of an index level, of the same dtype; pandas alone would look for dates among objects."""
    import pandas as pd

    return pd.Series(index.array, dtype=index.dtype)


def _check_column(name: str, before: pd.Series[Any], after: pd.Series[Any], rows: IntArray) -> None:
    import pandas as pd

    dtype, other = before.dtype, after.dtype
    if isinstance(dtype, np.dtype) and dtype == other and not dtype.isnative:  # of which pandas takes no rows
        before, after = (part.astype(dtype.newbyteorder("=")) for part in (before, after))
    before = before.iloc[rows] if len(rows) < len(before) else before
    if isinstance(dtype, pd.CategoricalDtype) and isinstance(other, pd.CategoricalDtype):
        levels, found = dtype.categories, other.categories
        if not _same_dtype(levels.dtype, found.dtype) or not _are_same(list(levels), list(found)):
            message = f"column {name!r} has levels of {levels.dtype} that could not be given back; convert its levels"
            raise SchemaError(message, column=name)
        same = before.cat.codes.to_numpy() == after.cat.codes.to_numpy()
        if dtype.ordered != other.ordered:
            _check_dtype(name, dtype, other)
    elif not _same_dtype(dtype, other):
        _check_dtype(name, dtype, other)
    elif isinstance(dtype, pd.ArrowDtype):
        same = _same_arrow(before, after)
    else:
        missing, absent = np.asarray(before.isna()), np.asarray(after.isna())
        same = missing == absent
        both = ~missing & ~absent
        same[both] = _same_values(before.iloc[both], after.iloc[both])
    if not same.all():
        j = int(np.argmin(same))
        _refuse(name, int(rows[j]), before.iloc[j], after.iloc[j])


def _same_values(series: pd.Series[Any], found: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    import pandas as pd

    if series.dtype == object:
        before, after = series.to_numpy(), found.to_numpy()
        pairs = zip(before, after, strict=True)
        return np.fromiter((_is_same(left, right) for left, right in pairs), np.bool_, len(before))
    if isinstance(series.dtype, pd.DatetimeTZDtype):  # of which pandas makes objects, where it can
        same: npt.NDArray[np.bool_] = series.array.asi8 == found.array.asi8
        return same
    own, other = np.asarray(series.array), np.asarray(found.array)
    both_nan = (own != own) & (other != other)
    return np.asarray((own == other) | both_nan, dtype=np.bool_)


def _same_arrow(before: pd.Series[Any], after: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    tables = [to_working(pa.table({"x": pa.chunked_array(part.array._pa_array)}))[0] for part in (before, after)]
    left, right = (_plain(table.column(0)) for table in tables)
    if left.equals(right):
        return np.ones(len(before), np.bool_)
    return np.array([left.slice(j, 1).equals(right.slice(j, 1)) for j in range(len(left))])


def _are_same(before: list[Any], after: list[Any]) -> bool:
    return len(before) == len(after) and all(map(_is_same, before, after))


def _is_same(before: Any, after: Any) -> bool:
    before, after = plain_cell(before), plain_cell(after)
    if type(before) is not type(after) or before != after:
        return False
    if isinstance(before, tuple):
        return _are_same(list(before), list(after))
    if isinstance(before, (datetime.datetime, datetime.time)):
        own, found = zone_name(before.tzinfo), zone_name(after.tzinfo)
        return bool(before.utcoffset() == after.utcoffset() and (own or before.tzname()) == (found or after.tzname()))
    return True


def _same_dtype(before: Any, after: Any) -> bool:
    """Whether two dtypes are the same; of time zones it is the zone that counts, not its class."""
    import pandas as pd

    if isinstance(before, pd.DatetimeTZDtype) and isinstance(after, pd.DatetimeTZDtype) and before.unit == after.unit:
        name = zone_name(before.tz)
        return bool(before == after or (name is not None and name == zone_name(after.tz)))
    return bool(before == after)


def _check_dtype(name: str, before: Any, after: Any) -> None:
    if before != after:
        raise SchemaError(
            f"column {name!r} has dtype {before}, which could not be given back (only {after}); convert it",
            column=name,
        )


def _refuse(name: str, row: int, before: Any, after: Any) -> None:
    def said(value: Any) -> str:
        name = type(value).__name__
        return repr(value) if name in repr(value) else f"{name} {value!r}"

    raise SchemaError(
        f"column {name!r}, row {row} holds {said(before)}, which could not be given back (only {said(after)}); convert "
        "the column to one type that holds it, or to strings",
        column=name,
        row=row,
        value=before,
    )


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pt.is_dictionary(column.type) else column


def _shown(column: pa.ChunkedArray, j: int) -> Any:
    try:
        return column[j].as_py()
    except (OverflowError, ValueError, LookupError):
        return str(column[j])
