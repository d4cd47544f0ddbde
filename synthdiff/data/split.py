"""Rows to learn from, rows to check with, and rows whose columns know nothing of each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def split_rows(n_rows: int, fraction: float, seed: int) -> tuple[IntArray, IntArray]:
    """Split rows at random.

    Parameters
    ----------
    n_rows : int
    fraction : float
        Share of the rows that is held out, rounded to whole rows.
    seed : int

    Returns
    -------
    train, valid : int64 arrays
        Positions of the rows, in random order.

    Examples
    --------
    >>> [len(rows) for rows in split_rows(10, 0.2, seed=0)]
    [8, 2]
    """
    shuffled = np.random.default_rng(seed).permutation(n_rows)
    n_valid = round(n_rows * fraction)
    return shuffled[n_valid:], shuffled[:n_valid]


def independent_columns(rows: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The rows, (n, D), with each column in an order of its own."""
    return np.column_stack([column[rng.permutation(len(column))] for column in rows.T])
