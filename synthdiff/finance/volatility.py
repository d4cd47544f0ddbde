"""Simulators that scale random innovations by a volatility recursion; what the innovations are, is up to each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np

from synthdiff.data.split import FloatArray, IntArray
from synthdiff.errors import ConfigError
from synthdiff.finance.estimate import Kind, VolatilityFit, fit_volatility
from synthdiff.finance.recursion import filter_returns, simulate
from synthdiff.finance.simulator import (
    SingleOrigin,
    check_origins,
    check_returns,
    chunks,
    not_fitted,
    origin_seed,
)

LARGEST = 20.0
"""Volatilities. The largest of the S&P 500 in 1990 to 2022 is 7.5, those of single stocks mostly 6 to 15."""


class VolatilitySimulator(SingleOrigin, ABC):
    """A recursion for each asset, estimated on its own; needs ``synthdiff[finance]``.

    Paths of `sample` start from a random day of the history that was learnt: with the volatilities of that day, and
    with whatever else innovations go on from. Paths of a forecast start from the end of the history given.

    Attributes
    ----------
    fit_ : VolatilityFit
        The recursion and its parameters, after `fit`.
    states_ : (T, d) float64
        States of the recursion after each row of the history, after `fit`.
    residuals_ : (T, d) float64
        Standardised returns of the history, after `fit`.
    notes : tuple of str
        What to know about the estimates; empty if all went well.
    """

    name: str
    notes: tuple[str, ...] = ()
    fit_: VolatilityFit
    states_: FloatArray
    residuals_: FloatArray

    def fit(self, returns: FloatArray) -> Self:
        """Estimate the recursion of each asset.

        Raises
        ------
        MissingExtraError
            `arch` is not installed.
        DataError
            The returns are no table of finite numbers, or an asset never varies.
        """
        returns = check_returns(returns)
        self.fit_ = fit_volatility(returns, self._kind())
        self.notes = self.fit_.notes
        states, self.residuals_ = filter_returns(self.fit_.recursion, returns)
        self.states_ = states[1:]
        self._learn()
        return self

    def sample(self, n_paths: int, n_steps: int, random_state: int) -> FloatArray:
        """Draw paths, (n_paths, n_steps, d)."""
        recursion = self._fitted().recursion
        paths = np.empty((n_paths, n_steps, len(recursion.mean)))
        for chosen, rng in chunks(n_paths, random_state):
            rows = rng.integers(len(self.states_), size=chosen.stop - chosen.start)
            start = self._start(self.residuals_, rows + 1)
            paths[chosen] = simulate(recursion, self.states_[rows], self._innovations(start, n_steps, rng))
        return paths

    def forecast_many(
        self, history: FloatArray, origins: IntArray, n_steps: int, n_paths: int, random_state: int
    ) -> FloatArray:
        """Draw paths from each of m origins, (m, n_paths, n_steps, d)."""
        recursion = self._fitted().recursion
        history = check_returns(history, len(recursion.mean))
        check_origins(origins, len(history))
        states, residuals = filter_returns(recursion, history)
        starts = self._start(residuals, origins)
        paths = np.empty((len(origins), n_paths, n_steps, history.shape[1]))
        for out, start, origin in zip(paths, starts, origins, strict=True):
            rng = np.random.default_rng(origin_seed(random_state, int(origin)))
            out[:] = self._innovations(np.broadcast_to(start, (n_paths, *start.shape)), n_steps, rng)
        simulate(recursion, np.repeat(states[origins], n_paths, axis=0), paths.reshape(-1, *paths.shape[2:]))
        return paths

    def _fitted(self) -> VolatilityFit:
        if not hasattr(self, "fit_"):
            raise not_fitted(self.name)
        return self.fit_

    @abstractmethod
    def _kind(self) -> Kind:
        """The recursion."""

    def _learn(self) -> None:
        """Learn what the innovations are from `fit_` and `residuals_`."""
        return

    def _start(self, residuals: FloatArray, n_seen: IntArray) -> FloatArray:
        """What innovations go on from after the first `n_seen` of the residuals (T, d): (m, ...); here nothing."""
        return np.empty((len(n_seen), 0))

    @abstractmethod
    def _innovations(self, start: FloatArray, n_steps: int, rng: np.random.Generator) -> FloatArray:
        """Draw standardised innovations, (n_paths, n_steps, d), of paths that go on from `start`, (n_paths, ...)."""


def check_kind(volatility: str, known: tuple[Kind, ...]) -> Kind:
    """The recursion that a parameter names.

    Raises
    ------
    ConfigError
        It is not one of those known.
    """
    for kind in known:
        if volatility == kind:
            return kind
    *first, last = known
    raise ConfigError(f"volatility {volatility!r} is not known; say {', '.join(first)} or {last}")


def cut_shocks(residuals: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Cut standardised residuals at `LARGEST`.

    What a price does that hardly moved for months would be a multiple of all wealth on a wild day.

    Parameters
    ----------
    residuals : (T, d) float64

    Returns
    -------
    cut : (T, d) float64
    notes : tuple of str
        A sentence for each asset that was cut.
    """
    largest = np.abs(residuals).max(axis=0)
    notes = tuple(
        f"asset {j}: a shock of {largest[j]:.0f} volatilities is cut to {LARGEST:g}"
        for j in np.flatnonzero(largest > LARGEST)
    )
    return np.clip(residuals, -LARGEST, LARGEST), notes
