"""The paths that lose the most, and what lost it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthdiff.data.drawdown import drawdown_paths
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings, Rebalance, asset_losses, portfolio_values, resolve_weights
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.finance.parameters import WORST
from synthdiff.parameter import checked


@dataclass(frozen=True, eq=False)
class WorstPaths:
    """The k paths of a portfolio's largest losses, the largest first.

    Attributes
    ----------
    rows : (k,) int64
        Which paths, for `Paths.take`.
    losses : (k,) float64
        At the end; positive fractions of the start value.
    assets : tuple of str
    asset_losses : (k, n_assets) float64
        What each asset lost the portfolio; they sum to `losses`.
    drawdowns : (k,) float64
        Deepest fall of the portfolio, 0 or below.
    troughs : (k,) int64
        The step, from 1, after which the portfolio is worth the least.
    dates : (k,) datetime64[ns] or None
        Of the troughs.
    weights : (k,) float64
        Probability of each path.
    """

    rows: IntArray
    losses: FloatArray
    assets: tuple[str, ...]
    asset_losses: FloatArray
    drawdowns: FloatArray
    troughs: IntArray
    dates: npt.NDArray[np.datetime64] | None
    weights: FloatArray

    def to_table(self) -> pa.Table:
        """A row a path: ``path, loss, drawdown, trough`` (a date if known), ``weight``, then the loss of each asset."""
        trough = self.troughs if self.dates is None else self.dates
        known = {"path": self.rows, "loss": self.losses, "drawdown": self.drawdowns, "trough": trough}
        columns = [*known.values(), self.weights, *np.ascontiguousarray(self.asset_losses.T)]
        return pa.table(columns, names=[*known, "weight", *self.assets])

    def to_frame(self) -> Any:
        """`to_table` as a pandas frame."""
        return self.to_table().to_pandas()


@checked(**WORST)
def worst_paths(
    paths: Paths,
    portfolio: Holdings,
    n: int = 10,
    horizon: int | None = None,
    rebalance: Rebalance = "daily",
) -> WorstPaths:
    """Find the paths on which a portfolio loses the most by their end; paths of weight 0 do not count.

    Parameters
    ----------
    paths : Paths
    portfolio : mapping or array
        Weights as for `Paths.portfolio`.
    n : int
        How many at most.
    horizon : int, optional
        Loss over so many steps; default: all.
    rebalance : {"daily", "hold"}

    Returns
    -------
    WorstPaths

    Raises
    ------
    ConfigError
        n is below 1, or the weights or the horizon make no sense.
    """
    paths = paths.head(horizon)
    weights = resolve_weights(portfolio, paths.assets, paths.kinds)
    by_asset = asset_losses(paths.returns, weights, rebalance)
    losses = by_asset.sum(axis=1)
    order = np.argsort(-losses, kind="stable")
    rows = order[paths.weights[order] > 0][:n]
    values = portfolio_values(paths.returns[rows], weights, rebalance)
    troughs = values.argmin(axis=1) + 1
    dates = None if paths.dates is None else paths.dates[troughs - 1]
    falls = drawdown_paths(values).min(axis=1)
    return WorstPaths(rows, losses[rows], paths.assets, by_asset[rows], falls, troughs, dates, paths.weights[rows])
