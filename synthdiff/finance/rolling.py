"""Forecasts from one day after the other, each from what was known on that day, and what came true."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from synthdiff.data.split import FloatArray, IntArray
from synthdiff.errors import SamplingError
from synthdiff.finance.book import Book
from synthdiff.finance.crps import fair_crps
from synthdiff.finance.ensemble import expected_shortfall, place, value_at_risk
from synthdiff.finance.montecarlo import N_REPLICATES
from synthdiff.finance.shortfall import excesses
from synthdiff.finance.simulator import Simulator
from synthdiff.runtime import spawn_seed

CHUNK_CELLS = 2**25
"""Returns that are forecast at once: 256 MB."""
CHUNK_DAYS = 64
"""Days that are forecast at once, so that progress can be told."""


@dataclass(frozen=True)
class Plan:
    """What is forecast.

    Attributes
    ----------
    first : int
        The first day that is forecast, a row of the returns.
    horizons : tuple of int
        Numbers of days over which returns are cumulated.
    levels : tuple of float
        Of value at risk and expected shortfall over one day.
    n_paths : int
    random_state : int
    refit_every : int or None
        The simulator is fitted again to all that is known after so many days; None: never.
    """

    first: int
    horizons: tuple[int, ...]
    levels: tuple[float, ...]
    n_paths: int
    random_state: int
    refit_every: int | None


@dataclass(frozen=True, eq=False)
class Track:
    """Forecasts of m days for S series, at H horizons and L levels.

    Attributes
    ----------
    happened, crps, places : (H, m, S) float64
        The cumulated return from each day on, the score of its forecast and its place in it; NaN where the returns
        end before the horizon.
    losses : (m, S) float64
        Of each day.
    value_at_risk, expected_shortfall : (m, S, L) float64
        Forecast for each day; positive.
    null_sums, null_counts : (N, S, L) float64
        Excesses (`synthdiff.finance.shortfall.excesses`) of N returns a day drawn from the forecasts: their sums, and
        how many there are.
    """

    happened: FloatArray
    crps: FloatArray
    places: FloatArray
    losses: FloatArray
    value_at_risk: FloatArray
    expected_shortfall: FloatArray
    null_sums: FloatArray
    null_counts: FloatArray

    @classmethod
    def blank(cls, book: Book, returns: FloatArray, plan: Plan) -> Track:
        """The track of what happened, before anything is forecast."""
        n_days, n_series = len(returns) - plan.first, len(book.names)
        happened = np.full((len(plan.horizons), n_days, n_series), np.nan)
        total = np.concatenate([np.zeros((1, returns.shape[1])), np.cumsum(returns, axis=0)])[plan.first :]
        for out, horizon in zip(happened, plan.horizons, strict=True):
            out[: max(n_days + 1 - horizon, 0)] = book.gain(total[horizon:] - total[:-horizon])
        losses = -book.gain(returns[plan.first :])
        scores, risks = np.full_like(happened, np.nan), np.empty((n_days, n_series, len(plan.levels)))
        null = np.zeros((N_REPLICATES, n_series, len(plan.levels)))
        return cls(happened, scores, scores.copy(), losses, risks, risks.copy(), null, null.copy())


def roll(simulator: Simulator, returns: FloatArray, book: Book, plan: Plan) -> Generator[float, None, Track]:
    """Forecast every day from `plan.first` to the end of the returns, (T, d); yields the share that is done.

    Raises
    ------
    SamplingError
        A forecast is not finite or has another shape than was asked for.
    """
    track = Track.blank(book, returns, plan)
    seed, n_steps = spawn_seed(plan.random_state, "backtest"), max(1, *plan.horizons)
    for origins, fits in _chunks(len(returns), returns.shape[1], n_steps, plan):
        if fits:
            simulator.fit(returns[: origins[0]])
        paths = simulator.forecast_many(returns[: origins[-1]], origins, n_steps, plan.n_paths, seed)
        _check(paths, (len(origins), plan.n_paths, n_steps, returns.shape[1]), simulator.name, origins)
        _score(track, paths, origins - plan.first, book, plan)
        yield (int(origins[-1]) + 1 - plan.first) / (len(returns) - plan.first)
    return track


def _chunks(n_rows: int, n_assets: int, n_steps: int, plan: Plan) -> Iterator[tuple[IntArray, bool]]:
    """Days that are forecast at once, and whether the simulator is fitted before them."""
    n_days = n_rows - plan.first
    every = plan.refit_every or n_days
    size = min(max(1, CHUNK_CELLS // (plan.n_paths * n_steps * n_assets)), CHUNK_DAYS)
    for start in range(0, n_days, every):
        stop = min(start + every, n_days)
        for begin in range(start, stop, size):
            fits = plan.refit_every is not None and begin == start
            yield np.arange(plan.first + begin, plan.first + min(begin + size, stop)), fits


def _check(paths: FloatArray, shape: tuple[int, ...], name: str, origins: IntArray) -> None:
    if paths.shape != shape:
        raise SamplingError(f"{name} forecasts paths of shape {paths.shape}; they have to be {shape}")
    if not np.isfinite(paths).all():
        origin = int(origins[np.argwhere(~np.isfinite(paths))[0][0]])
        raise SamplingError(f"{name} forecasts a return that is not finite from row {origin} on; look at its estimates")


def _score(track: Track, paths: FloatArray, days: IntArray, book: Book, plan: Plan) -> None:
    """Score paths, (k, n_paths, n_steps, d), that start on some days, counted from the first forecast."""
    luck = [np.random.default_rng(spawn_seed(plan.random_state, "luck", int(day))) for day in days]
    ties = np.stack([rng.random(track.happened[:, 0].shape) for rng in luck], axis=1)
    for i, ordered in enumerate(_ensembles(paths, book, plan.horizons)):
        happened = track.happened[i, days]
        known = np.isfinite(happened[:, 0])
        track.crps[i, days[known]] = fair_crps(ordered[known], happened[known])
        track.places[i, days[known]] = place(ordered[known], happened[known], ties[i][known])
    for ordered in _ensembles(paths, book, (1,)):
        for i, level in enumerate(plan.levels):
            track.value_at_risk[days, :, i] = value_at_risk(ordered, level)
            track.expected_shortfall[days, :, i] = expected_shortfall(ordered, level)
    for day, path, rng in zip(days, paths, luck, strict=True):
        drawn = -book.gain(path[rng.integers(plan.n_paths, size=N_REPLICATES), 0])
        ratios = excesses(drawn, track.value_at_risk[day], track.expected_shortfall[day])
        track.null_sums[:] += ratios
        track.null_counts[:] += ratios != 0


def _ensembles(paths: FloatArray, book: Book, horizons: Sequence[int]) -> Iterator[FloatArray]:
    """Returns of each series over each horizon in ascending order, (k, S, n_paths)."""
    for horizon in horizons:
        gains = book.gain(paths[:, :, :horizon].sum(axis=2))
        yield np.sort(np.moveaxis(gains, 1, 2), axis=2)
