"""The area under the ROC curve where ties count half: its value, its standard error, its replicates and its curve."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def area(positive: BoolArray, score: FloatArray) -> float:
    """Area under the ROC curve: how often a positive case scores above a negative one.

    Parameters
    ----------
    positive : (n,) bool
    score : (n,) float64
        Higher where a case looks positive.

    Returns
    -------
    float
        In [0, 1]; NaN where all cases are alike.

    Examples
    --------
    >>> area(np.array([True, False, True]), np.array([0.9, 0.1, 0.1]))
    0.75
    """
    return float(areas(positive, score, np.ones((1, len(score))))[0])


def areas(positive: BoolArray, score: FloatArray, weights: FloatArray) -> FloatArray:
    """Areas under the ROC curve of the same scores under one weighting of the cases after another.

    Parameters
    ----------
    positive : (n,) bool
    score : (n,) float64
    weights : (R, n) float64
        At least 0; `resamples` makes those of a bootstrap.

    Returns
    -------
    (R,) float64
        NaN where all cases that weigh anything are alike.
    """
    order = np.argsort(score)
    ranked = score[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    weighed = weights[:, order]
    own = np.add.reduceat(np.where(positive[order], weighed, 0.0), starts, axis=1)
    other = np.add.reduceat(np.where(positive[order], 0.0, weighed), starts, axis=1)
    below = np.cumsum(other, axis=1) - other / 2
    pairs = own.sum(axis=1) * other.sum(axis=1)
    out = np.full(len(weights), np.nan)
    np.divide((own * below).sum(axis=1), pairs, out=out, where=pairs > 0)
    return out


def resamples(n: int, n_replicates: int, rng: np.random.Generator) -> FloatArray:
    """How often each of n cases is drawn in each resample of a bootstrap, (R, n)."""
    return np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(n_replicates)]).astype(np.float64)


def area_error(positive: BoolArray, score: FloatArray) -> float:
    """Standard error of the area: how much it varies with the cases, the scoring rule being given.

    The variance of an area is that of the shares of negative cases below each positive one, over their number, plus
    the same the other way round.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837; by midranks as in Sun and Xu (2014), IEEE Signal
    Processing Letters 21, 1389.
    """
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if min(n_positive, n_negative) < 2:
        return math.nan
    ranks = rankdata(score)
    below = (ranks[positive] - rankdata(score[positive])) / n_negative
    above = 1 - (ranks[~positive] - rankdata(score[~positive])) / n_positive
    return math.sqrt(below.var(ddof=1) / n_positive + above.var(ddof=1) / n_negative)


def approximate_error(value: float, n_positive: int, n_negative: int) -> float:
    """Standard error of an area of which nothing but the value is known.

    References
    ----------
    Hanley and McNeil (1982), Radiology 143, 29, equation 2.
    """
    two_positive, two_negative = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value)
    variance += (n_positive - 1) * (two_positive - value**2) + (n_negative - 1) * (two_negative - value**2)
    return math.sqrt(max(variance, 0.0) / (n_positive * n_negative))


def curve(positive: BoolArray, score: FloatArray, n_points: int = 51) -> FloatArray:
    """Share of the positive cases found where given shares of the negative ones are taken for positive.

    Returns
    -------
    (n_points,) float64
        At even steps of the false positive rate from 0 to 1.
    """
    order = np.argsort(-score)
    last = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    hits = positive[order]
    found = np.r_[0.0, np.cumsum(hits)[last] / hits.sum()]
    mistaken = np.r_[0.0, np.cumsum(~hits)[last] / (~hits).sum()]
    return np.asarray(np.interp(np.linspace(0, 1, n_points), mistaken, found))
