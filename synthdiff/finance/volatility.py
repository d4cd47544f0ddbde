"""Simulators that scale random innovations by a volatility recursion; what the innovations are, is up to each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np

from synthdiff.data.split import FloatArray, IntArray
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


class VolatilitySimulator(SingleOrigin, ABC):
    """A recursion for each asset, estimated on its own; needs ``synthdiff[finance]``.

    Paths of `sample` start with the volatilities of a random day of the history that was learnt, all assets those of
    the same day; paths of a forecast with the volatilities at the end of the history given.

    Attributes
    ----------
    fit_ : VolatilityFit
        The recursion and its parameters, after `fit`.
    states_ : (T, d) float64
        States of the recursion in the history, after `fit`.
    notes : tuple of str
        What to know about the estimates; empty if all went well.
    """

    name: str
    notes: tuple[str, ...] = ()
    fit_: VolatilityFit
    states_: FloatArray

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
        states, residuals = filter_returns(self.fit_.recursion, returns)
        self.states_ = states[1:]
        self._learn(residuals)
        return self

    def sample(self, n_paths: int, n_steps: int, random_state: int) -> FloatArray:
        """Draw paths, (n_paths, n_steps, d)."""
        recursion = self._fitted().recursion
        paths = np.empty((n_paths, n_steps, len(recursion.mean)))
        for chosen, rng in chunks(n_paths, random_state):
            n = chosen.stop - chosen.start
            states = self.states_[rng.integers(len(self.states_), size=n)]
            paths[chosen] = simulate(recursion, states, self._innovations(n, n_steps, rng))
        return paths

    def forecast_many(
        self, history: FloatArray, origins: IntArray, n_steps: int, n_paths: int, random_state: int
    ) -> FloatArray:
        """Draw paths from each of m origins, (m, n_paths, n_steps, d)."""
        recursion = self._fitted().recursion
        history = check_returns(history, len(recursion.mean))
        check_origins(origins, len(history))
        states, _ = filter_returns(recursion, history)
        paths = np.empty((len(origins), n_paths, n_steps, history.shape[1]))
        for out, origin in zip(paths, origins, strict=True):
            rng = np.random.default_rng(origin_seed(random_state, int(origin)))
            out[:] = self._innovations(n_paths, n_steps, rng)
        simulate(recursion, np.repeat(states[origins], n_paths, axis=0), paths.reshape(-1, *paths.shape[2:]))
        return paths

    def _fitted(self) -> VolatilityFit:
        if not hasattr(self, "fit_"):
            raise not_fitted(self.name)
        return self.fit_

    @abstractmethod
    def _kind(self) -> Kind:
        """The recursion."""

    def _learn(self, residuals: FloatArray) -> None:
        """Learn what the innovations are from the standardised residuals of the history, (T, d)."""
        return

    @abstractmethod
    def _innovations(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> FloatArray:
        """Draw standardised innovations, (n_paths, n_steps, d)."""
