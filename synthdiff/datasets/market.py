"""A market whose law is known: stochastic volatility with leverage, heavy tails and jumps, and a common factor."""

from __future__ import annotations

import math
from typing import Literal, overload

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import lfilter

from synthdiff.datasets.market_bar import draw_bars
from synthdiff.datasets.market_law import (
    FAST,
    MARKET_DEGREES,
    MARKET_JUMP,
    OWN,
    OWN_DEGREES,
    OWN_JUMP,
    SLOW,
    Jump,
    MarketLaw,
    Persistence,
)
from synthdiff.datasets.market_truth import MarketTruth
from synthdiff.errors import ConfigError
from synthdiff.parameter import Rules, checked
from synthdiff.rule import SEED, Flag, Integer, RandomState, Text
from synthdiff.runtime import spawn_seed

FloatArray = npt.NDArray[np.float64]

START_PRICE = 100.0


MAKING: Rules = {
    "n_steps": Integer(1, 10**9),
    "n_assets": Integer(1, 10_000),
    "frequency": Text(),
    "start": Text(),
    "bars": Flag(),
    "random_state": SEED,
    "return_truth": Flag(),
}
"""What the parameters of `make_market` may be."""


@overload
def make_market(
    n_steps: int = ...,
    n_assets: int = ...,
    *,
    frequency: str = ...,
    start: str = ...,
    bars: bool = ...,
    random_state: RandomState = ...,
    return_truth: Literal[False] = ...,
) -> pd.DataFrame: ...


@overload
def make_market(
    n_steps: int = ...,
    n_assets: int = ...,
    *,
    frequency: str = ...,
    start: str = ...,
    bars: bool = ...,
    random_state: RandomState = ...,
    return_truth: Literal[True],
) -> tuple[pd.DataFrame, MarketTruth]: ...


@checked(**MAKING)
def make_market(
    n_steps: int = 2_520,
    n_assets: int = 5,
    *,
    frequency: str = "B",
    start: str = "2010-01-04",
    bars: bool = False,
    random_state: RandomState = 0,
    return_truth: bool = False,
) -> pd.DataFrame | tuple[pd.DataFrame, MarketTruth]:
    r"""Make prices of a market whose law is known, day by day.

    The log return of asset i on day t, and what drives it::

        r[i,t]      = drift[i] + beta[i] m[t] + s[i,t] e[i,t] + J[i,t]
        m[t]        = S[t] e[t] + J[t] - E J
        ln S[t]     = ln S + f[t] + g[t]                          common volatility: a fast and a slow part
        ln s[i,t]   = ln s[i] + load[i] (f[t] + g[t]) + h[i,t]    own volatility, partly the common one's
        x[t+1]      = a x[t] + c n[t],  x in {f, g, h[i]}         AR(1), corr(n[t], z[t]) < 0: leverage
        e[t]        = z[t] sqrt(w[t]),  w[t] ~ (k - 2) / chi2(k)  Student with k degrees of freedom, variance 1
        J[t]        ~ compound Poisson with normal sizes          common ones fall, own ones go either way

    with z and n standard normal. A day's shock moves the volatility of the days after it, never of its own (Harvey and
    Shephard 1996), so that returns less their drift are martingale differences and the one-day law is known given the
    state. The values, in `synthdiff.datasets.market_law`, are those of daily equities: annual volatilities of 18 to
    32 %, half-lives of 21 days (f), 252 (g) and 42 (h), leverage of -.80, -.30 and -.35, k = 9 (common) and 5 (own),
    a common jump in 167 days, mean -2 %, spread 2.5 % (the S&P 500 has about as many: Eraker, Johannes and Polson
    2003), an own one in 100 days, spread 3.5 %. Each asset has the same parameters, and under a seed the same own
    shocks, in every market that it is in.

    Parameters
    ----------
    n_steps : int
        Number of days, at least 1.
    n_assets : int
        Number of assets, at least 1. Bars are of one asset whatever is said here.
    frequency : str
        Pandas' name of the calendar: ``"B"`` is Monday to Friday. A step has a trading day's law in all of them.
    start : str
        First date, if the calendar has it, else the next that it has.
    bars : bool
        Make open, high, low, close and volume of the first asset in the place of many closes.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        Seed, or what one is drawn from; the same one gives the same prices.
    return_truth : bool
        Give what the prices were made from as well.

    Returns
    -------
    prices : pandas.DataFrame
        (n_steps, n_assets) float64 closes of ``A1``, ``A2``, ...; 100 on the eve of the first date. For bars: ``open``,
        ``high``, ``low``, ``close`` (float64) and ``volume`` (int64, shares), as `market_bar` draws them. The index,
        ``date``, is datetime64[ns].
    truth : MarketTruth
        If asked for: volatilities, jumps, true risk; row by row beside the prices.

    Raises
    ------
    ConfigError
        A number below 1; a calendar or date that pandas does not know, or that ends before the last step.

    References
    ----------
    Harvey, Shephard: Estimation of an asymmetric stochastic volatility model for asset returns. JBES 14, 1996, eq. 2.
    Jacquier, Polson, Rossi: Bayesian analysis of stochastic volatility models with fat-tailed and correlated errors.
    J. Econometrics 122, 2004 (the Student innovation as a scale mixture beside leverage).
    Eraker, Johannes, Polson: The impact of jumps in volatility and returns. J. Finance 58, 2003 (returns that jump).
    Alizadeh, Brandt, Diebold: Range-based estimation of stochastic volatility models. J. Finance 57, 2002 (a fast and a
    slow part). Calvet, Fisher, Thompson: Volatility comovement. J. Econometrics 131, 2006 (common volatility).

    Examples
    --------
    >>> make_market(3, 2).shape
    (3, 2)
    """
    dates = _dates(n_steps, frequency, start)
    seed = SEED.read(random_state)
    truth = simulate(n_steps, 1 if bars else n_assets, seed)
    if bars:
        prices = pd.DataFrame(draw_bars(truth, START_PRICE, seed), index=dates)
    else:
        closes = START_PRICE * np.exp(truth.returns.cumsum(axis=0))
        prices = pd.DataFrame(closes, index=dates, columns=list(truth.assets))
    return (prices, truth) if return_truth else prices


