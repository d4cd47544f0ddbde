"""Rows of the history, drawn again: one by one, or in blocks that follow each other.

A row holds all assets, so both are multivariate: what happened together on a day stays together.

References
----------
Politis, D. N. and Romano, J. P. (1994). The stationary bootstrap. Journal of the American Statistical Association 89,
1303-1313.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np

from synthdiff.data.split import FloatArray, IntArray
from synthdiff.errors import ConfigError
from synthdiff.finance.simulator import (
    SingleOrigin,
    check_origins,
    check_returns,
    chunks,
    not_fitted,
    origin_seed,
)


class RowBootstrap(SingleOrigin, ABC):
    """A simulator whose paths consist of rows that it was fitted to.

    A forecast does not depend on the end of the history: the paths from an origin are drawn as all others are, and
    always from the rows that were given to `fit`. Fit again to draw from newer ones too.

    Attributes
    ----------
    returns_ : (T, d) float64
        The rows, after `fit`.
    """

    name: str
    returns_: FloatArray

    def fit(self, returns: FloatArray) -> Self:
        """Keep the rows.

        Raises
        ------
        DataError
            The returns are no table of finite numbers.
        ConfigError
            A parameter makes no sense.
        """
        self._check()
        self.returns_ = check_returns(returns).copy()
        return self

    def sample(self, n_paths: int, n_steps: int, random_state: int) -> FloatArray:
        """Draw paths, (n_paths, n_steps, d)."""
        returns = self._fitted()
        paths = np.empty((n_paths, n_steps, returns.shape[1]))
        for chosen, rng in chunks(n_paths, random_state):
            paths[chosen] = returns[self._rows(chosen.stop - chosen.start, n_steps, rng)]
        return paths

    def forecast_many(
        self, history: FloatArray, origins: IntArray, n_steps: int, n_paths: int, random_state: int
    ) -> FloatArray:
        """Draw paths from each of m origins, (m, n_paths, n_steps, d); see the class."""
        returns = self._fitted()
        check_origins(origins, len(check_returns(history, returns.shape[1])))
        paths = np.empty((len(origins), n_paths, n_steps, returns.shape[1]))
        for out, origin in zip(paths, origins, strict=True):
            rng = np.random.default_rng(origin_seed(random_state, int(origin)))
            out[:] = returns[self._rows(n_paths, n_steps, rng)]
        return paths

    def _check(self) -> None:
        """Raise a ConfigError where a parameter makes no sense."""
        return

    def _fitted(self) -> FloatArray:
        if not hasattr(self, "returns_"):
            raise not_fitted(self.name)
        return self.returns_

    @abstractmethod
    def _rows(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> IntArray:
        """Draw which row is where, (n_paths, n_steps)."""


class IidBootstrap(RowBootstrap):
    """Rows drawn one by one: the distribution of a day and all links between assets, and no memory whatsoever."""

    name = "iid bootstrap"

    def _rows(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> IntArray:
        return rng.integers(len(self.returns_), size=(n_paths, n_steps))


class StationaryBootstrap(RowBootstrap):
    """Blocks of rows that follow each other, of random length, from random places; after the last row comes the first.

    Parameters
    ----------
    block_length : float
        Mean number of rows of a block, at least 1; lengths are geometric. Longer blocks keep more of the memory and
        copy more of the history.

    References
    ----------
    Politis and Romano (1994), section 2.
    """

    name = "stationary bootstrap"

    def __init__(self, block_length: float = 20.0) -> None:
        self.block_length = block_length

    def _check(self) -> None:
        if not self.block_length >= 1:
            raise ConfigError(f"block_length is {self.block_length!r}; give a mean number of rows of at least 1")

    def _rows(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> IntArray:
        n_rows = len(self.returns_)
        first = rng.integers(n_rows, size=(n_paths, n_steps))
        fresh = rng.random((n_paths, n_steps)) < 1 / self.block_length
        # The step at which the block of each step began: the last fresh one so far, and the first step always is one.
        steps = np.arange(n_steps)
        began = np.maximum.accumulate(np.where(fresh, steps, 0), axis=1)
        return np.asarray((np.take_along_axis(first, began, axis=1) + steps - began) % n_rows)
