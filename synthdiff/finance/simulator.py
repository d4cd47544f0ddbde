"""What everything that simulates returns has in common: classical challengers and fitted diffusion models alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self

import numpy as np

from synthdiff.data.pathcheck import as_numbers
from synthdiff.data.split import FloatArray, IntArray
from synthdiff.errors import ConfigError, DataError, NotFittedError
from synthdiff.runtime import spawn_seed

CHUNK = 1024
"""Paths that are drawn together; a chunk has random numbers of its own."""


class Simulator(Protocol):
    """Draws paths of returns: from anywhere, or from where a history ends.

    All returns are float64, fractions (0.01 = 1 %) and finite; d assets in the same order everywhere.

    Attributes
    ----------
    name : str
        For tables of results.
    """

    name: str

    def fit(self, returns: FloatArray) -> Self:
        """Learn from returns, (T, d)."""
        ...

    def sample(self, n_paths: int, n_steps: int, random_state: int) -> FloatArray:
        """Draw paths, (n_paths, n_steps, d), from states drawn from the history that was learnt."""
        ...

    def forecast(self, history: FloatArray, n_steps: int, n_paths: int, random_state: int) -> FloatArray:
        """Draw how a history, (T', d), goes on: (n_paths, n_steps, d).

        The history may go beyond what was learnt; parameters are not estimated again.
        """
        ...

    def forecast_many(
        self, history: FloatArray, origins: IntArray, n_steps: int, n_paths: int, random_state: int
    ) -> FloatArray:
        """Draw how a history goes on from each of m origins, (m, n_paths, n_steps, d).

        Origin o sees ``history[:o]`` only, and its paths do not depend on which other origins are asked for.
        """
        ...


class Forecaster(Protocol):
    """The part of a `Simulator` that `OriginByOrigin` needs."""

    def forecast(self, history: FloatArray, n_steps: int, n_paths: int, random_state: int) -> FloatArray:
        """As `Simulator.forecast`."""
        ...


class ManyForecaster(Protocol):
    """The part of a `Simulator` that `SingleOrigin` needs."""

    def forecast_many(
        self, history: FloatArray, origins: IntArray, n_steps: int, n_paths: int, random_state: int
    ) -> FloatArray:
        """As `Simulator.forecast_many`."""
        ...


class OriginByOrigin:
    """`forecast_many` of a class that can do no better than one forecast after the other."""

    def forecast_many(
        self: Forecaster, history: FloatArray, origins: IntArray, n_steps: int, n_paths: int, random_state: int
    ) -> FloatArray:
        """As `Simulator.forecast_many`."""
        check_origins(origins, len(history))
        paths = np.empty((len(origins), n_paths, n_steps, history.shape[1]))
        for i, origin in enumerate(origins):
            seed = origin_seed(random_state, int(origin))
            paths[i] = self.forecast(history[:origin], n_steps, n_paths, seed)
        return paths


class SingleOrigin:
    """`forecast` of a class that forecasts from many origins at once: the one at the end of the history."""

    def forecast(
        self: ManyForecaster, history: FloatArray, n_steps: int, n_paths: int, random_state: int
    ) -> FloatArray:
        """As `Simulator.forecast`: the paths that `forecast_many` draws from the end of the history."""
        (paths,) = self.forecast_many(history, np.array([len(history)]), n_steps, n_paths, random_state)
        return np.asarray(paths)


def origin_seed(random_state: int, origin: int) -> int:
    """Seed of the paths that start from an origin, whatever other origins there are."""
    return spawn_seed(random_state, "origin", origin)


def chunks(n_paths: int, random_state: int) -> Iterator[tuple[slice, np.random.Generator]]:
    """Paths that are drawn together, and the generator of their random numbers.

    Parameters
    ----------
    n_paths : int
    random_state : int

    Yields
    ------
    paths : slice
        At most `CHUNK` of them.
    rng : np.random.Generator
    """
    for start in range(0, n_paths, CHUNK):
        rng = np.random.default_rng(spawn_seed(random_state, "paths", start // CHUNK))
        yield slice(start, min(start + CHUNK, n_paths)), rng


def check_returns(returns: FloatArray, n_assets: int | None = None) -> FloatArray:
    """Check that returns can be learnt from or gone on from.

    Parameters
    ----------
    returns : (T, d) array of numbers
    n_assets : int, optional
        What d has to be; any number if left out.

    Returns
    -------
    (T, d) float64

    Raises
    ------
    DataError
        They are no table, have another number of columns, or are not finite somewhere.
    """
    returns = as_numbers("returns", returns)
    if returns.ndim != 2 or not returns.size:
        raise DataError(f"returns have shape {returns.shape}; give (steps, assets) with at least one of each")
    if n_assets is not None and returns.shape[1] != n_assets:
        raise DataError(f"the history has {returns.shape[1]} assets; give the {n_assets} that were fitted")
    if not np.isfinite(returns).all():
        row, column = map(int, np.argwhere(~np.isfinite(returns))[0])
        value = float(returns[row, column])
        raise DataError(
            f"the return of asset {column} in row {row} is {value}; leave out the rows where not all are known",
            row=row,
            value=value,
        )
    return returns


def check_origins(origins: IntArray, n_rows: int) -> None:
    """Check that origins lie in a history.

    Raises
    ------
    ConfigError
        One is not in [1, n_rows].
    """
    outside = [int(origin) for origin in origins if not 1 <= origin <= n_rows]
    if outside:
        raise ConfigError(f"origin {outside[0]} is not in a history of {n_rows} rows; give origins in 1..{n_rows}")


def not_fitted(name: str) -> NotFittedError:
    """The error of a simulator that is used before it has learnt anything."""
    return NotFittedError(f"{name} has not been fitted; call fit(returns) first")
