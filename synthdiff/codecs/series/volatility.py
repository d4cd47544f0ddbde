"""Volatility as a function of what has happened: returns divided by it, path by path, exactly and back.

Log volatility is linear in logarithms of moving averages of absolute returns over days to a year (after the
heterogeneous autoregression of [1]_, in logarithms as in [2]_), and in ratios of moving averages of signed to absolute
returns, which carry the leverage effect. The moving averages are given by the past, so the weights are a regression:
maximum likelihood with Student's t, which has no start values to be lucky with and nothing that must be stationary to
be estimated.

Several assets have a *common factor*: the market, a fixed portfolio of them. Its volatility is followed first; each
asset is what the market explains, and a rest whose volatility follows its own past, the market's and that of all rests.
So they are turbulent together, and correlations rise when the market is.

References
----------
.. [1] Corsi, "A Simple Approximate Long-Memory Model of Realized Volatility", Journal of Financial Econometrics, 2009.
.. [2] Geweke, "Modelling the Persistence of Conditional Variances: A Comment", Econometric Reviews, 1986.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

import numpy as np

from synthdiff.codecs.series.channel import BoolArray, FloatArray
from synthdiff.codecs.series.student import fit_log_scale
from synthdiff.record import LARGEST, numbers, require, restore

HALF_LIVES = np.array([1.5, 5.0, 20.0, 60.0, 250.0])
"""Steps after which an absolute return counts half; the signed averages have all but the last."""
N_MAGNITUDES, N_SIGNED = len(HALF_LIVES), len(HALF_LIVES) - 1
BURN = 60
"""First steps that are not fitted: their averages still remember where they started."""
BELOW, ABOVE = 0.5, 0.4
"""How far log volatility may leave the range that it had in the data: what keeps every path finite."""
FURTHEST = 2.0
"""How far a step may go, in the largest of the history."""
FLOOR = 0.1
"""Share of the usual absolute return that a smaller one counts as: months without a trade must not make the first one
after them a shock of a million standard deviations."""
TAME = 8.0
"""Mean absolute returns beyond which a return says no more of how assets move together: the day on which a peg breaks
would else make an asset that hardly moves a follower of the market, which its own jump is a part of."""
RECENT = 2
"""Which of the averages of absolute returns says how exact a return is, where loadings are estimated."""
PERSISTENCE = 0.9
"""Sum of the weights of a series' own averages, where data are few."""
MIN_FITTED = 30
"""A series that is observed less often after the burn-in is fitted to all of its steps."""
LATELY, SELDOM = 250, 1 / 3
"""Last steps of the history, and share of them in which an asset must be seen to move to be part of the market."""
HALF = 0.5
NOTHING = 1e-9
"""Share of the largest usual return below which a series is nothing but rounding: what one asset adds to its copy."""

Sizes = Annotated[FloatArray, numbers(low=1 / LARGEST, high=LARGEST)]
Logs = Annotated[FloatArray, numbers(low=-300.0, high=300.0)]


@dataclass(frozen=True)
class VolatilityState:
    """Moving averages of n paths of K series: all that volatility depends on.

    Attributes
    ----------
    magnitude : (n, K, 5) float64
        Of absolute returns.
    signed : (n, K, 4) float64
        Of returns.
    """

    magnitude: FloatArray
    signed: FloatArray

    def __len__(self) -> int:
        return len(self.magnitude)

    def take(self, rows: Any) -> VolatilityState:
        """The given paths."""
        return VolatilityState(self.magnitude[rows], self.signed[rows])

    def after(self, returns: FloatArray, usual: FloatArray) -> VolatilityState:
        """The state one step later.

        Parameters
        ----------
        returns : (n, K) float64
            NaN where nothing was observed: there, nothing changes.
        usual : (K,) float64
            Usual absolute return; far smaller ones count as a tenth of it.
        """
        missing = np.isnan(returns)[..., None]
        size = np.maximum(np.abs(returns), FLOOR * usual)[..., None]
        keep = 0.5 ** (1 / HALF_LIVES)
        magnitude = self.magnitude * keep + (1 - keep) * size
        signed = self.signed * keep[:N_SIGNED] + (1 - keep[:N_SIGNED]) * returns[..., None]
        if not missing.any():
            return VolatilityState(magnitude, signed)
        return VolatilityState(np.where(missing, self.magnitude, magnitude), np.where(missing, self.signed, signed))


