"""How a history is cut into windows as long as a path, and how its years are drawn again."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from synthdiff.codecs.token import FloatArray, IntArray
from synthdiff.errors import WindowError

STEP = 21
"""Steps between the starts of the windows that the facts of a history are measured on; they overlap."""
PERIODS = 4
"""Path lengths that a history must hold: its noise floor is what drawing them again changes."""
SHORTEST = 20
"""Steps below which a window shows no fact of time."""


def window_length(n_rows: int, n_steps: int) -> int:
    """Steps of the windows to score on: those of a path, or what fits into the history four times.

    Parameters
    ----------
    n_rows : int
        Complete steps of the history.
    n_steps : int
        Steps of a path.

    Raises
    ------
    WindowError
        Paths or history are too short for any window.

    Examples
    --------
    >>> window_length(8_000, 252), window_length(600, 252)
    (252, 150)
    """
    if n_steps < SHORTEST:
        raise WindowError(
            f"paths of {n_steps} steps are too short to show facts of time; score paths of at least {SHORTEST} steps"
        )
    length = min(n_steps, n_rows // PERIODS)
    if length < SHORTEST:
        raise WindowError(
            f"the history has {n_rows} complete steps; scoring needs at least {PERIODS * SHORTEST}, "
            f"{PERIODS} windows of {SHORTEST}; give a longer history"
        )
    return length


def window_starts(n_rows: int, length: int) -> IntArray:
    """Starts of overlapping windows, (w,): 21 steps apart, of short windows a quarter of their length."""
    return np.arange(0, n_rows - length + 1, min(STEP, max(1, length // 4)))


def drawn_starts(n_rows: int, length: int, rng: np.random.Generator) -> IntArray:
    """Starts of a resample of the history's windows that do not overlap, cut from a random offset, (w,).

    This is a block bootstrap whose blocks are as long as a path (Künsch, 1989, The jackknife and the bootstrap for
    general stationary observations): what it changes, another history of the same length would change as well.
    """
    starts = np.arange(rng.integers(0, length), n_rows - length + 1, length)
    return np.asarray(starts[rng.integers(0, len(starts), len(starts))])


def windows(series: FloatArray, starts: IntArray, length: int) -> FloatArray:
    """Windows of a series (T, C), (w, length, C)."""
    return np.ascontiguousarray(sliding_window_view(series, length, axis=0)[starts].transpose(0, 2, 1))


def pieces(paths: FloatArray, length: int) -> FloatArray:
    """Paths (n, L, C) cut into pieces of a length, (n * (L // length), length, C); those of a path stay together."""
    n, n_steps, n_channels = paths.shape
    count = n_steps // length
    return paths[:, : count * length].reshape(n * count, length, n_channels)
