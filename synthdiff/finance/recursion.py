"""How a day's return moves tomorrow's volatility: GARCH with asymmetry, and EGARCH.

A recursion turns returns into standardised residuals (`filter_returns`) and residuals into returns (`simulate`), each
exactly the inverse of the other from the same state. Both walk over time once, with all paths and assets at a time.

References
----------
Bollerslev, T. (1986). Generalized autoregressive conditional heteroskedasticity. Journal of Econometrics 31, 307-327.
Glosten, L. R., Jagannathan, R. and Runkle, D. E. (1993). On the relation between the expected value and the volatility
of the nominal excess return on stocks. Journal of Finance 48, 1779-1801.
Nelson, D. B. (1991). Conditional heteroskedasticity in asset returns: a new approach. Econometrica 59, 347-370.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from synthdiff.data.split import FloatArray

NORMAL_ABSOLUTE = math.sqrt(2 / math.pi)
"""Mean of |z| of a standard normal z; Nelson's centre of |z|, whatever the innovations really are."""
BLOCK_CELLS = 2**15
"""Cells of a state that are advanced together, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class Recursion(ABC):
    """A volatility recursion of d assets, each with parameters of its own.

    A return is ``mean + scale(state) * z``. What `state` is, the variance or its logarithm, is the recursion's own.

    Attributes
    ----------
    mean, omega, alpha, gamma, beta : (d,) float64
        In the units of the returns.
    start : (d,) float64
        The state at the first row of a history.
    limit : (d,) float64
        States are cut above it: innovations with heavy tails in an exponential recursion have no finite moments.
    """

    mean: FloatArray
    omega: FloatArray
    alpha: FloatArray
    gamma: FloatArray
    beta: FloatArray
    start: FloatArray
    limit: FloatArray

    @abstractmethod
    def scale(self, state: FloatArray) -> FloatArray:
        """Volatility of the next return, (..., d)."""

    @abstractmethod
    def advance(self, state: FloatArray, residual: FloatArray) -> FloatArray:
        """The state one step later, (..., d), after a standardised residual."""


class GarchRecursion(Recursion):
    """``s²' = omega + (alpha + gamma 1[z < 0]) s² z² + beta s²``; the state is the variance s².

    References
    ----------
    Bollerslev (1986), equation 2; with gamma, Glosten, Jagannathan and Runkle (1993).
    """

    def scale(self, state: FloatArray) -> FloatArray:
        """Volatility of the next return, (..., d)."""
        return np.sqrt(state)

    def advance(self, state: FloatArray, residual: FloatArray) -> FloatArray:
        """The variance one step later, (..., d)."""
        gain = self.gamma * (residual < 0)
        gain += self.alpha
        gain *= residual
        gain *= residual
        gain += self.beta
        gain *= state
        gain += self.omega
        return np.minimum(gain, self.limit, out=gain)


class EgarchRecursion(Recursion):
    """``ln s²' = omega + alpha (|z| - sqrt(2 / pi)) + gamma z + beta ln s²``; the state is ln s².

    References
    ----------
    Nelson (1991), equations 2.1 and 2.2.
    """

    def scale(self, state: FloatArray) -> FloatArray:
        """Volatility of the next return, (..., d)."""
        return np.exp(state / 2)

    def advance(self, state: FloatArray, residual: FloatArray) -> FloatArray:
        """The logarithm of the variance one step later, (..., d)."""
        later = np.abs(residual)
        later -= NORMAL_ABSOLUTE
        later *= self.alpha
        later += self.gamma * residual
        later += self.beta * state
        later += self.omega
        return np.minimum(later, self.limit, out=later)


def filter_returns(recursion: Recursion, returns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Walk a recursion over a history.

    Parameters
    ----------
    recursion : Recursion
    returns : (T, d) float64

    Returns
    -------
    states : (T + 1, d) float64
        State t is known before return t and decides its volatility; the last one is that of the next return.
    residuals : (T, d) float64
        Standardised returns.
    """
    states, residuals = np.empty((len(returns) + 1, returns.shape[1])), returns - recursion.mean
    states[0] = recursion.start
    for t, residual in enumerate(residuals):
        residual /= recursion.scale(states[t])
        states[t + 1] = recursion.advance(states[t], residual)
    return states, residuals


def simulate(recursion: Recursion, states: FloatArray, innovations: FloatArray) -> FloatArray:
    """Walk a recursion along innovations.

    Parameters
    ----------
    recursion : Recursion
    states : (n, d) float64
        Where each path starts.
    innovations : (n, n_steps, d) float64
        Standardised; overwritten with the returns, as there may be gigabytes of them.

    Returns
    -------
    (n, n_steps, d) float64
        Returns.
    """
    n_together = max(1, BLOCK_CELLS // states.shape[1])
    for start in range(0, len(states), n_together):
        block, state = innovations[start : start + n_together], states[start : start + n_together]
        for t in range(block.shape[1]):
            step = block[:, t]
            later = recursion.advance(state, step)
            step *= recursion.scale(state)
            step += recursion.mean
            state = later
    return innovations
