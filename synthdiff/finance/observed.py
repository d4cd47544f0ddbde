"""Returns as they were observed: assets may be missing in some rows, and be shut while others trade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.moment import DateArray
from synthdiff.data.pathcheck import as_numbers
from synthdiff.data.split import FloatArray
from synthdiff.errors import DataError


@dataclass(frozen=True, eq=False)
class Observed:
    """Returns that paths are scored against.

    Attributes
    ----------
    returns : (T, d) float64
        NaN where not known.
    dates : (T,) datetime64 or None
    """

    returns: FloatArray
    dates: DateArray | None

    @property
    def is_complete(self) -> npt.NDArray[np.bool_]:
        """Rows in which all assets are known, (T,)."""
        return np.asarray(~np.isnan(self.returns).any(axis=1))

    @property
    def complete(self) -> FloatArray:
        """The rows in which all assets are known, (T', d)."""
        return self.returns[self.is_complete]

    @property
    def complete_dates(self) -> DateArray | None:
        """Dates of the rows in which all assets are known, (T',)."""
        return None if self.dates is None else self.dates[self.is_complete]

    def split(self, cut: int) -> tuple[Observed, Observed]:
        """Split before the complete row of a number, counted among the complete ones."""
        rows = np.flatnonzero(self.is_complete)
        row = int(rows[cut]) if cut < len(rows) else len(self.returns)
        dates = (None, None) if self.dates is None else (self.dates[:row], self.dates[row:])
        return Observed(self.returns[:row], dates[0]), Observed(self.returns[row:], dates[1])


def observe(returns: FloatArray, dates: DateArray | None) -> Observed:
    """Check returns, (T, d), of which some may be NaN, and their dates.

    Raises
    ------
    DataError
        They are no table of numbers, a value is infinite, or there is no date for each row.
    """
    returns = as_numbers("returns", returns)
    if returns.ndim != 2 or not returns.size:
        raise DataError(f"returns have shape {returns.shape}; give (steps, assets) with at least one of each")
    if np.isinf(returns).any():
        row, column = map(int, np.argwhere(np.isinf(returns))[0])
        raise DataError(f"the return of asset {column} in row {row} is infinite; give NaN where none is known", row=row)
    if dates is not None and len(dates) != len(returns):
        raise DataError(f"there are {len(dates)} dates for {len(returns)} rows of returns; give one for each")
    if np.isnan(returns).any(axis=1).all():
        raise DataError("in no row are the returns of all assets known; leave out an asset that shares no steps")
    return Observed(returns, None if dates is None else np.asarray(dates))
