"""Whether what happened lies in forecasts as often, and where, as it should."""

from __future__ import annotations

import math

import numpy as np

from synthdiff.data.split import FloatArray
from synthdiff.finance.longrun import LongRunMean, long_run_mean

MIN_PLACES = 5


def uniformity(places: FloatArray, horizon: int = 1) -> float:
    """p-value of the hypothesis that places in forecasts are uniform.

    Forecasts over several steps from every step overlap, and so their places are dependent. Those that start a horizon
    apart are not, if the forecasts are right: each such set is tested on its own, and the p-value of all is twice the
    mean of theirs, which holds whatever they have to do with each other. (It rarely rejects by little; small is
    small.)

    Parameters
    ----------
    places : (n,) float64
        In the order of time, in [0, 1].
    horizon : int

    Returns
    -------
    float
        NaN where there are too few of them.

    References
    ----------
    Cramér-von Mises test: Csörgő, S. and Faraway, J. J. (1996), Journal of the Royal Statistical Society B 58, 221-234.
    Twice the mean: Vovk, V. and Wang, R. (2020). Combining p-values via averaging. Biometrika 107, 791-808.
    """
    from scipy.stats import cramervonmises

    if len(places) < MIN_PLACES * horizon:
        return math.nan
    p_values = [float(cramervonmises(places[start::horizon], "uniform").pvalue) for start in range(horizon)]
    return p_values[0] if horizon == 1 else min(1.0, 2 * float(np.mean(p_values)))


def interval_coverage(places: FloatArray, share: float, horizon: int = 1) -> LongRunMean:
    """How often the middle part of the forecasts holds what happened.

    Parameters
    ----------
    places : (n,) float64
        In the order of time, in [0, 1].
    share : float
        Of the probability that the part holds, such as 0.9.
    horizon : int
        Steps of each forecast.
    """
    inside = np.abs(places - 0.5) <= share / 2
    return long_run_mean(inside.astype(np.float64), overlap=horizon)
