"""Whether losses exceed value at risk as often as they should, and without a pattern.

References
----------
Kupiec, P. H. (1995). Techniques for verifying the accuracy of risk measurement models. Journal of Derivatives 3(2),
73-84.
Christoffersen, P. F. (1998). Evaluating interval forecasts. International Economic Review 39, 841-862.
Engle, R. F. and Manganelli, S. (2004). CAViaR: conditional autoregressive value at risk by regression quantiles.
Journal of Business & Economic Statistics 22, 367-381.
Basel Committee on Banking Supervision (1996). Supervisory framework for the use of "backtesting" in conjunction with
the internal models approach to market risk capital requirements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import bdtr, chdtrc, xlogy

from synthdiff.data.split import FloatArray
from synthdiff.finance.montecarlo import N_REPLICATES, Significance, monte_carlo_p
from synthdiff.runtime import spawn_seed

N_LAGS = 4
"""Lagged exceptions in the dynamic quantile test, as in the paper's section 6."""
BASEL_DAYS = 250
YELLOW, RED = 0.95, 0.9999
ROUNDING = 1e-9
"""A spread of value at risk that is no larger than this share of it is rounding."""


@dataclass(frozen=True)
class CoverageTests:
    """Tests of the exceptions of one series at one level.

    Attributes
    ----------
    n_days, n_exceptions : int
    n_expected : float
    kupiec : Significance
        As many as there should be.
    independence : Significance
        As likely on the day after an exception as on any other.
    conditional : Significance
        Both of these.
    dynamic_quantile : Significance
        Not to be foretold from the exceptions of the last days or from value at risk. Its Monte Carlo p-value takes
        value at risk as given, which is nearly right only: in truth an exception moves the later ones.
    """

    n_days: int
    n_exceptions: int
    n_expected: float
    kupiec: Significance
    independence: Significance
    conditional: Significance
    dynamic_quantile: Significance


@dataclass(frozen=True)
class TrafficLight:
    """The zone of a model in the Basel framework.

    Attributes
    ----------
    zone : {"green", "yellow", "red"}
    n_days, n_exceptions : int
    probability : float
        Of so many exceptions or fewer, from a correct model: yellow from 95 %, red from 99.99 % on.
    """

    zone: Literal["green", "yellow", "red"]
    n_days: int
    n_exceptions: int
    probability: float


def coverage_tests(
    exceptions: FloatArray,
    value_at_risk: FloatArray,
    level: float,
    random_state: int,
    n_replicates: int = N_REPLICATES,
) -> tuple[CoverageTests, ...]:
    """Test the exceptions of some series.

    Parameters
    ----------
    exceptions : (T, S) float64
        1 where the loss of a day exceeded value at risk, else 0.
    value_at_risk : (T, S) float64
        What was forecast for the day.
    level : float
        Of value at risk, such as 0.99.
    random_state : int
        Monte Carlo p-values.
    n_replicates : int

    Returns
    -------
    tuple of S CoverageTests

    References
    ----------
    Kupiec (1995); Christoffersen (1998), section 3: the likelihood ratio of both is the sum of the other two, and the
    one of coverage counts the first day as well here. Engle and Manganelli (2004), theorem 5.
    """
    rng = np.random.default_rng(spawn_seed(random_state, "coverage"))
    n_days, rate = len(exceptions), 1 - level
    null = (rng.random((n_replicates, n_days)) < rate).astype(np.float64)
    null_ratios = _ratios(null, rate)
    ratios = _ratios(exceptions.T, rate)
    out = []
    for j, hits in enumerate(exceptions.T):
        tests = [
            Significance(float(own[j]), float(chdtrc(df, own[j])), monte_carlo_p(float(own[j]), others, rng))
            for own, others, df in zip(ratios, null_ratios, (1, 1, 2), strict=True)
        ]
        own, df = dynamic_quantile(hits[None], value_at_risk[:, j], rate)
        others, _ = dynamic_quantile(null, value_at_risk[:, j], rate)
        statistic = float(own[0])
        tests.append(Significance(statistic, float(chdtrc(df, statistic)), monte_carlo_p(statistic, others, rng)))
        out.append(CoverageTests(n_days, int(hits.sum()), n_days * rate, *tests))
    return tuple(out)


