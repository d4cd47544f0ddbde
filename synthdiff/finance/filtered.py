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
from synthdiff.finance.estimate import Kind
from synthdiff.finance.volatility import VolatilitySimulator, check_kind, cut_shocks

KINDS: tuple[Kind, ...] = ("egarch", "gjr")


class FilteredHistorical(VolatilitySimulator):
    """Standardised residuals of a volatility filter, drawn again in joint rows, one day after the other.

    The links between assets on a day are those of the residuals; that the volatilities of assets move together over
    time comes only from there.

    Residuals are used as they are, neither centred nor scaled to variance 1, so that one-day quantiles are calibrated
    over the history that was learnt. Only those beyond 20 volatilities are cut there, and a note says so.

    Parameters
    ----------
    volatility : {"egarch", "gjr"}
        The filter: EGARCH, or GARCH with asymmetry; estimated with t innovations. GJR's estimates of single stocks are
        often so close to not being stationary that long paths grow wilder than the history ever was.
    """

    name = "filtered historical simulation"

    def __init__(self, volatility: Literal["egarch", "gjr"] = "egarch") -> None:
        self.volatility = volatility

    def _kind(self) -> Kind:
        return check_kind(self.volatility, KINDS)

    def _learn(self) -> None:
        self.residuals_, cut = cut_shocks(self.residuals_)
        self.notes = (*self.notes, *cut)

    def _innovations(self, start: FloatArray, n_steps: int, rng: np.random.Generator) -> FloatArray:
        return self.residuals_[rng.integers(len(self.residuals_), size=(len(start), n_steps))]
