"""Python's integers in pandas columns of objects that are larger than the integers that Arrow makes of them."""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from synthdiff.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

_INT64, _UINT64 = np.iinfo(np.int64), np.iinfo(np.uint64)
_MAX_DIGITS = 38


def store_integers(name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    """Store integers as the narrowest of int64, uint64 and decimals without a point that holds them.

    Parameters
    ----------
    name : str
        The name of the column, for messages.
    column : pandas.Series of object
        Its cells, Python's integers where not missing.

    Returns
    -------
    pandas.Series
        The same column where int64 holds it, and one of an Arrow type otherwise.

    Raises
    ------
    SchemaError
        An integer has more than 38 digits; with the row.
    """
    import pandas as pd

    missing = np.asarray(column.isna())
    cells = [None if absent else cell for cell, absent in zip(column, missing, strict=True)]
    present = [cell for cell in cells if cell is not None]
    low, high = min(present, default=0), max(present, default=0)
    if _INT64.min <= low and high <= _INT64.max:
        return column
    if low >= 0 and high <= _UINT64.max:
        return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(cells, pa.uint64())), index=column.index)
    if max(-low, high) >= 10**_MAX_DIGITS:
        row = next(row for row, cell in enumerate(cells) if cell is not None and abs(cell) >= 10**_MAX_DIGITS)
        message = f"column {name!r}, row {row} is an integer of more than {_MAX_DIGITS} digits"
        raise SchemaError(f"{message}; convert the column to strings", column=name, row=row)
    exact = [None if cell is None else decimal.Decimal(cell) for cell in cells]
    stored = pa.array(exact, pa.decimal128(_MAX_DIGITS, 0))
    return pd.Series(pd.arrays.ArrowExtensionArray(stored), index=column.index)