def _ratios(hits: FloatArray, rate: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Likelihood ratios, (R,) each, of coverage, independence and both, of series of exceptions (R, T)."""
    coverage = unconditional_ratio(hits.sum(axis=1), hits.shape[1], rate)
    independence = independence_ratio(hits)
    return coverage, independence, coverage + independence


def unconditional_ratio(n_exceptions: FloatArray, n_days: int, rate: float) -> FloatArray:
    """Likelihood ratio of an exception rate, against any other; asymptotically chi-squared with 1 degree of freedom.

    Parameters
    ----------
    n_exceptions : (R,) float64
    n_days : int
    rate : float
        The rate that there should be.

    Returns
    -------
    (R,) float64
    """
    without = n_days - n_exceptions
    ratio = xlogy(n_exceptions, n_exceptions / (n_days * rate)) + xlogy(without, without / (n_days * (1 - rate)))
    return np.asarray(2 * ratio)


def independence_ratio(hits: FloatArray) -> FloatArray:
    """Likelihood ratio of a Markov chain against independent days; asymptotically chi-squared with 1 degree of freedom.

    Parameters
    ----------
    hits : (R, T) float64
        0 or 1.

    Returns
    -------
    (R,) float64
        0 without exceptions: there is nothing to say.
    """
    before, after = hits[:, :-1], hits[:, 1:]
    both, first, second = np.einsum("rt,rt->r", before, after), before.sum(axis=1), after.sum(axis=1)
    n, without_first = hits.shape[1] - 1, hits.shape[1] - 1 - before.sum(axis=1)
    ratio = (
        _likelihood(both, first)
        + _likelihood(second - both, without_first)
        - _likelihood(second, np.full_like(first, n))
    )
    return np.maximum(2 * ratio, 0.0)


def _likelihood(hits: FloatArray, n: FloatArray) -> FloatArray:
    """Largest log-likelihood of so many hits in n days."""
    days = np.maximum(n, 1)
    return np.asarray(xlogy(hits, hits / days) + xlogy(n - hits, (n - hits) / days))


def dynamic_quantile(hits: FloatArray, value_at_risk: FloatArray, rate: float) -> tuple[FloatArray, int]:
    """Explain exceptions by a constant, the exceptions of the last days and value at risk.

    Parameters
    ----------
    hits : (R, T) float64
        0 or 1.
    value_at_risk : (T,) float64
    rate : float

    Returns
    -------
    statistic : (R,) float64
        ``h' X (X' X)⁻¹ X' h / (rate (1 - rate))`` with ``h = hits - rate``; NaN of fewer days than are explained.
    dof : int
        Rank of the first series' X: asymptotically, the statistic is chi-squared with so many degrees of freedom.
    """
    n_days = hits.shape[1] - N_LAGS
    if n_days <= N_LAGS + 2:
        return np.full(len(hits), np.nan), N_LAGS + 2
    risk = value_at_risk[N_LAGS:]
    spread = float(risk.std())
    risk = (risk - risk.mean()) / spread if spread > ROUNDING * abs(float(risk.mean())) else np.zeros(n_days)
    # Exceptions may stand for exceptions less their rate, as the constant is there.
    columns = [np.ones((1, n_days)), risk[None], *(hits[:, N_LAGS - k : -k] for k in range(1, N_LAGS + 1))]
    products = np.empty((len(hits), len(columns), len(columns)))
    for i, left in enumerate(columns):
        for j, right in enumerate(columns[: i + 1]):
            products[:, i, j] = products[:, j, i] = np.einsum("rt,rt->r", *np.broadcast_arrays(left, right))
    now = hits[:, N_LAGS:] - rate
    explained = np.stack([np.einsum("rt,rt->r", *np.broadcast_arrays(column, now)) for column in columns], axis=1)
    inverse = np.linalg.pinv(products, hermitian=True, rcond=1e-10)
    statistic = np.einsum("ri,rij,rj->r", explained, inverse, explained) / (rate * (1 - rate))
    return statistic, int(np.linalg.matrix_rank(products[0], hermitian=True))


def traffic_light(exceptions: FloatArray, level: float = 0.99, n_days: int = BASEL_DAYS) -> TrafficLight:
    """Find a model's zone from the last days.

    Parameters
    ----------
    exceptions : (T,) float64
        0 or 1.
    level : float
        Of value at risk.
    n_days : int
        How many days count; all if there are fewer.

    References
    ----------
    Basel Committee (1996), section III, table 2.

    Examples
    --------
    >>> traffic_light(np.repeat([1.0, 0.0], [5, 245])).zone
    'yellow'
    """
    last = exceptions[-n_days:]
    count = int(last.sum())
    probability = float(bdtr(count, len(last), 1 - level))
    zone: Literal["green", "yellow", "red"] = (
        "red" if probability >= RED else "yellow" if probability >= YELLOW else "green"
    )
    return TrafficLight(zone, len(last), count, probability)
