"""How levels go on from where they stand: a vector autoregression, taken out of them path by path, exactly and back.

A temperature is nearly what it was a step before, goes on as it went, and comes back to where the others say it
belongs. All three are linear, and all of them add up over a window: a network that must draw levels from white noise
has to be right to a thousandth of their range, and one that draws their differences lets them wander off. So the
autoregression in error-correction form ([1]_, section 6.3)

    x_t - x_(t-1) = c + A x_(t-1) + sum_k B_k (x_(t-k) - x_(t-k-1)) + e_t

is estimated, and only the innovations e_t are left to the network: with white ones, levels already move as those of
the history do, to second order.

References
----------
.. [1] Lütkepohl, "New Introduction to Multiple Time Series Analysis", Springer, 2005.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from synthdiff.codecs.series.channel import FloatArray, fill_forward
from synthdiff.record import LARGEST, Indices, numbers, require, restore

N_LAGS = 6
"""Differences that the next step depends on."""
PERSISTENT = 0.95
"""Autocorrelation from step to step from which on a level is followed: below, a tenth or more of its variance is new at
each step, and often the level is one of a few values, which its innovations are not."""
USUAL = 0.5
"""Size of a coefficient before anything is known of it."""
TINY = 1e-9
"""What makes levels that are copies of each other share a coefficient."""
MOST_ROWS = 64
"""More than the next step can depend on."""
Bounds = Annotated[FloatArray, numbers(low=-1e9, high=1e9)]


@dataclass(frozen=True, eq=False)
class LevelFilter:
    """K levels <-> what is new in them at each step.

    Attributes
    ----------
    places : tuple of int
        Of the F that are followed, among the K; the others are what they are.
    mean, deviation : (F,) float64
        Of the history.
    lowest, highest : (F,) float64
        What no path leaves: the range of the history, in standard deviations from the mean.
    coefficients : (1 + F * (1 + lags), F) float64
        Of a constant, the last levels and the last differences, the latest last.
    """

    places: Indices
    mean: Annotated[FloatArray, numbers(low=-LARGEST, high=LARGEST)]
    deviation: Annotated[FloatArray, numbers(low=1 / LARGEST, high=LARGEST)]
    lowest: Bounds
    highest: Bounds
    coefficients: Annotated[FloatArray, numbers(2, low=-1e9, high=1e9)]

    @classmethod
    def none(cls) -> Self:
        """One that follows nothing."""
        nothing = np.empty(0)
        return cls((), nothing, nothing, nothing, nothing, np.empty((1, 0)))

    @classmethod
    def fit(cls, levels: FloatArray) -> Self:
        """Fit to (T, K) levels; NaN where not observed."""
        places = tuple(k for k in range(levels.shape[1]) if _autocorrelation(levels[:, k]) > PERSISTENT)
        if not places:
            return cls.none()
        x = levels[:, list(places)]
        mean, deviation = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
        scaled = (x - mean) / deviation
        bounds = np.nanmin(scaled, axis=0), np.nanmax(scaled, axis=0)
        filled, n_rows = _filled(scaled), _n_lags(*x.shape) + 1
        features = _features(sliding_window_view(filled, n_rows, axis=0)[:-1].transpose(0, 2, 1))
        coefficients = _regress(features, np.diff(filled, axis=0)[n_rows - 1 :])
        return cls(places, mean, deviation, *bounds, coefficients)

    @property
    def n_rows(self) -> int:
        """Last levels that the next step depends on."""
        return (len(self.coefficients) - 1) // len(self.places) if self.places else 0

    def follow(self, levels: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Innovations of a history, and where it stood.

        Parameters
        ----------
        levels : (T, K) float64
            NaN where not observed.

        Returns
        -------
        (T, K) float64, (T + 1, n_rows, F) float64
            The levels, innovations in the place of those that are followed; and the states before each step and after
            the last: the last levels, in standard deviations from the mean.
        """
        if not self.places:
            return levels, np.empty((len(levels) + 1, 0, 0))
        scaled = (levels[:, list(self.places)] - self.mean) / self.deviation
        filled = _filled(scaled)
        padded = np.concatenate([np.repeat(filled[:1], self.n_rows, axis=0), filled])
        states = sliding_window_view(padded, self.n_rows, axis=0).transpose(0, 2, 1)
        series = levels.copy()
        series[:, list(self.places)] = scaled - self._expected(states[:-1])
        return series, np.ascontiguousarray(states)

    def run(self, series: FloatArray, state: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Levels that innovations lead to, the inverse of `follow` within the bounds.

        Parameters
        ----------
        series : (n, L, K) float64
        state : (n, n_rows, F) float64
            Before the first step.

        Returns
        -------
        (n, L, K) float64, (n, n_rows, F) float64
            Levels, and the state after the last step.
        """
        if not self.places:
            return series, state
        levels = series.copy()
        for step in range(series.shape[1]):
            scaled = self._expected(state) + series[:, step, list(self.places)]
            scaled = np.clip(scaled, self.lowest, self.highest)
            state = np.concatenate([state[:, 1:], scaled[:, None]], axis=1)
            levels[:, step, list(self.places)] = scaled * self.deviation + self.mean
        return levels, state

    def fill(self, levels: FloatArray, series: FloatArray, state: FloatArray) -> FloatArray:
        """Draw levels that are missing between known ones.

        They go on by the autoregression, and are moved evenly to meet the next one that is known.

        Parameters
        ----------
        levels : (L, K) float64
            NaN where missing.
        series : (n, L, K) float64
            Innovations of the followed levels in n draws; those of known levels are not used, but for the first one
            after a hole.
        state : (n_rows, F) float64
            Before the first step.

        Returns
        -------
        (n, L, K) float64
            Known levels as they are.
        """
        if not self.places:
            return np.broadcast_to(levels, series.shape).copy()
        known = (levels[:, list(self.places)] - self.mean) / self.deviation
        states = np.broadcast_to(state, (len(series), *state.shape))
        drawn = np.empty((*series.shape[:2], known.shape[1]))
        for step, now in enumerate(known):
            free = self._expected(states) + series[:, step, list(self.places)]
            drawn[:, step] = np.clip(free, self.lowest, self.highest)
            seen = np.where(np.isnan(now), drawn[:, step], now)
            states = np.concatenate([states[:, 1:], seen[:, None]], axis=1)
        for k, column in enumerate(known.T):
            _lead_to_known(drawn[..., k], column)
        filled = np.broadcast_to(levels, series.shape).copy()
        led = np.clip(drawn, self.lowest, self.highest) * self.deviation + self.mean
        filled[..., list(self.places)] = np.where(np.isnan(known), led, levels[:, list(self.places)])
        return filled

    def bounded(self, levels: FloatArray) -> FloatArray:
        """Levels, (..., K), those that are followed within the range of the history."""
        bounded, followed = levels.copy(), list(self.places)
        low, high = (side * self.deviation + self.mean for side in (self.lowest, self.highest))
        bounded[..., followed] = np.clip(levels[..., followed], low, high)
        return bounded

    def summary(self, state: FloatArray) -> FloatArray:
        """Where the levels stand, for a network, (n, F): in standard deviations from the mean."""
        return state[:, -1] if self.places else np.empty((len(state), 0))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        arrays = {name: getattr(self, name).tolist() for name in self.__dataclass_fields__ if name != "places"}
        return {"places": list(self.places), **arrays}

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse arrays that do not belong together."""
        n = len(self.places)
        sizes = {len(side) for side in (self.mean, self.deviation, self.lowest, self.highest)}
        require(sizes == {n} and len(set(self.places)) == n, f"numbers of {n} levels are expected")
        require((self.lowest <= self.highest).all(), "a level ends before it begins")
        shape = (1 + n * self.n_rows, n)
        require(self.coefficients.shape == shape and self.n_rows <= MOST_ROWS, "coefficients of other levels")
        require(not n or self.n_rows > 0, "levels that are followed need a coefficient")

    def _expected(self, states: FloatArray) -> FloatArray:
        return np.asarray(states[:, -1] + _features(states) @ self.coefficients)


def _filled(scaled: FloatArray) -> FloatArray:
    """Levels of mean 0; where none is observed the last one that was, else the mean."""
    return np.nan_to_num(fill_forward(scaled))


def _features(states: FloatArray) -> FloatArray:
    """A constant, the last levels and their differences before: (n, n_rows, F) to (n, 1 + n_rows * F)."""
    moves = np.diff(states, axis=1).reshape(len(states), -1)
    return np.concatenate([np.ones((len(states), 1)), states[:, -1], moves], axis=1)


def _regress(features: FloatArray, moves: FloatArray) -> FloatArray:
    """Ridge regression, drawn to a random walk: coefficients are thought to be about `USUAL`, all but the constant.

    They are of standard deviations, and so is what levels that hang together closely are drawn to each other by: that
    their distance hardly varies must not count against it.
    """
    gram, target = features.T @ features, features.T @ moves
    prior = np.ones(len(gram)) / USUAL**2
    prior[0] = 0.0
    ridges = (np.diag(prior * variance + TINY) for variance in moves.var(axis=0))
    return np.stack([np.linalg.solve(gram + ridge, target[:, k]) for k, ridge in enumerate(ridges)], axis=1)


def _n_lags(n_steps: int, n_levels: int) -> int:
    """Lagged differences that so many steps can tell something of: eight steps a coefficient at least."""
    return int(np.clip(n_steps // (8 * n_levels) - 2, 0, N_LAGS))


def _autocorrelation(x: FloatArray) -> float:
    """From step to step, of (T,) with NaN; 0 where nothing moves."""
    away = x - np.nanmean(x)
    variance = np.nanmean(away**2)
    return float(np.nanmean(away[1:] * away[:-1]) / variance) if variance > 0 else 0.0


def _lead_to_known(drawn: FloatArray, known: FloatArray) -> None:
    """Move draws of a level, (n, L), evenly from the begin of each hole to the next known level, in place."""
    missing = np.isnan(known)
    for first in np.flatnonzero(missing & ~np.concatenate([[False], missing[:-1]])):
        ends = np.flatnonzero(~missing[first:])
        if len(ends):
            stop = int(first + ends[0])
            share = np.arange(1, stop - first + 1) / (stop - first + 1)
            drawn[:, first:stop] += (known[stop] - drawn[:, stop])[:, None] * share
