"""What several assets do together.

References
----------
Cont (2001), section 7 (correlations); Longin, Solnik (2001), Extreme correlation of international equity markets (joint
tails); Laloux, Cizeau, Bouchaud, Potters (1999), Noise dressing of financial correlation matrices (the market's own
eigenvalue).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray
from synthdiff.evaluation.stylized.fact import Fact, Gauge, Telling, at, half, mean, spread

TAIL = 0.05
MOST_SIZE = 6.0
"""Standard deviations that absolute returns are cut at."""
MATERIAL = 0.1
"""Difference of a pair's correlation that is worth a word."""
SHARE_LEVELS = np.linspace(0.05, 0.95, 19)


class CrossSample:
    """Windows of several assets; what is computed once is kept.

    Parameters
    ----------
    returns : (n, L, d) float64
        d is at least 2.
    scale : (d,) float64
        Standard deviations of the history.
    """

    def __init__(self, returns: FloatArray, scale: FloatArray) -> None:
        self.returns = returns
        self.scaled = (returns / scale).reshape(-1, returns.shape[2])
        self.pairs = np.triu_indices(returns.shape[2], 1)

    @cached_property
    def ranks(self) -> FloatArray:
        """Ranks of an asset's returns among all of its own, in [0, 1), (n L, d)."""
        order = np.argsort(self.scaled, axis=0)
        ranks = np.empty_like(self.scaled)
        np.put_along_axis(ranks, order, np.arange(len(order), dtype=np.float64)[:, None] / len(order), axis=0)
        return ranks


def _correlations(values: FloatArray) -> FloatArray:
    """Correlation matrix of columns; 0 beside a constant one."""
    scaled = values - values.mean(axis=0)
    size = np.sqrt((scaled**2).sum(axis=0))
    scaled /= np.where(size > 0, size, 1.0)
    return np.asarray(scaled.T @ scaled)


def correlation(sample: CrossSample) -> FloatArray:
    """Correlations of all pairs."""
    return _correlations(sample.scaled)[sample.pairs]


def rank_correlation(sample: CrossSample) -> FloatArray:
    """Rank correlations of all pairs."""
    return _correlations(sample.ranks)[sample.pairs]


def joint_tails(sample: CrossSample) -> FloatArray:
    """Share of an asset's worst 5 % of the steps that are among another's as well, for all pairs; then of the best."""

    def together(extreme: BoolArray) -> FloatArray:
        counts = extreme.astype(np.float32)  # exact up to 16 million steps
        return np.asarray((counts.T @ counts)[sample.pairs] / (len(extreme) * TAIL), dtype=np.float64)

    return np.concatenate([together(sample.ranks < TAIL), together(sample.ranks >= 1 - TAIL)])


def volatility_comovement(sample: CrossSample) -> FloatArray:
    """Correlations of absolute returns of all pairs."""
    return _correlations(np.minimum(np.abs(sample.scaled), MOST_SIZE))[sample.pairs]


def first_share(sample: CrossSample) -> FloatArray:
    """Quantiles over windows of the share of variance along the first principal component."""
    centred = sample.returns - sample.returns.mean(axis=1, keepdims=True)
    size = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    moving = (size > 0).all(axis=(1, 2))
    if not moving.any():
        return np.zeros(len(SHARE_LEVELS))
    unit = centred[moving] / size[moving]
    largest = np.linalg.eigvalsh(unit.transpose(0, 2, 1) @ unit)[:, -1]
    return np.asarray(np.quantile(largest / sample.returns.shape[2], SHARE_LEVELS))


def _number(value: float) -> str:
    return f"{value:.2f}"


FACTS: tuple[Fact[CrossSample], ...] = (
    Fact(
        "correlation",
        "How much each pair of assets moves together.",
        "correlations",
        correlation,
        (
            Gauge(
                "mean correlation",
                mean,
                "assets move together too little",
                "assets move together too much",
                absent="assets do not move together",
            ),
            Gauge(
                "spread of the correlations",
                lambda vector: float(vector.std()),
                "pairs of assets are too alike in correlation",
                "pairs of assets differ too much in correlation",
            ),
        ),
        telling=Telling(("correlation",), _number, MATERIAL, alone=False),
    ),
    Fact(
        "rank correlation",
        "The same by ranks, on which a few large days weigh no more than others.",
        "rank correlations",
        rank_correlation,
        (
            Gauge(
                "mean rank correlation",
                mean,
                "assets move together too little on ordinary steps",
                "assets move together too much on ordinary steps",
                absent="assets do not move together on ordinary steps",
            ),
        ),
    ),
    Fact(
        "joint tails",
        "How often a pair of assets has one of its worst, or best, 5 % of the steps at once.",
        "falling and rising together",
        joint_tails,
        (
            Gauge(
                "share of an asset's worst steps that are among another's",
                half(False),
                "assets fall together too seldom",
                "assets fall together too often",
                absent="assets do not fall together",
            ),
            Gauge(
                "share of an asset's best steps that are among another's",
                half(True),
                "assets rise together too seldom",
                "assets rise together too often",
                absent="assets do not rise together",
            ),
        ),
    ),
    Fact(
        "volatility co-movement",
        "Whether assets are wild at the same time: correlations of absolute returns.",
        "volatility that assets share",
        volatility_comovement,
        (
            Gauge(
                "mean correlation of absolute returns",
                mean,
                "the assets' volatilities move together too little",
                "the assets' volatilities move together too much",
                absent="the assets' volatilities do not move together",
            ),
        ),
    ),
    Fact(
        "PC1 share",
        "How much of all variance one common movement explains, and how that changes from window to window.",
        "the market's common movement",
        first_share,
        (
            Gauge(
                "median share of the first component",
                at(0.5),
                "the common movement is too weak",
                "the common movement is too strong",
            ),
            Gauge(
                "spread of that share between windows",
                spread(0.1, 0.9),
                "the common movement is too steady",
                "the common movement changes too much",
            ),
        ),
    ),
)
