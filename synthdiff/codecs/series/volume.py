"""Volumes beside what was usual lately: the logarithm of a volume over a trailing level.

With the level m, a mean of log volumes that forgets by `FORGETTING` a step, the channel of a volume v is
y_t = floored_log(v_t / exp(m_{t-1})), so that zeros survive, and m_t = m_{t-1} + `FORGETTING` (y_t - `CENTRE`), which
is exponential smoothing of the logarithm down to the knee.

Log changes of volumes are stationary as well, but after a busy day comes a change downwards, and a path that adds up
changes that a model draws does not find back. Beside a trailing level a busy day is one bump, and the next days are
compared with what was usual before it.
"""

from __future__ import annotations

import math

import numpy as np

from synthdiff.codecs.series.floor import MOST, FloatArray, bounded_exp, floored_exp, floored_log

FORGETTING = 2.0 / 64.0
"""A span of 63 steps: a quarter of trading days."""
KNEE = math.exp(-3.0)
CENTRE = 4.0
"""The channel of a volume that equals its level: 1 - log(knee)."""


def initial_level(volumes: FloatArray, typical: float) -> FloatArray:
    """The level that single volumes give: their logarithm, or the typical one where they are zero; NaN stays NaN."""
    return np.where(volumes > 0.0, np.log(np.where(volumes > 0.0, volumes, 1.0)), volumes + typical)


def relative_volumes(volumes: FloatArray, typical: float) -> tuple[FloatArray, float]:
    """Encode volumes.

    Parameters
    ----------
    volumes : (T,) float64
        At least 0; NaN where not observed.
    typical : float
        Log volume to begin with where the first one is zero.

    Returns
    -------
    channel : (T,) float64
        0 for no volume, `CENTRE` for the usual; NaN up to the first observed volume, and where nothing is observed.
    level : float
        The trailing level after the last row.
    """
    shares = np.full(len(volumes), np.nan)
    observed = np.flatnonzero(~np.isnan(volumes))
    if len(observed) == 0:
        return shares, math.nan
    level = float(initial_level(volumes[observed[0]], typical))
    for row in observed[1:].tolist():
        share = float(volumes[row]) * math.exp(-level)
        shares[row] = share
        level += FORGETTING * (share / KNEE - CENTRE if share < KNEE else math.log(share))
    return floored_log(shares, KNEE), level


def absolute_volumes(channel: FloatArray, level: FloatArray) -> FloatArray:
    """Decode volumes, the inverse of `relative_volumes`.

    Parameters
    ----------
    channel : (n, L) float64
        Any real numbers; NaN gives NaN, and 0 or less no volume.
    level : (n,) float64
        The trailing level before the first step.

    Returns
    -------
    (n, L) float64
        At least 0.
    """
    # What lies below the floor is a zero like any other, and must not pull the level further down.
    pulls = FORGETTING * np.where(np.isnan(channel), 0.0, np.clip(channel, 0.0, MOST) - CENTRE)
    levels = level[:, None] + np.cumsum(pulls, axis=1) - pulls
    return np.asarray(floored_exp(channel, KNEE) * bounded_exp(levels))


def level_of_later(volumes: FloatArray, level: float) -> float:
    """Return the trailing level that volumes of later steps point back to.

    Parameters
    ----------
    volumes : (M,) float64
        At least 0; NaN where not observed.
    level : float
        The level of an earlier time, which few volumes leave the result close to.
    """
    for volume in volumes[~np.isnan(volumes)][::-1].tolist():
        share = volume * math.exp(-level)
        level += FORGETTING * (share / KNEE - CENTRE if share < KNEE else math.log(share))
    return level


def lead_volumes(channel: FloatArray, level: float, target: float) -> FloatArray:
    """Move volumes between two times, in logarithms, evenly from nothing to what their level misses at the end.

    Parameters
    ----------
    channel : (n, L) float64
        As of `relative_volumes`; NaN where nothing is traded, and below 0 as no volume: both stay.
    level, target : float
        The trailing level before the first step, and the one that is known of the time after the last.

    Returns
    -------
    (n, L) float64
    """
    n_steps = channel.shape[1]
    pulls = np.where(np.isnan(channel), 0.0, np.clip(channel, 0.0, MOST) - CENTRE)
    missed = target - level - FORGETTING * pulls.sum(axis=1)
    moved, ahead = channel.copy(), np.zeros(len(channel))
    for step in range(n_steps):
        more = missed * (step + 1) / n_steps - ahead  # the level has moved ahead already
        moves = channel[:, step] > 0.0
        moved[moves, step] += more[moves]
        ahead += FORGETTING * np.where(moves, more, 0.0)
    return moved
