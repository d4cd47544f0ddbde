"""How deep drawdowns get, and how likely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from synthdiff.data.interval import weighted_share
from synthdiff.data.paths import PORTFOLIO, Paths
from synthdiff.data.portfolio import Holdings, Rebalance
from synthdiff.data.quantile import weighted_quantiles
from synthdiff.data.split import FloatArray
from synthdiff.finance.parameters import FALLING
from synthdiff.parameter import checked

DEPTHS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True, eq=False)
class DrawdownRisk:
    """Distribution of the deepest drawdown of some positions.

    Attributes
    ----------
    names : tuple of str
        The k positions: assets, or ``"portfolio"``.
    depths : tuple of float
        m falls below the highest value so far, as positive fractions of it.
    probabilities : (k, m) float64
        That a path falls at least so deep.
    intervals : (k, m, 2) float64
        95 %, after Clopper and Pearson.
    levels : tuple of float
    quantiles : (k, n_levels) float64
        Of the deepest fall, positive fractions.
    """

    names: tuple[str, ...]
    depths: tuple[float, ...]
    probabilities: FloatArray
    intervals: FloatArray
    levels: tuple[float, ...]
    quantiles: FloatArray

    def to_table(self) -> pa.Table:
        """A row a position and depth: ``name, depth, probability, low, high``."""
        columns = {
            "name": np.repeat(np.array(self.names, dtype=object), len(self.depths)),
            "depth": np.tile(np.array(self.depths), len(self.names)),
            "probability": self.probabilities.ravel(),
            "low": self.intervals[..., 0].ravel(),
            "high": self.intervals[..., 1].ravel(),
        }
        return pa.table(columns)

    def to_frame(self) -> Any:
        """`to_table` as a pandas frame."""
        return self.to_table().to_pandas()


@checked(**FALLING)
def drawdown_risk(
    paths: Paths,
    portfolio: Holdings | None = None,
    *,
    depths: Sequence[float] = DEPTHS,
    levels: Sequence[float] = LEVELS,
    horizon: int | None = None,
    rebalance: Rebalance = "daily",
) -> DrawdownRisk:
    """Measure how deep the paths fall below their highest value so far, the start included.

    Parameters
    ----------
    paths : Paths
    portfolio : mapping or array, optional
        Of a portfolio instead of each asset. Assets whose steps are differences fall by no fraction and are left out.
    depths : sequence of float
        Falls whose probability is wanted, as positive fractions.
    levels : sequence of float
        Quantiles of the deepest fall that are wanted.
    horizon : int, optional
        Within so many steps; default: all.
    rebalance : {"daily", "hold"}

    Returns
    -------
    DrawdownRisk

    Raises
    ------
    ConfigError
        The weights, a level or the horizon make no sense.
    """
    paths = paths.head(horizon)
    falls = -paths.drawdowns(portfolio, rebalance)
    names: tuple[str, ...] = (PORTFOLIO,)
    if portfolio is None:
        prices = [j for j, kind in enumerate(paths.kinds) if kind == "return"]
        falls, names = falls[:, prices], tuple(paths.assets[j] for j in prices)
    shape = (len(names), len(depths))
    probabilities, intervals = np.empty(shape), np.empty((*shape, 2))
    for i, depth in enumerate(depths):
        for j in range(len(names)):
            hit = (falls[:, j] >= depth).astype(np.float64)
            probabilities[j, i], intervals[j, i] = weighted_share(hit, paths.weights)
    quantiles = weighted_quantiles(falls, paths.weights, levels).T
    return DrawdownRisk(names, tuple(depths), probabilities, intervals, tuple(levels), quantiles)
