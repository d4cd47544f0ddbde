"""Paths seen through the holes of a history.

The steps in which an asset is known are put one after the other, whatever lies between them. What paths do from step to
step would differ from that where holes are many. So paths lose the steps that a random stretch of the history lacks.
"""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray, IntArray

MOST_STRETCHES = 64
"""Stretches of the history whose holes paths are given."""


def seen_steps(known: BoolArray, n_paths: int, n_steps: int, rng: np.random.Generator) -> IntArray | None:
    """Choose the steps of paths that are seen.

    Parameters
    ----------
    known : (T,) bool
        Steps in which an asset is known, at least one.
    n_paths, n_steps : int
    rng : numpy.random.Generator

    Returns
    -------
    (n_paths, k) int64 or None
        Steps of each path, increasing, with k as in half of the stretches of the history; None: all of them.

    Examples
    --------
    >>> known = np.arange(40) % 4 > 0
    >>> seen_steps(known, 1, 8, np.random.default_rng(0)).shape
    (1, 6)
    """
    first, last = np.flatnonzero(known)[[0, -1]]
    inside = known[first : last + 1]
    width = min(n_steps, len(inside))
    totals = np.concatenate([[0], inside.cumsum()])
    counts = totals[width:] - totals[:-width]
    kept = int(np.median(counts))
    if inside.all() or kept == n_steps:
        return None
    starts = np.flatnonzero(counts >= kept)
    starts = rng.choice(starts, min(MOST_STRETCHES, len(starts)), replace=False)
    stretches = np.stack([np.flatnonzero(inside[start : start + width])[:kept] for start in starts])
    return np.asarray(stretches[rng.integers(0, len(stretches), n_paths)], dtype=np.int64)


def see(paths: FloatArray, steps: IntArray | None) -> FloatArray:
    """Take the steps of paths (n, L, C) that are seen, (n, k, C)."""
    return paths if steps is None else np.take_along_axis(paths, steps[:, :, None], axis=1)
