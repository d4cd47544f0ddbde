"""What the numbers of a series are: prices, returns or levels.

The rule of ``values="auto"``, a column at a time, on its observed values:

- *price*: all positive, and a unit root of the logarithm is not rejected at 1 % (`unit_root_test`). Prices wander;
  passengers, humidity and loads of a grid are positive too, but come back to their mean.
- *return*: both signs, a mean within half a standard deviation of zero, a first autocorrelation between -1/2 and 1/2.
- *level*: anything else, such as yields that were negative, spreads, temperatures.

One price in a hundred fails its test by chance. So where more than half of the columns are prices, every other positive
column is taken for one, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.data.market.unit_root import MIN_ROWS, unit_root_test
from synthdiff.errors import DataError

FloatArray = npt.NDArray[np.float64]
Values = Literal["price", "return", "level"]

PRICE_LEVEL = 0.01
_MAX_RETURN_MEAN = 0.5
_MAX_RETURN_CORRELATION = 0.5
_MAX_RETURN_DEVIATION = 0.25


def infer_values(columns: Mapping[str, FloatArray]) -> dict[str, Values]:
    """Say what the numbers of each column are; the module says by which rule.

    Parameters
    ----------
    columns : mapping of str to (T,) float64
        NaN where nothing was observed.

    Returns
    -------
    dict of str to {"price", "return", "level"}

    Raises
    ------
    DataError
        A column never changes, or looks like returns in percent.
    """
    found = {name: _infer(name, column[~np.isnan(column)]) for name, column in columns.items()}
    if 2 * sum(values == "price" for values in found.values()) > len(found):
        for name, column in columns.items():
            if np.nanmin(column) > 0.0:
                found[name] = "price"
    return found


def _infer(name: str, x: FloatArray) -> Values:
    if x.min() == x.max():
        raise DataError(
            f"column {name!r} is {x[0]:g} in all rows; leave it out, or say what it is, values={{{name!r}: 'level'}}",
            column=name,
        )
    if x.min() > 0.0:
        return "level" if len(x) >= MIN_ROWS and unit_root_test(np.log(x)).rejects(PRICE_LEVEL) else "price"
    mean, deviation = x.mean(), x.std()
    correlation = np.mean((x[1:] - mean) * (x[:-1] - mean)) / deviation**2
    is_centred = x.max() > 0.0 and abs(mean) <= _MAX_RETURN_MEAN * deviation
    if not is_centred or abs(correlation) > _MAX_RETURN_CORRELATION:
        return "level"
    if deviation > _MAX_RETURN_DEVIATION:
        raise DataError(
            f"column {name!r} varies around zero like returns, but by {deviation:.2g} a step, which is "
            f"{deviation:.0%}; if these are percent, divide by 100; if not, say values='level' or 'return'",
            column=name,
        )
    return "return"


def check_prices(names: Sequence[str], values: FloatArray, dates: DateArray | None) -> None:
    """Refuse prices that have no logarithm.

    Parameters
    ----------
    names : sequence of str
        Of the C columns of prices.
    values : (T, C) float64
        NaN where nothing was observed.
    dates : (T,) datetime64[ns] or None
        Of the rows, for messages.

    Raises
    ------
    DataError
        A price is zero or negative.
    """
    rows, columns = np.nonzero(values <= 0.0)
    if len(rows):
        row, name, value = int(rows[0]), names[columns[0]], float(values[rows[0], columns[0]])
        raise DataError(
            f"column {name!r} has the price {value:g} at {name_row(dates, row)}, and returns need positive prices; "
            "make it missing if it is a mistake, or say values='level' to work on differences",
            column=name,
            row=row,
            value=value,
        )


def check_volumes(names: Sequence[str], values: FloatArray, dates: DateArray | None) -> None:
    """Refuse negative volumes; parameters and raises as of `check_prices`."""
    rows, columns = np.nonzero(values < 0.0)
    if len(rows):
        row, name, value = int(rows[0]), names[columns[0]], float(values[rows[0], columns[0]])
        message = f"column {name!r} has the volume {value:g} at {name_row(dates, row)}; volumes cannot be negative"
        raise DataError(message, column=name, row=row, value=value)
