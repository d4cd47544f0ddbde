"""What the prices of `make_market` were made from, and the risk that follows from it exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import dst

from synthdiff.datasets.market_law import MARKET_DEGREES, MARKET_JUMP, OWN_DEGREES, OWN_JUMP, Jump, MarketLaw
from synthdiff.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
ComplexArray = npt.NDArray[np.complex128]

_N_TERMS = 1_023  # of the cosine series: a grid has one cell more, and powers of two are quickly transformed
_N_DAYS = 128  # at a time, so that a block of series takes a few MB
_N_NEWTON = 4  # from within a cell, a tenth of the narrowest law's spread: to 1e-9


@dataclass(frozen=True)
class MarketTruth:
    """A drawn market, row by row beside its prices: row t is the move from close t - 1 to close t.

    Attributes
    ----------
    assets : tuple of str, (n_assets,)
    law : MarketLaw
        Parameters.
    returns : float64 array, (n_steps, n_assets)
        Log returns.
    market_volatility : float64 array, (n_steps,)
        Standard deviation of the common factor's day without its jumps: known the evening before.
    own_volatility : float64 array, (n_steps, n_assets)
        The same of the own parts.
    market_jumps : float64 array, (n_steps,)
        Sum of the common factor's jumps, 0 on a day without any.
    own_jumps : float64 array, (n_steps, n_assets)
        The same of the own parts.
    """

    assets: tuple[str, ...]
    law: MarketLaw
    returns: FloatArray
    market_volatility: FloatArray
    own_volatility: FloatArray
    market_jumps: FloatArray
    own_jumps: FloatArray

    @property
    def beta(self) -> FloatArray:
        """Log return of each asset for one of the common factor, (n_assets,)."""
        return self.law.beta

    @property
    def jump_days(self) -> BoolArray:
        """Whether an asset jumped, with the market or alone, (n_steps, n_assets)."""
        jumped: BoolArray = (self.market_jumps != 0)[:, None] | (self.own_jumps != 0)
        return jumped

    @property
    def volatility(self) -> FloatArray:
        """Standard deviations of the assets' log returns given the state, jumps included, (n_steps, n_assets)."""
        market = self.beta**2 * (self.market_volatility[:, None] ** 2 + MARKET_JUMP.variance)
        return np.sqrt(market + self.own_volatility**2 + OWN_JUMP.variance)

    def value_at_risk(self, level: float = 0.99, weights: npt.ArrayLike | None = None) -> FloatArray:
        """True one-day value at risk, known the evening before: the loss that is exceeded with probability 1 - level.

        Parameters
        ----------
        level : float
            In (0, 1).
        weights : array_like, (n_assets,), or None
            Of a sum of log returns; None: each asset alone.

        Returns
        -------
        float64 array, (n_steps,), or (n_steps, n_assets) for each asset alone
            Losses are positive.

        Raises
        ------
        ConfigError
            The level is not in (0, 1), or the weights are not one finite number an asset, or are all 0.
        """
        _check_level(level)
        return self._each(weights, lambda day, _: -day.quantile(1 - level))

    def expected_shortfall(self, level: float = 0.975, weights: npt.ArrayLike | None = None) -> FloatArray:
        """True one-day expected shortfall: the mean of the losses beyond `value_at_risk`; its parameters and shapes."""
        _check_level(level)
        return self._each(weights, lambda day, _: -day.mean_below(day.quantile(1 - level)) / (1 - level))

    def probability(self, returns: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> FloatArray:
        """True probability, the evening before, of at most these log returns; uniform at those that came.

        Parameters
        ----------
        returns : array_like, (n_steps,), or (n_steps, n_assets) for each asset alone
        weights : array_like, (n_assets,), or None
            As in `value_at_risk`.

        Returns
        -------
        float64 array of the shape of `returns`

        Raises
        ------
        ConfigError
            The returns have another shape, or the weights are not as in `value_at_risk`.
        """
        values = np.asarray(returns, dtype=np.float64)
        expected = self.returns.shape if weights is None else self.returns.shape[:1]
        if values.shape != expected:
            raise ConfigError(f"returns have the shape {values.shape}; the market's is {expected}")
        columns = values.reshape(len(values), -1)
        return self._each(weights, lambda day, column: day.probability(columns[day.rows, column]))

    def _each(self, weights: npt.ArrayLike | None, measure: Callable[[_Days, int], FloatArray]) -> FloatArray:
        """Measure the days' laws of one sum or of each asset, a block of days at a time."""
        n_steps, n_assets = self.returns.shape
        portfolios = np.eye(n_assets) if weights is None else np.asarray(weights, dtype=np.float64)[None]
        if portfolios.shape[1:] != (n_assets,) or not np.isfinite(portfolios).all() or not portfolios.any():
            raise ConfigError(
                f"weights are {weights!r}; say {n_assets} finite numbers, one an asset, and not all of them 0"
            )
        blocks = [slice(first, first + _N_DAYS) for first in range(0, n_steps, _N_DAYS)]
        columns = [
            np.concatenate([measure(_Days(self, rows, portfolio), column) for rows in blocks])
            for column, portfolio in enumerate(portfolios)
        ]
        return columns[0] if weights is not None else np.column_stack(columns)


class _Days:
    """The laws of one sum of log returns on some days, as cosine series of their densities.

    On [low, low + width] a density is A[0] / 2 + sum A[k] cos(k pi y) with y the place in it, from 0 to 1, and A[k]
    = 2 / width Re(phi(k pi / width) exp(-i k pi low / width)); phi is the characteristic function, which is a product
    over independent parts. Its integrals are series, too.

    References
    ----------
    Fang, Oosterlee: A novel pricing method for European options based on Fourier-cosine series expansions. SIAM J.
    Sci. Comput. 31, 2008, eq. 8.
    """

    def __init__(self, truth: MarketTruth, rows: slice, weights: FloatArray) -> None:
        self.rows = rows
        parts = [(float(weights @ truth.beta), truth.market_volatility[rows], MARKET_DEGREES, MARKET_JUMP)]
        own = truth.own_volatility[rows].T
        parts += [(float(w), own[i], OWN_DEGREES, OWN_JUMP) for i, w in enumerate(weights) if w]
        variance = sum((weight * spread) ** 2 for weight, spread, _, _ in parts)
        jumps = sum(abs(weight) * (abs(jump.mean) + 6 * jump.spread) for weight, _, _, jump in parts)
        # Beyond 20 standard deviations a Student law with five degrees of freedom has 2e-6 of its mass.
        half = 20 * np.sqrt(variance) + jumps
        mean = float(weights @ truth.law.drift)
        self.low, self.width = mean - half, 2 * half
        angle = np.arange(1, _N_TERMS + 1) * math.pi
        phase = angle / self.width[:, None]
        phi = np.exp(1j * phase * (mean - self.low)[:, None])
        for weight, spread, degrees, jump in parts:
            phi *= _student(weight * spread[:, None] * phase, degrees) * _compound(weight * phase, jump)
        self._angle, self._terms = angle, 2 * phi.real / angle

    def probability(self, x: FloatArray) -> FloatArray:
        """Of at most x, (n_days,)."""
        place = np.clip((x - self.low) / self.width, 0, 1)
        series: FloatArray = place + (self._terms * np.sin(place[:, None] * self._angle)).sum(axis=1)
        return series.clip(0, 1)

    def quantile(self, share: float) -> FloatArray:
        """Where the probability is this share, (n_days,): the cell of a grid that holds it, then Newton's method."""
        n_cells = _N_TERMS + 1
        grid = np.arange(1, n_cells) / n_cells + dst(self._terms, type=1, axis=1) / 2  # the series at all of the grid
        cell = (grid <= share).sum(axis=1)
        place: FloatArray = (cell + 0.5) / n_cells
        for _ in range(_N_NEWTON):
            wave = place[:, None] * self._angle
            error = place + (self._terms * np.sin(wave)).sum(axis=1) - share
            density = 1 + (self._terms * self._angle * np.cos(wave)).sum(axis=1)
            place = np.clip(place - error / density, cell / n_cells, (cell + 1) / n_cells)
        return self.low + self.width * place

    def mean_below(self, x: FloatArray) -> FloatArray:
        """Integral of the values up to x times their density, (n_days,): by parts, x F(x) less the integral of F."""
        place = (x - self.low) / self.width
        waves: FloatArray = (self._terms / self._angle * (1 - np.cos(place[:, None] * self._angle))).sum(axis=1)
        return x * self.probability(x) - self.width * (place**2 / 2 + waves)


def _student(phase: FloatArray, degrees: int) -> FloatArray:
    """Characteristic function of Student's law of variance 1 with 2 n + 1 degrees of freedom.

    It is x^(n + 1/2) K_{n + 1/2}(x) but for a factor, with x = sqrt(degrees - 2) |phase| here: exp(-x) times a
    polynomial (Abramowitz, Stegun, 10.2.15), which is 1 at 0.
    """
    n = (degrees - 1) // 2
    x = math.sqrt(degrees - 2) * np.abs(phase)
    bessel = [math.factorial(n + k) / (math.factorial(k) * math.factorial(n - k) * 2**k) for k in range(n + 1)]
    characteristic: FloatArray = np.exp(-x) * np.polyval(np.array(bessel) / bessel[-1], x)
    return characteristic


def _compound(phase: FloatArray, jump: Jump) -> ComplexArray:
    """Characteristic function of a day's jumps less their mean."""
    exponent = 1j * phase * jump.mean
    characteristic: ComplexArray = np.exp(
        jump.rate * (np.exp(exponent - (phase * jump.spread) ** 2 / 2) - 1 - exponent)
    )
    return characteristic


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ConfigError(f"level is {level}; say a probability between 0 and 1, such as 0.99")
