"""Steps that lead from one known value to another: paths that are drawn forwards, moved so that they arrive.

Conditionally on its volatility a path is nearly Gaussian, and of Gaussian steps those that add up to a known total are
the free ones plus what they miss, spread by covariance: the *pathwise conditioning* of [1]_ (kriging knows it as
conditional simulation). How volatility went is then not as it is by itself: a large total tells of turbulence. Each
path is weighed by how likely its volatilities make the total, and what is known to have come after it.

References
----------
.. [1] Wilson et al., "Pathwise Conditioning of Gaussian Processes", Journal of Machine Learning Research, 2021.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.codecs.series.volatility import VolatilityFilter, VolatilityState

FREEDOM = 5.0
"""Of Student's t, the law of a step of known volatility that paths are weighed by."""
LIKELIEST = 1e-12
"""Smallest share of the variance that a direction counts as: that of assets which are copies of each other."""


def bridge_moves(
    moves: FloatArray,
    log_volatility: FloatArray,
    correlation: FloatArray,
    loadings: FloatArray,
    totals: FloatArray,
    shares: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Move steps so that they add up.

    Parameters
    ----------
    moves : (n, L, K) float64
    log_volatility : (n, L, K) float64
        Of each step, before it.
    correlation : (K, K) float64
        Of the steps, once divided by their volatilities.
    loadings : (K, A) float64
        What the steps are multiplied by to give those of A assets.
    totals : (A,) or (n, A) float64
        What the steps of each asset shall add up to.
    shares : (n, L, A) float64 or None
        How much each step of an asset counts in its total: 0 where it does not move. None: 1. The total of an asset
        that never moves on a path says nothing of that path.

    Returns
    -------
    (n, L, K) float64, (n,) float64
        The steps, and the logarithm of how likely their volatilities make the totals.
    """
    scale = np.exp(log_volatility)
    if shares is None:
        covariance = np.einsum("nlj,jk,nlk->njk", scale, correlation, scale)
        across = covariance @ loadings
        whole = loadings.T @ across
        missed = totals - moves.sum(axis=1) @ loadings
    else:
        whole = covariance_of_sums(scale, correlation, loadings, shares)
        missed = totals - (shares * (moves @ loadings)).sum(axis=1)
    n, n_totals = len(moves), totals.shape[-1]
    whole = whole + LIKELIEST * np.trace(whole, axis1=1, axis2=2)[:, None, None] * np.eye(n_totals)
    if shares is not None:
        at_rest = np.asarray(~shares.any(axis=1))
        whole = np.where(at_rest[:, :, None] & np.eye(n_totals, dtype=bool), 1.0, whole)
        totals, missed = (np.where(at_rest, 0.0, part) for part in (totals, missed))
    pull = np.linalg.solve(whole, missed[..., None])[..., 0]
    pulls = (pull @ loadings.T)[:, None] if shares is None else (shares * pull[:, None]) @ loadings.T
    moved = moves + scale * ((scale * pulls) @ correlation)
    target = np.broadcast_to(totals[..., None], (n, n_totals, 1))
    explained = target.transpose(0, 2, 1) @ np.linalg.solve(whole, target)
    return moved, -0.5 * (explained[:, 0, 0] + np.linalg.slogdet(whole)[1])


def covariance_of_sums(
    scale: FloatArray, correlation: FloatArray, loadings: FloatArray, shares: FloatArray
) -> FloatArray:
    """Covariance of the sums of assets' steps, (n, A, A); parameters as of `bridge_moves`, `scale` a volatility."""
    whole = np.zeros((len(scale), loadings.shape[1], loadings.shape[1]))
    for step in range(scale.shape[1]):
        reach = scale[:, step, :, None] * loadings * shares[:, step, None]
        whole += reach.transpose(0, 2, 1) @ (correlation @ reach)
    return whole


def log_likelihood(
    series: FloatArray, state: VolatilityState, volatility: VolatilityFilter
) -> tuple[FloatArray, VolatilityState]:
    """How likely known steps are after each of n paths.

    Parameters
    ----------
    series : (M, K) float64
        NaN where not observed.
    state : VolatilityState
        Of n paths, before the first step.
    volatility : VolatilityFilter

    Returns
    -------
    (n,) float64, VolatilityState
        The logarithm of the likelihood, and the states after the last step.
    """
    n, total = len(state), np.zeros(len(state))
    for step in series:
        log_scale = volatility.log_volatility(state)
        total += np.nansum(_log_student(step * np.exp(-log_scale)) - log_scale, axis=1)
        state = state.after(np.broadcast_to(step, (n, len(step))), volatility.usual)
    return total, state


def _log_student(x: FloatArray) -> FloatArray:
    """Log density of Student's t with variance 1; NaN stays."""
    constant = gammaln((FREEDOM + 1) / 2) - gammaln(FREEDOM / 2) - 0.5 * np.log(np.pi * (FREEDOM - 2))
    return np.asarray(constant - (FREEDOM + 1) / 2 * np.log1p(x**2 / (FREEDOM - 2)))