@dataclass(frozen=True, eq=False)
class VolatilityFilter:
    """Returns of A assets <-> K series with their volatilities: K is 1 + A with a common factor, 1 for a single asset.

    Attributes
    ----------
    weights : (A,) float64
        Of the market, the portfolio that the first series is; empty where there is no common factor.
    loadings : (A,) float64
        What a return of the market moves each asset.
    usual : (K,) float64
        Mean absolute return of each series.
    coefficients : (K, P) float64
        Of the features, log volatility.
    lowest, highest : (K,) float64
        Bounds of log volatility.
    furthest : (K,) float64
        Largest absolute value of a step: twice the largest of the history, lest a shock in the midst of turmoil be one
        that no market could have.
    """

    weights: Annotated[FloatArray, numbers(low=0.0, high=1.0)]
    loadings: Annotated[FloatArray, numbers(low=-1e9, high=1e9)]
    usual: Sizes
    coefficients: Annotated[FloatArray, numbers(2, low=-1e6, high=1e6)]
    lowest: Logs
    highest: Logs
    furthest: Sizes

    @classmethod
    def fit(
        cls,
        returns: FloatArray,
        observed: BoolArray | None = None,
        alive: BoolArray | None = None,
        idle: BoolArray | None = None,
    ) -> Self:
        """Fit to returns.

        Parameters
        ----------
        returns : (T, A) float64
            Around zero, without holes.
        observed : (T, A) bool or None
            Cells that were observed; the others are draws. None: all.
        alive : (T, A) bool or None
            Cells in which an asset was seen to move, in that step or since it was seen last. None: all.
        idle : (T, A) bool or None
            Cells in which an asset did not trade: its volatility stays. None: none.
        """
        every = np.ones(returns.shape, dtype=bool)
        observed, alive = (every if part is None else part for part in (observed, alive))
        moves = every if idle is None else ~idle
        none = np.empty(0)
        weights, loadings = _market(returns, observed, alive) if returns.shape[1] > 1 else (none, none)
        bare = cls(weights, loadings, none, np.empty((0, 0)), *[none] * 3)
        series, moving, seen = bare.split(returns), bare.moving(moves), bare.moving(observed)
        known = np.where(moving & seen, series, np.nan)
        usual = _mean_size(known)
        usual = np.maximum(usual, NOTHING * usual.max(initial=0.0))
        states = _follow(np.where(moving, series, np.nan), usual)
        features = _features(states, usual, weights)[:-1]
        prior = _prior(features.shape[-1])
        fitted = [_fit_one(features[:, k], known[:, k], usual[k], prior) for k in range(series.shape[1])]
        coefficients = np.array(fitted).reshape(series.shape[1], len(prior))
        log_volatility = np.einsum("tkp,kp->tk", features[burn_in(len(features)) :], coefficients)
        bounds = log_volatility.min(axis=0) - BELOW, log_volatility.max(axis=0) + ABOVE
        furthest = np.nanmax(np.abs(np.where(np.isnan(known), usual, known)), axis=0)
        return cls(weights, loadings, usual, coefficients, *bounds, FURTHEST * furthest)

    @property
    def n_series(self) -> int:
        """K."""
        return len(self.usual)

    def split(self, returns: FloatArray) -> FloatArray:
        """(..., A) returns of assets to (..., K) series: the market first, then what it leaves of each asset."""
        if not len(self.weights):
            return returns
        market = (returns * self.weights).sum(-1, keepdims=True)
        return np.concatenate([market, returns - market * self.loadings], axis=-1)

    def moving(self, assets: BoolArray) -> BoolArray:
        """Series that move, (..., K), of the assets that do, (..., A): the market if half of its weight does."""
        if not len(self.weights):
            return assets
        market = (assets * self.weights).sum(-1, keepdims=True) >= HALF
        return np.concatenate([market, assets], axis=-1)

    def join(self, series: FloatArray) -> FloatArray:
        """The inverse of `split`."""
        if not len(self.weights):
            return series
        return np.asarray(series[..., 1:] + series[..., :1] * self.loadings)

    def follow(self, series: FloatArray) -> VolatilityState:
        """States before each of (T, K) steps of a history and after the last: of T + 1 moments."""
        return _follow(series, self.usual)

    def log_volatility(self, state: VolatilityState) -> FloatArray:
        """Forecast for the next step, (n, K)."""
        raw = np.einsum("nkp,kp->nk", _features(state, self.usual, self.weights), self.coefficients)
        return np.asarray(np.clip(raw, self.lowest, self.highest))

    def summary(self, state: VolatilityState) -> FloatArray:
        """Where a market stands, for a network: log volatility against its middle, (n, 1) or (n, 2).

        Of the market (of the asset where there is one), and the mean of the rests. No more: the more is told of a
        moment, the better a network remembers what came after it.
        """
        level = self.log_volatility(state) - (self.lowest + self.highest) / 2
        if self.n_series <= 1:
            return level
        return np.stack([level[:, 0], level[:, 1:][:, self.weights > 0].mean(axis=1)], axis=1)

    def run(
        self, innovations: FloatArray, state: VolatilityState, moving: BoolArray | None = None
    ) -> tuple[FloatArray, FloatArray, VolatilityState]:
        """Multiply innovations by the volatilities that they lead to.

        Parameters
        ----------
        innovations : (n, L, K) float64
        state : VolatilityState
            Of n paths, before the first step.
        moving : (n, L, K) bool or None
            Steps after which volatility goes on; it stays after the others. None: all.

        Returns
        -------
        (n, L, K) float64, (n, L, K) float64, VolatilityState
            The series, their log volatilities, and where they end.
        """
        series, log_volatility = np.empty_like(innovations), np.empty_like(innovations)
        for step in range(innovations.shape[1]):
            log_volatility[:, step] = self.log_volatility(state)
            series[:, step] = self.bounded(innovations[:, step] * np.exp(log_volatility[:, step]))
            seen = series[:, step] if moving is None else np.where(moving[:, step], series[:, step], np.nan)
            state = state.after(seen, self.usual)
        return series, log_volatility, state

    def trace(self, series: FloatArray, state: VolatilityState, moving: BoolArray | None = None) -> FloatArray:
        """Log volatility forecast before each of (n, L, K) steps after a state; `moving` as of `run`."""
        log_volatility = np.empty_like(series)
        for step in range(series.shape[1]):
            log_volatility[:, step] = self.log_volatility(state)
            seen = series[:, step] if moving is None else np.where(moving[:, step], series[:, step], np.nan)
            state = state.after(seen, self.usual)
        return log_volatility

    def bounded(self, series: FloatArray) -> FloatArray:
        """Steps, (..., K), none beyond the bounds."""
        return np.clip(series, -self.furthest, self.furthest)

    def advance(self, series: FloatArray, state: VolatilityState) -> VolatilityState:
        """State after (n, L, K) steps, NaN where volatility stays."""
        for step in range(series.shape[1]):
            state = state.after(series[:, step], self.usual)
        return state

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        found = restore(cls, data)
        if found.n_series:
            return found
        return replace(found, coefficients=np.empty((0, _n_features(0))))  # no row tells how wide it is

    def check(self) -> None:
        """Refuse arrays that do not belong together."""
        k, n_assets = self.n_series, len(self.weights)
        require(len(self.loadings) == n_assets, "each asset needs a weight and a loading")
        require(k == n_assets + 1 if n_assets > 1 else k <= 1 and not n_assets, "series and assets do not fit")
        require(not n_assets or abs(self.weights.sum() - 1) < 1e-6, "weights must add up to 1")
        require({len(x) for x in (self.lowest, self.highest, self.furthest)} == {k}, f"numbers of {k} series")
        require((self.lowest <= self.highest).all(), "volatility ends before it begins")
        shape = (k, _n_features(k) if k else 0)
        require(self.coefficients.shape == shape, f"coefficients of shape {shape} are expected")