def simulate(n_steps: int, n_assets: int, random_state: int) -> MarketTruth:
    """Draw a market's returns, with all that they are made from.

    Parameters
    ----------
    n_steps, n_assets : int
    random_state : int

    Returns
    -------
    MarketTruth
    """
    law = MarketLaw.make(n_assets)
    rng = _rng(random_state, "market")
    shock, (fast, slow) = _shocks(rng, n_steps, MARKET_DEGREES, (FAST, SLOW))
    common = fast + slow
    volatility, jumps = law.market_level * np.exp(common), _jumps(rng, n_steps, MARKET_JUMP)
    market = volatility * shock + jumps - MARKET_JUMP.rate * MARKET_JUMP.mean
    own_volatility, own_jumps, own = (np.empty((n_steps, n_assets)) for _ in range(3))
    for i in range(n_assets):
        rng = _rng(random_state, "asset", i)
        shock, (state,) = _shocks(rng, n_steps, OWN_DEGREES, (OWN,))
        own_volatility[:, i] = law.own_level[i] * np.exp(law.load[i] * common + state)
        own_jumps[:, i] = _jumps(rng, n_steps, OWN_JUMP)
        own[:, i] = own_volatility[:, i] * shock + own_jumps[:, i] - OWN_JUMP.rate * OWN_JUMP.mean
    returns = law.drift + market[:, None] * law.beta + own
    names = tuple(f"A{i + 1}" for i in range(n_assets))
    return MarketTruth(names, law, returns, volatility, own_volatility, jumps, own_jumps)


def _rng(random_state: int, *keys: str | int) -> np.random.Generator:
    return np.random.default_rng(spawn_seed(random_state, "make_market", *keys))


def _shocks(
    rng: np.random.Generator, n_steps: int, degrees: int, parts: tuple[Persistence, ...]
) -> tuple[FloatArray, list[FloatArray]]:
    """Student shocks to the return, and the log-volatilities that each of them moves from the next day on."""
    gaussian = rng.standard_normal(n_steps)
    shock = gaussian * np.sqrt((degrees - 2) / rng.chisquare(degrees, n_steps))
    return shock, [_persist(rng, gaussian, part) for part in parts]


def _persist(rng: np.random.Generator, gaussian: FloatArray, part: Persistence) -> FloatArray:
    own = rng.standard_normal(len(gaussian))
    noise = part.leverage * gaussian + math.sqrt(1 - part.leverage**2) * own
    start = part.spread * rng.standard_normal()
    # Of the filter a x[t] + c n[t], the value of day t + 1.
    later, _ = lfilter([part.step], [1, -part.memory], noise[:-1], zi=[part.memory * start])
    return np.concatenate([[start], later])


def _jumps(rng: np.random.Generator, n_steps: int, jump: Jump) -> FloatArray:
    """Sums of a day's jumps: that of n normal sizes is normal again."""
    n = rng.poisson(jump.rate, n_steps)
    return n * jump.mean + np.sqrt(n) * jump.spread * rng.standard_normal(n_steps)


def _dates(n_steps: int, frequency: str, start: str) -> pd.DatetimeIndex:
    try:
        return pd.date_range(start, periods=n_steps, freq=frequency, name="date", unit="ns")
    except (ValueError, OverflowError) as error:
        message = f"no {n_steps} dates from {start!r} on in the calendar {frequency!r}: {error}; say an ISO date"
        raise ConfigError(f"{message} and a pandas frequency such as 'B', so that all of it ends before 2262") from None
