"""Which asset the expected shortfall of a portfolio comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from synthdiff.data.interval import Interval, skewed_interval
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings, Rebalance, asset_losses, resolve_weights
from synthdiff.data.split import FloatArray
from synthdiff.data.tail import Tail
from synthdiff.finance.parameters import SHARING
from synthdiff.parameter import checked

EDGE = (0.5, 1.5)
"""Losses from half to one and a half times the tail's probability tell what assets lose at its edge."""


@dataclass(frozen=True, eq=False)
class Contribution:
    """Expected shortfall of a portfolio, by asset.

    Attributes
    ----------
    level : float
    es : float
        Of the portfolio; a positive fraction of its start value.
    es_interval : pair of float
        95 %.
    assets : tuple of str
    weights : (n_assets,) float64
        Of the portfolio.
    values : (n_assets,) float64
        What each asset adds: below 0 if it hedges. They sum to `es`.
    intervals : (n_assets, 2) float64
        95 %, one asset at a time.
    shares : (n_assets,) float64
        ``values / es``; NaN if there is no expected loss.
    """

    level: float
    es: float
    es_interval: Interval
    assets: tuple[str, ...]
    weights: FloatArray
    values: FloatArray
    intervals: FloatArray
    shares: FloatArray

    def to_table(self) -> pa.Table:
        """A row an asset: ``asset, weight, es, es_low, es_high, share``, in the order of the assets."""
        columns = {
            "asset": list(self.assets),
            "weight": self.weights,
            "es": self.values,
            "es_low": np.ascontiguousarray(self.intervals[:, 0]),
            "es_high": np.ascontiguousarray(self.intervals[:, 1]),
            "share": self.shares,
        }
        return pa.table(columns)

    def to_frame(self) -> Any:
        """`to_table` as a pandas frame."""
        return self.to_table().to_pandas()


@checked(**SHARING)
def es_contribution(
    paths: Paths,
    portfolio: Holdings,
    level: float = 0.975,
    horizon: int | None = None,
    rebalance: Rebalance = "daily",
) -> Contribution:
    """Allocate expected shortfall to assets by Euler's principle.

    An asset's part is the mean of what it has lost on the paths of the portfolio's tail, ``E[L_i | L >= VaR]``. For a
    portfolio that is held these are the weights times the derivatives of ES by them (Tasche 1999); for one that is
    rebalanced, what an asset lost includes what was bought of it on the way. Either way the parts sum to ES exactly.

    Parameters
    ----------
    paths : Paths
    portfolio : mapping or array
        Weights as for `Paths.portfolio`.
    level : float
        In (0, 1).
    horizon : int, optional
        Loss over so many steps; default: all.
    rebalance : {"daily", "hold"}

    Returns
    -------
    Contribution

    Raises
    ------
    ConfigError
        The level, the weights or the horizon make no sense.

    References
    ----------
    Tasche, D. (1999). Risk contributions and performance measurement. Working paper, TU München.
    """
    paths = paths.head(horizon)
    weights = resolve_weights(portfolio, paths.assets, paths.kinds)
    losses = asset_losses(paths.returns, weights, rebalance)
    whole = paths.var_es((level,), portfolio, rebalance=rebalance)
    tail = Tail.of(losses.sum(axis=1), paths.weights)
    values = tail.shares(level) @ losses[tail.order]
    terms = _terms(tail, losses[tail.order], values, level)
    size = tail.size(level)
    intervals = np.array(
        [skewed_interval(float(value), column, size) for value, column in zip(values, terms.T, strict=True)]
    )
    es = float(whole.es[0, 0])
    low, high = whole.es_interval[0, 0]
    shares = values / es if es > 0 else np.full(len(values), np.nan)
    return Contribution(level, es, (float(low), float(high)), paths.assets, weights, values, intervals, shares)


def _terms(tail: Tail, losses: FloatArray, values: FloatArray, level: float) -> FloatArray:
    """What each path adds to the error of each asset's part, (n, n_assets).

    The influence of a path is ``1{L > VaR} (L_i - m_i) / (1 - level) - (C_i - m_i)``: the edge of the tail moves with
    the sample too, and m_i, what asset i loses when the portfolio loses VaR, is what that costs. Summed over assets it
    is the influence on ES.
    """
    edge = _edge_losses(tail, losses, level)
    beyond = (tail.losses > tail.var(level))[:, None]
    influence = beyond * (losses - edge) / (1 - level) - (values - edge)
    return np.asarray(tail.weights[:, None] * influence)


def _edge_losses(tail: Tail, losses: FloatArray, level: float) -> FloatArray:
    """What each asset loses when the portfolio loses VaR, (n_assets,): a line through the losses around it."""
    share = 1 - level
    near = (tail.reached >= EDGE[0] * share) & (tail.reached - tail.weights <= EDGE[1] * share)
    weights = tail.weights[near] / tail.weights[near].sum()
    distance = tail.losses[near] - tail.var(level)
    centre, means = weights @ distance, weights @ losses[near]
    spread = weights @ (distance - centre) ** 2
    if spread <= 0:
        return np.asarray(means)
    slopes = (weights * (distance - centre)) @ (losses[near] - means) / spread
    return np.asarray(means - slopes * centre)
