"""GARCH and EGARCH with t innovations: the volatility of each asset by itself.

References
----------
Bollerslev, T. (1987). A conditionally heteroskedastic time series model for speculative prices and rates of return.
Review of Economics and Statistics 69, 542-547.
Nelson, D. B. (1991). Conditional heteroskedasticity in asset returns: a new approach. Econometrica 59, 347-370.
"""

from __future__ import annotations

import numpy as np

from synthdiff.data.split import FloatArray
from synthdiff.finance.estimate import Kind
from synthdiff.finance.volatility import VolatilitySimulator


class StudentSimulator(VolatilitySimulator):
    """t innovations of variance 1, independent between assets.

    So several assets share nothing but the day whose volatilities they start from: use these simulators for one asset,
    or to see what is lost without the links between assets.
    """

    def _innovations(self, start: FloatArray, n_steps: int, rng: np.random.Generator) -> FloatArray:
        dof = self.fit_.dof
        innovations = rng.standard_t(dof, size=(len(start), n_steps, len(dof)))
        innovations *= np.sqrt((dof - 2) / dof)
        return innovations


class GarchT(StudentSimulator):
    """GARCH(1, 1) with t innovations; tomorrow's volatility does not know the sign of today's return.

    References
    ----------
    Bollerslev (1987).
    """

    name = "GARCH-t"

    def _kind(self) -> Kind:
        return "garch"


class EgarchT(StudentSimulator):
    """EGARCH(1, 1, 1) with t innovations; losses may raise volatility more than gains.

    References
    ----------
    Nelson (1991).
    """

    name = "EGARCH-t"

    def _kind(self) -> Kind:
        return "egarch"
