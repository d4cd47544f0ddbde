"""Quantiles of weighted cases, for many columns at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError

BLOCK_CELLS = 4_000_000
"""Columns are sorted in blocks of so many numbers: memory stays bounded however many columns there are."""
ROUNDING = 1e-12
"""A sum of weights reaches a level when it misses it by no more than this share of it."""


def weighted_quantiles(values: FloatArray, weights: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Weighted quantiles along the first axis: the smallest value whose cumulated weight reaches the level.

    That is the inverse of the weighted distribution function, type 1 of Hyndman and Fan (1996): a quantile is always
    one of the values, and expected shortfall is the mean of exactly these quantiles.

    Parameters
    ----------
    values : (n, ...) float64
        A case a row, without NaN.
    weights : (n,) float64
        At least 0, and not all 0; they need not sum to 1. Cases of weight 0 do not count.
    levels : sequence of float
        In [0, 1].

    Returns
    -------
    (n_levels, ...) float64
        In units of the values.

    Raises
    ------
    ConfigError
        A level is not in [0, 1].

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([0.5, 0.25, 0.25]), (0.25, 0.5, 0.75)).tolist()
    [1.0, 2.0, 3.0]
    """
    for level in levels:
        if not 0 <= level <= 1:
            raise ConfigError(f"level {level} is not in [0, 1]; say 0.95 for the 95 % quantile")
    if (weights <= 0).any():
        values, weights = values[weights > 0], weights[weights > 0]
    flat = values.reshape(len(values), -1)
    out = np.empty((len(levels), flat.shape[1]))
    width = max(BLOCK_CELLS // max(len(values), 1), 1)
    find = _unweighted if is_uniform(weights) else _weighted
    for first in range(0, flat.shape[1], width):
        block = np.ascontiguousarray(flat[:, first : first + width].T)
        out[:, first : first + width] = find(block, weights, levels)
    return out.reshape(len(levels), *values.shape[1:])


def is_uniform(weights: FloatArray) -> bool:
    """Whether all weights, (n,), are the same up to rounding."""
    return bool(np.ptp(weights) <= ROUNDING * np.abs(weights).max())


def _unweighted(block: FloatArray, weights: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Quantiles of each row of a block, (width, n), by partial sorting: (n_levels, width)."""
    n = block.shape[1]
    ranks = np.ceil(np.asarray(levels) * n * (1 - ROUNDING)).astype(np.int64) - 1
    ranks = np.clip(ranks, 0, n - 1)
    return np.asarray(np.partition(block, np.unique(ranks), axis=1)[:, ranks].T)


def _weighted(block: FloatArray, weights: FloatArray, levels: Sequence[float]) -> FloatArray:
    order = np.argsort(block, axis=1)
    reached = np.cumsum(weights[order], axis=1)
    total = reached[:, -1:]
    places = [(reached < level * (1 - ROUNDING) * total).sum(axis=1) for level in levels]
    at = np.clip(np.stack(places, axis=1), 0, block.shape[1] - 1)
    return np.asarray(np.take_along_axis(block, np.take_along_axis(order, at, axis=1), axis=1).T)
