"""Filtered historical simulation: the shocks of history, at today's volatility.

References
----------
Barone-Adesi, G., Giannopoulos, K. and Vosper, L. (1999). VaR without correlations for portfolios of derivative
securities. Journal of Futures Markets 19, 583-602.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError
from synthdiff.finance.estimate import Kind
from synthdiff.finance.volatility import VolatilitySimulator

FILTERS = ("egarch", "gjr")
LARGEST = 20.0
"""Volatilities. The largest of the S&P 500 in 1990 to 2022 is 7.5, those of single stocks mostly 6 to 15."""


class FilteredHistorical(VolatilitySimulator):
    """Standardised residuals of a volatility filter, drawn again in joint rows, one day after the other.

    The links between assets on a day are those of the residuals; that the volatilities of assets move together over
    time comes only from there.

    Residuals are used as they are, neither centred nor scaled to variance 1, so that one-day quantiles are calibrated
    over the history that was learnt. Only those beyond `LARGEST` volatilities are cut there, and a note says so: what a
    price does that hardly moved for months would be a multiple of all wealth on a wild day.

    Parameters
    ----------
    volatility : {"egarch", "gjr"}
        The filter: EGARCH, or GARCH with asymmetry; estimated with t innovations. GJR's estimates of single stocks are
        often so close to not being stationary that long paths grow wilder than the history ever was.

    Attributes
    ----------
    residuals_ : (T, d) float64
        After `fit`.
    """

    name = "filtered historical simulation"
    residuals_: FloatArray

    def __init__(self, volatility: Literal["egarch", "gjr"] = "egarch") -> None:
        self.volatility = volatility

    def _kind(self) -> Kind:
        if self.volatility not in FILTERS:
            raise ConfigError(f"volatility {self.volatility!r} is not known; say {' or '.join(FILTERS)}")
        return self.volatility

    def _learn(self, residuals: FloatArray) -> None:
        self.residuals_ = np.clip(residuals, -LARGEST, LARGEST)
        largest = np.abs(residuals).max(axis=0)
        cut = [
            f"asset {j}: a shock of {largest[j]:.0f} volatilities is cut to {LARGEST:g}"
            for j in np.flatnonzero(largest > LARGEST)
        ]
        self.notes = (*self.notes, *cut)

    def _innovations(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> FloatArray:
        return self.residuals_[rng.integers(len(self.residuals_), size=(n_paths, n_steps))]
