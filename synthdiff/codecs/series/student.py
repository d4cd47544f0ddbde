"""Regression of a log scale: maximum likelihood of Student's t, drawn to a prior where data are few."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from synthdiff.codecs.series.channel import FloatArray

RIDGE = 20.0
"""Weight of the prior, in observations."""
MIN_FREEDOM = 2.1
"""Degrees of freedom are above this: with 2 there is no variance."""
_STEP = 1e-4


def fit_log_scale(features: FloatArray, values: FloatArray, prior: FloatArray) -> FloatArray:
    """Coefficients b such that values have the standard deviation ``exp(features @ b)``.

    Parameters
    ----------
    features : (T, P) float64
        The first one is constant, and its coefficient free.
    values : (T,) float64
        Around zero; NaN where not observed.
    prior : (P,) float64
        Coefficients that the ridge draws to, in standard deviations of the features.

    Returns
    -------
    (P,) float64
    """
    seen = ~np.isnan(values)
    features, values = features[seen], values[seen]
    spread = np.maximum(features.std(axis=0), 1e-3)
    spread[0] = 0.0

    def objective(p: FloatArray) -> tuple[float, FloatArray]:
        coefficients, freedom = p[:-1], MIN_FREEDOM + np.exp(p[-1])
        log_scale = features @ coefficients
        squares = values**2 * np.exp(-2 * log_scale)
        loss = _loss(log_scale, squares, freedom)
        ratio = squares / (freedom - 2)
        slope = features.T @ (1 - (freedom + 1) * ratio / (1 + ratio))
        away = (coefficients - prior) * spread
        ahead = _loss(log_scale, squares, MIN_FREEDOM + np.exp(p[-1] + _STEP))
        gradient = np.append(slope + 2 * RIDGE * away * spread, (ahead - loss) / _STEP)
        return loss + RIDGE * float(away @ away), gradient

    start = np.append(prior, np.log(4.0))
    start[0] = 0.5 * np.log(np.mean(values**2))
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(found.x[:-1])


def _loss(log_scale: FloatArray, squares: FloatArray, freedom: float) -> float:
    """Minus the log likelihood."""
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * np.log(np.pi * (freedom - 2))
    return float((log_scale + (freedom + 1) / 2 * np.log1p(squares / (freedom - 2)) - constant).sum())
