"""Open, high, low, close and volume around closes that are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from synthdiff.datasets.market_truth import MarketTruth
from synthdiff.runtime import spawn_seed

FloatArray = npt.NDArray[np.float64]

N_SEEN = 26
"""Quarter hours of a trading day, at whose ends the price is seen."""
OVERNIGHT = 0.2
"""Share of a day's variance that falls before the open."""
SHARES = 5_000_000
"""Typical volume of a day of typical volatility."""

_MEMORY, _NOISE = 0.7, 0.18  # of the part of the log volume that has nothing to do with prices


def draw_bars(truth: MarketTruth, start: float, random_state: int) -> dict[str, npt.NDArray[np.generic]]:
    """Draw the bars of a market's first asset given its daily returns.

    Within a day the price is a Brownian bridge from close to close, in the day's clock: a fifth of it has run at the
    open, then it is seen each quarter of an hour. The sum of the day's jumps comes at one time, overnight in a fifth of
    the cases. Log volume rises by .6 of the log volatility and with the absolute return (a mixture of distributions:
    Tauchen, Pitts 1983), around an AR(1) of its own.

    Parameters
    ----------
    truth : MarketTruth
    start : float
        The close before the first day.
    random_state : int

    Returns
    -------
    dict
        ``open``, ``high``, ``low``, ``close``: (n_steps,) float64, low <= open, close <= high; ``volume``: (n_steps,)
        int64, at least 1.

    References
    ----------
    Tauchen, Pitts: The price variability-volume relationship on speculative markets. Econometrica 51, 1983.
    """
    rng = np.random.default_rng(spawn_seed(random_state, "make_market", "bars"))
    returns = truth.returns[:, 0]
    close = start * np.exp(returns.cumsum())
    before = np.concatenate([[start], close[:-1]])
    path = before[:, None] * np.exp(_path(rng, truth))
    path[:, -1] = close  # exactly, not but for rounding
    return {
        "open": path[:, 0],
        "high": path.max(axis=1),
        "low": path.min(axis=1),
        "close": close,
        "volume": _volume(rng, truth),
    }


def _path(rng: np.random.Generator, truth: MarketTruth) -> FloatArray:
    """Log price less the last close, at the open and each time it is seen, (n_steps, 1 + N_SEEN)."""
    jump = truth.beta[0] * truth.market_jumps + truth.own_jumps[:, 0]
    smooth = truth.returns[:, 0] - jump
    clock = np.linspace(OVERNIGHT, 1, 1 + N_SEEN)
    steps = rng.standard_normal((len(jump), 1 + N_SEEN)) * np.sqrt(np.diff(clock, prepend=0.0))
    walk = steps.cumsum(axis=1)
    spread = np.hypot(truth.beta[0] * truth.market_volatility, truth.own_volatility[:, 0])
    bridge: FloatArray = clock * smooth[:, None] + spread[:, None] * (walk - clock * walk[:, -1:])
    return bridge + np.where(clock >= rng.random((len(jump), 1)), jump[:, None], 0.0)


def _volume(rng: np.random.Generator, truth: MarketTruth) -> npt.NDArray[np.int64]:
    spread = truth.volatility[:, 0]
    level = np.sqrt(truth.law.covariance[0, 0])
    start = rng.standard_normal() * _NOISE / np.sqrt(1 - _MEMORY**2)
    noise, _ = lfilter([_NOISE], [1, -_MEMORY], rng.standard_normal(len(spread)), zi=[_MEMORY * start])
    surprise = np.minimum(np.abs(truth.returns[:, 0]) / spread, 5.0)
    log_volume = np.log(SHARES) + 0.6 * np.log(spread / level) + 0.25 * (surprise - 0.75) + noise
    shares: npt.NDArray[np.int64] = np.maximum(np.exp(log_volume).round(), 1).astype(np.int64)
    return shares
