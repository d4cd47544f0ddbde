"""How a day's shocks move tomorrow's correlations: the recursion of dynamic conditional correlation.

References
----------
Engle, R. (2002). Dynamic conditional correlation: a simple class of multivariate generalized autoregressive conditional
heteroskedasticity models. Journal of Business & Economic Statistics 20, 339-350.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from synthdiff.data.split import FloatArray, IntArray
from synthdiff.finance.volatility import LARGEST

BLOCK_CELLS = 2**16
"""Cells of the matrices that are advanced together, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class CorrelationRecursion:
    """``Q' = (1 - a - b) S + a z z' + b Q``; the correlations of the next shocks z are those of Q.

    Attributes
    ----------
    target : (d, d) float64
        S: the correlations that Q returns to. Positive definite.
    scale : (d,) float64
        Standard deviations of the residuals of the history, which are divided by it to be z.
    a, b : float
        Weight of the last shocks, and of what was before; neither is negative, and their sum is below 1.
    """

    target: FloatArray
    scale: FloatArray
    a: float
    b: float

    def advance(self, state: FloatArray, shock: FloatArray) -> FloatArray:
        """Q one step later, (..., d, d), after standardised shocks (..., d).

        Shocks beyond 20 standard deviations count as 20: one of them would decide all correlations for weeks.
        """
        shock = np.clip(shock, -LARGEST, LARGEST)
        later = shock[..., :, None] * (self.a * shock[..., None, :])
        later += self.b * state
        later += (1 - self.a - self.b) * self.target
        return later


def filter_states(recursion: CorrelationRecursion, residuals: FloatArray, n_seen: IntArray) -> FloatArray:
    """Walk the recursion over a history.

    Parameters
    ----------
    recursion : CorrelationRecursion
    residuals : (T, d) float64
        Standardised returns.
    n_seen : (m,) int
        From 0 to T.

    Returns
    -------
    (m, d, d) float64
        Q after the first `n_seen` residuals; before the first it is the target.
    """
    wanted, place = np.unique(n_seen, return_inverse=True)
    states = np.empty((len(wanted), *recursion.target.shape))
    state, t = recursion.target, 0
    for found, end in zip(states, wanted, strict=True):
        for shock in residuals[t:end] / recursion.scale:
            state = recursion.advance(state, shock)
        found[:], t = state, end
    return states[place]


def filter_products(products: FloatArray, target: FloatArray, a: float, b: float) -> FloatArray:
    """Walk the recursion of single cells of Q over a history, all at a time.

    Parameters
    ----------
    products : (k, T) float64
        What each cell is moved by: ``z_i z_j``.
    target : (k,) float64
        The cells of S.
    a, b : float

    Returns
    -------
    (k, T) float64
        The cells before each row.
    """
    target = target[:, None]
    return np.asarray(target + lfilter([0.0, a], [1.0, -b], products - target, axis=1))


def correlate(recursion: CorrelationRecursion, states: FloatArray, shocks: FloatArray) -> FloatArray:
    """Walk the recursion along shocks.

    Parameters
    ----------
    recursion : CorrelationRecursion
    states : (n, d, d) float64
        Q where each path starts.
    shocks : (n, n_steps, d) float64
        Uncorrelated, of variance 1; overwritten with the correlated ones.

    Returns
    -------
    (n, n_steps, d) float64
        Standardised shocks whose correlations follow the recursion.
    """
    n_together = max(1, BLOCK_CELLS // states[0].size)
    for start in range(0, len(states), n_together):
        block, state = shocks[start : start + n_together], states[start : start + n_together]
        for t in range(block.shape[1]):
            shock = (np.linalg.cholesky(state) @ block[:, t, :, None])[..., 0]
            shock /= np.sqrt(np.diagonal(state, axis1=1, axis2=2))
            block[:, t] = shock
            state = recursion.advance(state, shock)
    return shocks
