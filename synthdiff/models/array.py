"""Arrays of returns as a frame: what libraries that speak scikit-learn hand over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import Market, read_market
from synthdiff.data.pandas_array import array_names, check_array
from synthdiff.errors import DataError, WindowError


def as_frame(X: Any, names: Sequence[str] = ()) -> Any:
    """An array, (T, C), as a table; anything else as it is.

    Parameters
    ----------
    X : array or frame
    names : sequence of str
        Of the columns; none: ``"x0"``, ``"x1"`` and so on.

    Raises
    ------
    DataError
        The array is no table of numbers, or has another number of columns.

    Examples
    --------
    >>> as_frame(np.zeros((2, 2))).column_names
    ['x0', 'x1']
    """
    if not isinstance(X, np.ndarray):
        return X
    check_array(X)
    try:
        X = X.astype(np.float64) if X.dtype == object else X
    except (TypeError, ValueError) as error:
        raise DataError(f"expected an array of numbers: {error}") from error
    if not X.size or not np.issubdtype(X.dtype, np.number):
        raise DataError(f"expected an array of numbers of shape (steps, assets), got {X.dtype} of shape {X.shape}")
    if names and len(names) != X.shape[1]:
        raise DataError(f"the array has {X.shape[1]} columns; give the {len(names)} that were fitted")
    return pa.table(dict(zip(names or array_names(X.shape[1]), X.T, strict=True)))


def read_history(
    history: Any,
    codec: PriceCodec,
    id_column: str | None,
    time_column: str | None,
    value_columns: tuple[str, ...],
    date_format: str | None = None,
    least: int | None = None,
    adjust_splits: bool = False,
) -> Market:
    """Read what a forecast goes on from, or a gap leads to: the columns that were fitted.

    Raises
    ------
    WindowError
        It has fewer rows than `least`; None: than a single step and what it starts from take.
    """
    market = read_market(
        as_frame(history, codec.names),
        id_column=id_column,
        time_column=time_column,
        value_columns=value_columns,
        date_format=date_format,
        adjust_splits=adjust_splits,
        like=codec.layout,
    )
    if len(market.values) < (2 + codec.lag if least is None else least):
        raise WindowError(f"the history has {len(market.values)} rows; a forecast needs a few hundred")
    return market
