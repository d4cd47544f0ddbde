"""The series that are learnt, cut and scaled as the papers do: each window, each column from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.dataset import data_folder

FloatArray = npt.NDArray[np.float64]

LENGTH = 24
"""Steps of a window in most of the published tables."""
FILES = {"stocks": "stock_data.csv", "energy": "energy.parquet", "etth": "ETTh1.parquet"}


def read_series(name: str) -> FloatArray:
    """Read one of the papers' series, without its dates, in the order of its file.

    Parameters
    ----------
    name : str
        ``"stocks"`` (six columns of one share's daily bars), ``"energy"`` (28 columns, 10 minutes) or ``"etth"``
        (seven columns, hours).

    Returns
    -------
    float64 array, (n_steps, n_columns)

    Raises
    ------
    KeyError
        No such name.
    """
    if name not in FILES:
        raise KeyError(f"no series {name}; there are {', '.join(FILES)}")
    path = data_folder() / "series" / FILES[name]
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    return table.select_dtypes("number").to_numpy(np.float64)


@dataclass(frozen=True)
class Scale:
    """Least and largest value of each column, (n_columns,)."""

    low: FloatArray
    high: FloatArray

    @classmethod
    def fit(cls, values: FloatArray) -> Self:
        """Of a whole series, (n_steps, n_columns): the papers scale before they cut."""
        return cls(values.min(axis=0), values.max(axis=0))

    @property
    def _span(self) -> FloatArray:
        span = self.high - self.low
        return np.where(span > 0, span, 1.0)

    def to_unit(self, values: FloatArray) -> FloatArray:
        """Units of the series to [0, 1]; the columns are the last axis. A constant column is 0."""
        return (values - self.low) / self._span

    def from_unit(self, values: FloatArray) -> FloatArray:
        """The inverse of `to_unit`."""
        return self.low + values * self._span


def cut(values: FloatArray, length: int = LENGTH) -> FloatArray:
    """All windows of a series, one from each step on that has enough after it.

    Parameters
    ----------
    values : float64 array, (n_steps, n_columns)
    length : int

    Returns
    -------
    float64 array, (n_steps - length + 1, length, n_columns)

    Examples
    --------
    >>> cut(np.arange(4.0)[:, None], 3)[:, :, 0]
    array([[0., 1., 2.], [1., 2., 3.]])
    """
    windows = np.lib.stride_tricks.sliding_window_view(values, length, axis=0)
    return np.ascontiguousarray(windows.transpose(0, 2, 1))


def check_windows(real: FloatArray, synthetic: FloatArray) -> None:
    """Refuse windows that no score can compare.

    Raises
    ------
    ValueError
        They are not (n, length, n_columns) with the same last two and at least five of each, or a value is not finite.
    """
    for name, windows in (("real", real), ("synthetic", synthetic)):
        if windows.ndim != 3 or len(windows) < 5:
            raise ValueError(
                f"{name} windows have the shape {windows.shape}; say at least five, (n, length, n_columns)"
            )
        if not np.isfinite(windows).all():
            raise ValueError(f"{name} windows hold {np.sum(~np.isfinite(windows))} values that are not finite")
    if real.shape[1:] != synthetic.shape[1:]:
        raise ValueError(f"real windows are {real.shape[1:]}, synthetic ones {synthetic.shape[1:]}: length, columns")
