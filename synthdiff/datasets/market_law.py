"""The law of `make_market`: its parameters, and what follows from them without a draw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

DAYS = 252
"""Trading days in a year."""


@dataclass(frozen=True)
class Persistence:
    """An AR(1) of logarithms of volatility.

    Attributes
    ----------
    half_life : float
        Days after which half of a deviation is left.
    spread : float
        Standard deviation, of the stationary law.
    leverage : float
        Correlation of a day's shock with the same day's (Gaussian) shock to the return, in [-1, 1].
    """

    half_life: float
    spread: float
    leverage: float = 0.0

    @property
    def memory(self) -> float:
        """What is left of a deviation the day after."""
        return float(0.5 ** (1 / self.half_life))

    @property
    def step(self) -> float:
        """Standard deviation of a day's shock."""
        return self.spread * math.sqrt(1 - self.memory**2)


@dataclass(frozen=True)
class Jump:
    """A compound Poisson process with normal sizes.

    Attributes
    ----------
    rate : float
        Expected number a day.
    mean, spread : float
        Of one jump's size, as a log return.
    """

    rate: float
    mean: float
    spread: float

    @property
    def variance(self) -> float:
        """Of a day's sum."""
        return self.rate * (self.mean**2 + self.spread**2)


FAST = Persistence(half_life=21, spread=0.42, leverage=-0.80)
SLOW = Persistence(half_life=252, spread=0.28, leverage=-0.30)
OWN = Persistence(half_life=42, spread=0.28, leverage=-0.35)
MARKET_JUMP = Jump(rate=0.006, mean=-0.020, spread=0.025)
OWN_JUMP = Jump(rate=0.010, mean=0.0, spread=0.035)
MARKET_DEGREES, OWN_DEGREES = 9, 5
"""Degrees of freedom of the Student innovations; odd, so that their characteristic functions are elementary."""
MARKET_ANNUAL = 0.16
"""Annual standard deviation of the common factor, jumps included."""

_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class MarketLaw:
    """The parameters that differ between assets; all of them per day. Asset i has the same ones in every market.

    Attributes
    ----------
    drift : float64 array, (n_assets,)
        Expected log return.
    beta : float64 array, (n_assets,)
        Log return of the asset for one of the common factor.
    own_spread : float64 array, (n_assets,)
        Standard deviation of the own part, jumps included.
    load : float64 array, (n_assets,)
        How much the own logarithm of volatility moves with the common one.
    """

    drift: FloatArray
    beta: FloatArray
    own_spread: FloatArray
    load: FloatArray

    @classmethod
    def make(cls, n_assets: int) -> MarketLaw:
        """The law of the first assets: betas .7 to 1.3, own annual volatility 14 to 24 %, loads .4 to .8."""
        # Fractions of multiples of the golden ratio fill [0, 1) evenly however many there are.
        place = np.arange(1, n_assets + 1, dtype=np.float64)
        first, second, third = (place * _GOLDEN * k % 1.0 for k in (1, 2, 3))
        beta = 0.7 + 0.6 * first
        return cls((0.02 + 0.04 * beta) / DAYS, beta, (0.14 + 0.10 * second) / math.sqrt(DAYS), 0.4 + 0.4 * third)

    @property
    def market_variance(self) -> float:
        """Of the common factor's return on a day of which nothing is known."""
        return MARKET_ANNUAL**2 / DAYS

    @property
    def market_level(self) -> float:
        """Median of the common volatility: the mean of a log-normal square is exp(2 var) above it."""
        return math.sqrt((self.market_variance - MARKET_JUMP.variance) * math.exp(-2 * _COMMON_VARIANCE))

    @property
    def own_level(self) -> FloatArray:
        """Medians of the own volatilities, (n_assets,)."""
        variance = self.load**2 * _COMMON_VARIANCE + OWN.spread**2
        return np.sqrt((self.own_spread**2 - OWN_JUMP.variance) * np.exp(-2 * variance))

    @property
    def covariance(self) -> FloatArray:
        """Of log returns on a day of which nothing is known, (n_assets, n_assets)."""
        return np.outer(self.beta, self.beta) * self.market_variance + np.diag(self.own_spread**2)

    @property
    def correlation(self) -> FloatArray:
        """Of log returns on a day of which nothing is known, (n_assets, n_assets)."""
        covariance = self.covariance
        spread: FloatArray = np.sqrt(np.diag(covariance))
        return covariance / spread / spread[:, None]


_COMMON_VARIANCE = FAST.spread**2 + SLOW.spread**2
