"""What a network draws a little wrong put right: scores to normal ones, and returns to the quantiles of the history.

Both maps are monotone and of one series each, so what depends on what, over time and across assets, stays as drawn. The
first always applies. The second compares returns over the whole history with paths that start anywhere in it, so it
holds for such paths alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.codecs.series.normal import NormalScore
from synthdiff.codecs.series.window import WindowState
from synthdiff.runtime import spawn_seed
from synthdiff.sampling.path import PathSampler, PathStart

OUTPUT_TAIL = 0.004
"""Share of an asset's real steps at each end that recalibration replaces by a tail: as few as will do for one."""

Output = tuple[tuple[NormalScore, NormalScore], ...]
"""Of each followed asset, its drawn steps and its real ones."""


def calibrate_paths(
    sampler: PathSampler, starts: WindowState, steps: FloatArray, n_windows: int, seed: int
) -> tuple[PathSampler, Output]:
    """Draw windows and compare them with what they should be.

    Parameters
    ----------
    sampler : PathSampler
        Without calibration.
    starts : WindowState
        Moments of the history.
    steps : (T, K) float64
        The history.
    n_windows : int
    seed : int

    Returns
    -------
    PathSampler, Output
        With calibration; and tables of steps, drawn and real.
    """
    codec = sampler.codec
    rng = np.random.default_rng(spawn_seed(seed, "calibrate"))
    start = start_anywhere(starts, n_windows, codec.n_series, rng)
    scores = sampler.scores(rng.standard_normal((n_windows, sampler.window, codec.n_series)), start)
    tables = tuple(NormalScore.match(scores[..., k].ravel()) for k in range(codec.n_series))
    calibrated = replace(sampler, calibration=tables)
    drawn = calibrated.steps(scores, start)
    output = tuple(
        (NormalScore.match(drawn[..., k].ravel()), NormalScore.fit(steps[:, k], tail=OUTPUT_TAIL))
        for k in codec.followed
    )
    return calibrated, output


def start_anywhere(starts: WindowState, n_paths: int, n_series: int, rng: np.random.Generator) -> PathStart:
    """Starts at random moments, evenly spread over the history; nothing of the past is shown."""
    rows = ((rng.permutation(n_paths) + rng.random(n_paths)) / n_paths * len(starts)).astype(np.int64)
    n_followed = starts.magnitude.shape[1]
    return PathStart(starts.take(rows), np.empty((n_paths, 0, n_series)), np.empty((n_paths, 0, n_followed)))
