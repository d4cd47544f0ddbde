"""What sorted values tell: quantiles, the tail index, L-moments."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import FloatArray

TAIL_SHARE, LEAST_TAIL = 0.05, 10


def quantiles(ordered: FloatArray, levels: FloatArray) -> FloatArray:
    """Quantiles of sorted values (N,) at levels (K,), linear between neighbours.

    Examples
    --------
    >>> quantiles(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.5, 0.9]))
    array([2. , 3.6])
    """
    place = levels * (len(ordered) - 1)
    low = np.minimum(place.astype(np.int64), max(len(ordered) - 2, 0))
    high = np.minimum(low + 1, len(ordered) - 1)
    return np.asarray(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


def inverse_tail_index(ordered: FloatArray) -> float:
    """One over the tail index of the positive among sorted values, on the largest twentieth of them; 0 without any.

    References
    ----------
    Hill (1975), A simple general approach to inference about the tail of a distribution, equation 2.2.
    """
    positive = ordered[np.searchsorted(ordered, 0.0, side="right") :]
    count = min(max(LEAST_TAIL, int(TAIL_SHARE * len(positive))), len(positive) - 1)
    if count < 1:
        return 0.0
    return float(np.log(positive[-count:] / positive[-count - 1]).mean())


def l_ratios(ordered: FloatArray) -> tuple[float, float]:
    """L-kurtosis and L-skewness of sorted values: finite wherever the mean is. Both are 0 of equal values.

    References
    ----------
    Hosking (1990), L-moments: analysis and estimation of distributions using linear combinations of order statistics,
    equations 2.1 and 3.2, by the probability-weighted moments b_r.
    """
    n = len(ordered)
    rank = np.arange(n, dtype=np.float64)
    weight, moments = np.ones(n), []
    for r in range(4):
        moments.append(float(np.einsum("i,i", weight, ordered)) / n)  # no threads: they cost more than they save here
        weight = weight * (rank - r) / max(n - 1 - r, 1)
    b0, b1, b2, b3 = moments
    l2, l3, l4 = 2 * b1 - b0, 6 * b2 - 6 * b1 + b0, 20 * b3 - 30 * b2 + 12 * b1 - b0
    return (l4 / l2, l3 / l2) if l2 > 0 else (0.0, 0.0)
