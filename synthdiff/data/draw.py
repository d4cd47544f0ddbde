"""Rows drawn as often as their weights say."""

from __future__ import annotations

import numpy as np

from synthdiff.data.split import FloatArray, IntArray


def draw_rows(weights: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """Draw rows systematically: each comes n times its weight, rounded up or down at random.

    Parameters
    ----------
    weights : (n_rows,) float64
        At least 0, not all 0.
    n : int
        How many to draw, at least 1.
    rng : numpy.random.Generator

    Returns
    -------
    (n,) int64
        Positions, in random order.

    References
    ----------
    Kitagawa (1996), Journal of Computational and Graphical Statistics 5, 1: stratified and systematic resampling.
    """
    heavy = np.flatnonzero(weights)
    edges = np.cumsum(weights[heavy])
    place = np.searchsorted(edges, (np.arange(n) + rng.random()) / n * edges[-1], side="right")
    return np.asarray(heavy[rng.permutation(np.minimum(place, len(heavy) - 1))], dtype=np.int64)
