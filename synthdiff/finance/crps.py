"""How far what happened is from an ensemble of forecasts: the continuous ranked probability score.

References
----------
Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and estimation. Journal of the
American Statistical Association 102, 359-378.
Ferro, C. A. T. (2014). Fair scores for ensemble forecasts. Quarterly Journal of the Royal Meteorological Society 140,
1917-1923.
"""

from __future__ import annotations

import numpy as np

from synthdiff.data.split import FloatArray


def fair_crps(ordered: FloatArray, happened: FloatArray) -> FloatArray:
    """Score ensembles so that their size does not matter.

    ``mean |x_i - y| - sum over i < j of |x_i - x_j| / (n (n - 1))``: an unbiased estimate of the score of the
    distribution that the members were drawn from. It may come out below 0 for a small ensemble.

    Parameters
    ----------
    ordered : (..., n) float64
        Members, in ascending order; at least 2.
    happened : (...) float64
        What came true.

    Returns
    -------
    (...) float64
        In the units of the values; smaller is better.

    References
    ----------
    Gneiting and Raftery (2007), equation 21; Ferro (2014), the fair score.

    Examples
    --------
    >>> round(float(fair_crps(np.array([0.0, 1.0, 3.0]), np.array(1.0))), 9)
    0.0
    """
    n = ordered.shape[-1]
    distance = np.abs(ordered - happened[..., None]).mean(axis=-1)
    # In order, member i is the larger one of i pairs and the smaller one of n - 1 - i.
    spread = ordered @ (2 * np.arange(n) - (n - 1.0)) / (n * (n - 1))
    return np.asarray(distance - spread)
