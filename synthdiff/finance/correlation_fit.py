"""Parameters of dynamic conditional correlation by quasi maximum likelihood, and the tails that assets share.

The target is the correlation matrix of the residuals. The weights (a, b) follow by the normal likelihood: of all assets
at once where there are few, else by the sum of those of many pairs, which takes far less time and has less bias. The
degrees of freedom follow by the likelihood of Student's t, with correlations as they were found.

References
----------
Engle, R. (2002). Dynamic conditional correlation. Journal of Business & Economic Statistics 20, 339-350.
Pakel, C., Shephard, N., Sheppard, K. and Engle, R. F. (2021). Fitting vast dimensional time-varying covariance models.
Journal of Business & Economic Statistics 39, 652-668.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import gammaln

from synthdiff.data.split import FloatArray, IntArray
from synthdiff.finance.correlation import CorrelationRecursion, filter_products
from synthdiff.finance.estimate import MIN_ROWS
from synthdiff.finance.volatility import LARGEST

MAX_JOINT = 10
"""Assets up to which the likelihood is that of all at once."""
MAX_PAIRS = 100
"""Pairs of assets that a composite likelihood consists of, or one an asset."""
MIN_EIGENVALUE = 1e-6
"""Of the target: two assets that are the same have a singular one."""
TWINS = 0.999
"""Correlation from which assets are the same: the likelihood of their difference would decide everything."""
MAX_PERSISTENCE = 0.9999
STARTS = ((0.01, 0.98), (0.03, 0.94), (0.05, 0.90), (0.10, 0.70))
"""(a, b); the second is what daily returns of stocks usually come to."""
TOLERANCE = 1e-6
MIN_DOF, MAX_DOF = 2.1, 200.0

Likelihood = Callable[[float, float], tuple[FloatArray, FloatArray]]
"""From (a, b): log determinants of the correlations, and squared lengths of the shocks in them; each (..., T)."""


@dataclass(frozen=True)
class CorrelationFit:
    """What was estimated.

    Attributes
    ----------
    recursion : CorrelationRecursion
    dof : float
        Degrees of freedom of the multivariate t distribution of the shocks, above 2.
    notes : tuple of str
        What to know about the estimates; empty if all went well.
    """

    recursion: CorrelationRecursion
    dof: float
    notes: tuple[str, ...]


def fit_correlation(residuals: FloatArray, dof: FloatArray) -> CorrelationFit:
    """Estimate the recursion and the degrees of freedom.

    Parameters
    ----------
    residuals : (T, d) float64
        Standardised returns; none of them is always zero.
    dof : (d,) float64
        Degrees of freedom of each asset by itself. Their median is used where there are no two assets, or too few rows.
    """
    shocks = np.clip(residuals, -LARGEST, LARGEST)
    scale = np.sqrt(np.mean(shocks**2, axis=0))
    shocks /= scale
    target, notes = _positive(shocks.T @ shocks / len(shocks))
    alone = float(np.median(dof))
    apart = np.flatnonzero(~(np.abs(np.triu(target, 1)) > TWINS).any(axis=0))
    if len(apart) < 2:
        return CorrelationFit(CorrelationRecursion(target, scale, 0.0, 0.0), alone, notes)
    if len(shocks) < MIN_ROWS:
        a, b = STARTS[0]
        note = f"{len(shocks)} rows are too few to estimate how correlations move; they have usual parameters instead"
        return CorrelationFit(CorrelationRecursion(target, scale, a, b), alone, (*notes, note))
    likelihood, n_joint = _likelihood(shocks.T[apart], target[np.ix_(apart, apart)])
    a, b = _weights(likelihood)
    if a + b > MAX_PERSISTENCE - TOLERANCE:
        notes = (*notes, f"correlations hardly return to their average: a + b is {a + b:.4f}")
    recursion = CorrelationRecursion(target, scale, a, b)
    return CorrelationFit(recursion, _dof(likelihood(a, b)[1], n_joint), notes)


def _positive(target: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """The target, drawn to no correlation as far as it takes to be positive definite, and a note if it was not."""
    least = float(np.linalg.eigvalsh(target)[0])
    if least >= MIN_EIGENVALUE:
        return target, ()
    share = (MIN_EIGENVALUE - least) / (1 - least)
    note = (
        f"correlations are singular (assets that follow from others, or more assets than rows); shrunk by {share:.1g}"
    )
    return (1 - share) * target + share * np.eye(len(target)), (note,)


def _likelihood(shocks: FloatArray, target: FloatArray) -> tuple[Likelihood, int]:
    """The likelihood of shocks, (d, T), and of how many assets at once it is."""
    if len(shocks) <= MAX_JOINT:
        return partial(_joint, shocks, target), len(shocks)
    return partial(_pairwise, shocks, target, *_pairs(len(shocks))), 2


def _pairs(n_assets: int) -> tuple[IntArray, IntArray]:
    """Each asset with those that follow it, the first after the last, so that all are in as many pairs."""
    n_after = max(1, min(MAX_PAIRS // n_assets, n_assets // 2))
    first = np.tile(np.arange(n_assets), n_after)
    second = (first + np.repeat(np.arange(1, n_after + 1), n_assets)) % n_assets
    low, high = np.unique(np.sort([first, second], axis=0), axis=1)  # half way round, each pair occurs twice
    return low, high


def _joint(shocks: FloatArray, target: FloatArray, a: float, b: float) -> tuple[FloatArray, FloatArray]:
    """All assets at once: (T,) each."""
    i, j = np.triu_indices(len(shocks))
    states = np.empty((shocks.shape[1], *target.shape))
    states[:, i, j] = filter_products(shocks[i] * shocks[j], target[i, j], a, b).T
    states[:, j, i] = states[:, i, j]
    size = np.sqrt(np.diagonal(states, axis1=1, axis2=2))
    root = np.linalg.cholesky(states)
    # z' R^-1 z with R = D^-1/2 Q D^-1/2 is w' Q^-1 w with w = D^1/2 z.
    white = np.linalg.solve(root, (size * shocks.T)[..., None])[..., 0]
    log_root = np.log(np.diagonal(root, axis1=1, axis2=2))
    return 2 * (log_root - np.log(size)).sum(axis=1), (white**2).sum(axis=1)


def _pairwise(
    shocks: FloatArray, target: FloatArray, i: IntArray, j: IntArray, a: float, b: float
) -> tuple[FloatArray, FloatArray]:
    """Each of P pairs by itself: (P, T) each."""
    size = np.sqrt(filter_products(shocks**2, np.diagonal(target), a, b))
    correlation = filter_products(shocks[i] * shocks[j], target[i, j], a, b)
    correlation /= size[i] * size[j]
    alone = 1 - correlation**2
    # (z_i^2 + z_j^2 - 2 r z_i z_j) / (1 - r^2), without the difference of large numbers where r is near 1.
    away = shocks[i] - correlation * shocks[j]
    return np.log(alone), away**2 / alone + shocks[j] ** 2


def _weights(likelihood: Likelihood) -> tuple[float, float]:
    """(a, b) of the largest normal likelihood."""

    def loss(weights: FloatArray) -> float:
        log_det, squares = likelihood(*weights)
        return float(np.mean(log_det) + np.mean(squares))

    start = min(STARTS, key=lambda weights: loss(np.array(weights)))
    found = minimize(
        loss,
        start,
        method="SLSQP",
        bounds=[(0.0, MAX_PERSISTENCE)] * 2,
        constraints={"type": "ineq", "fun": lambda weights: MAX_PERSISTENCE - weights.sum()},
        options={"ftol": 1e-9},
    )
    a, b = np.clip(found.x, 0.0, MAX_PERSISTENCE)
    # The optimiser may get lost, or step over its constraint by a rounding.
    if a + b <= MAX_PERSISTENCE + TOLERANCE and loss(np.array([a, b])) <= loss(np.array(start)):
        return float(a), float(b)
    return start


def _dof(squares: FloatArray, n_joint: int) -> float:
    """Degrees of freedom of the largest likelihood, from squared lengths of n_joint shocks of variance 1 each."""

    def loss(log_excess: float) -> float:
        excess = np.exp(log_excess)  # degrees of freedom above 2
        half = (excess + 2 + n_joint) / 2
        constant = gammaln(half) - gammaln(excess / 2 + 1) - n_joint / 2 * np.log(excess)
        return float(half * np.mean(np.log1p(squares / excess)) - constant)

    bounds = np.log(np.array([MIN_DOF, MAX_DOF]) - 2)
    return 2 + float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