def burn_in(n_steps: int) -> int:
    """Return the first step of a history at which its volatility is known well enough."""
    return min(BURN, n_steps // 4)


def _market(returns: FloatArray, observed: BoolArray, alive: BoolArray) -> tuple[FloatArray, FloatArray]:
    """The portfolio in which each asset has as much volatility, and the loadings of the assets on it.

    An asset that is hardly seen to move at the end of the history has no part in it. Loadings are by generalised least
    squares: returns count by how exact their asset's volatility makes them. So an asset that was pegged for years, and
    moved by itself in others, does not follow the market; what it has in common with the others when it moves is a
    correlation of its rest.
    """
    known = np.where(observed, returns, np.nan)
    size = np.sqrt(np.nansum(known**2, axis=0) / np.maximum(observed.sum(axis=0), 1))
    size = np.where(size > 0, size, np.inf)
    weights = (alive[-LATELY:].mean(axis=0) >= SELDOM) / size
    weights = weights if weights.any() else 1 / size
    weights = weights / weights.sum()
    market = (returns * weights).sum(axis=1, keepdims=True)
    scale = _follow(returns, np.maximum(_mean_size(known), 1e-300)).magnitude[:-1, :, RECENT]
    scaled, factor = _tamed(known / scale), _tamed(np.where(observed, market, np.nan) / scale)
    return weights, np.nansum(scaled * factor, axis=0) / np.maximum(np.nansum(factor**2, axis=0), 1e-300)


def _mean_size(x: FloatArray) -> FloatArray:
    """Mean absolute value of each column, (A,); 0 where nothing is observed."""
    return np.asarray(np.nansum(np.abs(x), axis=0) / np.maximum((~np.isnan(x)).sum(axis=0), 1))


def _tamed(x: FloatArray) -> FloatArray:
    """Values, (T, K), no larger than `TAME` times their mean size."""
    most = TAME * _mean_size(x)
    return np.clip(x, -most, most)


def _follow(series: FloatArray, usual: FloatArray) -> VolatilityState:
    magnitude = np.empty((len(series) + 1, len(usual), N_MAGNITUDES))
    signed = np.empty((len(series) + 1, len(usual), N_SIGNED))
    state = VolatilityState(np.tile(usual[None, :, None], (1, 1, N_MAGNITUDES)), np.zeros((1, len(usual), N_SIGNED)))
    for step in range(len(series) + 1):
        magnitude[step], signed[step] = state.magnitude[0], state.signed[0]
        if step < len(series):
            state = state.after(series[step : step + 1], usual)
    return VolatilityState(magnitude, signed)


def _features(state: VolatilityState, usual: FloatArray, weights: FloatArray) -> FloatArray:
    """What log volatility is linear in, (n, K, P); the rests of assets that are in the market have a mean."""
    log_magnitude = np.log(state.magnitude / usual[:, None])
    tilt = state.signed / state.magnitude[..., :N_SIGNED]
    parts = [np.ones((*log_magnitude.shape[:2], 1)), log_magnitude, tilt]
    if len(usual) > 1:
        rests = log_magnitude[:, 1:][:, weights > 0].mean(axis=1, keepdims=True)
        parts += [
            np.broadcast_to(part, (*log_magnitude.shape[:2], part.shape[-1]))
            for part in (log_magnitude[:, :1], tilt[:, :1], rests)
        ]
    return np.concatenate(parts, axis=-1)


def _n_features(n_series: int) -> int:
    """How many features log volatility has, P."""
    return 1 + N_MAGNITUDES + N_SIGNED + (N_MAGNITUDES + N_SIGNED + N_MAGNITUDES if n_series > 1 else 0)


def _fit_one(features: FloatArray, values: FloatArray, usual: float, prior: FloatArray) -> FloatArray:
    """Coefficients of one series, of (T, P) features and (T,) values."""
    if np.isnan(values).all() or np.nanmean(np.abs(values)) < 0.5 * usual:  # which has been raised to more than nothing
        return np.append(np.log(usual), np.zeros(len(prior) - 1))
    values = np.maximum(np.abs(values), FLOOR * usual)
    first = burn_in(len(values))
    late = slice(first if (~np.isnan(values[first:])).sum() >= MIN_FITTED else 0, None)
    return fit_log_scale(features[late], values[late], prior)


def _prior(n_features: int) -> FloatArray:
    """Coefficients that few data are drawn to: each own average counts as much, nothing else does."""
    prior = np.zeros(n_features)
    prior[1 : 1 + N_MAGNITUDES] = PERSISTENCE / N_MAGNITUDES
    return prior
