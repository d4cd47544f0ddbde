"""What a network draws a little wrong put right: scores to normal ones, and returns to the quantiles of the history.

The first map is monotone and of one series each, and always applies. The second (`series_output`) compares returns over
the whole history with paths that start anywhere in it, so it holds for such paths alone.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.codecs.series.normal import NormalScore
from synthdiff.codecs.series.window import WindowState
from synthdiff.models.series_output import Output, RealReturns
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.path import PathSampler, PathStart

LEAST_WINDOWS = 64
"""Windows that are drawn at once, and at least."""
TRIED = 8
"""Windows whose time is measured before a fit begins."""


def calibrate_paths(
    sampler: PathSampler,
    starts: WindowState,
    real: RealReturns,
    n_windows: int,
    seed: int,
    seconds: float | None = None,
    is_empirical: bool = False,
) -> tuple[PathSampler, Output, FloatArray]:
    """Draw windows and compare them with what they should be.

    Parameters
    ----------
    sampler : PathSampler
        Without calibration.
    starts : WindowState
        Moments of the history.
    real : RealReturns
    n_windows : int
        Most windows that are drawn.
    seed : int
    seconds : float or None
        Time after which no more windows are drawn, if there are `LEAST_WINDOWS`; None: no limit.
    is_empirical : bool
        Whether no return goes beyond those of the history; default: False.

    Returns
    -------
    PathSampler, Output, (n, L, A) float64
        With calibration, and without a drift of its own; maps of what it draws; and what they made of its windows.
    """
    codec = sampler.codec
    rng = np.random.default_rng(spawn_seed(seed, "calibrate"))
    start = start_anywhere(starts, n_windows, codec.n_series, rng)
    scores = _scores(sampler, start, rng, seconds)
    start = start.take(slice(0, len(scores)))
    tables = tuple(NormalScore.match(scores[..., k].ravel()) for k in range(codec.n_series))
    calibrated = replace(sampler, calibration=tables)
    first, n_followed = calibrated.decoded(scores, start), codec.filter.n_series
    size = np.broadcast_to(np.exp(first.log_volatility), (*scores.shape[:2], n_followed))
    drift = first.series[..., :n_followed].sum((0, 1)) / size.sum((0, 1))
    calibrated = replace(calibrated, centre=drift)
    drawn = calibrated.decoded(scores, start).steps
    moves, zeros = drawn[..., list(codec.followed)], codec.returns.zeros
    every = np.ones(moves.shape[1:], dtype=bool)
    resting, _ = zeros.run(rng.standard_normal((*moves.shape[:2], len(zeros))), start.state.runs, every)
    output, mapped = Output.fit(moves, resting, real, codec.filter.weights, codec.filter.loadings, is_empirical)
    return calibrated, output, mapped


def seconds_of_windows(sampler: PathSampler, starts: WindowState, n_windows: int) -> float:
    """Measure how long it takes to draw windows, by a few of them."""
    rng = np.random.default_rng(0)
    start = start_anywhere(starts, TRIED, sampler.codec.n_series, rng)
    began = time.monotonic()
    sampler.scores(rng.standard_normal((TRIED, sampler.window, sampler.codec.n_series)), start)
    return (time.monotonic() - began) * n_windows / TRIED


def _scores(sampler: PathSampler, start: PathStart, rng: np.random.Generator, seconds: float | None) -> FloatArray:
    """Scores of windows, (n, L, D), from noise and from its opposite, whose paths drift the other way."""
    began, done, parts = time.monotonic(), 0, []
    while done < len(start):
        n = len(start) if seconds is None else min(LEAST_WINDOWS, len(start) - done)
        noise = rng.standard_normal((-(-n // 2), sampler.window, sampler.codec.n_series))
        both = np.concatenate([noise, -noise])[:n]
        parts.append(sampler.scores(both, start.take(slice(done, done + n))))
        done += n
        if seconds is not None and (time.monotonic() - began) * (done + n) / done > seconds:
            break
    return np.concatenate(parts)


def start_anywhere(starts: WindowState, n_paths: int, n_series: int, rng: np.random.Generator) -> PathStart:
    """Starts at random moments, evenly spread over the history; nothing of the past is shown."""
    rows = ((rng.permutation(n_paths) + rng.random(n_paths)) / n_paths * len(starts)).astype(np.int64)
    n_followed = starts.magnitude.shape[1]
    return PathStart(starts.take(rows), np.empty((n_paths, 0, n_series)), np.empty((n_paths, 0, n_followed)))
