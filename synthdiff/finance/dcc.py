"""GARCH with dynamic conditional correlation: the correlations of the shocks move, too.

References
----------
Engle, R. (2002). Dynamic conditional correlation: a simple class of multivariate generalized autoregressive conditional
heteroskedasticity models. Journal of Business & Economic Statistics 20, 339-350.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from synthdiff.data.split import FloatArray, IntArray
from synthdiff.finance.correlation import correlate, filter_states
from synthdiff.finance.correlation_fit import CorrelationFit, fit_correlation
from synthdiff.finance.estimate import Kind
from synthdiff.finance.volatility import VolatilitySimulator, check_kind

KINDS: tuple[Kind, ...] = ("egarch", "garch", "gjr")


class DccGarch(VolatilitySimulator):
    """A volatility recursion for each asset, correlations that follow the shocks, and tails that all assets share.

    The shocks of a day are multivariate t: a day that is wild for one asset is likely to be wild for the others. Paths
    start with the correlations of their day, as with its volatilities. A single asset has no correlations: it is
    simulated as by `EgarchT`, or `GarchT`.

    Parameters
    ----------
    volatility : {"egarch", "garch", "gjr"}
        The recursion of the volatilities, estimated with t innovations. Engle has GARCH; EGARCH and GJR know the sign
        of a return. Paths of EGARCH are closer to the history of single stocks: GARCH's are too wild.

    Attributes
    ----------
    correlation_ : CorrelationFit
        The recursion of the correlations and the degrees of freedom, after `fit`.

    References
    ----------
    Engle (2002).
    """

    name = "DCC-GARCH"
    correlation_: CorrelationFit

    def __init__(self, volatility: Literal["egarch", "garch", "gjr"] = "egarch") -> None:
        self.volatility = volatility

    def _kind(self) -> Kind:
        return check_kind(self.volatility, KINDS)

    def _learn(self) -> None:
        self.correlation_ = fit_correlation(self.residuals_, self.fit_.dof)
        self.notes = (*self.notes, *self.correlation_.notes)

    def _start(self, residuals: FloatArray, n_seen: IntArray) -> FloatArray:
        return filter_states(self.correlation_.recursion, residuals, n_seen)

    def _innovations(self, start: FloatArray, n_steps: int, rng: np.random.Generator) -> FloatArray:
        n_paths, n_assets, _ = start.shape
        dof = self.correlation_.dof
        shocks = rng.standard_normal((n_paths, n_steps, n_assets))
        shocks *= np.sqrt((dof - 2) / rng.chisquare(dof, size=(n_paths, n_steps, 1)))
        return correlate(self.correlation_.recursion, start, shocks)
