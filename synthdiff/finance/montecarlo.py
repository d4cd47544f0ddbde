"""p-values by simulation, exact however few exceptions there are.

References
----------
Dufour, J.-M. (2006). Monte Carlo tests with nuisance parameters: a general approach to finite-sample inference and
nonstandard asymptotics. Journal of Econometrics 133, 443-477.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthdiff.data.split import FloatArray

N_REPLICATES = 999
ROUNDING = 1e-9
"""Statistics that differ by no more than this are the same but for rounding."""


@dataclass(frozen=True)
class Significance:
    """A test's statistic and what it says against the hypothesis; NaN where there is nothing to test.

    Attributes
    ----------
    statistic : float
    p_asymptotic : float
        What is usual; it can be far off where few exceptions are expected.
    p_monte_carlo : float
        By simulation under the hypothesis, with ties broken at random (and the seed). Statistics of few exceptions take
        few values; so broken, the test rejects a true hypothesis with exactly the probability asked for. The price is
        that the p-value of a statistic with many ties is a matter of luck, too.
    """

    statistic: float
    p_asymptotic: float
    p_monte_carlo: float


def monte_carlo_p(
    statistic: float, null: FloatArray, rng: np.random.Generator, tail: Literal["above", "below"] = "above"
) -> float:
    """Probability of a statistic at least so far out under the hypothesis.

    Parameters
    ----------
    statistic : float
    null : (N,) float64
        The statistic of N data sets drawn under the hypothesis; those that have none (NaN) do not count.
    rng : np.random.Generator
        Breaks ties.
    tail : {"above", "below"}
        On which side statistics speak against the hypothesis.

    Returns
    -------
    float
        In [1 / (N + 1), 1]; NaN if the statistic is.

    References
    ----------
    Dufour (2006), section 2: Monte Carlo tests of statistics with ties.
    """
    null = null[np.isfinite(null)]
    if not math.isfinite(statistic) or not len(null):
        return math.nan
    beyond = null - statistic if tail == "above" else statistic - null
    tied = np.abs(beyond) <= ROUNDING * (1 + abs(statistic))
    # The statistic's own random number is compared with those of its ties: it ranks anywhere among them.
    luck = rng.random(len(null)) >= rng.random()
    return (1 + int(((beyond > 0) & ~tied).sum()) + int((tied & luck).sum())) / (len(null) + 1)
