"""Means of values that depend on each other over time, with errors that know it.

References
----------
Lazarus, E., Lewis, D. J., Stock, J. H. and Watson, M. W. (2018). HAR inference: recommendations for practice. Journal
of Business & Economic Statistics 36, 541-559.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from synthdiff.data.split import FloatArray


@dataclass(frozen=True)
class LongRunMean:
    """The mean of a series.

    Attributes
    ----------
    value : float
    standard_error : float
        From the long-run variance; NaN of fewer than two values.
    interval : pair of float
        95 %.
    dof : int
        Degrees of freedom of the error.
    """

    value: float
    standard_error: float
    interval: tuple[float, float]
    dof: int

    @property
    def p_value(self) -> float:
        """Two-sided probability of a mean so far from 0 if it were 0; NaN where the error is not known or 0."""
        if not self.standard_error > 0:
            return math.nan
        return float(2 * stdtr(self.dof, -abs(self.value) / self.standard_error))


def long_run_mean(values: FloatArray, overlap: int = 1) -> LongRunMean:
    """Estimate a mean, whose error allows for autocorrelation and changing variance.

    The long-run variance is the mean of the squares of the first ν cosine coefficients, and the mean over its error has
    a t distribution with ν degrees of freedom. ν is 0.4 n^(2/3), and at most n / (2 overlap): sums over overlapping
    days have no variance at higher frequencies.

    Parameters
    ----------
    values : (n,) float64
        In the order of time.
    overlap : int
        How many steps values share with their neighbours, plus one: the horizon of forecasts from every step.

    References
    ----------
    Lazarus, Lewis, Stock and Watson (2018), the equal-weighted cosine estimator and its rule for ν in section 1.
    """
    n = len(values)
    value = float(values.mean()) if n else math.nan
    if n < 2:
        return LongRunMean(value, math.nan, (math.nan, math.nan), 0)
    dof = int(min(max(1, 0.4 * n ** (2 / 3) + 1e-9), max(1, n / (2 * overlap)), n - 1))
    cosines = np.cos(np.pi * np.arange(1, dof + 1)[:, None] * (np.arange(n) + 0.5) / n)
    variance = 2 / n * float(np.mean((cosines @ (values - value)) ** 2))
    error = math.sqrt(variance / n)
    half = float(stdtrit(dof, 0.975)) * error
    return LongRunMean(value, error, (value - half, value + half), dof)
