"""Frames of pandas with everything in a class that Arrow knows: time zones, NumPy's scalars, levels."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import TYPE_CHECKING, Any

import numpy as np

from synthdiff.data.come_back import as_series
from synthdiff.data.pandas_level import describe_levels, write_levels
from synthdiff.data.pandas_object import plain_cells
from synthdiff.data.zone import zone_name
from synthdiff.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

_KNOWN = ("zoneinfo", "datetime", "pytz", "pandas")
"""Modules whose zones Arrow names as `zone_name` does."""


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the columns and the index of a frame in classes that Arrow knows.

    Parameters
    ----------
    frame : pandas.DataFrame
        Left as it is.

    Returns
    -------
    pandas.DataFrame
        The same frame where all of it is known.

    Raises
    ------
    SchemaError
        A time zone has no name that others know, and no fixed offset.
    """
    import pandas as pd

    found = {j: plain for j in range(frame.shape[1]) if (plain := _plain_column(frame.iloc[:, j])) is not None}
    if found:
        frame = frame.copy(deep=False)
        for j, column in found.items():
            frame.isetitem(j, column.array)
    if frame.index.nlevels == 1:
        level = as_series(frame.index)
        level.name = frame.index.name
        plain = _plain_column(level)
        if plain is not None:
            frame = frame.set_axis(pd.Index(plain.array, dtype=plain.dtype, name=frame.index.name), axis=0)
    return frame


def _plain_column(column: pd.Series[Any]) -> pd.Series[Any] | None:
    """The column in classes that Arrow knows; None where it is in such already."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.PeriodDtype):
        return _begins(column)
    if isinstance(dtype, pd.SparseDtype):
        return pd.Series(np.asarray(column.array), column.index, name=column.name)
    if isinstance(dtype, np.dtype) and not dtype.isnative:
        return column.astype(dtype.newbyteorder("="))
    if isinstance(dtype, pd.DatetimeTZDtype):
        zone = _known_zone(str(column.name), dtype.tz)
        return None if zone is None else column.dt.tz_convert(zone)
    if isinstance(dtype, pd.CategoricalDtype):
        if describe_levels(dtype.categories) is not None:
            return column.cat.rename_categories(write_levels(dtype.categories))
        if dtype.categories.dtype == object and dtype.categories.empty:
            return column.cat.set_categories(pd.Index([], dtype="string"))  # of which Arrow knows the type
        levels = as_series(dtype.categories)
        levels.name = column.name
        plain = _plain_column(levels)
        return None if plain is None else column.cat.rename_categories(pd.Index(plain.array, dtype=plain.dtype))
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        cells = column.to_numpy()
        plain_values = plain_cells(cells)
        if plain_values is not cells:
            return pd.Series(plain_values, column.index, dtype=object, name=column.name)
    return None


def _begins(column: pd.Series[Any]) -> pd.Series[Any]:
    """The moments that spans of time begin at."""
    try:
        begins: pd.Series[Any] = column.dt.to_timestamp()
    except ValueError as error:  # pandas counts them in nanoseconds
        message = f"column {str(column.name)!r} holds spans of time that begin before 1678 or after 2261"
        raise SchemaError(f"{message}; convert it to strings", column=str(column.name)) from error
    return begins


def _known_zone(name: str, zone: Any) -> datetime.tzinfo | None:
    """The zone in a class that Arrow knows; None where it is in such already."""
    if type(zone).__module__.partition(".")[0] in _KNOWN:
        return None
    found = zone_name(zone)
    try:
        if found is None:
            raise ValueError
        return datetime.datetime.strptime(found, "%z").tzinfo if found[0] in "+-" else zoneinfo.ZoneInfo(found)
    except (ValueError, KeyError) as error:
        message = f"column {name!r} is in the time zone {zone}, which is not known; use tz_convert('UTC') or another"
        raise SchemaError(message, column=name) from error
