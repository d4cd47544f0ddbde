"""Whether losses beyond value at risk are as large as expected shortfall says.

References
----------
Acerbi, C. and Szekely, B. (2014). Back-testing expected shortfall. Risk 27(11), 76-81.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from synthdiff.data.split import FloatArray
from synthdiff.finance.montecarlo import Significance, monte_carlo_p


@dataclass(frozen=True)
class ShortfallTests:
    """Tests of expected shortfall of one series at one level; p-values are small where losses are larger than said.

    Attributes
    ----------
    z1 : Significance
        Of the size of exceptions, given how many there are; NaN without any.
    z2 : Significance
        Of their size and number at once.
    """

    z1: Significance
    z2: Significance


def excesses(losses: FloatArray, value_at_risk: FloatArray, expected_shortfall: FloatArray) -> FloatArray:
    """Losses beyond value at risk, in units of expected shortfall; 0 for all others.

    Parameters
    ----------
    losses : (..., S) float64
        Positive.
    value_at_risk, expected_shortfall : (S, L) or (..., S, L) float64
        At each of L levels.

    Returns
    -------
    (..., S, L) float64
    """
    over = losses[..., None]
    return np.asarray(np.where(over > value_at_risk, over / expected_shortfall, 0.0))


def shortfall_tests(
    ratios: FloatArray,
    null_sums: FloatArray,
    null_counts: FloatArray,
    level: float,
    rng: np.random.Generator,
) -> ShortfallTests:
    """Test what was lost beyond value at risk.

    ``Z1 = 1 - mean(ratio) over exceptions`` and ``Z2 = 1 - sum(ratio) / (T (1 - level))``, which are expected to be 0;
    below it losses are larger than expected shortfall. The Monte Carlo distribution is that of returns drawn from the
    forecasts themselves; of Z1, those draws count that have exceptions.

    Parameters
    ----------
    ratios : (T,) float64
        As `excesses` gives them.
    null_sums, null_counts : (N,) float64
        Sums of the ratios, and numbers of exceptions, over T days drawn from the forecasts.
    level : float
    rng : np.random.Generator

    References
    ----------
    Acerbi and Szekely (2014), tests 1 and 2, with the sign of losses turned.
    """
    n_days, n_expected = len(ratios), len(ratios) * (1 - level)
    found = ratios[ratios != 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        null_z1 = np.where(null_counts > 0, 1 - null_sums / null_counts, np.nan)
    z1 = 1 - float(found.mean()) if len(found) else math.nan
    z2 = 1 - float(ratios.sum()) / n_expected
    return ShortfallTests(
        Significance(z1, _normal_p(1 - found), monte_carlo_p(z1, null_z1, rng, "below")),
        Significance(
            z2,
            _normal_p(1 - ratios * (n_days / n_expected)),
            monte_carlo_p(z2, 1 - null_sums / n_expected, rng, "below"),
        ),
    )


def _normal_p(terms: FloatArray) -> float:
    """Probability of a mean so far below 0; NaN where the terms do not vary."""
    if len(terms) < 2 or terms.std() == 0:
        return math.nan
    return float(ndtr(terms.mean() / (terms.std(ddof=1) / math.sqrt(len(terms)))))
